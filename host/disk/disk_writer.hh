#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <rootlayer/cancel.hh>

#include "base/stream.hh"
#include "disk/appliance.hh"
#include "disk/disk_format.hh"
#include "disk/guestfish.hh"

namespace rootlayer::disk {

/// Creates a disk with one ext4 file system and fills it from a tar in a libguestfs appliance. The disk
/// appears complete under its name or not at all; until then it is in a temporary directory beside its name.
class DiskWriter final : public Sink {
  public:
    struct Shape {
        DiskFormat format = DiskFormat::Raw;
        std::uint64_t size = 0;   ///< bytes
        std::uint64_t inodes = 0; ///< minimum
    };
    /// Throws Error{Input} if no file can be created at `path`.
    DiskWriter(const std::string& path, const Shape& shape, const Appliance& appliance,
               const CancelToken& cancel);

    /// Takes the bytes of the tar.
    void write(std::string_view bytes) override { m_guestfish.feed(bytes); }
    /// Ends the tar, waits until the disk is written, and gives it its name.
    void commit();

    /// Throws Error{Input} unless a disk can be written to this path.
    static void checkPlace(const std::string& path);

  private:
    std::string m_path;
    Guestfish m_guestfish;
    std::string m_disk;
};

} // namespace rootlayer::disk
