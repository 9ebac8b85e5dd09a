#include "tar/foreign_tar.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <utility>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "tar/member_meaning.hh"
#include "tar/posix_acl.hh"

namespace rootlayer::tar {

namespace {

constexpr std::uint64_t kMaxHoles = std::uint64_t{64} << 30;
constexpr std::size_t kZeros = std::size_t{64} << 10;
constexpr std::uint64_t kMaxId = 0xFFFFFFFE; // 0xFFFFFFFF means "no change" in chown(2)
constexpr std::uint64_t kMaxDevice = 0xFFFFF;
constexpr std::string_view kXattr = "SCHILY.xattr.";
constexpr std::string_view kAcl = "SCHILY.acl."; // of star, GNU tar and bsdtar: "access" and "default"

[[noreturn]] void refuse(std::string message, std::string hint = {}) {
    throw Error(ErrorCode::Image, std::move(message), std::move(hint));
}

template <typename Value>
std::uint32_t bounded(Value value, std::uint64_t most, std::string_view what) {
    if (value < 0 || static_cast<std::uint64_t>(value) > most)
        refuse(fmt::format("its {} {} is out of range", what, value));
    return static_cast<std::uint32_t>(value);
}

std::uint32_t paxId(const std::string& text, std::string_view key) {
    return bounded(static_cast<std::int64_t>(parsePaxNumber(text, key)), kMaxId, key);
}

} // namespace

ForeignTar::ForeignTar(Source& source) : m_blocks(source) {}

const layer::Entry* ForeignTar::next() {
    m_map = {};
    m_position = 0;
    m_member = m_blocks.next();
    if (m_member == nullptr) return nullptr;
    try {
        return readEntry(*m_member);
    } catch (Error& error) {
        if (m_blocks.failedReading()) throw;
        error.addContext(fmt::format("entry {}", number()));
        throw;
    }
}

const layer::Entry* ForeignTar::readEntry(const TarMember& member) {
    auto meaning = meaningOf(member);
    m_entry = {};
    m_entry.path = std::move(meaning.path);
    m_entry.linkTarget = std::move(meaning.linkTarget);
    m_entry.mode = static_cast<std::uint32_t>(member.header.mode) & 07777U;
    m_entry.size = member.stored;
    m_entry.mtime = member.header.mtime;
    takeIds(member);
    takePax(member.pax);
    takeType(member, meaning.type);
    takeSparse(member);
    return &m_entry;
}

void ForeignTar::takeIds(const TarMember& member) {
    if (!member.pax.contains("uid")) m_entry.uid = bounded(member.header.uid, kMaxId, "uid");
    if (!member.pax.contains("gid")) m_entry.gid = bounded(member.header.gid, kMaxId, "gid");
}

void ForeignTar::takeType(const TarMember& member, char type) {
    using layer::EntryType;
    // The values of layer::EntryType are ustar's.
    m_entry.type = type == 'S' ? EntryType::File : static_cast<EntryType>(type - '0');
    if (m_entry.type != EntryType::CharDevice && m_entry.type != EntryType::BlockDevice) return;
    m_entry.devMajor = bounded(member.header.devMajor, kMaxDevice, "device number");
    m_entry.devMinor = bounded(member.header.devMinor, kMaxDevice, "device number");
}

void ForeignTar::takePax(const PaxRecords& records) {
    for (const auto& [key, value] : records) {
        if (key == "uid") {
            m_entry.uid = paxId(value, key);
        } else if (key == "gid") {
            m_entry.gid = paxId(value, key);
        } else if (key == "mtime") {
            m_entry.mtime = parsePaxTime(value);
        } else if (key.starts_with(kXattr) && key.size() > kXattr.size()) {
            m_entry.xattrs.emplace(withoutNul(key.substr(kXattr.size()), "attribute's name"), value);
        } else if (key.starts_with(kAcl)) {
            // An ACL that cannot be converted stays text, so that its loss is reported.
            m_entry.xattrs.emplace("system.posix_acl_" + withoutNul(key.substr(kAcl.size()), "ACL's name"),
                                   aclFromText(value).value_or(value));
        }
    }
}

void ForeignTar::takeSparse(const TarMember& member) {
    m_map = {m_entry.size, {{0, m_entry.size}}};
    m_extent = 0;
    const auto& pax = member.pax;
    const auto record = [&](std::string_view key) {
        const auto found = pax.find(key);
        return found == pax.end() ? std::string() : found->second;
    };
    if (member.header.type == 'S') {
        const std::string_view block = member.block;
        const auto realSize = parseTarNumber(block.substr(483, 12), "real size");
        m_map = {static_cast<std::uint64_t>(std::max<std::int64_t>(realSize, 0)), {}};
        appendGnuExtents(block.substr(386, 96), m_map.extents);
        for (const auto& more : member.sparseHeaders)
            appendGnuExtents(std::string_view(more).substr(0, 504), m_map.extents);
    } else if (record("GNU.sparse.major") == "1" && record("GNU.sparse.minor") == "0") {
        m_map = {parsePaxNumber(record("GNU.sparse.realsize"), "GNU.sparse.realsize"), {}};
        readSparseTable();
    } else if (pax.contains("GNU.sparse.map")) {
        m_map = {parsePaxNumber(record("GNU.sparse.size"), "GNU.sparse.size"),
                 parseSparseList(record("GNU.sparse.map"))};
    } else if (pax.lower_bound("GNU.sparse.") != pax.end() &&
               pax.lower_bound("GNU.sparse.")->first.starts_with("GNU.sparse.")) {
        refuse(fmt::format("{} has an unknown sparse format", quote(m_entry.path)),
               "create the tar without --sparse");
    } else {
        return;
    }
    if (m_entry.type != layer::EntryType::File) refuse("it is sparse but not a file");
    if (pax.contains("GNU.sparse.name")) m_entry.path = withoutNul(record("GNU.sparse.name"), "path");
    checkSparseMap(m_map, m_blocks.left());
    m_entry.size = m_map.realSize;
    m_holes += m_map.realSize - m_blocks.left();
    if (m_holes > kMaxHoles || m_map.realSize > kMaxHoles + m_blocks.left()) {
        refuse(fmt::format("the sparse files expand to more than {} bytes", kMaxHoles));
    }
}

// In format 1.0 the map comes before the data, as decimal lines padded to a block.
void ForeignTar::readSparseTable() {
    std::string block;
    std::size_t at = 0;
    const auto number = [&] {
        std::string digits;
        for (;; ++at) {
            if (at == block.size()) {
                block = readBlock();
                at = 0;
            }
            if (block[at] == '\n') break;
            digits += block[at];
            if (digits.size() > 20) break;
        }
        ++at;
        return parsePaxNumber(digits, "GNU.sparse.map");
    };
    const auto count = number();
    if (count > kMaxExtents) refuse(fmt::format("its sparse map has more than {} parts", kMaxExtents));
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto offset = number();
        m_map.extents.push_back({offset, number()});
    }
}

