#pragma once

#include <span>
#include <string>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/stream.hh"
#include "disk/appliance.hh"
#include "disk/disk_format.hh"
#include "disk/guestfish.hh"

namespace rootlayer::disk {

/// The root file system of a VM's disk, read in libguestfs' machine, where the disk is read-only. That is the
/// one operating system on it, with the file systems that its fstab mounts; where there is none, the one file
/// system that the disk has.
class DiskReader final : public Source {
  public:
    /// `temporaryDirectory` is absolute. Throws what checkedDiskFormat() does; Error{Image} when it is
    /// damaged, or when it is not clear what its root is; Error{System} when libguestfs is not there or does
    /// not work.
    DiskReader(const std::string& path, const Appliance& appliance, const std::string& temporaryDirectory,
               const CancelToken& cancel);

    /// Where file systems are mounted: "/", "/boot".
    const std::vector<std::string>& mountPoints() const { return m_mountPoints; }
    /// All of it as a tar of GNU tar's, in the disk's own order.
    std::size_t read(std::span<char> buffer) override;

  private:
    void mountRoot();
    void mountSystem(const std::string& root);
    void mountOnly();

    std::string m_what;
    std::string m_path;
    DiskFormat m_format;
    Guestfish m_guestfish;
    std::vector<std::string> m_mountPoints;
    bool m_reading = false;
};

} // namespace rootlayer::disk
