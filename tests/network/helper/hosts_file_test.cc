#include <catch2/catch.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "network/helper/hosts_file.hh"

using namespace rootlayer;
using namespace rootlayer::network;
using namespace std::string_literals;

namespace {

/// "a=192.0.2.1,::1 b=192.0.2.2"
std::string shown(const HostsFile& hosts) {
    std::vector<std::string> names;
    for (const auto& [name, addresses] : hosts) {
        std::vector<std::string> texts;
        for (const auto& address : addresses)
            texts.push_back(address.str());
        names.push_back(fmt::format("{}={}", name, fmt::join(texts, ",")));
    }
    return fmt::format("{}", fmt::join(names, " "));
}

std::string read(std::string_view text) {
    return shown(parseHostsFile(text));
}

} // namespace

TEST_CASE("each name of a line has its address") {
    CHECK(read("192.0.2.1 a b.example c\n2001:db8::1\td\n") ==
          "a=192.0.2.1 b.example=192.0.2.1 c=192.0.2.1 d=2001:db8::1");
    CHECK(read("127.0.0.1 localhost") == "localhost=127.0.0.1");
    CHECK(read("").empty());
    CHECK(read("\n\n \n").empty());
}

TEST_CASE("a name in several lines has all their addresses, in order") {
    CHECK(read("127.0.0.1 localhost\n::1 localhost ip6\n192.0.2.1 LOCALHOST.\n") ==
          "ip6=::1 localhost=127.0.0.1,::1,192.0.2.1");
}

TEST_CASE("blanks, comments and the ends of lines of other systems do not matter") {
    CHECK(
        read("  192.0.2.1 \t a\t\tb  # c d\n#192.0.2.2 e\n192.0.2.3 f#g\r\n192.0.2.4 h\r\n\t192.0.2.5\ti") ==
        "a=192.0.2.1 b=192.0.2.1 f=192.0.2.3 h=192.0.2.4 i=192.0.2.5");
    CHECK(read("192.0.2.1\n192.0.2.2 # nobody\n").empty());
}

TEST_CASE("what is not an address or a name is left out") {
    CHECK(read("a 192.0.2.1\n192.0.2.1:80 b\nfe80::1%eth0 c\n010.0.0.1 d\n300.0.0.1 e\n192.0.2.0/24 "
               "f\n192.0.2.9 g") == "g=192.0.2.9");
    CHECK(read("192.0.2.1 *.example -a a- caf\xc3\xa9 b/c 127.1 127.0.0.1 good\n") == "good=192.0.2.1");
    CHECK(read("192.0.2.1 a\0b\n\0\n192.0.2.2 c\n"s) == "c=192.0.2.2");
    CHECK(read("192.0.2.1 " + std::string(300, 'a') + " b\n") == "b=192.0.2.1");
}

TEST_CASE("a file of many lines is read whole") {
    std::string text;
    for (int i = 0; i < 50'000; ++i)
        text += fmt::format("0.0.0.0 ads{}.example\n", i);
    CHECK(parseHostsFile(text).size() == 50'000);
    // One line of many names.
    text = "0.0.0.0";
    for (int i = 0; i < 50'000; ++i)
        text += fmt::format(" ads{}.example", i);
    CHECK(parseHostsFile(text).size() == 50'000);
}

TEST_CASE("a hosts file that cannot be read is empty") {
    const TempDir dir("/tmp");
    writeFile(dir.file("hosts"), "192.0.2.1 a\n");
    CHECK(shown(readHostsFile(dir.file("hosts"))) == "a=192.0.2.1");
    CHECK(readHostsFile(dir.file("missing")).empty());
    CHECK(readHostsFile(dir.path()).empty());
    writeFile(dir.file("large"), "192.0.2.1 a\n" + std::string(std::size_t{4} << 20, ' '));
    CHECK(readHostsFile(dir.file("large")).empty());
}
