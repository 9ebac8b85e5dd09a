#include "disk/disk_reader.hh"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <utility>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/process.hh"

namespace rootlayer::disk {

namespace {

using Pair = std::pair<std::string, std::string>;

/// Parses guestfish's tables, lines of "KEY: VALUE".
std::vector<Pair> pairsIn(const std::vector<std::string>& lines) {
    std::vector<Pair> pairs;
    for (const auto& line : lines) {
        const auto colon = line.rfind(": ");
        if (colon != std::string::npos) pairs.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    return pairs;
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names)
        text += (text.empty() ? "" : ", ") + escaped(name);
    return text;
}

/// QEMU reads the missing end of a truncated qcow2 as zeros, so check the disk first.
void checkWhole(const std::string& what, const std::string& path, const CancelToken& cancel) {
    constexpr auto longest = std::chrono::minutes(10);
    constexpr int leaks = 3;
    if (!findProgram("qemu-img")) {
        throw Error(ErrorCode::System, "qemu-img is not installed, which checks qcow2 disks",
                    "apt-get install qemu-utils");
    }
    const auto checked =
        runCommand({.argv = {"env", "LC_ALL=C", "qemu-img", "check", "-f", "qcow2", "-q", path}},
                   Deadline::after(longest), &cancel);
    if (checked.status.success() || checked.status.code == leaks) return;
    constexpr std::size_t most = 1000;
    const auto said = checked.err + checked.out;
    throw Error(said.find("lock") != std::string::npos ? ErrorCode::Input : ErrorCode::Image,
                fmt::format("{} is damaged, cut off or in use: {}", what, escaped(said.substr(0, most))),
                "run qemu-img check to see what is wrong with it; the disk of a running VM cannot be read");
}

} // namespace

DiskReader::DiskReader(const std::string& path, const Appliance& appliance,
                       const std::string& temporaryDirectory, const CancelToken& cancel)
    : m_what("the disk " + quote(path)), m_path(path), m_format(checkedDiskFormat(path)),
      m_guestfish(m_what, {appliance.environment(), temporaryDirectory, cancel}) {
    // Use a name of our own: libguestfs could take the user's for a URI.
    const auto link = m_guestfish.file("disk");
    std::filesystem::create_symlink(std::filesystem::absolute(path), link);
    if (m_format == DiskFormat::Qcow2) checkWhole(m_what, link, cancel);
    m_guestfish.ask(
        fmt::format("add-drive {} readonly:true format:{}", Guestfish::word(link), name(m_format)));
    m_guestfish.ask("run");
    mountRoot();
}

void DiskReader::mountRoot() {
    const auto roots = m_guestfish.ask("inspect-os");
    if (roots.size() > 1) {
        throw Error(ErrorCode::Image,
                    fmt::format("{} has {} operating systems, on {}", m_what, roots.size(), listed(roots)),
                    "create a tar of the one that you want and use tar:FILE");
    }
    roots.empty() ? mountOnly() : mountSystem(roots.front());
}

void DiskReader::mountSystem(const std::string& root) {
    auto mounts = pairsIn(m_guestfish.ask("inspect-get-mountpoints " + Guestfish::word(root)));
    // Mount points before those below them.
    std::stable_sort(mounts.begin(), mounts.end(), [](const Pair& one, const Pair& other) {
        return one.first.size() < other.first.size();
    });
    for (const auto& [point, device] : mounts) {
        try {
            m_guestfish.ask(fmt::format("mount-ro {} {}", Guestfish::word(device), Guestfish::word(point)));
        } catch (Error& error) {
            error.addContext(
                fmt::format("the system on {} mounts {} on {}", m_what, escaped(device), quote(point)));
            error.addHint("create a tar of what can be mounted and use tar:FILE");
            throw;
        }
        m_mountPoints.push_back(point);
    }
}

void DiskReader::mountOnly() {
    std::vector<std::string> mountable;
    for (const auto& [device, type] : pairsIn(m_guestfish.ask("list-filesystems"))) {
        if (type != "swap" && type != "unknown") mountable.push_back(device);
    }
    if (mountable.empty()) {
        throw Error(ErrorCode::Image, m_what + " has no operating system and no file system",
                    "run virt-filesystems -l -a DISK to see what is on it");
    }
    if (mountable.size() > 1) {
        throw Error(ErrorCode::Image,
                    fmt::format("{} has no operating system, and several file systems: {}", m_what,
                                listed(mountable)),
                    "create a tar of the one that you want and use tar:FILE");
    }
    m_guestfish.ask(fmt::format("mount-ro {} /", Guestfish::word(mountable.front())));
    m_mountPoints.emplace_back("/");
}

std::size_t DiskReader::read(std::span<char> buffer) {
    if (!m_reading) m_guestfish.tellLast("tar-out / - numericowner:true xattrs:true acls:true");
    m_reading = true;
    return m_guestfish.read(buffer);
}

} // namespace rootlayer::disk
