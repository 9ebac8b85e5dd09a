#include <catch2/catch.hpp>

#include "manual/help_page.hh"
#include "sample_command.hh"

using namespace rootlayer::manual;

TEST_CASE("help has the options by group, without environment variables") {
    CHECK(helpPage(sampleCommand().commands[0]) == R"(run a script

Usage: tool run [OPTIONS] FILE [-- ARGUMENT...]

it's a test: \ and [brackets]

Arguments:
  FILE                    what to run

Output:
  -o, --output FILE|-     where to write; [default]: it's out.tar

Machine:
      --accel auto|kvm    the accelerator
      --template, --no-template
                          start from a snapshot

Other:
  -h, --help              show this help

Examples:
  tool run -o out.tar
  .hidden 'file'

Exit status: 0 success; 125 tool failed; the script's own
)");
}

TEST_CASE("a group of commands lists them") {
    const auto page = helpPage(sampleCommand());
    CHECK(page.find("Usage: tool COMMAND [OPTIONS]\n") != std::string::npos);
    CHECK(page.find("\nCommands:\n  run                     run a script\n  cache   ") != std::string::npos);
}

TEST_CASE("long text is wrapped between words") {
    CHECK(wrapped("one two  three\nfour", 9, 2) == "one two\n  three\n  four");
    CHECK(wrapped("a-word-that-is-too-long x", 9, 2) == "a-word-that-is-too-long\n  x");
    CHECK(wrapped("", 9, 2).empty());
}
