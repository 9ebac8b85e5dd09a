#pragma once

/// Where things are in the agent's own mount namespace. Names are short: mount(2) cuts its options at 4095
/// bytes.
namespace rootlayer::guest {

inline constexpr const char* kLayers = "/l";        ///< one directory a layer: "0" is the bottom
inline constexpr const char* kSkeleton = "/l/s";    ///< the lower on top: mount points that the base lacks
inline constexpr const char* kEmpty = "/l/e";       ///< a lower that holds nothing
inline constexpr const char* kScratch = "/s";       ///< the scratch disk
inline constexpr const char* kUpper = "/s/u";       ///< what the script changes
inline constexpr const char* kAcls = "/s/a";        ///< a lower above the base: what has an ACL, with it
inline constexpr const char* kWork = "/s/w";        ///< overlayfs's own
inline constexpr const char* kTemporary = "/s/t";   ///< the script's /tmp
inline constexpr const char* kVolatile = "/v";      ///< what is in memory, for the script
inline constexpr const char* kRun = "/v/run";       ///< the script's /run
inline constexpr const char* kDevices = "/v/dev";   ///< the script's /dev
inline constexpr const char* kRoot = "/r";          ///< the script's root
inline constexpr const char* kLower = "/m";         ///< the base alone: all layers, nothing else
inline constexpr const char* kBusybox = "/busybox"; ///< of the initramfs
inline constexpr const char* kModules = "/modules"; ///< of the initramfs
inline constexpr const char* kOrder = "order";      ///< in it: what is loaded at boot
inline constexpr const char* kLateOrder =
    "late"; ///< in it: the driver of the disks, loaded when others have their devices
inline constexpr const char* kOwnDirectory = ".rootlayer"; ///< in the script's root: the script, and busybox

inline constexpr const char* kLayerDisk = "/dev/vda"; ///< the layers, and what the host hands in
inline constexpr const char* kScratchDisk = "/dev/vdb";

} // namespace rootlayer::guest
