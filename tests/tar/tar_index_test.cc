#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "support/image_builder.hh"
#include "tar/tar_index.hh"

using namespace rootlayer;
using tar::TarIndex;
using test::makeTar;
using test::Member;
using test::tarMember;

namespace {

const std::string kEnd(1024, '\0');

class Archive final {
  public:
    explicit Archive(const std::string& bytes) {
        const std::string path = m_temp.file("a.tar");
        writeFile(path, bytes);
        m_slice = {std::make_shared<const UniqueFd>(openInput(path, "archive")), 0, bytes.size(),
                   "the archive"};
    }
    TarIndex index() const { return TarIndex::read(m_slice, {}); }
    std::string data(const std::string& name) const { return index().find(name).readAll(1000); }

  private:
    TempDir m_temp{"/tmp"};
    Slice m_slice;
};

std::string failure(const std::string& bytes, const std::string& name = "nothing") {
    try {
        Archive(bytes).data(name);
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Image);
        CHECK_THAT(error.what(), Catch::Contains("the archive"));
        return error.what();
    }
    return "accepted";
}

std::string changed(std::string header, std::size_t at, const std::string& bytes) {
    return test::withChecksum(header.replace(at, bytes.size(), bytes));
}

} // namespace

TEST_CASE("members are found by their names, in any spelling that is harmless") {
    const Archive archive(makeTar({{"./a", "1", '0', {}},
                                   {"b/", "", '5', {}},
                                   {"b/c", "2", '0', {}},
                                   {"b/", "", '5', {}},
                                   {std::string(150, 'n'), "3", '0', {}},
                                   {"e", "", '0', {}}}));
    CHECK(archive.data("a") == "1");
    CHECK(archive.data("b/c") == "2");
    CHECK(archive.data(std::string(150, 'n')) == "3");
    CHECK(archive.data("e").empty());
}

TEST_CASE("the names and sizes of GNU tars are understood") {
    const std::string name(200, 'g');
    CHECK(Archive(tarMember({"././@LongLink", name + '\0', 'L', {}}) + tarMember({"gg", "data", '0', {}}) +
                  kEnd)
              .data(name) == "data");
    std::string base256(12, '\0');
    base256[0] = '\x80';
    base256[11] = 4;
    const std::string member = tarMember({"a", "data", '0', {}});
    CHECK(Archive(changed(member.substr(0, 512), 124, base256) + member.substr(512) + kEnd).data("a") ==
          "data");
}

TEST_CASE("symlinks within the archive are followed, as docker makes them for equal layers", "[I5]") {
    const Archive archive(makeTar({{"x/layer.tar", "1", '0', {}},
                                   {"y/layer.tar", "", '2', "../x/layer.tar"},
                                   {"z", "", '2', "./y//layer.tar"}}));
    CHECK(archive.data("y/layer.tar") == "1");
    CHECK(archive.data("z") == "1");
}

TEST_CASE("hard links within the archive are the member that they name", "[I5]") {
    const Archive archive(makeTar({{"./x/layer.tar", "1", '0', {}},
                                   {"y/layer.tar", "", '1', "x/layer.tar"},
                                   {"z", "", '1', "./y/layer.tar"}}));
    CHECK(archive.data("y/layer.tar") == "1");
    CHECK(archive.data("z") == "1");
}

TEST_CASE("a size on a member without data means nothing", "[B19]") {
    const std::string size = "00000001000";
    const Archive archive(changed(tarMember({"d", "", '5', {}}), 124, size) + tarMember({"a", "1", '0', {}}) +
                          changed(tarMember({"h", "", '1', "a"}), 124, size) +
                          tarMember({"b", "2", '0', {}}) + kEnd);
    CHECK(archive.data("h") == "1");
    CHECK(archive.data("b") == "2");
}

TEST_CASE("links that leave the archive, lead nowhere or are cyclic are refused", "[A1]") {
    for (const char* target : {"../x", "/etc/passwd", "a/../../x", ""}) {
        INFO(target);
        CHECK_THAT(failure(makeTar({{"l", "", '2', target}}), "l"),
                   Catch::Contains("symlink out of the archive"));
    }
    CHECK_THAT(failure(makeTar({{"l", "", '2', "gone"}}), "l"),
               Catch::Contains("\"gone\"") && Catch::Contains("\"l\""));
    CHECK_THAT(failure(makeTar({{"l", "", '2', "m"}, {"m", "", '2', "l"}}), "l"), Catch::Contains("chain"));
    CHECK_THAT(failure(makeTar({{"l", "", '1', "../x"}}), "l"), Catch::Contains("leaves the archive"));
    CHECK_THAT(failure(makeTar({{"l", "", '1', "gone"}}), "l"), Catch::Contains("\"gone\""));
    CHECK_THAT(failure(makeTar({{"l", "", '1', "m"}, {"m", "", '1', "l"}}), "l"), Catch::Contains("chain"));
    CHECK_THAT(failure(makeTar({{"d", "", '5', {}}}), "d"), Catch::Contains("directory"));
}

TEST_CASE("names that leave the archive are refused", "[A1]") {
    for (const char* name : {"../a", "/a", "a/../../b", "a/..", "a//b", "a/./b", "a\nb", ".."}) {
        INFO(name);
        CHECK_THAT(failure(makeTar({{name, "x", '0', {}}})), Catch::Contains("has a member named"));
    }
    CHECK_THAT(failure(test::paxHeader("path", "../x") + makeTar({{"a", "x", '0', {}}})),
               Catch::Contains("../x"));
    CHECK_THAT(failure(test::paxHeader("path", std::string("a\0b", 3)) + makeTar({{"a", "x", '0', {}}})),
               Catch::Contains("NUL byte"));
}

