#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include <rootlayer/error.hh>

#include "cli/command_words.hh"

using namespace rootlayer;

namespace {

std::vector<std::string> words(const std::string& text) {
    return cli::commandWords(text, "--cmd");
}

using Words = std::vector<std::string>;

} // namespace

TEST_CASE("a command is words with a shell's quotes, in which nothing is expanded") {
    CHECK(words("nginx -g 'daemon off;'") == Words{"nginx", "-g", "daemon off;"});
    CHECK(words(R"(a "b \"c\" $HOME" d\ e)") == Words{"a", "b \"c\" $HOME", "d e"});
    CHECK(words(R"("C:\dir" 'a\b')") == Words{"C:\\dir", "a\\b"});
    CHECK(words("a '' \"\"") == Words{"a", "", ""});
    CHECK(words("  a\tb\n") == Words{"a", "b"});
    CHECK(words("").empty());
}

TEST_CASE("a command is a JSON array of strings") {
    CHECK(words(R"(["sh","-c","echo \"x\" [y]"])") == Words{"sh", "-c", "echo \"x\" [y]"});
    CHECK(words(" []").empty());
}

TEST_CASE("a command that is neither is refused by its option's name") {
    for (const auto* text : {"a 'b", "a \"b", "a\\", "[1]", R"(["a")", R"(["a"] x)"}) {
        INFO(text);
        CHECK_THROWS_WITH(words(text), Catch::StartsWith("--cmd does not take "));
    }
}
