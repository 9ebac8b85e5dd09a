// The fuzz target of the index of an image's archive, with the reader of entries as its oracle: each file
// must lie where that one reads it, and within the archive.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/slice.hh"
#include "fuzz.hh"
#include "memory_file.hh"
#include "tar/foreign_tar.hh"
#include "tar/member_name.hh"
#include "tar/tar_index.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;

namespace {

/// The files that the other reader finds before its first error.
std::map<std::string, std::string> filesOf(std::string_view bytes) {
    std::map<std::string, std::string> files;
    const auto ended = refusal([&] {
        StringSource source(bytes);
        tar::ForeignTar tar(source);
        while (const auto* entry = tar.next()) {
            if (entry->type != layer::EntryType::File) continue;
            auto& data = files[tar::memberName(entry->path, "an entry")];
            // A sparse file can be terabytes long; an archive of an image has none.
            for (auto piece = tar.data(); !piece.empty() && data.size() <= bytes.size(); piece = tar.data())
                data += piece;
        }
    });
    require(!ended || ended->code() == ErrorCode::Image);
    return files;
}

void compare(const tar::TarIndex& index, std::string_view bytes) {
    const auto files = filesOf(bytes);
    for (const auto& name : index.someNames(20'000)) {
        require(index.has(name) && index.resolve(name) == name && tar::memberName(name, "a name") == name);
        const auto slice = index.find(name);
        require(slice.offset <= bytes.size() && slice.size <= bytes.size() - slice.offset);
        const auto there = files.find(name);
        require(there == files.end() || slice.readAll(bytes.size()) == there->second);
    }
    // Links end, one way or the other.
    for (const char* name : {"link", "a", "b", "manifest.json", "blobs", ""}) {
        const auto error = refusal([&] { require(index.has(index.resolve(name))); });
        require(!error || error->code() == ErrorCode::Image);
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = text(data, size);
    MemoryFile file(bytes);
    const Slice archive{std::make_shared<const UniqueFd>(file.take()), 0, size, "the archive"};
    const auto error = refusal([&] { compare(tar::TarIndex::read(archive, {}), bytes); });
    require(!error || error->code() == ErrorCode::Image);
    return 0;
}
