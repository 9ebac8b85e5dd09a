#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <functional>
#include <vector>

#include <rootlayer/error.hh>

#include "audit/layer_audit.hh"
#include "base/file.hh"
#include "base/slice.hh"
#include "base/temp_dir.hh"
#include "support/image_builder.hh"
#include "tar/foreign_tar.hh"
#include "tar/tar_index.hh"

using namespace rootlayer;
using test::tarMember;

namespace {

const std::string kEnd(1024, '\0');
const std::string kRefused = "refused";

/// One row of docs/foreign-tar.md: what the tar holds as "NAME:SIZE" words, or kRefused.
struct Dialect {
    std::string what;
    std::string bytes;
    std::string holds;
};

std::string patched(std::string member, std::size_t at, const std::string& bytes) {
    return test::withChecksum(member.substr(0, 512).replace(at, bytes.size(), bytes)) + member.substr(512);
}

std::string file(const std::string& name) {
    return tarMember({name, "data", '0', {}});
}

/// A number in the field of the mode.
std::string withMode(std::string_view mode) {
    return patched(file("a"), 100, std::string(mode)) + kEnd;
}

std::string paxHeaderOf(char type, std::string_view key, std::string_view value) {
    return patched(test::paxHeader(key, value), 156, std::string(1, type));
}

std::string signedChecksum(std::string member) {
    member.replace(148, 8, 8, ' ');
    int sum = 0;
    for (const char c : member.substr(0, 512))
        sum += static_cast<signed char>(c);
    return member.replace(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
}

std::vector<Dialect> dialects() {
    const auto a = file("a");
    const auto b = file("b");
    const std::string prefix = std::string(130, 'x') + '\0' + "00000000001" + '\0';
    const std::string size(11, '0');
    const std::string sized = "00000001000";
    using namespace std::string_view_literals;
    return {
        {"checksum of signed bytes", signedChecksum(file("\xc3\xa9")) + kEnd, "\xc3\xa9:4"},
        {"octal, NUL, then anything", withMode("0644\0xyz"sv), "a:4"},
        {"octal, blank, then anything", withMode("0644 xyz"sv), kRefused},
        {"octal, then a letter", withMode("0644xyz\0"sv), kRefused},
        {"NUL, then octal",
         withMode("\0"
                  "0644\0\0\0"sv),
         kRefused},
        {"blanks, then octal", withMode("   644 \0"sv), "a:4"},
        {"star's prefix", patched(patched(a, 345, prefix), 508, std::string("tar\0", 4)) + kEnd,
         std::string(130, 'x') + "/a:4"},
        {"size 0 beside a pax size", test::paxHeader("size", "4") + patched(a, 124, size) + b + kEnd,
         "a:4 b:4"},
        {"two sizes", test::paxHeader("size", "4") + patched(a, 124, "00000000002") + b + kEnd, kRefused},
        {"Solaris' pax header", paxHeaderOf('X', "path", "long") + a + kEnd, "long:4"},
        {"a global comment", paxHeaderOf('g', "comment", "x") + a + kEnd, "a:4"},
        {"a global name", paxHeaderOf('g', "path", "x") + a + kEnd, kRefused},
        {"two pax headers", test::paxHeader("path", "x") + test::paxHeader("path", "y") + a + kEnd, kRefused},
        {"GNU long name and pax path",
         tarMember({"L", std::string("gnu\0", 4), 'L', {}}) + test::paxHeader("path", "x") + a + kEnd,
         kRefused},
        {"type 7", patched(a, 156, "7") + kEnd, "a:4"},
        {"unknown type", patched(a, 156, "Q") + kEnd, kRefused},
        {"type NUL, name ends in a slash",
         patched(tarMember({"d/", "", '0', {}}), 156, std::string(1, '\0')) + kEnd, "d:0"},
        {"size on a directory", patched(tarMember({"d", "", '5', {}}), 124, sized) + a + kEnd, "a:4 d:0"},
        {"size on a hard link", a + patched(tarMember({"h", "", '1', "a"}), 124, sized) + b + kEnd,
         "a:4 b:4 h:0"},
        {"end of file between entries", a, "a:4"},
        {"one zero block, then end of file", a + std::string(512, '\0'), "a:4"},
        {"end of file within the padding", a.substr(0, 516), "a:4"},
        {"end of file within the data", a.substr(0, 515), kRefused},
        {"one zero block, then an entry", a + std::string(512, '\0') + b + kEnd, kRefused},
    };
}

std::string wordsOf(std::vector<std::string> words) {
    std::sort(words.begin(), words.end());
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

std::string nameOf(std::string path) {
    while (path.ends_with('/'))
        path.pop_back();
    return path;
}

std::string orRefused(const std::function<std::string()>& read) {
    try {
        return read();
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Image);
        return kRefused;
    }
}

class Readers final {
  public:
    std::string entries(const std::string& bytes) const {
        return orRefused([&] {
            StringSource source(bytes);
            tar::ForeignTar tar(source);
            std::vector<std::string> words;
            while (const auto* entry = tar.next())
                words.push_back(fmt::format("{}:{}", nameOf(entry->path), entry->size));
            return wordsOf(words);
        });
    }

    std::string index(const std::string& bytes) const {
        return orRefused([&] {
            const auto found = indexOf(bytes);
            std::vector<std::string> words;
            for (const auto& name : found.someNames(100))
                words.push_back(fmt::format("{}:{}", name, found.find(name).size));
            for (const auto* other : {"d", "h"}) {
                if (found.has(other)) words.push_back(fmt::format("{}:0", other));
            }
            return wordsOf(words);
        });
    }

    /// What verify finds: every entry, whatever it means. What it cannot read is a fault, not an error.
    audit::LayerAudit audit(const std::string& bytes) const {
        StringSource source(bytes);
        return audit::auditLayer(source, [](const audit::LayerFault&) {});
    }

  private:
    tar::TarIndex indexOf(const std::string& bytes) const {
        writeFile(m_temp.file("a.tar"), bytes);
        const auto file = std::make_shared<const UniqueFd>(openInput(m_temp.file("a.tar"), "archive"));
        return tar::TarIndex::read({file, 0, bytes.size(), "the archive"}, {});
    }

    TempDir m_temp{"/tmp"};
};

} // namespace

TEST_CASE("every reader of a foreign tar understands its dialect alike", "[A5][B17][B19]") {
    const Readers readers;
    for (const auto& dialect : dialects()) {
        INFO(dialect.what);
        CHECK(readers.entries(dialect.bytes) == dialect.holds);
        CHECK(readers.index(dialect.bytes) == dialect.holds);
        const auto audit = readers.audit(dialect.bytes);
        if (dialect.holds == kRefused) {
            CHECK(audit.faults > 0);
            continue;
        }
        const auto words = std::count(dialect.holds.begin(), dialect.holds.end(), ' ') + 1;
        CHECK(audit.entries == static_cast<std::size_t>(words));
    }
}

TEST_CASE("a GNU size that is negative or too large is refused", "[A5]") {
    const Readers readers;
    for (const auto& size : {std::string(12, '\xff'), "\x80" + std::string(11, '\xff')}) {
        const auto bytes = patched(file("a"), 124, size) + kEnd;
        CHECK(readers.entries(bytes) == kRefused);
        CHECK(readers.index(bytes) == kRefused);
    }
}

TEST_CASE("bytes after the two zero blocks are reported, and no reader takes them for entries", "[B14]") {
    const Readers readers;
    const auto bytes = file("a") + kEnd + file("b") + kEnd;
    CHECK(readers.entries(bytes) == "a:4"); // whoever has no digest of the tar refuses it: TarEnd::junk
    CHECK(readers.index(bytes) == kRefused);
    CHECK(readers.audit(bytes).entries == 1);
    CHECK(readers.audit(bytes).faults > 0);
}

TEST_CASE("headers that extend an entry are bounded, and unambiguous", "[A4][A5]") {
    const Readers readers;
    const auto refused = [&](const std::string& bytes) {
        return readers.entries(bytes) == kRefused && readers.index(bytes) == kRefused &&
               readers.audit(bytes).faults > 0;
    };
    std::string flood;
    for (int i = 0; i < 9; ++i)
        flood += paxHeaderOf('g', "comment", "x");
    CHECK(refused(flood + file("a") + kEnd));
    CHECK(refused(test::paxHeader("comment", std::string(1100 * 1024, 'c')) + file("a") + kEnd));
    CHECK(refused(tarMember({"p", "9 path=x\n9 path=y\n", 'x', {}}) + file("a") + kEnd));
    CHECK(refused(test::paxHeader("path", std::string("a\0b", 3)) + file("a") + kEnd));
    CHECK(refused(test::paxHeader("path", "x") + kEnd)); // it extends nothing
}

TEST_CASE("a tar with only a global comment is empty") {
    const Readers readers;
    const auto bytes = paxHeaderOf('g', "comment", "x") + kEnd;
    CHECK(readers.entries(bytes).empty());
    CHECK(readers.index(bytes).empty());
}

TEST_CASE("a tar that is cut within an entry's data says which entry", "[A5]") {
    const auto bytes = file("a") + file("b").substr(0, 514);
    StringSource source(bytes);
    tar::ForeignTar tar(source);
    tar.next();
    tar.next();
    CHECK_THROWS_WITH(tar.next(), Catch::Contains("entry 2") && Catch::Contains("\"b\""));
}
