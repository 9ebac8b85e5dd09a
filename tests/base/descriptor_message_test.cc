#include <catch2/catch.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor_message.hh"

using namespace rootlayer;

TEST_CASE("a descriptor that is sent over a socket arrives as the same file, and only with its byte") {
    int pair[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    const UniqueFd from(pair[0]);
    const UniqueFd to(pair[1]);
    CHECK_FALSE(receiveDescriptor(to.get()));
    const Pipe pipe = makePipe();
    REQUIRE(sendWithDescriptor(from.get(), "x", pipe.reader.get()));
    const auto received = receiveDescriptor(to.get());
    REQUIRE(received);
    struct stat sent {};
    struct stat arrived {};
    REQUIRE(::fstat(pipe.reader.get(), &sent) == 0);
    REQUIRE(::fstat(received.get(), &arrived) == 0);
    CHECK(sent.st_ino == arrived.st_ino);
    REQUIRE(sendWithDescriptor(from.get(), "y", -1));
    CHECK_FALSE(receiveDescriptor(to.get()));
}
