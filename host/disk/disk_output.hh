#pragma once

#include <optional>
#include <string>

#include <rootlayer/event.hh>
#include <rootlayer/settings.hh>

#include "disk/appliance_cache.hh"
#include "disk/disk_writer.hh"
#include "store/flat_tree.hh"

namespace rootlayer::disk {

/// A canonical tar as a VM's disk: one ext4 file system, qcow2 where the name ends in ".qcow2", else raw.
class DiskOutput final : public Sink {
  public:
    /// Throws Error{Input} at once when the place is no good, Error{System} when libguestfs is missing. A
    /// `size` of 0: what the tree needs, and room for a little more.
    DiskOutput(std::string path, std::uint64_t size, const Settings& settings, Observer& observer,
               const CancelToken& cancel);

    /// Makes the file system, for a tree of this extent.
    void begin(const store::TreeExtent& extent);
    void write(std::string_view bytes) override { m_writer->write(bytes); }
    /// The tar is whole: gives the disk its name.
    void commit();

  private:
    std::string m_path;
    std::uint64_t m_size;
    CancelToken m_cancel;
    CachedAppliance m_appliance;
    std::optional<disk::DiskWriter> m_writer;
};

} // namespace rootlayer::disk