std::string_view ForeignTar::data() {
    static const std::string zeros(kZeros, '\0');
    while (m_extent < m_map.extents.size() &&
           m_position == m_map.extents[m_extent].offset + m_map.extents[m_extent].size) {
        ++m_extent;
    }
    const auto end = m_extent < m_map.extents.size() ? m_map.extents[m_extent].offset : m_map.realSize;
    if (m_position < end) {
        const auto count = std::min<std::uint64_t>(zeros.size(), end - m_position);
        m_position += count;
        return std::string_view(zeros).substr(0, static_cast<std::size_t>(count));
    }
    if (m_blocks.left() == 0 || m_position >= m_map.realSize) return {};
    const auto bytes = piece(m_map.extents[m_extent].offset + m_map.extents[m_extent].size - m_position);
    m_position += bytes.size();
    return bytes;
}

std::string ForeignTar::readBlock() {
    if (m_blocks.left() < kTarBlock) refuse("its sparse map is truncated");
    std::string block;
    while (block.size() < kTarBlock)
        block += piece(kTarBlock - block.size());
    return block;
}

std::string_view ForeignTar::piece(std::uint64_t most) {
    const auto bytes = m_blocks.data(most);
    if (bytes.empty()) refuse(fmt::format("the tar ends within the data of {}", quote(m_entry.path)));
    return bytes;
}

} // namespace rootlayer::tar
