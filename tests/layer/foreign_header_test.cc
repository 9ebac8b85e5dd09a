#include <catch2/catch.hpp>

#include "layer/foreign_header.hh"

using rootlayer::layer::headerName;

namespace {

const std::string kGnu("ustar  \0", 8);
const std::string kUstar("ustar\00000", 8);

std::string header(const std::string& magic, const std::string& prefix) {
    std::string block(512, '\0');
    block.replace(0, 4, "name");
    block.replace(257, magic.size(), magic);
    return block.replace(345, prefix.size(), prefix);
}

} // namespace

TEST_CASE("the prefix of a ustar header is part of the name") {
    CHECK(headerName(header(kUstar, "a/b")) == "a/b/name");
    CHECK(headerName(header(kUstar, "")) == "name");
    CHECK(headerName(header("", "a/b")) == "name"); // the seventh edition had none
}

// archive/tar's reader.go, "Prior to Go1.8".
TEST_CASE("a GNU header has a prefix where no times can be, as Go wrote it before 1.8") {
    CHECK(headerName(header(kGnu, "usr/share/doc")) == "usr/share/doc/name");
    CHECK(headerName(header(kGnu, "00000000000 usr")) == "00000000000 usr/name");
    CHECK(headerName(header(kGnu, std::string("00000000001\0", 12) + "00000000002")) == "name");
    CHECK(headerName(header(kGnu, "12345670")) == "name"); // as good a time as a prefix
    CHECK(headerName(header(kGnu, std::string("\x80\0\0\0\0\0\0\0\0\0\1\0", 12))) == "name");
    CHECK(headerName(header(kGnu, std::string(11, '\xff') + '\xfe')) == "name");
    CHECK(headerName(header(kGnu, "usr/\xc3\xa9")) == "name");
    const std::string tooLarge("\x80\x01\0\0\0\0\0\0\0\0\0\0", 12);
    CHECK(headerName(header(kGnu, tooLarge)) == "name");
    CHECK(headerName(header(kGnu, std::string("00000000001\0", 12) + tooLarge)) == "00000000001/name");
}
