// The fuzz target of the host's end of a session: a guest that is not our agent, and sends any bytes. Each
// phase must return what the frames say, or throw an Error that fits on a terminal; what the host keeps of it
// is bounded.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz.hh"
#include "protocol/connection.hh"
#include "session/session.hh"
#include "wire.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;
using namespace rootlayer::protocol;
using session::Session;

namespace {

/// What is read on the host of a range: as many bytes as the guest says would take too long.
constexpr std::uint64_t kMostOfRange = 4096;

class Watcher final : public Observer {
  public:
    void onEvent(const Event& event) override {
        if (event.kind == Event::Kind::Output) {
            require(event.stream == 1 || event.stream == 2);
            output += event.text.size();
        } else {
            require(event.kind == Event::Kind::Warning || event.kind == Event::Kind::Note);
            require(fitsTerminal(std::string(event.text)) && event.text.size() <= std::size_t{4} * 4000);
        }
    }
    std::size_t output = 0;
};

void talk(Session& session, bool wake, bool ranges, StringSink& layer, std::uint64_t& ranged) {
    const auto hello = wake ? session.wake() : session.hello();
    require(hello.protocol == kVersion && fitsTerminal(hello.kernel) && hello.kernel.size() <= 400);
    session.assemble({});
    const auto reply = session.run({});
    require(reply.value >= 0 && reply.value <= 255 && fitsTerminal(reply.message));
    const Session::ReadRange readRange = [&](const Range& range, Sink& sink) {
        require(range.size > 0 && range.offset + range.size <= INT64_MAX);
        const auto some = std::min(range.size, kMostOfRange);
        sink.write(std::string(static_cast<std::size_t>(some), 'r'));
        ranged += some;
    };
    const auto end = session.pack({}, layer, ranges ? readRange : Session::ReadRange());
    require(end.bytes == layer.bytes().size());
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = text(data, std::min(size, Wire::kMost));
    Wire wire(bytes);
    wire.end();
    Connection connection(wire.take(), "the guest");
    Watcher watcher;
    Session session(connection, watcher);
    std::uint64_t refused = 0;
    session.setOnRefused([&](std::string_view, std::uint16_t) { ++refused; });
    StringSink layer;
    std::uint64_t ranged = 0;
    const auto error = refusal([&] { talk(session, size % 4 == 0, size % 2 == 0, layer, ranged); });
    require(!error || fitsTerminal(error->what()));
    require(watcher.output + layer.bytes().size() <= bytes.size() + ranged);
    require(session.warnings().size() <= 1000 && refused <= 10'000);
    return 0;
}
