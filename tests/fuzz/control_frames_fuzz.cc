// The fuzz target of frames, which both ends read with the same class. Any bytes must give frames whose bytes
// they are, however the bytes arrive, and then an end that says what was wrong.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz.hh"
#include "protocol/connection.hh"
#include "wire.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;
using namespace rootlayer::protocol;

namespace {

struct Reading {
    std::string frames; ///< encoded again
    std::size_t count = 0;
    std::string end; ///< the message of the error
    friend bool operator==(const Reading&, const Reading&) = default;
};

void take(Reading& reading, const Frame& frame) {
    require(frame.payload.size() <= kMaxPayload);
    appendFrame(reading.frames, frame.type, frame.flags, frame.payload);
    ++reading.count;
}

/// The bytes arrive at once, and each frame is waited for.
Reading readAtOnce(std::string_view bytes) {
    Wire wire(bytes);
    wire.end();
    Connection connection(wire.take(), "the peer");
    Reading reading;
    const auto error = refusal([&] {
        for (;;)
            take(reading, connection.receive(Deadline::after(std::chrono::seconds(60))));
    });
    require(error->code() == ErrorCode::Protocol);
    reading.end = error->message();
    return reading;
}

/// The bytes arrive in pieces, and no frame is waited for.
Reading readInPieces(std::string_view bytes, std::size_t piece) {
    Wire wire({});
    Connection connection(wire.take(), "the peer");
    Reading reading;
    const auto poll = [&] {
        return refusal([&] {
            while (const auto frame = connection.poll())
                take(reading, *frame);
        });
    };
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
        wire.send(bytes.substr(0, piece));
        if (const auto error = poll()) {
            reading.end = error->message();
            return reading;
        }
    }
    wire.end();
    reading.end = poll()->message();
    return reading;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = text(data, std::min(size, Wire::kMost));
    const auto reading = readAtOnce(bytes);
    require(bytes.starts_with(reading.frames));
    const bool whole = reading.frames.size() == bytes.size();
    require(whole == (reading.end == "the peer is gone"));
    require(readInPieces(bytes, 1 + size % 700) == reading);
    return 0;
}
