#include <catch2/catch.hpp>

#include <filesystem>
#include <random>

#include <rootlayer/error.hh>

#include "converted.hh"
#include "store/layer_filter.hh"
#include "support/tar_builder.hh"

using namespace rootlayer;
using namespace rootlayer::test;
using namespace rootlayer::store;

using Catch::Contains;

namespace {

/// The error message. Checks that nothing is left in the cache.
std::string refusal(const std::string& tar, bool vouched = true) {
    const TempDir temp("/tmp");
    const LayerStore store(temp.path());
    auto source = MemoryLayer(tar).source;
    source.vouched = vouched;
    try {
        store.disksFor({source});
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Image);
        for (const auto& entry : std::filesystem::directory_iterator(temp.path()))
            CHECK_FALSE(entry.is_directory());
        return error.what();
    }
    return "accepted";
}

std::string zeros(std::size_t count) {
    return std::string(count, '\0');
}

} // namespace

TEST_CASE("whiteouts of nothing, of the directory and of its parent are refused", "[B7][A3]") {
    for (const auto* name : {".wh.", ".wh..", ".wh...", "d/.wh.."}) {
        CHECK_THAT(refusal(TarBuilder().file("x", "").file(name, "").str()),
                   Contains(name) && Contains("entry 2"));
    }
}

TEST_CASE("a device that overlayfs would take for a deletion is refused", "[B8]") {
    CHECK_THAT(refusal(TarBuilder().device("d/x", 0, 0).str()), Contains("0:0") && Contains("\"d/x\""));
}

TEST_CASE("hard links to nowhere, to directories, or in a ring are refused", "[B10]") {
    CHECK_THAT(refusal(TarBuilder().link("a", "missing").str()),
               Contains("\"a\"") && Contains("\"missing\""));
    CHECK_THAT(refusal(TarBuilder().directory("d").link("a", "d").str()), Contains("directory"));
    CHECK_THAT(refusal(TarBuilder().link("a", "b").link("b", "a").str()), Contains("cycle"));
    CHECK_THAT(refusal(TarBuilder().link("a", "a").str()), Contains("neither"));
    CHECK_THAT(refusal(TarBuilder().link("a", ".").str()), Contains("directory"));
}

TEST_CASE("an entry below a name that is not a directory in its layer is refused", "[A1][B18]") {
    CHECK_THAT(refusal(TarBuilder().file("a", "").file("a/b", "x").str()), Contains("not a directory"));
    CHECK_THAT(refusal(TarBuilder().file("a", "").file("a/.wh.b", "").str()), Contains("not a directory"));
    CHECK_THAT(refusal(TarBuilder().file("a", "").file("a/.wh..wh..opq", "").str()),
               Contains("not a directory"));
    CHECK_THAT(refusal(TarBuilder().file("f", "").symlink("a", "f").file("a/x", "").str()),
               Contains("\"f\", which is not a directory"));
    CHECK_THAT(refusal(TarBuilder().link("a", "b").file("a/x", "").str()), Contains("not a directory"));
}

TEST_CASE("links that lead in a circle, or too far, are refused", "[A1][A4][B18]") {
    CHECK_THAT(refusal(TarBuilder().symlink("a", "b").symlink("b", "a").file("a/x", "").str()),
               Contains("more than 40"));
    CHECK_THAT(refusal(TarBuilder().symlink("a", "a/b").file("a/.wh.x", "").str()), Contains("more than 40"));
    CHECK_THAT(refusal(TarBuilder().symlink("a", "a").link("b", "a/x").str()), Contains("more than 40"));
    std::string deep(255, 'd');
    while (deep.size() < 4000)
        deep += "/" + std::string(255, 'd');
    const std::string name(200, 'n');
    CHECK_THAT(refusal(TarBuilder().directory(deep).symlink("s", deep).file("s/" + name, "").str()),
               Contains("4095"));
    CHECK_THAT(refusal(TarBuilder().directory(deep).symlink("s", deep).file("s/.wh." + name, "").str()),
               Contains("4095"));
}

TEST_CASE("links with long targets cannot hold up a layer's reader", "[A4][B18]") {
    std::string dots;
    while (dots.size() < 4000)
        dots += "./";
    TarBuilder tar;
    for (int i = 0; i < 39; ++i)
        tar.symlink("s" + std::to_string(i), dots + "s" + std::to_string(i + 1));
    tar.directory("s39");
    for (int i = 0; i < 200; ++i)
        tar.file("s0/" + std::to_string(i), "");
    CHECK_THAT(refusal(tar.str()), Contains("too many steps"));
}

