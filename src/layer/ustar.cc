#include "layer/ustar.hh"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>

#include <fmt/format.h>

#include "base/escape.hh"
#include "layer/refuse.hh"

namespace rootlayer::layer {

namespace {

/// POSIX pax(1), "ustar Header Block".
struct Header {
    char name[100];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char mtime[12];
    char checksum[8];
    char typeflag;
    char linkname[100];
    char magic[6];
    char version[2];
    char uname[32];
    char gname[32];
    char devmajor[8];
    char devminor[8];
    char prefix[155];
    char padding[12];
};
static_assert(sizeof(Header) == kBlockSize);

struct Field {
    std::size_t offset;
    std::string_view name;
};

constexpr std::string_view kChecksumField = "chksum";

constexpr Field kFields[] = {
    {offsetof(Header, name), "name"},
    {offsetof(Header, mode), "mode"},
    {offsetof(Header, uid), "uid"},
    {offsetof(Header, gid), "gid"},
    {offsetof(Header, size), "size"},
    {offsetof(Header, mtime), "mtime"},
    {offsetof(Header, checksum), kChecksumField},
    {offsetof(Header, typeflag), "typeflag"},
    {offsetof(Header, linkname), "linkname"},
    {offsetof(Header, magic), "magic"},
    {offsetof(Header, version), "version"},
    {offsetof(Header, uname), "uname"},
    {offsetof(Header, gname), "gname"},
    {offsetof(Header, devmajor), "devmajor"},
    {offsetof(Header, devminor), "devminor"},
    {offsetof(Header, prefix), "prefix"},
    {offsetof(Header, padding), "padding"},
    {sizeof(Header), {}},
};

constexpr std::uint64_t kMaxOctal7 = 07777777;
constexpr std::uint64_t kMaxOctal11 = 077777777777;
constexpr std::string_view kPaxBlockName = "././@PaxHeader";

/// Fills the field with octal digits except for the last byte, which stays NUL.
template <std::size_t N>
void putOctal(char (&field)[N], std::uint64_t value) {
    for (std::size_t i = N - 1; i-- > 0; value >>= 3)
        field[i] = static_cast<char>('0' + (value & 7));
}

template <std::size_t N>
void putText(char (&field)[N], std::string_view text) {
    std::memcpy(field, text.data(), std::min(text.size(), N));
}

unsigned checksumOf(const Header& header) {
    unsigned char bytes[kBlockSize];
    std::memcpy(bytes, &header, sizeof bytes);
    unsigned sum = sizeof header.checksum * ' '; // its own field counts as spaces
    for (std::size_t i = 0; i < kBlockSize; ++i)
        sum += bytes[i];
    for (const char c : header.checksum)
        sum -= static_cast<unsigned char>(c);
    return sum;
}

/// Six digits, NUL, space: the form that tar programs have used since Version 7 Unix.
void seal(Header& header) {
    unsigned sum = checksumOf(header);
    for (int i = 5; i >= 0; --i, sum >>= 3)
        header.checksum[i] = static_cast<char>('0' + (sum & 7));
    header.checksum[6] = '\0';
    header.checksum[7] = ' ';
}

// The values of EntryType are those of ustar's type flags.
static_assert(static_cast<int>(EntryType::HardLink) == 1 && static_cast<int>(EntryType::Fifo) == 6);

char typeFlagOf(EntryType type) {
    return static_cast<char>('0' + static_cast<int>(type));
}

EntryType typeOf(char flag) {
    if (flag >= '0' && flag <= '6') return static_cast<EntryType>(flag - '0');
    if (flag == 'g') refuse("it is a global pax header, which is not allowed in a layer");
    if (flag == 'x') refuse("it is a pax header that follows a pax header");
    refuse(fmt::format("its type {} is not allowed in a layer", quote({&flag, 1})));
}

template <std::size_t N>
std::uint64_t getOctal(const char (&field)[N], std::string_view name) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < N - 1; ++i) {
        if (field[i] < '0' || field[i] > '7')
            refuse(fmt::format("the field {} of its header is {} instead of {} octal digits and a NUL", name,
                               quote({field, N}), N - 1));
        value = value << 3 | static_cast<std::uint64_t>(field[i] - '0');
    }
    return value;
}

