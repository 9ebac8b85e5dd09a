#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "base/system_error.hh"

using namespace rootlayer;

TEST_CASE("an error gathers context on its way up, outermost first") {
    Error error(ErrorCode::Image, "no such member", "look at it");
    error.addContext("reading layer 2").addContext("opening the base");
    CHECK(std::string(error.what()) == "opening the base: reading layer 2: no such member");
    CHECK(error.context() == std::vector<std::string>{"opening the base", "reading layer 2"});
    CHECK(error.message() == "no such member");
    CHECK(error.hint() == "look at it");
}

TEST_CASE("every code has a name of its own that leads back to it") {
    for (int number = 0; number <= static_cast<int>(ErrorCode::Internal); ++number) {
        const auto code = static_cast<ErrorCode>(number);
        CHECK(errorCodeFromName(name(code)) == code);
    }
    CHECK(errorCodeFromName("from-the-future") == ErrorCode::Internal);
}

TEST_CASE("a lack of space or memory is distinguished from other system errors") {
    CHECK(systemError(ENOSPC, "x").code() == ErrorCode::Resource);
    CHECK(systemError(EPERM, "x").code() == ErrorCode::System);
    CHECK(std::string(systemError(ENOENT, "cannot open 'a'").what()) ==
          "cannot open 'a': No such file or directory");
}
