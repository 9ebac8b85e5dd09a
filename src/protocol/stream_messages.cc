#include "protocol/stream_messages.hh"

#include <charconv>
#include <cstdint>
#include <fmt/format.h>

namespace rootlayer::protocol {

std::string encode(const NameAnswer& answer) {
    std::string bytes(1, static_cast<char>(answer.verdict));
    for (const auto port : answer.ports) {
        bytes += static_cast<char>(port & 0xFFU);
        bytes += static_cast<char>(port >> 8U);
    }
    return bytes;
}

std::optional<NameAnswer> decodeNameAnswer(std::string_view bytes) {
    if (bytes.size() % 2 != 1) return std::nullopt;
    const auto verdict = static_cast<unsigned char>(bytes[0]);
    if (verdict < 1 || verdict > static_cast<unsigned char>(NameAnswer::Verdict::Failed)) return std::nullopt;
    NameAnswer answer{static_cast<NameAnswer::Verdict>(verdict)};
    for (std::size_t i = 1; i < bytes.size(); i += 2) {
        const unsigned low = static_cast<unsigned char>(bytes[i]);
        const unsigned high = static_cast<unsigned char>(bytes[i + 1]);
        answer.ports.push_back(static_cast<std::uint16_t>(low | (high << 8U)));
    }
    return answer;
}

std::string encode(const TcpTarget& target) {
    return fmt::format("{} {}", target.port, target.host);
}

std::optional<TcpTarget> decodeTcpTarget(std::string_view text) {
    TcpTarget target;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, target.port);
    if (error != std::errc() || rest == end || *rest != ' ' || text[0] == '0') return std::nullopt;
    target.host.assign(rest + 1, end);
    return target;
}

} // namespace rootlayer::protocol
