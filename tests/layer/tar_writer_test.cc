#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/digest.hh"
#include "base/file.hh"
#include "layer/tar_writer.hh"
#include "layer/whiteout.hh"
#include "sample_layer.hh"

using namespace rootlayer;
using namespace rootlayer::layer;
using namespace rootlayer::test;

namespace {

const std::string kGolden = ROOTLAYER_TEST_DATA "/golden/";

/// Why the writer refuses these entries.
std::string refused(const std::vector<Entry>& entries) {
    return errorOf([&] {
        StringSink sink;
        TarWriter writer(sink);
        for (const auto& entry : entries)
            writer.add(entry);
    });
}

Entry with(Entry entry, const std::function<void(Entry&)>& change) {
    change(entry);
    return entry;
}

std::string nul(std::size_t count) {
    return std::string(count, '\0');
}

/// Keeps the sizes of the pieces.
struct PieceSink final : Sink {
    std::vector<std::size_t> sizes;
    void write(std::string_view bytes) override { sizes.push_back(bytes.size()); }
};

} // namespace

TEST_CASE("an empty layer is two zero blocks with the well-known digest", "[W17][T10]") {
    const auto tar = tarOf({});
    CHECK(tar == nul(1024));
    CHECK(sha256(tar).str() == "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
}

TEST_CASE("a small file is written byte for byte as POSIX says", "[T3][T4][T5]") {
    auto item = fileWith("a/b", "hello");
    item.entry.mode = 04755;
    item.entry.uid = 1000;
    item.entry.gid = 100;
    const auto tar = tarOf({{directory("a")}, item});
    REQUIRE(tar.size() == 512 * 5);
    const auto number = [](std::string digits) { return digits + '\0'; };
    const auto header = "a/b" + nul(97) + number("0004755") + number("0001750") + number("0000144") +
                        number("00000000005") + number("14524770400") + number("007663") + " " + "0" +
                        nul(100) + number("ustar") + "00" + nul(64) + number("0000000") + number("0000000") +
                        nul(167);
    REQUIRE(header.size() == 512);
    CHECK(tar.substr(512, 512) == header);
    CHECK(tar.substr(1024, 512) == "hello" + nul(507));
    CHECK(tar.substr(1536) == nul(1024));
}

TEST_CASE("pax records have one order, after a header that is always the same", "[T3]") {
    auto link = symlinkTo(std::string(101, 'p'), std::string(101, 't'));
    link.uid = 2097152;
    link.gid = 4294967294;
    link.mtime = 8589934592;
    link.xattrs = {{"user.b", "2"}, {"user.a", std::string("\0\n", 2)}};
    const auto tar = tarOf({{link}});
    const auto records = "111 path=" + std::string(101, 'p') + "\n115 linkpath=" + std::string(101, 't') +
                         "\n15 uid=2097152\n18 gid=4294967294\n20 mtime=8589934592\n26 SCHILY.xattr.user.a=" +
                         std::string("\0\n", 2) + "\n25 SCHILY.xattr.user.b=2\n";
    CHECK(tar.substr(512, records.size()) == records);
    CHECK(tar.substr(0, 14) == "././@PaxHeader");
    CHECK(tar.substr(100, 48) == "0000644" + nul(1) + "0000000" + nul(1) + "0000000" + nul(1) +
                                     "00000000512" + nul(1) + "00000000000" + nul(1));
    CHECK(tar[156] == 'x');
    // What the records hold is cut or 0 in the header itself.
    CHECK(tar.substr(1024, 100) == std::string(100, 'p'));
    CHECK(tar.substr(1024 + 108, 40) ==
          "0000000" + nul(1) + "0000000" + nul(1) + "00000000000" + nul(1) + "00000000000" + nul(1));
}

TEST_CASE("a file above 8 GiB has its size in a pax record", "[T3]") {
    StringSink sink;
    TarWriter writer(sink);
    writer.add(with(file("big"), [](Entry& entry) { entry.size = 8589934592; }));
    writer.data(std::string(1 << 20, '\0'));
    CHECK(sink.bytes().substr(512, 19) == "19 size=8589934592\n");
    CHECK(sink.bytes().substr(1024 + 124, 12) == "00000000000" + nul(1));
}

TEST_CASE("the sample layer has the bytes it has always had", "[T1][T3][T8][T11][T12]") {
    const auto tar = tarOf(sampleLayer());
    CHECK(readFile(kGolden + "sample.tar", "golden file", 1 << 20) == tar);
}

TEST_CASE("golden files, written anew", "[.golden]") {
    std::ofstream(kGolden + "sample.tar", std::ios::binary) << tarOf(sampleLayer());
}

TEST_CASE("entries out of order, twice, or without their parent are refused", "[T1][T2][W3][W4]") {
    CHECK(refused({file("b"), file("a")}) == "cannot write layer entry 2, \"a\": it is out of order: it may "
                                             "not come after \"b\" (bytewise with '/' lowest, "
                                             "whiteouts first)");
    CHECK(refused({file("a"), file("a")}).find("twice") != std::string::npos);
    CHECK(refused({directory("a-b"), directory("a"), file("a/b")}).find("order") != std::string::npos);
    CHECK(refused({file("a"), whiteoutEntry("b")}).find("order") != std::string::npos);
    CHECK(refused({file("a/b")}).find("its parent \"a\" has no entry") != std::string::npos);
    CHECK(refused({directory("a"), directory("a/b"), file("b/c")}).find("its parent \"b\"") !=
          std::string::npos);
    CHECK(refused({directory("a"), directory("a/b"), file("a/bc/d")}).find("its parent \"a/bc\"") !=
          std::string::npos);
    CHECK(refused({file("a"), file("a/b")}).find("under \"a\", which is not a directory") !=
          std::string::npos);
    CHECK(refused({whiteoutEntry("a"), directory("a")}).find("both a whiteout and an entry") !=
          std::string::npos);
    CHECK(refused({directory("a"), directory("a/b"), file("a/b/c"), file("a/d"), file("e")}).empty());
}

TEST_CASE("paths that are not canonical or too long are refused", "[T2][T9][A8]") {
    for (const auto& path : {"", "/a", "a/", "./a", "a/.", "..", "a/../b", "a//b", "."}) {
        INFO(path);
        CHECK_FALSE(refused({file(path)}).empty());
    }
    CHECK(refused({file(std::string("a\0b", 3))}).find("NUL") != std::string::npos);
    CHECK(refused({file(std::string(256, 'a'))}).find("255 bytes") != std::string::npos);
    CHECK(refused({file(std::string(255, 'a'))}).empty());
    std::string deep;
    while (deep.size() < 4095)
        deep += deep.size() % 2 == 0 ? 'd' : '/';
    CHECK(refused({file(deep)}).find("parent") != std::string::npos);
    CHECK(refused({file(deep + 'd')}).find("4095") != std::string::npos);
}

TEST_CASE("every name that a file can have can be whited out", "[T9][W1]") {
    CHECK(refused({whiteoutEntry(std::string(255, 'a'))}).empty());
    CHECK(refused({whiteoutEntry(std::string(256, 'a'))}).find("255 bytes") != std::string::npos);
    CHECK(refused({directory(".wh." + std::string(255, 'a'))}).find("not a whiteout") != std::string::npos);
    std::string deep;
    while (deep.size() < 4095)
        deep += deep.size() % 2 == 0 ? 'd' : '/';
    CHECK(refused({whiteoutEntry(deep)}).find("parent") != std::string::npos);
    CHECK(refused({whiteoutEntry(deep + 'd')}).find("4095") != std::string::npos);
}

TEST_CASE("names of whiteouts that are not whiteouts are refused", "[W1][W10][A3][B7]") {
    CHECK(refused({with(file(".wh.a"), [](Entry& entry) { entry.mtime = 0; })}).find("not a whiteout") !=
          std::string::npos);
    CHECK(refused({directory(".wh.a")}).find("not a whiteout") != std::string::npos);
    CHECK(refused({with(whiteoutEntry("a"), [](Entry& entry) { entry.size = 1; })}).find("not a whiteout") !=
          std::string::npos);
    for (const auto* removed : {"", ".", "..", ".wh..opq", ".wh.a", "a/..", "a/.wh.plnk"}) {
        INFO(removed);
        CHECK_FALSE(refused({directory("a"), whiteoutEntry(removed)}).empty());
    }
}

TEST_CASE("entries that a tar reader or a kernel would misinterpret are refused", "[T6][T7][W11]") {
    CHECK(refused({device("null", EntryType::CharDevice, 0, 0)}).find("0:0") != std::string::npos);
    CHECK(refused({device("loop", EntryType::BlockDevice, 0, 0)}).empty());
    CHECK(refused({device("wide", EntryType::BlockDevice, 2097152, 0)}).find("2097151") != std::string::npos);
    CHECK(refused({with(file("a"), [](Entry& entry) { entry.uid = 4294967295; })}).find("owner") !=
          std::string::npos);
    CHECK(refused({with(file("a"), [](Entry& entry) { entry.gid = 4294967295; })}).find("group") !=
          std::string::npos);
    CHECK(refused({with(file("a"), [](Entry& entry) { entry.mtime = -1; })}).find("negative") !=
          std::string::npos);
    CHECK(refused({with(file("a"), [](Entry& entry) { entry.mode = 010000; })}).find("12 bits") !=
          std::string::npos);
    CHECK(refused({with(file("a"), [](Entry& entry) { entry.size = 1ULL << 63; })}).find("2^63") !=
          std::string::npos);
    CHECK(refused({with(directory("a"), [](Entry& entry) { entry.size = 1; })}).find("not a regular") !=
          std::string::npos);
    CHECK(refused({with(file("a"), [](Entry& entry) { entry.devMinor = 1; })}).find("not a device") !=
          std::string::npos);
    CHECK(refused({with(file("a"), [](Entry& entry) { entry.linkTarget = "b"; })}).find("not a link") !=
          std::string::npos);
    CHECK(refused({with(file("a"), [](Entry& entry) { entry.xattrs["user.e"]; })}).find("user.e") !=
          std::string::npos);
    CHECK(refused({with(file("a"), [](Entry& entry) {
              for (int i = 0; i < 17; ++i)
                  entry.xattrs["user." + std::to_string(i)] = std::string(65536, 'x');
          })}).find("more than 1 MiB") != std::string::npos);
}

TEST_CASE("links to nothing, or to what comes later, are refused", "[T8][A8]") {
    CHECK(refused({symlinkTo("a", "")}).find("link target is empty") != std::string::npos);
    CHECK(refused({symlinkTo("a", std::string(4096, 't'))}).find("4095") != std::string::npos);
    CHECK(refused({symlinkTo("a", std::string("t\0", 2))}).find("NUL") != std::string::npos);
    CHECK(refused({symlinkTo("a", "../../etc/passwd")}).empty());
    CHECK(refused({hardLink("a", file("b"))}).find("does not come before it") != std::string::npos);
    CHECK(refused({hardLink("a", file("a"))}).find("does not come before it") != std::string::npos);
    CHECK(refused({hardLink("b", file("../a"))}).find("not canonical") != std::string::npos);
    CHECK(refused({file("a"), hardLink("b", file("a"))}).empty());
}

TEST_CASE("a file that grew or shrank while it was read is named", "[T1]") {
    StringSink sink;
    TarWriter writer(sink);
    writer.add(with(file("log"), [](Entry& entry) { entry.size = 3; }));
    CHECK(errorOf([&] { writer.data("four"); }) ==
          "cannot write the layer: 1 bytes too many for \"log\"; it may have grown meanwhile");
    writer.data("12");
    const auto missing =
        "cannot write the layer: 1 bytes of \"log\" are missing; it may have shrunk meanwhile";
    CHECK(errorOf([&] { writer.add(file("m")); }) == missing);
    CHECK(errorOf([&] { writer.finish(); }) == missing);
    writer.data("3");
    writer.finish();
    CHECK(errorOf([&] { writer.add(file("z")); }).find("finished") != std::string::npos);
}

TEST_CASE("bytes before data that is written elsewhere are in the sink by then", "[T1]") {
    const auto files = [](const std::function<void(TarWriter&, StringSink&, const std::string&)>& put) {
        StringSink sink;
        TarWriter writer(sink);
        for (const auto* name : {"a", "b"}) {
            const std::string data(1000, *name);
            writer.add(with(file(name), [&](Entry& entry) { entry.size = data.size(); }));
            put(writer, sink, data);
        }
        writer.finish();
        return sink.take();
    };
    const auto elsewhere = files([](TarWriter& writer, StringSink& sink, const std::string& data) {
        writer.data(data.substr(0, 100));
        writer.dataElsewhere(900);
        sink.write(data.substr(100));
    });
    CHECK(elsewhere ==
          files([](TarWriter& writer, StringSink&, const std::string& data) { writer.data(data); }));
}

TEST_CASE("the sink gets large pieces, however small the files are", "[T12]") {
    PieceSink sink;
    TarWriter writer(sink);
    std::uint64_t size = 1;
    for (int i = 100; i < 400; ++i, size = size * 7 % 200'003) {
        const std::string data(static_cast<std::size_t>(size), 'x');
        writer.add(with(file("f" + std::to_string(i)), [&](Entry& entry) { entry.size = size; }));
        writer.data(data);
    }
    writer.finish();
    REQUIRE(sink.sizes.size() > 10);
    CHECK(*std::min_element(sink.sizes.begin(), sink.sizes.end() - 1) >= 32 * 1024);
    std::uint64_t sum = 0;
    for (const auto piece : sink.sizes)
        sum += piece;
    CHECK(sum == writer.bytes());
    CHECK(writer.entries() == 300);
}
