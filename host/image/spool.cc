#include "image/spool.hh"

#include <cstdint>
#include <fmt/format.h>

#include "base/nameless_file.hh"
#include "base/temp_dir.hh"
#include "image/verified_source.hh"

namespace rootlayer::image {

Spool::Spool(const std::string& directory, std::string what)
    : m_file(std::make_shared<const UniqueFd>(namelessFile(directory))), m_what(std::move(what)) {}

void Spool::write(std::string_view bytes) {
    m_hash.write(bytes);
    inTemporarySpace(
        [&] { FdSink(m_file->get(), fmt::format("a temporary file for {}", m_what)).write(bytes); });
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
