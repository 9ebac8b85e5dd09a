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

/// A new disk that is one ext4 file system, filled from a tar in libguestfs' machine. It appears whole under
/// its name, or not at all; on the way it lies in a directory beside.
class DiskWriter final : public Sink {
  public:
    struct Shape {
        DiskFormat format = DiskFormat::Raw;
        std::uint64_t size = 0;   ///< bytes
        std::uint64_t inodes = 0; ///< at least
    };
    /// Throws Error{Input} when the place is not one for a new file.
    DiskWriter(const std::string& path, const Shape& shape, const Appliance& appliance,
               const CancelToken& cancel);

    /// Of the tar.
    void write(std::string_view bytes) override { m_guestfish.feed(bytes); }
    /// The tar is whole: waits for the disk, and gives it its name.
    void commit();

    /// Throws Error{Input} unless a new disk can get this name.
    static void checkPlace(const std::string& path);

  private:
    std::string m_path;
    Guestfish m_guestfish;
    std::string m_disk;
};

} // namespace rootlayer::disk
