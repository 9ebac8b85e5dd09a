#include <catch2/catch.hpp>
#include <cstdint>

#include <fcntl.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "support/tar_builder.hh"
#include "tests/store/converted.hh"

using namespace rootlayer;
using namespace rootlayer::test;
using namespace rootlayer::store;
using namespace rootlayer::tar;

namespace {

/// GNU tar's archive of a directory with a file of each interesting kind.
std::string gnuTar(const TempDir& temp, const std::vector<std::string>& options) {
    std::vector<std::string> argv{"tar", "-C", temp.file("tree"), "-cf", temp.file("out.tar")};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.emplace_back(".");
    requireCommand(Command{argv}, Deadline::after(std::chrono::seconds(60)), "tar");
    return readFile(temp.file("out.tar"), "tar", 64U << 20U);
}

void makeTree(const TempDir& temp, const std::string& longName) {
    makeDirectories(temp.file("tree/" + longName));
    writeFile(temp.file("tree/" + longName + "/inside"), "deep");
    writeFile(temp.file("tree/plain"), "plain");
    CHECK(::link(temp.file("tree/plain").c_str(), temp.file("tree/linked").c_str()) == 0);
    CHECK(::symlink("plain", temp.file("tree/symbolic").c_str()) == 0);
    const UniqueFd sparse(::open(temp.file("tree/sparse").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644));
    for (int i = 0; i < 40; ++i)
        writeAt(sparse.get(), "data", static_cast<std::uint64_t>(i) * 200'000, "sparse");
    CHECK(::ftruncate(sparse.get(), 9'000'000) == 0);
}

} // namespace

TEST_CASE("tars of all of GNU tar's formats give the same tree") {
    const std::string part(90, 'n');
    for (const auto& [format, longName] :
         std::vector<std::pair<std::string, std::string>>{{"v7", "short"},
                                                          {"ustar", part + "/" + part.substr(40)},
                                                          {"gnu", part + "/" + part},
                                                          {"pax", part + "/" + part}}) {
        const TempDir temp("/tmp");
        makeTree(temp, longName);
        const auto disk = converted(gnuTar(temp, {"--format=" + format}));
        INFO(format);
        CHECK(disk.at(longName + "/inside").content == "deep");
        CHECK(disk.at("plain").content + disk.at("linked").content == "plain");
        CHECK(disk.at("symbolic").entry.linkTarget == "plain");
        CHECK(disk.at("sparse").content == readFile(temp.file("tree/sparse"), "file", 16U << 20U));
    }
}

TEST_CASE("sparse files of every known kind are what they were", "[B20]") {
    for (const auto& options :
         std::vector<std::vector<std::string>>{{"--format=gnu", "-S"},
                                               {"--format=pax", "-S"},
                                               {"--format=pax", "-S", "--sparse-version=0.0"},
                                               {"--format=pax", "-S", "--sparse-version=0.1"}}) {
        const TempDir temp("/tmp");
        makeTree(temp, "d");
        const auto tar = gnuTar(temp, options);
        INFO(options.back());
        CHECK(tar.size() < 2'000'000);
        CHECK(converted(tar).at("sparse").content == readFile(temp.file("tree/sparse"), "file", 16U << 20U));
    }
}

TEST_CASE("the keys of a sparse map may repeat in pairs alone", "[B20][A5]") {
    const auto offset = paxRecord("GNU.sparse.offset", "1");
    const auto bytes = paxRecord("GNU.sparse.numbytes", "2");
    CHECK(tar::parsePaxRecords(offset + bytes + offset + bytes).at("GNU.sparse.map") == "1,2,1,2");
    CHECK_THROWS_AS(tar::parsePaxRecords(bytes + offset), Error);
    CHECK_THROWS_AS(tar::parsePaxRecords(offset + offset), Error);
    CHECK_THROWS_AS(tar::parsePaxRecords(offset + paxRecord("GNU.sparse.numbytes", "1,2")), Error);
    CHECK_THROWS_AS(tar::parsePaxRecords(offset + bytes + paxRecord("GNU.sparse.map", "1,2")), Error);
    // A map that ends in an offset has an odd count of numbers.
    const auto odd = TarBuilder().pax(paxRecord("GNU.sparse.size", "3") + offset).file("a", "x").str();
    CHECK_THROWS_AS(converted(odd), Error);
}

TEST_CASE("a size on an entry without data means nothing", "[B19]") {
    const std::string size = "00000001000";
    const auto disk = converted(TarBuilder()
                                    .file("f", "data")
                                    .directory("d")
                                    .patch(124, size)
                                    .link("h", "f")
                                    .patch(124, size)
                                    .symlink("s", "f")
                                    .patch(124, size)
                                    .device("c", 1, 3)
                                    .patch(124, size)
                                    .pax(paxRecord("size", "4"))
                                    .link("p", "f")
                                    .patch(124, size)
                                    .file("last", "here")
                                    .str());
    CHECK(disk.at("f").content + disk.at("h").content + disk.at("p").content == "data");
    CHECK(disk.at("s").entry.linkTarget == "f");
    CHECK(disk.at("c").entry.type == layer::EntryType::CharDevice);
    CHECK(disk.at("last").content == "here");
}

TEST_CASE("numbers in octal and in base 256 are read") {
    CHECK(tar::parseTarNumber(std::string("0000644\0", 8), "mode") == 0644);
    CHECK(tar::parseTarNumber("    644 ", "mode") == 0644);
    CHECK(tar::parseTarNumber(std::string(8, '\0'), "mode") == 0);
    CHECK(tar::parseTarNumber("77777777", "mode") == 077777777);
    CHECK(tar::parseTarNumber(std::string("\x80\0\0\0\0\0\0\0\0\1\0\0", 12), "size") == 65536);
    CHECK(tar::parseTarNumber(std::string(11, '\xff') + '\xfe', "mtime") == -2);
    CHECK(tar::parseTarNumber(std::string("\x80\0\0\0\xff\xff\xff\xfe", 8), "uid") == 4294967294);
}

TEST_CASE("a time before the epoch is rounded down") {
    CHECK(tar::parsePaxTime("12.999") == 12);
    CHECK(tar::parsePaxTime("-1.5") == -2);
    CHECK(tar::parsePaxTime("-0.5") == -1);
    CHECK(tar::parsePaxTime("-1.0") == -1);
}
