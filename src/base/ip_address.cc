#include "base/ip_address.hh"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>

namespace rootlayer {

namespace {

constexpr unsigned kBits = 128;
/// The bits in front of an IPv4 address: ::ffff:0:0/96.
constexpr unsigned kV4Offset = 96;
constexpr std::size_t kV4Byte = kV4Offset / 8;
constexpr IpAddress::Bytes kV4Prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<unsigned> parseLength(std::string_view text, unsigned most) {
    if (text.empty() || (text[0] == '0' && text.size() > 1)) return std::nullopt;
    unsigned number = 0;
    const auto* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    if (error != std::errc() || end != last || number > most) return std::nullopt;
    return number;
}

/// The bits of byte `index` that belong to a prefix.
std::uint8_t maskOf(unsigned length, std::size_t index) {
    const auto before = static_cast<unsigned>(index) * 8;
    const auto bits = length <= before ? 0 : std::min(length - before, 8U);
    return static_cast<std::uint8_t>(0xff00U >> bits);
}

IpAddress masked(const IpAddress& address, unsigned length) {
    auto bytes = address.bytes();
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] &= maskOf(length, i);
    return IpAddress::v6(bytes);
}

} // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    // Among others no NUL, where inet_pton(3) would stop.
    if (text.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return std::nullopt;
    if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
    const std::string copy(text);
    if (text.find(':') == std::string_view::npos) {
        std::array<std::uint8_t, 4> bytes{};
        if (inet_pton(AF_INET, copy.c_str(), bytes.data()) != 1) return std::nullopt;
        return v4(bytes);
    }
    Bytes bytes{};
    if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) != 1) return std::nullopt;
    return v6(bytes);
}

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) {
    auto all = kV4Prefix;
    std::copy(bytes.begin(), bytes.end(), all.begin() + kV4Byte);
    return IpAddress(all);
}

// A sockaddr_storage may be read as another type only by copying it.
std::optional<IpAddress> IpAddress::of(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &address, sizeof in);
        std::array<std::uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
        return v4(bytes);
    }
    if (address.ss_family != AF_INET6) return std::nullopt;
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    Bytes bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return v6(bytes);
}

bool IpAddress::isV4() const {
    return std::equal(kV4Prefix.begin(), kV4Prefix.begin() + kV4Byte, m_bytes.begin());
}

std::string IpAddress::str() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (isV4()) {
        inet_ntop(AF_INET, m_bytes.data() + kV4Byte, text.data(), text.size());
    } else {
        inet_ntop(AF_INET6, m_bytes.data(), text.data(), text.size());
    }
    return text.data();
}

socklen_t IpAddress::fill(sockaddr_storage& address, std::uint16_t port) const {
    address = {};
    if (isV4()) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        std::memcpy(&in.sin_addr, m_bytes.data() + kV4Byte, sizeof in.sin_addr);
        std::memcpy(&address, &in, sizeof in);
        return sizeof in;
    }
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    std::memcpy(&in.sin6_addr, m_bytes.data(), sizeof in.sin6_addr);
    std::memcpy(&address, &in, sizeof in);
    return sizeof in;
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    if (slash == std::string_view::npos) return IpPrefix{*address, kBits};
    const unsigned offset = text.find(':') == std::string_view::npos ? kV4Offset : 0;
    const auto length = parseLength(text.substr(slash + 1), kBits - offset);
    if (!length) return std::nullopt;
    return IpPrefix{masked(*address, *length + offset), *length + offset};
}

bool IpPrefix::contains(const IpAddress& other) const {
    return address.isV4() == other.isV4() && masked(address, length) == masked(other, length);
}

std::string IpPrefix::str() const {
    const bool isV4 = address.isV4() && length >= kV4Offset;
    return fmt::format("{}/{}", address.str(), isV4 ? length - kV4Offset : length);
}

} // namespace rootlayer
