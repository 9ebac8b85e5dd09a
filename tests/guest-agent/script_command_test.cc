#include <catch2/catch.hpp>

#include "guest-agent/environment.hh"
#include "guest-agent/script_command.hh"

using namespace rootlayer::guest;

namespace {

using Words = std::vector<std::string>;

const std::string kPath = "/.rootlayer/script";

ScriptCommand command(std::string_view script, const std::string& shell = "",
                      const std::string& fallback = "") {
    return commandFor(script, kPath, {"one", "two"}, shell, fallback);
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

TEST_CASE("where the base has no shell, busybox's stands in for /bin/sh and for nothing else") {
    const std::string fallback = "/.rootlayer/bin/sh";
    CHECK(command("#!/bin/sh -x\n", "", fallback) ==
          ScriptCommand{fallback, {"sh", "-x", kPath, "one", "two"}, fallback});
    CHECK(command("echo\n", "", fallback).program == fallback);
    CHECK(command("echo\n", "/bin/bash", fallback).program == "/bin/bash");
    CHECK(command("#!/bin/bash\n", "", fallback).program == kPath);
}

TEST_CASE("the last value of a variable counts, and a default takes none away") {
    Environment environment{"A=1", "PATH=/bin", "A=2", "AB=3"};
    CHECK(valueIn(environment, "A") == "2");
    CHECK_FALSE(valueIn(environment, "B"));
    setDefault(environment, "A", "4");
    setDefault(environment, "HOME", "/root");
    extendPath(environment, "/x");
    CHECK(environment == Environment{"A=1", "PATH=/bin:/x", "A=2", "AB=3", "HOME=/root"});
}
