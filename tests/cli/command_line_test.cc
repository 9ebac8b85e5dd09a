#include <catch2/catch.hpp>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include <rootlayer/error.hh>

#include "cli/command_line.hh"
#include "cli/suggestion.hh"

using namespace rootlayer;
using namespace rootlayer::cli;

namespace {

/// A command line like rootlayer's, with one command of each shape.
struct Application {
    Application() {
        app.require_subcommand(1);
        auto* run = app.add_subcommand("run", "");
        run->add_option("--script", script, "");
        run->add_option("-m,--memory", memory, "")->envname("TEST_MEMORY");
        run->add_flag("-v,--verbose", verbose, "");
        auto* cache = app.add_subcommand("cache", "");
        cache->require_subcommand(1);
        for (const char* name : {"ls", "prune", "verify"})
            cache->add_subcommand(name, "");
    }

    /// "message | hint", or the result.
    std::string parse(const std::vector<std::string>& arguments) {
        try {
            return parseCommandLine(app, arguments) ? "parsed" : "shown";
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::Usage);
            return error.message() + " | " + error.hint();
        }
    }

    CLI::App app{"", "rootlayer"};
    std::string script;
    std::string memory;
    bool verbose = false;
};

std::string parsed(const std::vector<std::string>& arguments) {
    return Application().parse(arguments);
}

} // namespace

TEST_CASE("a misspelt option or command names the one that was meant") {
    CHECK(parsed({"run", "--scirpt", "ok.sh"}) ==
          "rootlayer run has no option --scirpt | did you mean --script?");
    CHECK(parsed({"run", "--memroy=1G"}) == "rootlayer run has no option --memroy | did you mean --memory?");
    CHECK(parsed({"rnu"}) == "rootlayer has no command \"rnu\" | did you mean run?");
    CHECK(parsed({"rnu", "--script", "x"}) == "rootlayer has no command \"rnu\" | did you mean run?");
    CHECK(parsed({"cache", "rm"}) == "rootlayer cache has no command \"rm\" | did you mean prune?");
    CHECK(parsed({"cache", "list"}) == "rootlayer cache has no command \"list\" | did you mean ls?");
    CHECK(parsed({"cache", "ls", "--json"}) ==
          "rootlayer cache ls has no option --json | rootlayer cache ls --help");
    CHECK(parsed({"frobnicate"}) == "rootlayer has no command \"frobnicate\" | rootlayer --help");
}

TEST_CASE("an option in front of its command is put behind it") {
    CHECK(parsed({"--verbose", "run"}) ==
          "the option --verbose comes before the command | rootlayer run --verbose");
    CHECK(parsed({"-v", "run"}) == "the option -v comes before the command | rootlayer run -v");
    CHECK(parsed({"--memory=1G", "run"}) ==
          "the option --memory comes before the command | rootlayer run --memory=1G");
}

TEST_CASE("words too many, values too few and values of no use are told apart") {
    CHECK(parsed({"run", "ok.sh"}) == "rootlayer run does not take \"ok.sh\" | rootlayer run --help");
    CHECK(parsed({"run", "--script"}) == "--script needs a value | rootlayer run --help");
    CHECK(parsed({"run", "--script", "x", "-v"}) == "parsed");
}

TEST_CASE("a command that groups others shows its help when it is given alone") {
    CHECK(parsed({}) == "shown");
    CHECK(parsed({"cache"}) == "shown");
    CHECK(parsed({"--help"}) == "shown");
}

TEST_CASE("a bad value from the environment names its variable") {
    ::setenv("TEST_MEMORY", "abc", 1);
    Application application;
    CHECK(application.parse({"run"}) == "parsed");
    const std::string message = "--memory does not take \"abc\"";
    CHECK(variableBehind(application.app, {"run"}, message) == "TEST_MEMORY");
    CHECK(variableBehind(application.app, {"run", "-m1G"}, message).empty());
    CHECK(variableBehind(application.app, {"run", "--memory=1G"}, message).empty());
    CHECK(variableBehind(application.app, {"run"}, "--memory-limit is none").empty());
    CHECK(variableBehind(application.app, {"run"}, "cannot open \"abc\"") == "TEST_MEMORY");
    ::unsetenv("TEST_MEMORY");
    CHECK(variableBehind(application.app, {"run"}, message).empty());
}

TEST_CASE("only similar names are suggested") {
    const std::vector<std::string> words{"run", "build", "inspect", "--source-date-epoch", "--from"};
    CHECK(suggestion("biuld", words) == "build");
    CHECK(suggestion("inspcet", words) == "inspect");
    CHECK(suggestion("--source", words) == "--source-date-epoch");
    CHECK(suggestion("--image", words) == "--from");
    CHECK(suggestion("rn", words) == "run");
    CHECK(suggestion("un", words).empty());
    CHECK(suggestion("x", words).empty());
    CHECK(suggestion("completely-different", words).empty());
    CHECK(suggestion(std::string(100'000, 'a'), words).empty());
    CHECK(didYouMean("rub", words, "") == "did you mean run?");
}
