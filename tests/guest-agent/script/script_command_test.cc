#include <catch2/catch.hpp>

#include "guest-agent/script/environment.hh"
#include "guest-agent/script/script_command.hh"

using namespace rootlayer::guest;

namespace {

using Words = std::vector<std::string>;

const std::string kPath = "/.rootlayer/script";

ScriptCommand command(std::string_view script, const std::string& shell = "",
                      const std::string& fallback = "") {
    return commandFor(script, kPath, {{"one", "two"}, shell, fallback, false});
}

Words traced(std::string_view script, const std::string& shell = "", const std::string& fallback = "") {
    return commandFor(script, kPath, {{"one"}, shell, fallback, true}).argv;
}

} // namespace

TEST_CASE("a shebang is an interpreter and one argument") {
    CHECK(findShebang("#!/bin/sh\necho") == Shebang{"/bin/sh", ""});
    CHECK(findShebang("#! /usr/bin/env  -S bash -x \n") == Shebang{"/usr/bin/env", "-S bash -x"});
    CHECK(findShebang("#!/bin/sh") == Shebang{"/bin/sh", ""});
    CHECK_FALSE(findShebang("echo #!/bin/sh\n"));
    CHECK_FALSE(findShebang("#!\n/bin/sh"));
    CHECK_FALSE(findShebang(""));
}

TEST_CASE("a script from another system shows its carriage return in the interpreter's name") {
    CHECK(findShebang("#!/bin/sh\r\necho")->interpreter == "/bin/sh\r");
}

TEST_CASE("a script with a shebang starts by itself") {
    CHECK(command("#!/usr/bin/perl -w\n") == ScriptCommand{kPath, {kPath, "one", "two"}, "/usr/bin/perl"});
    CHECK(command("\x7f"
                  "ELF") == ScriptCommand{kPath, {kPath, "one", "two"}, kPath});
}

TEST_CASE("a script without a shebang stops at the first error") {
    CHECK(command("echo\n").program == "/bin/sh");
    CHECK(command("echo\n").argv == Words{"/bin/sh", "-e", kPath, "one", "two"});
    CHECK(command("echo\n", "/bin/bash").argv == Words{"/bin/bash", "-e", kPath, "one", "two"});
}

TEST_CASE("a shell may be given arguments") {
    CHECK(command("echo\n", "/bin/bash -u  -x").program == "/bin/bash");
    CHECK(command("echo\n", "/bin/bash -u  -x").argv ==
          Words{"/bin/bash", "-u", "-x", "-e", kPath, "one", "two"});
    CHECK(command("echo\n", "/bin/bash -u").interpreter == "/bin/bash");
}

TEST_CASE("a shell script is traced by the shell that it names, with what else it says") {
    CHECK(traced("echo\n") == Words{"/bin/sh", "-x", "-e", kPath, "one"});
    CHECK(traced("echo\n", "/bin/bash -u") == Words{"/bin/bash", "-u", "-x", "-e", kPath, "one"});
    CHECK(traced("#!/bin/bash -eu\n") == Words{"/bin/bash", "-eu", "-x", kPath, "one"});
    CHECK(traced("#!/usr/bin/env bash\n") == Words{"/usr/bin/env", "bash", "-x", kPath, "one"});
    CHECK(traced("#!/usr/bin/env -S bash -e\n") == Words{"/usr/bin/env", "-S bash -e", "-x", kPath, "one"});
    CHECK(traced("#!/bin/sh\n", "", "/.rootlayer/bin/sh") == Words{"sh", "-x", kPath, "one"});
    CHECK_THROWS_WITH(traced("#!/usr/bin/python3\n"), Catch::Contains("is run by \"/usr/bin/python3\""));
    CHECK_THROWS_WITH(traced("\x7f"
                             "ELF"),
                      Catch::Contains("traced"));
}

TEST_CASE("a shell script is distinguished from others") {
    for (const auto* script : {"", "echo\n", "#!/bin/dash\n", "#!/usr/bin/env -S FOO=1 bash\n",
                               "#!/bin/busybox sh\n", "#!/usr/local/bin/zsh -f\n"})
        CHECK(command(script).shell);
    for (const auto* script : {"#!/usr/bin/env python3\n", "#!/bin/bashful\n", "#!/usr/bin/env\n"})
        CHECK_FALSE(command(script).shell);
    CHECK_FALSE(command("print\n", "/usr/bin/python3").shell);
}

TEST_CASE("if the base has no shell, busybox's replaces /bin/sh and nothing else") {
    const std::string fallback = "/.rootlayer/bin/sh";
    CHECK(command("#!/bin/sh -x\n", "", fallback) ==
          ScriptCommand{fallback, {"sh", "-x", kPath, "one", "two"}, fallback, true});
    CHECK(command("echo\n", "", fallback).program == fallback);
    CHECK(command("echo\n", "/bin/bash", fallback).program == "/bin/bash");
    CHECK(command("#!/bin/bash\n", "", fallback).program == kPath);
}

TEST_CASE("the last value of a variable counts, and a default does not replace it") {
    Environment environment{"A=1", "PATH=/bin", "A=2", "AB=3"};
    CHECK(valueIn(environment, "A") == "2");
    CHECK_FALSE(valueIn(environment, "B"));
    setDefault(environment, "A", "4");
    setDefault(environment, "HOME", "/root");
    extendPath(environment, "/x");
    CHECK(environment == Environment{"A=1", "PATH=/bin:/x", "A=2", "AB=3", "HOME=/root"});
}
