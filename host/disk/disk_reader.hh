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

/// Reads the root file system of a VM disk in a libguestfs appliance, in which the disk is read-only. That is
/// the only operating system on the disk, with the file systems that its fstab mounts. If there is no
/// operating system, it is the only file system on the disk.
class DiskReader final : public Source {
  public:
    /// `temporaryDirectory` is absolute. Throws what checkedDiskFormat() throws, Error{Image} if the disk is
    /// damaged or its root is ambiguous, Error{System} if libguestfs is missing or does not work.
    DiskReader(const std::string& path, const Appliance& appliance, const std::string& temporaryDirectory,
               const CancelToken& cancel);

    /// Where file systems are mounted: "/", "/boot".
    const std::vector<std::string>& mountPoints() const { return m_mountPoints; }
    /// A tar from GNU tar, in the disk's own order.
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
