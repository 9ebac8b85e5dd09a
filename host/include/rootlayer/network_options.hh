#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/api.hh>

namespace rootlayer {

/// What a script may connect to.
enum class NetworkMode {
    None,   ///< nothing
    Allow,  ///< the names in NetworkOptions::allow and the addresses in NetworkOptions::permit
    Public, ///< every public address
    Audit,  ///< as Public, and reports which --allow options would have been enough
};

/// The network of a run. In every mode, addresses that are not public, such as 127.0.0.1 and 10.0.0.1, are
/// refused unless they are in `permit`.
struct NetworkOptions {
    /// What the script may connect to. None with `allow` or `permit` means Allow.
    NetworkMode mode = NetworkMode::None;
    /// "HOST[:PORT[,PORT...]]": names and addresses that the script may connect to. HOST is a name,
    /// "*.example.org" for all names below example.org, or an address; IPv6 with ports is
    /// "[2001:db8::1]:443". Without ports: every port. Not with Public or Audit.
    std::vector<std::string> allow;
    /// "CIDR[:PORT[,PORT...]]": addresses that may be connected to although they are not public, "10.0.0.0/8"
    /// or "[fd00::/8]:443". Without ports: every port.
    std::vector<std::string> permit;
    /// "NAME:ADDRESS": the address of a name, in place of what the DNS says.
    std::vector<std::string> addHosts;
    /// "ADDRESS[:PORT]": the DNS servers that are asked; IPv6 with a port is "[::1]:53". Empty: the host's.
    std::vector<std::string> dnsServers;
    /// "http://[USER:PASSWORD@]HOST:PORT": the HTTP proxy that connections go through. Empty: none.
    std::string upstreamProxy;
    /// Number of connections that a run may make. 0: no limit.
    std::uint64_t maxConnections = 10000;
    /// Bytes that a run may transfer, both directions together. 0: no limit.
    std::uint64_t maxBytes = 0;
    /// Path of a file for the log of the connections, in JSON lines. Empty: none.
    std::string log;
    /// Path of a file for the --allow options that the run needed. Only with Audit. Empty: none.
    std::string allowFile;
};

/// A connection that a script made or wanted to make, or a name that it was not given.
struct NetworkConnection {
    /// How it ended.
    enum class Outcome {
        Done,       ///< both sides ended it, or the script ended
        Broken,     ///< one side broke it
        Failed,     ///< the host could not be reached
        NotFound,   ///< the name does not exist
        NotAllowed, ///< the options do not allow it
        Floor,      ///< the address is not public, and not permitted
        OwnAddress, ///< the address is one of this host's own, and not permitted
        TlsName,    ///< TLS for another server name than the name that was connected to, or for none
        Limit,      ///< NetworkOptions::maxConnections or maxBytes was reached
    };

    std::string host;                ///< the name or address that the script asked for
    std::uint16_t port = 0;          ///< 0: the script asked for the name alone
    std::string address;             ///< the address that it was connected to, or not; empty: none
    std::string tlsName;             ///< the server name that the script's TLS asked for; empty: none
    std::uint64_t sent = 0;          ///< bytes from the script
    std::uint64_t received = 0;      ///< bytes to the script
    Outcome outcome = Outcome::Done; ///< how it ended
    bool connected = false;          ///< whether there was a connection, however it ended
    std::string message;             ///< of Failed: why, for people

    /// An outcome as it stands in logs and metadata: "done", "not-allowed", ...
    ROOTLAYER_API static std::string_view nameOf(Outcome outcome);
    /// Whether it was refused here.
    bool refused() const { return outcome >= Outcome::NotAllowed; }
};

} // namespace rootlayer
