#include "image/spool.hh"

#include <fcntl.h>
#include <fmt/format.h>

#include "base/escape.hh"
#include "base/system_error.hh"
#include "base/temp_dir.hh"
#include "image/verified_source.hh"

namespace rootlayer::image {

UniqueFd namelessFile(const std::string& folder) {
    UniqueFd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (fd) return fd;
    const TempDir there(folder);
    UniqueFd named(::open(there.file("spool").c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!named) throw systemError(fmt::format("cannot make a file in {}", quote(folder)));
    return named;
}

Spool::Spool(const std::string& folder, std::string what)
    : m_file(std::make_shared<const UniqueFd>(namelessFile(folder))), m_what(std::move(what)) {}

void Spool::write(std::string_view bytes) {
    m_hash.write(bytes);
    FdSink(m_file->get(), fmt::format("a temporary file for {}", m_what)).write(bytes);
}

const Digest& Spool::finish() {
    m_digest = m_hash.finish();
    return m_digest;
}

OpenSource Spool::opener(const CancelToken& cancel) const {
    const Slice slice{m_file, 0, size(), m_what};
    const Expectation expected{m_digest, size(), ~std::uint64_t{}, m_what, "its first reading"};
    return [slice, expected, cancel]() -> std::unique_ptr<Source> {
        return std::make_unique<VerifiedSource>(std::make_unique<SliceSource>(slice, cancel), expected);
    };
}

} // namespace rootlayer::image
