#pragma once

#include <cstdint>
#include <vector>

struct bpf_insn;

namespace rootlayer::guest {

/// Descriptors of the maps that the program uses.
struct LookupMaps {
    int ranges;  ///< LPM trie: {u32 length, u8[16]} -> u32, a number of a range or one of the values below
    int ports;   ///< hash: {u32 range, u32 port} -> u32
    int sockets; ///< sockmap: 0 IPv4, 1 IPv6
    int refused; ///< queue of {u32 port, u8[16]}
};

// Values of a range that is open for all ports, closed, or the machine's own. Others are numbers in `ports`.
inline constexpr std::uint32_t kOpenRange = 0;
inline constexpr std::uint32_t kClosedRange = 0x7FFF'FFFF;
inline constexpr std::uint32_t kOwnRange = 0x7FFF'FFFE;
/// The "range" in `ports` that has kNamePort if the agent answers there.
inline constexpr std::uint32_t kNameService = 0x7FFF'FFFD;
inline constexpr std::uint16_t kNamePort = 53;
/// The port of the agent's own sockets, which takes no connection of the script's.
inline constexpr std::uint16_t kAgentPort = 1;

/// The program that tcp_steering.hh describes.
std::vector<bpf_insn> lookupProgram(const LookupMaps& maps);

} // namespace rootlayer::guest
