#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rootlayer::network {

/// More bytes than this are never Incomplete: a hello of the largest size in the largest number of records.
inline constexpr std::size_t kMaxClientHello = (1U << 16U) + 4 + std::size_t{5} * 4096;

/// The first message of a TLS client (RFC 8446, 4.1.2).
struct ClientHello {
    enum class State {
        /// More bytes are needed.
        Incomplete,
        /// The bytes do not begin with a TLS handshake record.
        NotTls,
        /// The bytes begin as TLS does, but cannot be a hello of at most 64 KiB in at most 4096 records, or
        /// not
        /// one with at most one server name.
        Malformed,
        Complete,
    };

    State state = State::Incomplete;
    /// The host name of the extension server_name (RFC 6066, 3) as sent: 1 to 255 bytes, none of them NUL,
    /// and otherwise any. Empty if the extension is absent, or if the state is not Complete.
    std::string serverName;
};

/// Reads all bytes that a client has sent so far. A state other than Incomplete is final: what the client
/// sends later does not change it. Takes time linear in the size; while the hello is incomplete, only the
/// records' headers are read. Bytes behind the hello's last record are ignored.
ClientHello readClientHello(std::string_view bytes);

} // namespace rootlayer::network
