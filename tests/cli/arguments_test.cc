#include <catch2/catch.hpp>

#include "cli/arguments.hh"

using namespace rootlayer;
using Words = std::vector<std::string>;

TEST_CASE("what follows -- is the script's, whatever it looks like") {
    Words words{"run", "--script", "s", "--", "-x", "", "[a,b]", "--", "--help"};
    CHECK(cli::takeScriptArguments(words) == Words{"-x", "", "[a,b]", "--", "--help"});
    CHECK(words == Words{"run", "--script", "s"});
    words = {"build", "--"};
    CHECK(cli::takeScriptArguments(words).empty());
    CHECK(words == Words{"build"});
}

TEST_CASE("other commands keep their --") {
    Words words{"diff", "--", "-a", "-b"};
    CHECK(cli::takeScriptArguments(words).empty());
    CHECK(words.size() == 4);
    words = {"--", "run"};
    CHECK(cli::takeScriptArguments(words).empty());
    CHECK(words.size() == 2);
}

TEST_CASE("an option with an empty value does not take the next word for it") {
    CHECK(cli::withEmptyValues({"run", "--user=", "--from=x=", "a=", "-o"}) ==
          Words{"run", "--user", "", "--from=x=", "a=", "-o"});
}
