#include "store/overlay_tar.hh"

#include <rootlayer/error.hh>

#include "layer/pax.hh"
#include "layer/ustar.hh"
#include "tar/posix_acl.hh"

namespace rootlayer::store {

namespace {
constexpr std::size_t kFull = std::size_t{128} << 10;
constexpr std::size_t kLarge = std::size_t{8} << 10;
} // namespace

void OverlayTar::add(const layer::Entry& entry) {
    if (m_missing != 0)
        throw Error(ErrorCode::Internal, "a file of the layer has less data than its header says");
    auto named = entry;
    named.path = placed(entry.path);
    if (entry.type == layer::EntryType::HardLink) named.linkTarget = placed(entry.linkTarget);
    std::erase_if(named.xattrs, [](const auto& xattr) { return tar::isAclName(xattr.first); });
    m_records.clear();
    layer::appendPaxRecords(m_records, named);
    if (!m_records.empty()) {
        layer::appendPaxBlock(m_buffer, m_records.size());
        m_buffer += m_records;
        m_buffer.append(layer::paddingAfter(m_records.size()), '\0');
    }
    layer::appendUstarHeader(m_buffer, named);
    m_missing = entry.type == layer::EntryType::File ? entry.size : 0;
    m_padding = layer::paddingAfter(m_missing);
    if (m_buffer.size() > kFull) flush();
}

std::string OverlayTar::placed(const std::string& path) const {
    if (m_directory.empty()) return path.empty() ? "." : path;
    return path.empty() ? m_directory : m_directory + "/" + path;
}

void OverlayTar::data(std::string_view bytes) {
    if (bytes.size() > m_missing)
        throw Error(ErrorCode::Internal, "a file of the layer has more data than its header says");
    m_missing -= bytes.size();
    if (bytes.size() >= kLarge) {
        flush();
        m_out.write(bytes);
    } else {
        m_buffer += bytes;
    }
    if (m_missing == 0) m_buffer.append(m_padding, '\0');
    if (m_buffer.size() > kFull) flush();
}

void OverlayTar::finish() {
    if (m_directory.empty()) m_buffer.append(2 * layer::kBlockSize, '\0');
    flush();
}

void OverlayTar::flush() {
    if (!m_buffer.empty()) m_out.write(m_buffer);
    m_buffer.clear();
}

} // namespace rootlayer::store
