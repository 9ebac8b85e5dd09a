#include "disk/disk_output.hh"

#include <cstdint>
#include <utility>

namespace rootlayer::disk {

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kInode = 256;
constexpr std::uint64_t kFreeInodes = 4096;
constexpr std::uint64_t kRoom = 96 * kMiB; // the journal and some free space

const std::string& checked(const std::string& path) {
    disk::DiskWriter::checkPlace(path);
    return path;
}

std::uint64_t inodesFor(const store::TreeExtent& extent) {
    return extent.names + extent.names / 8 + kFreeInodes;
}

/// Partitioning tools prefer whole MiB.
std::uint64_t inWholeMib(std::uint64_t bytes) {
    return (bytes + kMiB - 1) / kMiB * kMiB;
}

/// An eighth more than needed: ext4 reserves 5% for root and needs space for its own tables.
std::uint64_t sizeFor(const store::TreeExtent& extent) {
    const auto needed = extent.bytes + inodesFor(extent) * kInode;
    const auto size = needed + needed / 8 + kRoom;
    return inWholeMib(size);
}

} // namespace

DiskOutput::DiskOutput(std::string path, std::uint64_t size, const Settings& settings, Observer& observer,
                       const CancelToken& cancel)
    : m_path(std::move(path)), m_size(size), m_cancel(cancel),
      m_appliance((checked(m_path), cachedAppliance(settings, &observer, cancel))) {}

void DiskOutput::begin(const store::TreeExtent& extent) {
    const disk::DiskWriter::Shape shape{
        m_path.ends_with(".qcow2") ? disk::DiskFormat::Qcow2 : disk::DiskFormat::Raw,
        m_size != 0 ? inWholeMib(m_size) : sizeFor(extent), inodesFor(extent)};
    m_writer.emplace(m_path, shape, m_appliance.appliance, m_cancel);
}

void DiskOutput::commit() {
    m_writer->commit();
}

} // namespace rootlayer::disk
