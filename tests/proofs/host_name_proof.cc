#include <regex>

#include "network/host_name.hh"
#include "tests/proofs/inputs.hh"

using namespace rootlayer;
using namespace rootlayer::proofs;

namespace {

void check(const std::string& name) {
    static const std::regex form(
        R"(((?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*)([a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)\.?)");
    // What inet_aton(3) takes for a number, so that "127.1" and "0x7f000001" are no names.
    static const std::regex number("[0-9]+|0x[0-9a-f]*");
    std::string lower = name;
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    }
    std::optional<std::string> expected;
    std::smatch match;
    if (std::regex_match(lower, match, form) && !std::regex_match(match[2].str(), number)) {
        expected = match[1].str() + match[2].str();
        if (expected->size() > 253) expected.reset();
    }
    holds(network::canonicalName(name) == expected,
          [&] { return Catch::StringMaker<std::string>::convert(name); });
}

} // namespace

TEST_CASE("every host name of up to six characters is canonical, or not one and no address either") {
    eachTextUpTo("a-.0xA_", 6, check);
    for (unsigned byte = 0; byte < 256; ++byte) {
        for (const std::string around : {"", "a"})
            check(around + static_cast<char>(byte) + around);
    }
}

TEST_CASE("a host name has at most 63 bytes a label and 253 in all") {
    for (std::size_t label = 60; label <= 66; ++label) {
        for (std::size_t labels = 1; labels <= 5; ++labels) {
            for (std::size_t last = 1; last <= 66; ++last) {
                auto name = join(std::vector<std::string>(labels, std::string(label, 'a')), ".");
                name += "." + std::string(last, 'b');
                check(name);
                check(name + ".");
            }
        }
    }
}