template <std::size_t N>
std::string_view getText(const char (&field)[N]) {
    return {field, strnlen(field, N)};
}

/// Copies the block, which may be unaligned.
Header load(std::string_view block) {
    Header header;
    std::memcpy(&header, block.data(), sizeof header);
    return header;
}

void checkChecksum(const Header& header) {
    Header sealed = header;
    seal(sealed);
    if (std::memcmp(sealed.checksum, header.checksum, sizeof sealed.checksum) != 0)
        refuse("the checksum of its header is wrong");
}

std::uint64_t fitting(std::uint64_t value, std::uint64_t most) {
    return value <= most ? value : 0;
}

Header blank(char flag) {
    Header header;
    std::memset(&header, 0, sizeof header);
    header.typeflag = flag;
    putText(header.magic, {"ustar\0", 6});
    putText(header.version, "00");
    putOctal(header.devmajor, 0);
    putOctal(header.devminor, 0);
    return header;
}

void append(std::string& out, Header& header) {
    seal(header);
    out.append(reinterpret_cast<const char*>(&header), sizeof header);
}

} // namespace

std::string tarName(const Entry& entry) {
    return entry.type == EntryType::Directory ? entry.path + '/' : entry.path;
}

bool needsPaxName(std::string_view text) {
    return text.size() > sizeof Header::name;
}
bool needsPaxId(std::uint32_t id) {
    return id > kMaxOctal7;
}
bool needsPaxNumber(std::uint64_t sizeOrTime) {
    return sizeOrTime > kMaxOctal11;
}

void appendUstarHeader(std::string& out, const Entry& entry) {
    Header header = blank(typeFlagOf(entry.type));
    putText(header.name, entry.path);
    if (entry.type == EntryType::Directory && entry.path.size() < sizeof header.name)
        header.name[entry.path.size()] = '/';
    putOctal(header.mode, entry.mode);
    putOctal(header.uid, fitting(entry.uid, kMaxOctal7));
    putOctal(header.gid, fitting(entry.gid, kMaxOctal7));
    putOctal(header.size, fitting(entry.size, kMaxOctal11));
    putOctal(header.mtime, fitting(static_cast<std::uint64_t>(entry.mtime), kMaxOctal11));
    putText(header.linkname, entry.linkTarget);
    putOctal(header.devmajor, entry.devMajor);
    putOctal(header.devminor, entry.devMinor);
    append(out, header);
}

void appendPaxBlock(std::string& out, std::size_t size) {
    Header header = blank('x');
    putText(header.name, kPaxBlockName);
    putOctal(header.mode, 0644);
    putOctal(header.uid, 0);
    putOctal(header.gid, 0);
    putOctal(header.size, size);
    putOctal(header.mtime, 0);
    append(out, header);
}

char typeFlag(std::string_view block) {
    return block[offsetof(Header, typeflag)];
}

std::uint64_t sizeField(std::string_view block) {
    const Header header = load(block);
    checkChecksum(header);
    return getOctal(header.size, "size");
}

void parseUstarHeader(std::string_view block, Entry& entry) {
    const Header header = load(block);
    checkChecksum(header);
    entry.type = typeOf(header.typeflag);
    entry.path = getText(header.name);
    entry.mode = static_cast<std::uint32_t>(getOctal(header.mode, "mode"));
    entry.uid = static_cast<std::uint32_t>(getOctal(header.uid, "uid"));
    entry.gid = static_cast<std::uint32_t>(getOctal(header.gid, "gid"));
    entry.size = getOctal(header.size, "size");
    entry.mtime = static_cast<std::int64_t>(getOctal(header.mtime, "mtime"));
    entry.linkTarget = getText(header.linkname);
    entry.devMajor = static_cast<std::uint32_t>(getOctal(header.devmajor, "devmajor"));
    entry.devMinor = static_cast<std::uint32_t>(getOctal(header.devminor, "devminor"));
    entry.xattrs.clear();
}

std::string_view differingField(std::string_view a, std::string_view b) {
    for (std::size_t i = 0; i + 1 < std::size(kFields); ++i) {
        const auto [offset, name] = kFields[i];
        const auto size = kFields[i + 1].offset - offset;
        if (name != kChecksumField && a.substr(offset, size) != b.substr(offset, size)) return name;
    }
    return kChecksumField;
}

} // namespace rootlayer::layer