TEST_CASE("a long chain of hard links is walked once", "[A4][B10]") {
    TarBuilder tar;
    constexpr int kLinks = 20'000;
    for (int i = 0; i < kLinks; ++i)
        tar.link("l" + std::to_string(100'000 + i), "l" + std::to_string(100'001 + i));
    tar.file("l" + std::to_string(100'000 + kLinks), "data");
    const auto disk = converted(tar.str());
    CHECK(disk.size() == kLinks + 2);
    CHECK(disk.at("l100000").content + disk.at("l120000").content == "data");
}

TEST_CASE("the root cannot be made a link or a file", "[A1]") {
    for (const auto* name : {".", "/", "/.", "x/.."}) {
        CHECK_THAT(refusal(TarBuilder().symlink(name, "/etc").str()), Contains("root"));
    }
}

TEST_CASE("a hard link to a symbolic link links the symbolic link", "[A2]") {
    const auto disk =
        converted(TarBuilder().symlink("s", "/etc/shadow").link("l", "s").file("s", "mine").str());
    CHECK(disk.at("l").entry.type == layer::EntryType::Symlink);
    CHECK(disk.at("s").content == "mine");
}

TEST_CASE("headers, names and attributes that are too large are refused", "[A4]") {
    CHECK_THAT(refusal(TarBuilder().pax(paxRecord("comment", std::string(1 << 20, 'x'))).file("a", "").str()),
               Contains("1048576"));
    CHECK_THAT(refusal(TarBuilder().file(std::string(256, 'n'), "").str()), Contains("255"));
    CHECK_THAT(refusal(TarBuilder().file(".wh." + std::string(256, 'n'), "").str()), Contains("255"));
    CHECK_THAT(refusal(TarBuilder().directory(".wh." + std::string(255, 'n') + "/d").str()),
               Contains("below a whiteout"));
    std::string deep;
    for (int i = 0; i < 2100; ++i)
        deep += "d/";
    CHECK_THAT(refusal(TarBuilder().file(deep + "f", "").str()), Contains("4095"));
    layer::Entry heavy{.path = "x"};
    heavy.xattrs["user.x"] = std::string(65000, 'x');
    CHECK_THAT(refusal(TarBuilder().add(heavy).str()), Contains("attributes"));
}

TEST_CASE("directories as deep as a path can be are converted", "[A4]") {
    std::string deep;
    for (int i = 0; i < 2040; ++i)
        deep += "d/";
    CHECK(converted(TarBuilder().file(deep + "f", "x").str()).at(deep + "f").content == "x");
}

TEST_CASE("a file whose holes are larger than all disks is refused", "[A4]") {
    const auto records = paxRecord("GNU.sparse.major", "1") + paxRecord("GNU.sparse.minor", "0") +
                         paxRecord("GNU.sparse.realsize", "9223372036854775807") +
                         paxRecord("GNU.sparse.name", "bomb");
    const std::string map = "0\n";
    CHECK_THAT(refusal(TarBuilder().pax(records).file("x", map + zeros(512 - map.size())).str()),
               Contains("sparse"));
}

TEST_CASE("padding without end is refused", "[A4]") {
    CHECK_THAT(refusal(TarBuilder().file("a", "").str() + zeros(17U << 20U)), Contains("endless"));
}

TEST_CASE("headers that two readers would understand differently are refused", "[A5]") {
    CHECK_THAT(refusal(TarBuilder().pax(paxRecord("size", "512")).file("a", "123").str()),
               Contains("two sizes"));
    CHECK_THAT(refusal(TarBuilder().pax(paxRecord("path", "b") + paxRecord("path", "c")).file("a", "").str()),
               Contains("twice"));
    CHECK_THAT(
        refusal(TarBuilder().pax(paxRecord("path", "b")).pax(paxRecord("path", "c")).file("a", "").str()),
        Contains("two pax"));
    CHECK_THAT(refusal(TarBuilder().pax(paxRecord("path", zeros(1) + "b")).file("a", "").str()),
               Contains("NUL"));
    CHECK_THAT(refusal(TarBuilder().pax("99 path=x\n").file("a", "").str()), Contains("malformed"));
    CHECK_THAT(refusal(TarBuilder().pax("4 =\n").file("a", "").str()),
               Contains("key") || Contains("malformed"));
}

TEST_CASE("a global pax header may comment but not change entries", "[A5]") {
    CHECK_THAT(refusal(TarBuilder().pax("").patch(156, "g").file("a", "").str()), Contains("accepted"));
    const auto records = paxRecord("path", "x");
    TarBuilder tar;
    layer::appendPaxBlock(const_cast<std::string&>(tar.open()), records.size());
    CHECK_THAT(refusal(tar.patch(156, "g").padded(records).file("a", "").str()), Contains("global"));
}

TEST_CASE("numbers that are malformed, negative or out of range are refused", "[A5]") {
    const auto empty = [] { return TarBuilder().file("a", ""); };
    CHECK_THAT(refusal(empty().patch(124, "0000000009\0 ").str()), Contains("size"));
    CHECK_THAT(refusal(empty().patch(124, std::string("\xff") + std::string(11, '\xff')).str()),
               Contains("negative"));
    CHECK_THAT(refusal(empty().patch(124, std::string("\x80\x7f") + zeros(10)).str()), Contains("size"));
    CHECK_THAT(refusal(empty().patch(108, std::string("\xff") + std::string(7, '\xff')).str()),
               Contains("uid"));
    CHECK_THAT(refusal(TarBuilder().pax(paxRecord("uid", "4294967295")).file("a", "").str()),
               Contains("uid"));
    CHECK_THAT(refusal(TarBuilder().pax(paxRecord("size", "-1")).file("a", "").str()), Contains("size"));
    CHECK_THAT(refusal(empty().patch(124, std::string("\x80") + zeros(3) + "\x7f" + zeros(7)).str()),
               Contains("cut off") || Contains("ends within"));
}

TEST_CASE("unknown types, and links to nothing, are refused", "[A5]") {
    for (const auto* type : {"V", "M", "D", "N", "Z", "\x01"}) {
        CHECK_THAT(refusal(TarBuilder().file("a", "").patch(156, type).str()), Contains("type"));
    }
    CHECK_THAT(refusal(TarBuilder().symlink("d", "").str()), Contains("symbolic link"));
}

TEST_CASE("a wrong checksum is refused, and says which entry", "[A5]") {
    auto bytes = TarBuilder().file("a", "").file("b", "").str();
    bytes[512] ^= 1;
    CHECK_THAT(refusal(bytes), Contains("checksum") && Contains("entry 2"));
}

TEST_CASE("an end within an entry is refused", "[A5]") {
    const auto whole = TarBuilder().file("a", "0123456789").str();
    for (const std::size_t cut : {1U, 513U, 1527U, 1536U, 2047U}) {
        CHECK_THAT(refusal(whole.substr(0, whole.size() - cut)),
                   Contains("cut off") || Contains("ends within"));
    }
    CHECK_THAT(refusal(TarBuilder().file("a", "").raw(zeros(512)).file("b", "").str()),
               Contains("end block"));
    CHECK_THAT(refusal(TarBuilder().pax(paxRecord("path", "x")).str()), Contains("extends"));
}

TEST_CASE("junk after the end of a tar that no digest vouches for is refused", "[A5][B14]") {
    const auto whole = TarBuilder().file("a", "0123456789").str();
    CHECK_THAT(refusal(whole + "junk", false), Contains("junk"));
    CHECK_THAT(refusal(whole + zeros(9000) + "x", false), Contains("junk"));
    CHECK_THAT(refusal(whole + zeros(9000), false), Contains("accepted"));
    // Also when the same bytes are in the cache as somebody's layer.
    const TempDir temp("/tmp");
    const LayerStore store(temp.path());
    auto source = MemoryLayer(whole + "junk").source;
    store.disksFor({source});
    source.vouched = false;
    CHECK_THROWS_WITH(store.disksFor({source}), Contains("junk"));
}

TEST_CASE("bytes flipped anywhere in a tar give at worst an error", "[A5]") {
    const auto whole = TarBuilder()
                           .directory("d")
                           .pax(paxRecord("SCHILY.xattr.user.a", "b") + paxRecord("mtime", "12.5"))
                           .file("d/f", "data")
                           .link("l", "d/f")
                           .file("d/.wh.x", "")
                           .str();
    for (std::size_t at = 0; at + 1024 < whole.size(); at += 37) {
        auto bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
        StringSource source(bytes);
        tar::ForeignTar tar(source);
        try {
            while (tar.next() != nullptr) {
                while (!tar.data().empty()) {
                }
            }
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::Image);
        }
    }
}

TEST_CASE("blocks lost, doubled or exchanged in a tar give at worst an error", "[A5]") {
    const auto whole = TarBuilder()
                           .directory("d")
                           .file("d/f", "first")
                           .link("l", "d/f")
                           .symlink("s", "d")
                           .file("d/f", "second")
                           .file("d/.wh..wh..opq", "")
                           .file("z", std::string(1500, 'z'))
                           .str();
    const LowerLayers none({});
    std::mt19937 random(1);
    const auto block = [&] { return random() % (whole.size() / 512) * 512; };
    for (int round = 0; round < 500; ++round) {
        auto bytes = whole;
        bytes.insert(block(), whole.substr(block(), 512 * (random() % 3)));
        bytes.erase(block(), 512 * (random() % 3));
        LayerFilter filter(none, nullptr);
        StringSink out;
        try {
            StringSource first(bytes);
            StringSource second(bytes);
            const bool done = filter.run(first, out) || filter.run(second, out);
            CHECK(done);
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::Image);
        }
    }
}
