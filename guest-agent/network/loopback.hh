#pragma once

/// The network of the script: one interface, `lo`, from which nothing leaves.
namespace rootlayer::guest {

/// The machine's own addresses on `lo`, besides 127.0.0.1 and ::1. Programs that look for an address that is
/// not a loopback one (AI_ADDRCONFIG) find these.
inline constexpr const char* kOwnAddress = "198.18.0.1";
inline constexpr const char* kOwnAddress6 = "2001:2::1";

/// Sets up `lo` in the caller's network namespace: its addresses, and routes that make every address local
/// for TCP and UDP, so that the agent can answer. Everything else has no route and fails at once. Throws
/// Error{System}.
void setUpLoopback();

} // namespace rootlayer::guest
