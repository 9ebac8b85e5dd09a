#include <catch2/catch.hpp>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include <rootlayer/error.hh>
#include <rootlayer/script_failure.hh>

#include "base/file.hh"
#include "cli/application.hh"
#include "cli/command_line.hh"
#include "cli/command_table.hh"
#include "cli/option_in.hh"
#include "manual/completion.hh"
#include "manual/help_page.hh"
#include "manual/manual_page.hh"
#include "manual/roff.hh"
#include "manual/value_kind.hh"
#include "oci/reference.hh"

using namespace rootlayer;
using namespace rootlayer::cli;

namespace {

using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// The lines of a text in which a word stands alone.
bool hasWord(const std::string& text, const std::string& word) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        const auto end = at + word.size();
        if (at > 0 && text[at - 1] == '-') continue;
        if (end == text.size() ||
            (std::isalnum(static_cast<unsigned char>(text[end])) == 0 && text[end] != '-'))
            return true;
    }
    return false;
}

/// The part of a text between two others.
std::string between(const std::string& text, const std::string& from, const std::string& to) {
    const auto begin = text.find(from);
    if (begin == std::string::npos) return {};
    const auto end = text.find(to, begin + from.size());
    return text.substr(begin, end == std::string::npos ? end : end - begin);
}

std::string zshFunctionOf(const std::string& script, const manual::Command& command) {
    auto name = "_" + command.path;
    std::replace(name.begin(), name.end(), ' ', '_');
    return between(script, "\n" + name + "() {\n", "\n}\n");
}

bool fishHas(const std::string& script, const manual::Command& command, const std::string& option) {
    const auto space = command.path.find(' ');
    const auto below = space == std::string::npos ? "" : command.path.substr(space);
    const auto word = option.starts_with("--") ? " -l " + option.substr(2) : " -s " + option.substr(1);
    std::istringstream lines(script);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("complete -c rootlayer -n '__rootlayer_in" + below + "'") &&
            has(line, word + " "))
            return true;
    }
    return false;
}

const std::string& documentOfEvents() {
    static const auto text =
        readFile(std::string(ROOTLAYER_TEST_DATA) + "/../../docs/events.md", "document", 1 << 20);
    return text;
}

/// The codes in the first column of a table of docs/events.md.
std::set<std::string> documentedCodes(const std::string& heading, const std::string& end) {
    const auto part = between(documentOfEvents(), heading, end);
    std::set<std::string> codes;
    const std::regex row("\n\\| `([a-z-]+)` \\|");
    for (std::sregex_iterator each(part.begin(), part.end(), row), none; each != none; ++each)
        if ((*each)[1] != "code") codes.insert((*each)[1]);
    return codes;
}

} // namespace

TEST_CASE("every option of every command is in its help, its manual page and each completion") {
    Application application;
    const auto root = describe(application.commands());
    const auto bash = manual::bashCompletion(root);
    const auto zsh = manual::zshCompletion(root);
    const auto fish = manual::fishCompletion(root);
    CHECK(manual::allCommands(root).size() >= 19);
    for (const auto* command : manual::allCommands(root)) {
        const auto page = manual::manualPage(*command, root, "1");
        const auto help = manual::helpPage(*command);
        const auto arm = between(bash, "    '" + command->path + "')\n", ";;");
        const auto function = zshFunctionOf(zsh, *command);
        CHECK_FALSE(command->options.empty());
        for (const auto& option : command->options) {
            for (const auto& name : option.names) {
                CAPTURE(command->path, name);
                CHECK(hasWord(help, name));
                CHECK(has(page, manual::bold(name)));
                CHECK(hasWord(arm, name));
                CHECK(hasWord(function, name));
                CHECK(fishHas(fish, *command, name));
            }
            if (!option.variable.empty()) {
                CHECK(has(page, manual::bold(option.variable)));
                CHECK_FALSE(has(help, "Env:"));
            }
        }
    }
}

TEST_CASE("every option is in a group, and says what its value is in a word that is in help") {
    Application application;
    const auto root = describe(application.commands());
    const std::set<std::string> typeNames{"TEXT", "INT", "UINT", "FLOAT", "BOOLEAN", ""};
    for (const auto* command : manual::allCommands(root)) {
        std::size_t shown = 0;
        for (const auto& group : manual::groupedOptions(*command))
            shown += group.options.size();
        CAPTURE(command->path);
        CHECK(shown == command->options.size());
        for (const auto& option : command->options) {
            CAPTURE(option.names);
            const bool ownText = option.names.back() == "--commands" || option.names.back() == "--author" ||
                                 option.names.back() == "--history-comment";
            if (!option.value.empty() && !ownText) CHECK(typeNames.count(option.value) == 0);
            CHECK_FALSE(option.help.empty());
        }
        for (const auto& argument : command->arguments)
            CHECK((typeNames.count(argument.value) == 0 || argument.name == "NAME"));
    }
}

