#pragma once

#include <algorithm>
#include <array>
#include <string_view>

/// The hints in the agent's failures. The host shows no other hint of a guest: it would look like advice of
/// rootlayer's own.
namespace rootlayer::protocol {

constexpr const char* kHintMemory = "use a larger --memory";
constexpr const char* kHintAclDisk =
    "the base's files with POSIX ACLs are copied to the script's disk: use a larger --disk-size";
constexpr const char* kHintGuestImage = "the guest image does not match its kernel; build it again";
constexpr const char* kHintNetworkKernel = "use Debian's kernel, or one with BPF, IPv6 and policy routing";
constexpr const char* kHintCache = "the cached layer may be damaged: rootlayer cache verify";
constexpr const char* kHintSquash = "merge them first: rootlayer build --squash";
constexpr const char* kHintUser = "give its number, or a user that the base has";
constexpr const char* kHintGroup = "give its number, or a group that the base has";
constexpr const char* kHintTrace = "run it without --trace";
constexpr const char* kHintOwnDirectory = "remove it from the base";
constexpr const char* kHintWhiteout = "give it a name that does not begin with '.wh.'";
constexpr const char* kHintOverlay =
    "the script must not use overlayfs on the scratch disk, nor set such attributes";

constexpr std::array<std::string_view, 12> kAgentHints{
    kHintMemory, kHintAclDisk, kHintGuestImage, kHintNetworkKernel, kHintCache,    kHintSquash,
    kHintUser,   kHintGroup,   kHintTrace,      kHintOwnDirectory,  kHintWhiteout, kHintOverlay};

constexpr bool isAgentHint(std::string_view text) {
    return std::find(kAgentHints.begin(), kAgentHints.end(), text) != kAgentHints.end();
}

} // namespace rootlayer::protocol
