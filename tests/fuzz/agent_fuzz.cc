// The fuzz target of the guest's end: a host that is not ours, and sends any bytes. The agent must answer
// every request once, in order, and end when the host is gone.

#include <algorithm>
#include <array>
#include <cstdint>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz.hh"
#include "guest-agent/agent/agent.hh"
#include "protocol/connection.hh"
#include "wire.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;
using namespace rootlayer::protocol;

namespace {

/// Steps that do nothing, and record their order.
guest::Steps stepsInto(std::string& order) {
    return {[&](const AssembleRequest& request, guest::HostLink&) {
                order += 'a';
                require(encode(Request(request)).size() <= kMaxPayload);
            },
            [&](const RunRequest& request, guest::HostLink& link) {
                order += request.step == Step::Before ? 'b' : request.step == Step::After ? 't' : 'r';
                if (link.cancelled()) throw Error(ErrorCode::Cancelled, "stopped on request");
                return RunReply{};
            },
            [&](const PackRequest&, Sink& sink, guest::HostLink&) {
                order += 'p';
                sink.write("layer");
                return PackEnd{5, 1};
            }};
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Every request has an answer, and a socket takes only so many without a reader.
    const auto bytes = text(data, std::min(size, Wire::kMost / 16));
    Wire wire(bytes);
    wire.end();
    const UniqueFd peer(::fcntl(wire.peer(), F_DUPFD_CLOEXEC, 0));
    std::string order;
    std::optional<Error> end;
    {
        Connection connection(wire.take(), "the host");
        guest::Agent agent(connection, stepsInto(order));
        end = refusal([&] { agent.serve({.protocol = kVersion, .agent = "fuzzed", .kernel = "none"}); });
    }
    require(!end || end->code() == ErrorCode::Protocol);
    constexpr std::array<std::string_view, 4> orders{"arp", "abrp", "artp", "abrtp"};
    require(std::any_of(orders.begin(), orders.end(), [&](auto each) { return each.starts_with(order); }));

    // What the host gets: a hello, then whole frames of the guest's.
    Connection host(UniqueFd(::fcntl(peer.get(), F_DUPFD_CLOEXEC, 0)), "the guest");
    std::size_t hellos = 0;
    const auto over = refusal([&] {
        for (;;) {
            const auto frame = host.receive(Deadline::after(std::chrono::seconds(60)));
            require(isKnown(frame.type) && frame.type != FrameType::Request &&
                    frame.type != FrameType::Cancel);
            if (frame.type == FrameType::Hello) ++hellos;
        }
    });
    require(hellos == 1 && over->message() == "the guest is gone");
    return 0;
}
