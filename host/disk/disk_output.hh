#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <rootlayer/event.hh>
#include <rootlayer/settings.hh>

#include "disk/appliance_cache.hh"
#include "disk/disk_writer.hh"
#include "store/flat_tree.hh"

namespace rootlayer::disk {

/// Writes a canonical tar as a VM disk with one ext4 file system; qcow2 if the name ends in ".qcow2", else
/// raw.
class DiskOutput final : public Sink {
  public:
    /// `size` is in bytes; 0: what the tree needs plus some free space. Throws Error{Input} if `path` cannot
    /// be written, Error{System} if libguestfs is missing.
    DiskOutput(std::string path, std::uint64_t size, const Settings& settings, Observer& observer,
               const CancelToken& cancel);

    /// Creates the file system for a tree of this extent. Call before write().
    void begin(const store::TreeExtent& extent);
    void write(std::string_view bytes) override { m_writer->write(bytes); }
    /// Ends the tar and gives the disk its name.
    void commit();

  private:
    std::string m_path;
    std::uint64_t m_size;
    CancelToken m_cancel;
    CachedAppliance m_appliance;
    std::optional<disk::DiskWriter> m_writer;
};

} // namespace rootlayer::disk
