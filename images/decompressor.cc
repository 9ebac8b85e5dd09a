#include "images/decompressor.hh"

#include <archive.h>
#include <archive_entry.h>
#include <cstdint>
#include <fmt/format.h>
#include <memory>

#include <rootlayer/error.hh>

namespace rootlayer::images {

namespace {

struct CloseArchive {
    void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, CloseArchive>;

[[noreturn]] void refuse(std::string_view what, archive* reader) {
    const char* reason = archive_error_string(reader);
    throw Error(ErrorCode::Input,
                fmt::format("cannot decompress {}: {}", what, reason != nullptr ? reason : "unknown format"));
}

Reader rawReader(std::string_view what) {
    Reader reader(archive_read_new());
    if (!reader) throw Error(ErrorCode::Resource, "no memory to decompress");
    archive_read_support_format_raw(reader.get());
    using Enable = int (*)(archive*);
    // If libarchive has a filter only through an external program, it returns a warning: refuse it.
    for (const Enable enable : {archive_read_support_filter_gzip, archive_read_support_filter_bzip2,
                                archive_read_support_filter_lzma, archive_read_support_filter_xz,
                                archive_read_support_filter_lz4, archive_read_support_filter_zstd}) {
        if (enable(reader.get()) != ARCHIVE_OK) refuse(what, reader.get());
    }
    return reader;
}

} // namespace

std::string decompressed(std::string_view bytes, std::uint64_t limit, std::string_view what) {
    const Reader reader = rawReader(what);
    archive_entry* entry = nullptr;
    if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK ||
        archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) {
        refuse(what, reader.get());
    }
    std::string result;
    std::string piece(std::size_t{256} * 1024, '\0');
    for (;;) {
        const auto got = archive_read_data(reader.get(), piece.data(), piece.size());
        if (got < 0) refuse(what, reader.get());
        if (got == 0) return result;
        result.append(piece.data(), static_cast<std::size_t>(got));
        if (result.size() > limit) {
            throw Error(ErrorCode::Resource,
                        fmt::format("{} has more than {} bytes decompressed", what, limit));
        }
    }
}

} // namespace rootlayer::images