TEST_CASE("help fits on a terminal, and its common groups come first") {
    Application application;
    const auto root = describe(application.commands());
    for (const auto* command : manual::allCommands(root)) {
        const auto help = between(manual::helpPage(*command), "Usage:", "\nExamples:\n");
        std::istringstream lines(help);
        for (std::string line; std::getline(lines, line);) {
            CAPTURE(line);
            CHECK((line.size() <= 80 || !has(line.substr(26), " ")));
        }
    }
    const auto* run = manual::allCommands(root)[1];
    std::string names;
    for (const auto& group : manual::groupedOptions(*run))
        names += group.name + " ";
    CHECK(names == "Base Script Output Network Machine Cache Other ");
}

TEST_CASE("commands have the options that they use, and no others") {
    Application application;
    const auto root = describe(application.commands());
    const auto with = [&](const std::string& name) {
        std::string paths;
        for (const auto* command : manual::allCommands(root)) {
            const auto is = [&](const manual::Option& option) { return option.names.back() == name; };
            if (std::any_of(command->options.begin(), command->options.end(), is))
                paths += (paths.empty() ? "" : ", ") + command->path.substr(std::string("rootlayer ").size());
        }
        return paths;
    };
    CHECK(with("--connect") == "run, build, doctor");
    CHECK(with("--kernel") == "run, build, layer, export, inspect, verify, diff, guest build, doctor");
    CHECK(with("--cache-dir") ==
          "run, build, layer, export, inspect, verify, diff, cache ls, cache prune, cache "
          "verify, guest build, doctor");
    CHECK(with("--metadata-file") == "run, build, layer");
    CHECK(with("--progress") == "run, build, layer, export, pull, push, merge, guest build");
}

TEST_CASE("what is refused is in no help") {
    Application application;
    const auto root = describe(application.commands());
    for (const auto* command : manual::allCommands(root)) {
        CAPTURE(command->path);
        CHECK_FALSE(hasWord(manual::helpPage(*command), "--json"));
    }
    try {
        application.run({"cache", "ls", "--json"});
        FAIL("--json is taken");
    } catch (const Error& error) {
        CHECK(optionToTry(application.commands(), error) == "--format");
    }
}

TEST_CASE("the prefixes that are completed are those of references") {
    const auto base = manual::valueKind("IMAGE");
    for (const auto* prefixes : {&base.filePrefixes, &base.treePrefixes, &base.openPrefixes}) {
        for (const auto& prefix : *prefixes)
            CHECK_NOTHROW(oci::Reference::parse(prefix + "x"));
    }
    CHECK_NOTHROW(oci::Reference::parse(base.words.front()));
}

TEST_CASE("docs/events.md has every code of an error, and no other") {
    std::set<std::string> codes;
    for (int code = 0; code <= static_cast<int>(ErrorCode::Internal); ++code)
        codes.emplace(name(static_cast<ErrorCode>(code)));
    CHECK(documentedCodes("Codes of an `error`", "Codes of a `result`") == codes);
}

TEST_CASE("docs/events.md has every code of a failed script, and no other") {
    std::set<std::string> codes;
    for (int code = 1; !name(static_cast<ScriptFailure>(code)).empty(); ++code)
        codes.emplace(name(static_cast<ScriptFailure>(code)));
    CHECK(codes.size() == 7);
    CHECK(documentedCodes("Codes of a `result`", "## In a program") == codes);
}

TEST_CASE("the option that would help is the one in the hint, or else the one with the bad value") {
    Application application;
    const auto said = [&](const Words& arguments) {
        Application called;
        try {
            called.run(arguments);
        } catch (const Error& error) {
            return optionToTry(called.commands(), error);
        }
        return std::string("nothing");
    };
    CHECK(said({"run", "--memroy", "1G"}) == "--memory");
    CHECK(said({"run", "-c", "true", "--memory", "x"}) == "--memory");
    CHECK(said({"run", "-c", "true", "--accel", "kmv"}) == "--accel");
    CHECK(said({"run", "-c", "true", "--network", "none", "--allow", "a"}) == "--network");
    CHECK(said({"run", "--xyzzy"}).empty());
    CHECK(optionIn("use a larger --disk-size, which", [](const std::string&) { return true; }) ==
          "--disk-size");
    CHECK(optionIn("a -- b --", [](const std::string&) { return true; }).empty());
}

TEST_CASE("a misspelt value names the one that was meant") {
    const auto hint = [](const Words& arguments) {
        Application called;
        try {
            called.run(arguments);
        } catch (const Error& error) {
            return error.hint();
        }
        return std::string();
    };
    CHECK(hint({"run", "-c", "true", "--network", "pubilc"}) == "did you mean public?");
    CHECK(hint({"run", "-c", "true", "--accel", "qemu"}) == "auto, kvm or tcg");
    CHECK(hint({"cache", "ls", "--format", "jsno"}) == "did you mean json?");
    CHECK(hint({"completion", "fihs"}) == "did you mean fish?");
}
