#include <cstdint>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/connection.hh"
#include "protocol/range.hh"
#include "tests/proofs/inputs.hh"
#include "tests/support/socket_pair.hh"

using namespace rootlayer;
using namespace rootlayer::proofs;

namespace {

std::string littleEndian(std::uint64_t number, unsigned bytes) {
    std::string text;
    for (; bytes-- > 0; number /= 256)
        text += static_cast<char>(number % 256);
    return text;
}

void checkHeader(std::uint64_t length, unsigned type, unsigned flags, unsigned reserved) {
    const auto bytes =
        littleEndian(length, 4) + littleEndian(type, 1) + littleEndian(flags, 1) + littleEndian(reserved, 2);
    const auto header = protocol::decodeHeader(bytes);
    const bool right = header.length == length && header.type == type && header.flags == flags &&
                       header.wellFormed == (length <= 1048576 && reserved == 0);
    holds(right, [&] { return Catch::StringMaker<std::string>::convert(bytes); });
    if (reserved != 0) return;
    const auto encoded = unlessRefused(ErrorCode::Internal, [&] {
        return protocol::encodeHeader(static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(flags),
                                      length);
    });
    holds(encoded.has_value() == header.wellFormed &&
              (!encoded || std::string(encoded->data(), encoded->size()) == bytes),
          [&] { return "to encode " + std::to_string(length); });
}

} // namespace

TEST_CASE("every frame length up to 2^16, and at every border up to 2^32, is read as it is written", "[A8]") {
    for (std::uint64_t length = 0; length <= 0x10000; ++length)
        checkHeader(length, 2, 0, 0);
    for (const auto border : borders64()) {
        if (border > UINT32_MAX) break;
        for (unsigned byte = 0; byte < 256; ++byte) {
            checkHeader(border, byte, 255 - byte, 0);
            checkHeader(border, 1, 0, byte);
            checkHeader(border, 1, 0, byte << 8);
        }
    }
    for (std::uint64_t length = 1048576 - 300; length <= 1048576 + 300; ++length)
        checkHeader(length, 0, 0, 0);
}

TEST_CASE("two frames are the same two, wherever the stream is cut in three", "[A8]") {
    const std::string bytes =
        littleEndian(3, 4) + std::string("\1\2\0\0abc", 7) + littleEndian(0, 4) + std::string("\3\0\0\0", 4);
    for (std::size_t first = 0; first <= bytes.size(); ++first) {
        for (std::size_t second = first; second <= bytes.size(); ++second) {
            test::SocketPair pair;
            protocol::Connection connection(std::move(pair.host), "the guest");
            std::vector<protocol::Frame> frames;
            std::size_t from = 0;
            for (const auto until : {first, second, bytes.size()}) {
                const auto piece = std::string_view(bytes).substr(from, until - from);
                if (::write(pair.guest.get(), piece.data(), piece.size()) != ssize_t(piece.size()))
                    FAIL("the socket takes no bytes");
                from = until;
                while (auto frame = connection.poll())
                    frames.push_back(std::move(*frame));
                const std::size_t complete = until < 11 ? 0 : until < 19 ? 1 : 2;
                holds(frames.size() == complete, [&] { return "cut at " + std::to_string(until); });
            }
            holds(frames[0].payload == "abc" && frames[0].type == 1 && frames[0].flags == 2 &&
                      frames[1].payload.empty() && frames[1].type == 3,
                  [] { return "a frame differs"; });
        }
    }
}

TEST_CASE("every range at every border of 64 bits is read if it lies within 2^63 - 1 bytes, or is zeros, "
          "else refused",
          "[A8]") {
    for (const auto offset : borders64()) {
        for (const auto size : borders64()) {
            const auto payload = littleEndian(offset, 8) + littleEndian(size, 8);
            const auto range =
                unlessRefused(ErrorCode::Protocol, [&] { return protocol::decodeRange(payload); });
            const __int128 begin = offset == UINT64_MAX ? 0 : offset; // zeros are nowhere
            const bool lies = size > 0 && begin + size <= INT64_MAX;
            holds(range.has_value() == lies && (!lies || *range == protocol::Range{offset, size}) &&
                      protocol::encode({offset, size}) == payload,
                  [&] { return std::to_string(offset) + "+" + std::to_string(size); });
        }
    }
    for (std::size_t size = 0; size < 64; ++size) {
        const bool taken = unlessRefused(ErrorCode::Protocol, [&] {
                               return protocol::decodeRange(std::string(size, '\1'));
                           }).has_value();
        holds(taken == (size == 16), [&] { return std::to_string(size); });
    }
}
