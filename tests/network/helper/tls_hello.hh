#pragma once

#include <string>
#include <string_view>

namespace rootlayer::test {

inline std::string sizedBytes(std::size_t width, std::string_view bytes) {
    std::string all;
    for (std::size_t i = width; i-- > 0;)
        all += static_cast<char>((bytes.size() >> (8 * i)) & 0xffU);
    return all.append(bytes);
}

/// The first message of a TLS client that asks for this server name; empty: for none.
inline std::string tlsHello(std::string_view name) {
    std::string body = "\x03\x03" + std::string(32, 'r') + std::string("\0\0\x02\x13\x01\x01\0", 7);
    std::string extensions = std::string("\0\x15", 2) + sizedBytes(2, std::string(100, '\0'));
    if (!name.empty())
        extensions += std::string("\0\0", 2) + sizedBytes(2, sizedBytes(2, '\0' + sizedBytes(2, name)));
    const auto message = "\x01" + sizedBytes(3, body + sizedBytes(2, extensions));
    return "\x16\x03\x01" + sizedBytes(2, message);
}

} // namespace rootlayer::test
