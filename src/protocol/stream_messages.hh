#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::protocol {

/// The host's answer to StreamKind::Name: whether the script may know a name, and at which ports it may
/// connect to it. On the wire: a byte, then the ports as u16 LE; no ports mean all of them.
struct NameAnswer {
    enum class Verdict : std::uint8_t { Allowed = 1, Refused = 2, NotFound = 3, Failed = 4 };
    Verdict verdict = Verdict::Failed;
    std::vector<std::uint16_t> ports = {};
};

std::string encode(const NameAnswer& answer);
/// nullopt: malformed.
std::optional<NameAnswer> decodeNameAnswer(std::string_view bytes);

/// The target of StreamKind::Tcp: a port, and a name or an address.
struct TcpTarget {
    std::string host;
    std::uint16_t port = 0;
};

/// "443 example.org"
std::string encode(const TcpTarget& target);
/// nullopt: malformed. The host may be any bytes.
std::optional<TcpTarget> decodeTcpTarget(std::string_view text);

} // namespace rootlayer::protocol