TEST_CASE("a duplicate name is refused: two readers could choose differently", "[A7]") {
    CHECK_THAT(failure(makeTar({{"a", "1", '0', {}}, {"./a", "2", '0', {}}})),
               Catch::Contains("\"a\" twice"));
    CHECK_THAT(failure(makeTar({{"a", "1", '0', {}}, {"a", "", '2', "b"}})), Catch::Contains("twice"));
}

TEST_CASE("types that do not occur in images are refused", "[A5]") {
    for (const char type : {'3', '4', '6', 'S'}) {
        INFO(type);
        CHECK_THAT(failure(makeTar({{"a", "", type, {}}})), Catch::Contains("not allowed in an image"));
    }
    for (const char type : {'V', 'M', 'D', '\x01'}) {
        INFO(type);
        CHECK_THAT(failure(makeTar({{"a", "", type, {}}})), Catch::Contains("unknown type"));
    }
    CHECK_THAT(failure(makeTar({{"d/", "data", '0', {}}})), Catch::Contains("name of a directory"));
}

TEST_CASE("a size that is given twice must be the same", "[A5]") {
    CHECK_THAT(failure(test::paxHeader("size", "512") + makeTar({{"a", "xx", '0', {}}})),
               Catch::Contains("two sizes"));
    CHECK(Archive(test::paxHeader("size", "2") + makeTar({{"a", "xx", '0', {}}})).data("a") == "xx");
    for (const char* size : {"-1", "+2", " 2", "", "2x", "99999999999999999999"}) {
        INFO(size);
        CHECK_THAT(failure(test::paxHeader("size", size) + makeTar({{"a", "xx", '0', {}}})),
                   Catch::Contains("pax header"));
    }
}

TEST_CASE("pax headers that are damaged, double, sparse or huge are refused", "[A4][A5]") {
    const std::string member = makeTar({{"a", "x", '0', {}}});
    for (const char* records :
         {"x", "5 a=b\n", "6 a=b", "99 a=b\n", "0 a=b\n", " 6 a=b\n", "6_a=b\n", "3 \n"}) {
        INFO(records);
        CHECK(failure(tarMember({"p", records, 'x', {}}) + member) != "accepted");
    }
    CHECK_THAT(failure(tarMember({"p", "8 path=a\n10 path=bb\n", 'x', {}}) + member), Catch::Contains("pax"));
    CHECK_THAT(failure(tarMember({"p", "9 path=a\n9 path=b\n", 'x', {}}) + member), Catch::Contains("twice"));
    CHECK_THAT(failure(test::paxHeader("GNU.sparse.major", "1") + member), Catch::Contains("sparse"));
    CHECK_THAT(failure(test::paxHeader("comment", std::string(1100 * 1024, 'c')) + member),
               Catch::Contains("1048576"));
    CHECK_THAT(failure(test::paxHeader("path", "a") + kEnd), Catch::Contains("extends the next entry"));
}

TEST_CASE("bad sums and odd numbers are refused", "[A5]") {
    const std::string good = tarMember({"a", "", '0', {}});
    std::string bad = good;
    bad[10] = 'x';
    CHECK_THAT(failure(bad + kEnd), Catch::Contains("entry 1: the checksum"));
    CHECK_THAT(failure(good + bad + kEnd), Catch::Contains("entry 2: the checksum"));
    for (const std::string& size :
         {std::string("-0000000001"), std::string("0000000009 "), std::string(12, '\xff'),
          std::string("\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12)}) {
        CHECK_THAT(failure(changed(good, 124, size) + kEnd), Catch::Contains("size"));
    }
    CHECK_THAT(failure(changed(good, 124, "77777777777") + kEnd), Catch::Contains("ends within its member"));
}

TEST_CASE("an end between two members is one, with two zero blocks or fewer", "[B17]") {
    const std::string member = tarMember({"a", "data", '0', {}});
    for (const std::size_t size : {0U, 512U, 1024U})
        CHECK(Archive(member + std::string(size, '\0')).data("a") == "data");
    CHECK_THAT(failure(""), Catch::Contains("no member"));
}

TEST_CASE("an end within a member, or followed by data, is refused", "[A5]") {
    const std::string member = tarMember({"a", "data", '0', {}});
    for (const std::size_t size : {1U, 511U})
        CHECK_THAT(failure(member + std::string(size, '\0')), Catch::Contains("cut off"));
    // Missing padding after the data has no data.
    for (const std::size_t size : {516U, 1023U})
        CHECK(Archive(member.substr(0, size)).data("a") == "data");
    for (const std::size_t size : {100U, 512U, 515U})
        CHECK_THAT(failure(member.substr(0, size)),
                   Catch::Contains("cut off") || Catch::Contains("ends within"));
    CHECK_THAT(failure(member + std::string(512, '\0') + member + kEnd), Catch::Contains("first end block"));
    CHECK_THAT(failure(member + kEnd + member), Catch::Contains("data after its end"));
    CHECK_THAT(failure(member + kEnd + std::string(17 * 1024 * 1024, '\0')), Catch::Contains("padding"));
    CHECK(Archive(member + kEnd + std::string(9216, '\0')).data("a") == "data");
}

TEST_CASE("too many members are refused", "[A4]") {
    std::string tar;
    for (int i = 0; i < 20'001; ++i)
        tar += tarMember({fmt::format("m{}", i), "", '0', {}});
    CHECK_THAT(failure(tar + kEnd), Catch::Contains("20000 members"));
}
