#pragma once

/// Paths in the agent's mount namespace. They are short, because mount(2) limits its options to 4095 bytes.
namespace rootlayer::guest {

inline constexpr const char* kLayers = "/l";        ///< one directory per layer: "0" is the bottom
inline constexpr const char* kSkeleton = "/l/s";    ///< the topmost lower: mount points that the base lacks
inline constexpr const char* kEmpty = "/l/e";       ///< an empty lower
inline constexpr const char* kStepPoints = "/l/p";  ///< a lower: the mount points of kStepRoot
inline constexpr const char* kScratch = "/s";       ///< the scratch disk
inline constexpr const char* kUpper = "/s/u";       ///< what the script changes
inline constexpr const char* kAcls = "/s/a";        ///< a lower above the base: files with ACLs
inline constexpr const char* kWork = "/s/w";        ///< overlayfs's work directory
inline constexpr const char* kTemporary = "/s/t";   ///< the script's /tmp
inline constexpr const char* kVolatile = "/v";      ///< holds the tmpfs directories of the script
inline constexpr const char* kRun = "/v/run";       ///< the script's /run
inline constexpr const char* kDevices = "/v/dev";   ///< the script's /dev
inline constexpr const char* kRoot = "/r";          ///< the script's root
inline constexpr const char* kStepRoot = "/b";      ///< the root of --before and --after
inline constexpr const char* kStepFiles = "/v/s";   ///< holds their /tmp and /run
inline constexpr const char* kStepDevices = "/v/d"; ///< their /dev
inline constexpr const char* kLower = "/m";         ///< the base alone: all layers, nothing else
inline constexpr const char* kBusybox = "/busybox"; ///< in the initramfs
inline constexpr const char* kModules = "/modules"; ///< in the initramfs
inline constexpr const char* kOrder = "order";      ///< in kModules: the list of modules loaded at boot
/// In kModules: the list of disk drivers, which are loaded after all other devices have their drivers.
inline constexpr const char* kLateOrder = "late";
inline constexpr const char* kOwnDirectory = ".rootlayer"; ///< in the script's root: the script, and busybox

inline constexpr const char* kLayerDisk = "/dev/vda"; ///< the layers, and other input from the host
inline constexpr const char* kScratchDisk = "/dev/vdb";

} // namespace rootlayer::guest
