#include <algorithm>
#include <cstdint>
#include <regex>

#include "layer/acl.hh"
#include "tar/posix_acl.hh"
#include "tests/proofs/inputs.hh"

using namespace rootlayer;
using namespace rootlayer::proofs;

namespace {

struct Entry {
    unsigned tag = 0;
    unsigned permissions = 0;
    std::uint32_t id = UINT32_MAX;
    auto operator<=>(const Entry&) const = default;
};

std::string bytesOf(const std::vector<Entry>& entries) {
    std::string bytes("\2\0\0\0", 4);
    for (const auto& entry : entries) {
        for (const unsigned field : {entry.tag, entry.permissions}) {
            bytes += static_cast<char>(field % 256);
            bytes += static_cast<char>(field / 256);
        }
        for (unsigned i = 0; i < 4; ++i)
            bytes += static_cast<char>(entry.id >> 8 * i & 0xff);
    }
    return bytes;
}

/// acl(5), "Valid ACLs": the tags as letters, in the order that the kernel keeps them in.
bool isAcl(const std::vector<Entry>& entries) {
    std::string tags;
    for (const auto& [tag, permissions, id] : entries) {
        const std::string known = "U u G g m o "; // 1, 2, 4, 8, 16, 32
        char letter = '?';
        for (unsigned i = 0; i < 6; ++i) {
            if (tag == 1U << i) letter = known[2 * i];
        }
        if (permissions > 7 || ((tag == 2 || tag == 8) && id == UINT32_MAX)) letter = '?';
        tags += letter;
    }
    static const std::regex form("|UGm?o|Uu*Gg*mo");
    return std::regex_match(tags, form);
}

void checkBytes(const std::vector<Entry>& entries) {
    const auto bytes = bytesOf(entries);
    holds(tar::isAclBytes(bytes) == isAcl(entries),
          [&] { return Catch::StringMaker<std::string>::convert(bytes); });
}

/// A line of acl(5)'s text form; a named entry needs a number, which star and bsdtar put at its end.
std::optional<Entry> entryOf(const std::string& line) {
    static const std::regex form(
        "[ \t]*(?:(u|user|g|group):([^:]*)|(m|mask|o|other):):[ \t]*([r-])([w-])([x-])[ \t]*"
        "(?::([^:]*?)[ \t]*)?");
    std::smatch match;
    if (!std::regex_match(line, match, form)) return std::nullopt;
    const bool named = match[2].length() > 0;
    Entry entry;
    const char kind = line.at(line.find_first_not_of(" \t"));
    entry.tag = kind == 'u' ? (named ? 2 : 1) : kind == 'g' ? (named ? 8 : 4) : kind == 'm' ? 16 : 32;
    for (std::size_t i = 4; i <= 6; ++i)
        entry.permissions = entry.permissions * 2 + (match[i] == "-" ? 0 : 1);
    if (!named) return entry;
    static const std::regex number("0*[0-9]{1,10}");
    const std::string id = match[7].matched ? match[7].str() : match[2].str();
    if (!std::regex_match(id, number) || std::stoull(id) > UINT32_MAX) return std::nullopt;
    entry.id = static_cast<std::uint32_t>(std::stoull(id));
    return entry;
}

void checkText(const std::vector<std::string>& lines) {
    std::vector<Entry> entries;
    bool malformed = false;
    for (const auto& line : lines) {
        const auto plain = line.substr(0, line.find('#'));
        if (plain.find_first_not_of(" \t") == std::string::npos) continue;
        const auto entry = entryOf(plain);
        malformed |= !entry;
        if (entry) entries.push_back(*entry);
    }
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return std::pair(a.tag, a.id) < std::pair(b.tag, b.id);
    });
    std::optional<std::string> expected;
    if (!malformed && !entries.empty()) expected = bytesOf(entries);
    for (const auto* separator : {",", "\n"})
        holds(tar::aclFromText(join(lines, separator)) == expected, [&] { return join(lines, separator); });
}

} // namespace

TEST_CASE("every ACL of up to six entries with any tags is valid as acl(5) says, or refused", "[T7]") {
    std::vector<Entry> tags;
    for (const unsigned tag : {0U, 1U, 2U, 4U, 8U, 16U, 32U})
        tags.push_back({tag, 5, tag == 2 || tag == 8 ? 1000U : UINT32_MAX});
    for (std::size_t size = 0; size <= 6; ++size)
        eachList(tags, size, checkBytes);
}

TEST_CASE("every three entries of an ACL with any permissions and ids are valid as acl(5) says, or refused",
          "[T7]") {
    std::vector<Entry> entries;
    for (const unsigned tag : {1U, 2U, 4U, 32U, 3U, 0x100U}) {
        for (const unsigned permissions : {0U, 7U, 8U, 0x100U}) {
            for (const std::uint32_t id : {0U, UINT32_MAX})
                entries.push_back({tag, permissions, id});
        }
    }
    eachList(entries, 3, checkBytes);
}

TEST_CASE("only whole entries behind the version are an ACL", "[T7]") {
    const auto whole = layer::minimalAcl(0754);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const auto part = whole.substr(0, size);
        holds(tar::isAclBytes(part) == (size == 4 || size == whole.size()),
              [&] { return std::to_string(size); });
    }
    for (std::size_t at = 0; at < 4; ++at) {
        for (unsigned byte = 0; byte < 256; ++byte) {
            auto text = whole;
            text[at] = static_cast<char>(byte);
            holds(tar::isAclBytes(text) == (text == whole), [&] { return std::to_string(byte); });
        }
    }
    for (std::uint32_t mode = 0; mode < 010000; ++mode) {
        const auto acl = layer::minimalAcl(mode);
        holds(acl == bytesOf({{1, mode / 64 % 8}, {4, mode / 8 % 8}, {32, mode % 8}}) &&
                  layer::isMinimalAcl(acl) && tar::isAclBytes(acl),
              [&] { return std::to_string(mode); });
    }
}

TEST_CASE("every three lines of an ACL's text are the entries that they name, or refused", "[T7]") {
    const std::vector<std::string> lines{"user::rwx",
                                         "user:1000:rw-",
                                         "user:joe:rw-:1000",
                                         "user:joe:rw-",
                                         "u:4294967295:r--",
                                         "u:4294967296:r--",
                                         "u:-1:r--",
                                         "u:+1:r--",
                                         "group::r-x",
                                         "g:5:---",
                                         "g:5:--x:6",
                                         "mask::rwx",
                                         "m::--- ",
                                         "other::r--",
                                         "o:1:r--",
                                         "m:x:r--",
                                         "u::rwz",
                                         "u::rw",
                                         "u::rwxr",
                                         "u::xwr",
                                         "",
                                         " ",
                                         "#c",
                                         "g::r-x#effective:r--",
                                         " u::rwx",
                                         "\tu:: rwx\t",
                                         "u :: rwx",
                                         "u:rwx",
                                         "u",
                                         "u::rwx:",
                                         "user::rwx:0",
                                         "u:1:rwx:",
                                         "u:1:rwx:2:3",
                                         "default:user::rwx",
                                         ":",
                                         "::",
                                         ":::"};
    for (std::size_t size = 1; size <= 3; ++size)
        eachList(lines, size, checkText);
}
