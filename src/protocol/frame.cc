#include "protocol/frame.hh"

#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

namespace rootlayer::protocol {

FrameHeader decodeHeader(std::string_view bytes) {
    FrameHeader header;
    for (std::size_t i = 4; i-- > 0;)
        header.length = (header.length << 8U) | static_cast<unsigned char>(bytes[i]);
    header.type = static_cast<std::uint8_t>(bytes[4]);
    header.flags = static_cast<std::uint8_t>(bytes[5]);
    header.wellFormed = header.length <= kMaxPayload && bytes[6] == 0 && bytes[7] == 0;
    return header;
}

std::array<char, kHeaderSize> encodeHeader(std::uint8_t type, std::uint8_t flags, std::size_t length) {
    if (length > kMaxPayload)
        throw Error(ErrorCode::Internal, fmt::format("a frame of {} bytes is too long to send", length));
    std::array<char, kHeaderSize> header{};
    for (unsigned i = 0; i < 4; ++i)
        header.at(i) = static_cast<char>((length >> (8U * i)) & 0xFFU);
    header[4] = static_cast<char>(type);
    header[5] = static_cast<char>(flags);
    return header;
}

void appendFrame(std::string& to, std::uint8_t type, std::uint8_t flags, std::string_view front,
                 std::string_view back) {
    const auto header = encodeHeader(type, flags, front.size() + back.size());
    to.append(header.data(), header.size());
    to += front;
    to += back;
}

} // namespace rootlayer::protocol
