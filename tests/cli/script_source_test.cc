#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "cli/script_source.hh"

using namespace rootlayer;

TEST_CASE("a script is a file or the commands themselves") {
    const TempDir directory("/tmp");
    writeFile(directory.file("s"), "echo file\n");
    CHECK(cli::scriptFrom(directory.file("s"), std::nullopt).bytes == "echo file\n");
    const auto script = cli::scriptFrom("", "echo text");
    CHECK(script.bytes == "echo text");
    CHECK(script.name == "-c");
    CHECK(cli::scriptFrom("", std::nullopt).bytes.empty());
}

TEST_CASE("a file and commands are one error, before anything is read") {
    try {
        cli::scriptFrom("/no/such/file", "echo text");
        FAIL("both were taken");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Usage);
        CHECK(error.message() == "--script and -c are both given");
    }
}
