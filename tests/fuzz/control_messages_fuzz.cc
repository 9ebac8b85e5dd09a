// The fuzz target of the messages, the guest's and the host's. The first byte of the input says which it is.
// A payload must be refused with Error{Protocol}, or be the same message when it is encoded and read again.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz.hh"
#include "protocol/messages.hh"
#include "protocol/range.hh"
#include "protocol/stream_messages.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;
using namespace rootlayer::protocol;

namespace {

/// No message is this much longer than what it was made from: each byte has at most six in JSON.
constexpr std::size_t kLongerBy = 6;

template <typename Decode>
void roundTrip(std::string_view payload, Decode decode) {
    std::string again;
    const auto error = refusal([&] { again = encode(decode(payload)); });
    if (error) return require(error->code() == ErrorCode::Protocol);
    require(again.size() <= kLongerBy * payload.size() + 500);
    require(encode(decode(again)) == again);
}

/// A guest's error is shown to people: nothing in it does anything to a terminal.
void tryFailure(std::string_view payload) {
    const auto refused = refusal([&] {
        const auto error = decodeFailure(payload, std::array{ErrorCode::Layer});
        require(error.code() == ErrorCode::Layer || error.code() == ErrorCode::Guest);
        require(fitsTerminal(error.what()) && fitsTerminal(error.hint()));
    });
    require(!refused || refused->code() == ErrorCode::Protocol);
}

void tryRange(std::string_view payload) {
    const auto error = refusal([&] {
        const auto range = decodeRange(payload);
        require(range.size > 0 && range.offset <= INT64_MAX && range.size <= INT64_MAX - range.offset);
        require(encode(range) == payload);
    });
    require(!error || error->code() == ErrorCode::Protocol);
}

void tryStreamMessages(std::string_view payload) {
    if (const auto answer = decodeNameAnswer(payload)) require(encode(*answer) == payload);
    if (const auto target = decodeTcpTarget(payload)) {
        const auto again = decodeTcpTarget(encode(*target));
        require(again && again->host == target->host && again->port == target->port);
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    // A copy of its own, for the address sanitizer to see a read beyond its end.
    const std::string payload(text(data + 1, size - 1));
    switch (data[0] % 10) {
    case 0:
        roundTrip(payload, decodeHello);
        break;
    case 1:
    case 2:
        roundTrip(payload, decodeRequest);
        break;
    case 3:
        roundTrip(payload, decodeRunWords);
        break;
    case 4:
        roundTrip(payload, decodeRunReply);
        break;
    case 5:
        roundTrip(payload, decodePackEnd);
        break;
    case 6:
        roundTrip(payload, decodeEvent);
        break;
    case 7:
        tryFailure(payload);
        break;
    case 8:
        tryRange(payload);
        break;
    default:
        tryStreamMessages(payload);
    }
    return 0;
}
