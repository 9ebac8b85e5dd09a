#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "guest-agent/script/script_output.hh"
#include "protocol/control.hh"
#include "tests/support/socket_pair.hh"

using namespace rootlayer;
using namespace rootlayer::guest;

namespace {

/// An output, and what the host gets of it, one string a frame.
struct Output {
    explicit Output(bool wholeLines) : output(protocol::Stream::Stdout, wholeLines) {}

    void write(std::string_view text) {
        REQUIRE(::write(output.pipe().writer.get(), text.data(), text.size()) ==
                static_cast<ssize_t>(text.size()));
        output.take(link);
    }
    std::vector<std::string> frames() {
        std::vector<std::string> got;
        while (auto frame = host.poll())
            got.push_back(frame->payload);
        return got;
    }

    test::SocketPair pair;
    protocol::Connection agent{std::move(pair.guest), "the host"};
    protocol::Connection host{std::move(pair.host), "the guest"};
    HostLink link{agent};
    ScriptOutput output;
};

using Frames = std::vector<std::string>;

} // namespace

TEST_CASE("output of a single stream is passed on at once") {
    Output output(false);
    output.write("half ");
    output.write("a line\n");
    CHECK(output.frames() == Frames{"half ", "a line\n"});
}

TEST_CASE("two streams arrive in whole lines, and completely at the end") {
    Output output(true);
    output.write("one\ntwo\nhal");
    CHECK(output.frames() == Frames{"one\ntwo\n"});
    output.write("f\nrest");
    CHECK(output.frames() == Frames{"half\n"});
    output.output.pipe().writer.reset();
    output.output.take(output.link);
    CHECK(output.frames() == Frames{"rest"});
    CHECK(output.output.fd() == -1);
}

TEST_CASE("a line without an end is not held for ever") {
    Output output(true);
    output.write(std::string(60'000, 'x'));
    CHECK(output.frames().empty());
    output.write(std::string(6'000, 'x'));
    CHECK(output.frames() == Frames{std::string(66'000, 'x')});
}
