#include "store/foreign_tar.hh"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/foreign_header.hh"
#include "store/posix_acl.hh"

namespace rootlayer::store {

namespace {

constexpr std::size_t kBuffer = std::size_t{256} << 10;
constexpr std::uint64_t kMostExtension = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostEntries = 10'000'000;
constexpr std::uint64_t kMostHoles = std::uint64_t{64} << 30;
constexpr std::size_t kZeros = std::size_t{64} << 10;
constexpr std::uint64_t kMostId = 0xFFFFFFFE; // one above means "no change" to chown(2)
constexpr std::uint64_t kMostDevice = 0xFFFFF;
constexpr std::string_view kXattr = "SCHILY.xattr.";
constexpr std::string_view kAcl = "SCHILY.acl."; // of star, GNU tar and bsdtar: "access" and "default"

[[noreturn]] void refuse(std::string message, std::string hint = {}) {
    throw Error(ErrorCode::Image, std::move(message), std::move(hint));
}

std::size_t paddingAfter(std::uint64_t size) {
    return static_cast<std::size_t>((kTarBlock - size % kTarBlock) % kTarBlock);
}

template <typename Value>
std::uint32_t bounded(Value value, std::uint64_t most, std::string_view what) {
    if (value < 0 || static_cast<std::uint64_t>(value) > most)
        refuse(fmt::format("its {} {} is out of range", what, value));
    return static_cast<std::uint32_t>(value);
}

std::uint32_t paxId(const std::string& text, std::string_view key) {
    return bounded(static_cast<std::int64_t>(parsePaxNumber(text, key)), kMostId, key);
}

const std::string& withoutNul(const std::string& text, std::string_view key) {
    if (text.find('\0') != std::string::npos) refuse(fmt::format("its {} has a NUL byte", key));
    return text;
}

} // namespace

ForeignTar::ForeignTar(Source& source) : m_source(source), m_buffer(kBuffer, '\0') {}

const layer::Entry* ForeignTar::next() {
    skipData();
    ++m_number;
    try {
        if (m_number > kMostEntries) refuse(fmt::format("there are more than {} entries", kMostEntries));
        return readEntry();
    } catch (Error& error) {
        if (m_reading) throw; // the source's own trouble
        throw error.addContext(fmt::format("entry {}", m_number));
    }
}

const layer::Entry* ForeignTar::readEntry() {
    m_pax.clear();
    m_longName.clear();
    m_longLink.clear();
    bool extended = false;
    for (;; extended = true) {
        const auto block = readBlock();
        if (isZeroBlock(block)) { // or there is none
            if (extended) refuse("the tar ends after a header that extends the next entry");
            m_tarEnd = {};
            if (!block.empty()) m_tarEnd = readTarEnd([this](std::uint64_t most) { return piece(most); });
            return nullptr;
        }
        const auto header = parseTarHeader(block);
        if (header.type == 'x' || header.type == 'X') {
            if (!m_pax.empty()) refuse("it has two pax headers");
            m_pax = parsePaxRecords(readBody(header, "pax header"));
        } else if (header.type == 'g') {
            for (const auto& [key, value] : parsePaxRecords(readBody(header, "global pax header"))) {
                if (isMeaningfulPaxKey(key))
                    refuse(fmt::format("a global pax header sets {} for all entries", quote(key)));
            }
        } else if (header.type == 'L' || header.type == 'K') {
            auto& name = header.type == 'L' ? m_longName : m_longLink;
            if (!name.empty()) refuse("it has two long names");
            name = readLongName(header);
        } else {
            takeEntry(header, block);
            return &m_entry;
        }
    }
}

void ForeignTar::takeEntry(const TarHeader& header, std::string_view block) {
    m_entry = {};
    m_entry.path = m_longName.empty() ? header.name : m_longName;
    m_entry.linkTarget = m_longLink.empty() ? header.link : m_longLink;
    m_entry.mode = static_cast<std::uint32_t>(header.mode) & 07777U;
    m_entry.size = static_cast<std::uint64_t>(header.size);
    m_entry.mtime = header.mtime;
    if (!m_pax.contains("uid")) m_entry.uid = bounded(header.uid, kMostId, "uid");
    if (!m_pax.contains("gid")) m_entry.gid = bounded(header.gid, kMostId, "gid");
    takePax(header);
    takeType(header);
    takeSparse(header, block);
    m_padding = paddingAfter(m_stored);
}

void ForeignTar::takeType(const TarHeader& header) {
    using layer::EntryType;
    switch (header.type) {
    case '\0':
        // The seventh edition had no type for directories.
        m_entry.type = m_entry.path.ends_with('/') ? EntryType::Directory : EntryType::File;
        break;
    case '0':
    case '7':
    case 'S':
        m_entry.type = EntryType::File;
        break;
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
        // layer::EntryType counts as ustar does.
        m_entry.type = static_cast<EntryType>(header.type - '0');
        break;
    default:
        refuse(fmt::format("{} has the unknown type {}", quote(m_entry.path), quote({&header.type, 1})));
    }
    if (!layer::hasData(header.type)) m_entry.size = 0;
    if (m_entry.type == EntryType::CharDevice || m_entry.type == EntryType::BlockDevice) {
        m_entry.devMajor = bounded(header.devMajor, kMostDevice, "device number");
        m_entry.devMinor = bounded(header.devMinor, kMostDevice, "device number");
    }
    if (m_entry.type != EntryType::HardLink && m_entry.type != EntryType::Symlink) m_entry.linkTarget.clear();
}

void ForeignTar::takePax(const TarHeader& header) {
    for (const auto& [key, value] : m_pax) {
        if (key == "path" && !value.empty()) {
            if (!m_longName.empty()) refuse("it has two long names, a GNU one and a pax one");
            m_entry.path = withoutNul(value, key);
        } else if (key == "linkpath" && !value.empty()) {
            if (!m_longLink.empty()) refuse("it has two long link targets, a GNU one and a pax one");
            m_entry.linkTarget = withoutNul(value, key);
        } else if (key == "size") {
            m_entry.size = parsePaxNumber(value, key);
            // Writers put 0 there, or the same, when they need the record at all.
            if (layer::hasData(header.type) && header.size != 0 &&
                static_cast<std::uint64_t>(header.size) != m_entry.size) {
                refuse(fmt::format("its header and its pax header tell two sizes, {} and {}", header.size,
                                   m_entry.size));
            }
        } else if (key == "uid") {
            m_entry.uid = paxId(value, key);
        } else if (key == "gid") {
            m_entry.gid = paxId(value, key);
        } else if (key == "mtime") {
            m_entry.mtime = parsePaxTime(value);
        } else if (key.starts_with(kXattr) && key.size() > kXattr.size()) {
            m_entry.xattrs.emplace(withoutNul(key.substr(kXattr.size()), "attribute's name"), value);
        } else if (key.starts_with(kAcl)) {
            // Text with names stays text: enough to know that the entry has one.
            m_entry.xattrs.emplace("system.posix_acl_" + withoutNul(key.substr(kAcl.size()), "ACL's name"),
                                   aclFromText(value).value_or(value));
        }
    }
}

void ForeignTar::takeSparse(const TarHeader& header, std::string_view block) {
    m_stored = m_entry.size;
    m_map = {m_entry.size, {{0, m_entry.size}}};
    m_position = 0;
    m_extent = 0;
    const auto record = [&](std::string_view key) {
        const auto found = m_pax.find(key);
        return found == m_pax.end() ? std::string() : found->second;
    };
    if (header.type == 'S') {
        const auto realSize = parseTarNumber(block.substr(483, 12), "real size");
        m_map = {static_cast<std::uint64_t>(std::max<std::int64_t>(realSize, 0)), {}};
        appendGnuExtents(block.substr(386, 96), m_map.extents);
        for (bool more = block[482] != '\0'; more;) {
            const auto extension = readExactly(kTarBlock);
            appendGnuExtents(std::string_view(extension).substr(0, 504), m_map.extents);
            more = extension[504] != '\0';
        }
    } else if (record("GNU.sparse.major") == "1" && record("GNU.sparse.minor") == "0") {
        m_map = {parsePaxNumber(record("GNU.sparse.realsize"), "GNU.sparse.realsize"), {}};
        readSparseTable();
    } else if (m_pax.contains("GNU.sparse.map")) {
        m_map = {parsePaxNumber(record("GNU.sparse.size"), "GNU.sparse.size"),
                 parseSparseList(record("GNU.sparse.map"))};
    } else if (m_pax.lower_bound("GNU.sparse.") != m_pax.end() &&
               m_pax.lower_bound("GNU.sparse.")->first.starts_with("GNU.sparse.")) {
        refuse(fmt::format("{} is sparse in a way that is not known", quote(m_entry.path)),
               "make the tar without --sparse");
    } else {
        return;
    }
    if (m_entry.type != layer::EntryType::File) refuse("it is sparse, and no file");
    if (m_pax.contains("GNU.sparse.name")) m_entry.path = withoutNul(record("GNU.sparse.name"), "path");
    checkSparseMap(m_map, m_stored);
    m_entry.size = m_map.realSize;
    m_holes += m_map.realSize - m_stored;
    if (m_holes > kMostHoles || m_map.realSize > kMostHoles + m_stored) {
        refuse(fmt::format("sparse files grow to more than {} bytes", kMostHoles));
    }
}

// Format 1.0 has the map before the data, as decimal lines, padded to a block.
void ForeignTar::readSparseTable() {
    std::size_t taken = 0;
    std::string block;
    std::size_t at = 0;
    const auto number = [&] {
        std::string digits;
        for (;; ++at) {
            if (at == block.size()) {
                if (m_stored < kTarBlock) refuse("its sparse map is cut off");
                block = readExactly(kTarBlock);
                m_stored -= kTarBlock;
                taken += kTarBlock;
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
    if (count > kMostExtents) refuse(fmt::format("its sparse map has more than {} parts", kMostExtents));
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
    if (m_stored == 0 || m_position >= m_map.realSize) return {};
    const auto bytes = piece(m_map.extents[m_extent].offset + m_map.extents[m_extent].size - m_position);
    if (bytes.empty()) refuse(fmt::format("the tar ends within the data of {}", quote(m_entry.path)));
    m_position += bytes.size();
    m_stored -= bytes.size();
    return bytes;
}

void ForeignTar::skipData() {
    for (; m_stored > 0; m_stored -= std::min<std::uint64_t>(m_stored, piece(m_stored).size())) {
        if (m_begin == m_end && !fill())
            refuse(fmt::format("the tar ends within the data of {}", quote(m_entry.path)));
    }
    if (m_padding > 0) readExactly(std::exchange(m_padding, 0));
    m_map = {};
    m_position = 0;
}

std::string ForeignTar::readBody(const TarHeader& header, std::string_view what) {
    const auto size = static_cast<std::uint64_t>(header.size);
    if (size > kMostExtension)
        refuse(fmt::format("its {} has {} bytes; {} are the most", what, size, kMostExtension));
    auto body = readExactly(static_cast<std::size_t>(size));
    readExactly(paddingAfter(size));
    return body;
}

std::string ForeignTar::readLongName(const TarHeader& header) {
    auto name = readBody(header, "long name");
    if (const auto end = name.find_last_not_of('\0'); end != std::string::npos) name.resize(end + 1);
    return withoutNul(name, "long name");
}

/// What comes next, as it lies in the buffer; empty at the source's end.
std::string_view ForeignTar::piece(std::uint64_t most) {
    if (m_begin == m_end && !fill()) return {};
    const auto count = std::min<std::uint64_t>(most, m_end - m_begin);
    const auto bytes = std::string_view(m_buffer).substr(m_begin, static_cast<std::size_t>(count));
    m_begin += static_cast<std::size_t>(count);
    return bytes;
}

std::string ForeignTar::readExactly(std::size_t count) {
    std::string bytes;
    bytes.reserve(count);
    while (bytes.size() < count) {
        const auto got = piece(count - bytes.size());
        if (got.empty()) refuse("the tar was cut off within an entry");
        bytes.append(got);
    }
    return bytes;
}

/// Empty at the source's end.
std::string ForeignTar::readBlock() {
    if (m_begin == m_end && !fill()) return {};
    return readExactly(kTarBlock);
}

bool ForeignTar::fill() {
    m_begin = 0;
    m_end = 0;
    m_reading = true;
    m_end = m_source.read({m_buffer.data(), m_buffer.size()});
    m_reading = false;
    return m_end > 0;
}

} // namespace rootlayer::store
