// The fuzz target of the reader of TLS hellos, for libFuzzer. Any bytes must have a verdict that is the same
// however many more of them are there, and however records split them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "network/helper/client_hello.hh"

using namespace rootlayer::network;
using State = ClientHello::State;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

ClientHello read(std::string_view bytes) {
    // A copy of its own, for the address sanitizer to see a read beyond its end.
    const auto copy = std::make_unique<char[]>(bytes.size());
    bytes.copy(copy.get(), bytes.size());
    return readClientHello({copy.get(), bytes.size()});
}

/// The bytes of whole records in records of another size.
std::string splitAgain(std::string_view bytes, std::size_t piece) {
    std::string message;
    while (bytes.size() >= 5) {
        const std::size_t size =
            (static_cast<std::uint8_t>(bytes[3]) << 8U) | static_cast<std::uint8_t>(bytes[4]);
        message += bytes.substr(5, size);
        bytes.remove_prefix(std::min(5 + size, bytes.size()));
    }
    std::string records;
    for (std::size_t at = 0; at < message.size(); at += piece) {
        const auto part = message.substr(at, piece);
        records += {22, 3, 1, static_cast<char>(part.size() >> 8U), static_cast<char>(part.size() & 0xffU)};
        records += part;
    }
    return records;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto hello = read(bytes);
    require(hello.serverName.size() <= 255 && hello.serverName.find('\0') == std::string::npos);
    require(hello.serverName.empty() || hello.state == State::Complete);
    require(hello.state != State::Incomplete || size < kMaxClientHello);

    // The shortest input with a verdict, if all longer ones have it too.
    std::size_t incomplete = 0;
    std::size_t end = size;
    while (incomplete < end) {
        const auto middle = incomplete + (end - incomplete) / 2;
        if (read(bytes.substr(0, middle)).state == State::Incomplete)
            incomplete = middle + 1;
        else
            end = middle;
    }
    for (std::size_t some = 0; some < size; some += 1 + size / 50) {
        const auto part = read(bytes.substr(0, some));
        require(part.state == (some < end ? State::Incomplete : hello.state));
        require(some < end || part.serverName == hello.serverName);
    }
    if (hello.state == State::Complete) {
        const auto again = read(splitAgain(bytes.substr(0, end), 17 + size % 1000));
        require(again.state == State::Complete && again.serverName == hello.serverName);
    }
    return 0;
}
