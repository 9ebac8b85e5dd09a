#include "vm/qemu/qemu_files.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/stream.hh"
#include "base/system_error.hh"
#include "vm/devices.hh"
#include "vm/vmdk_descriptor.hh"

namespace rootlayer::vm {

namespace {

UniqueFd openFile(const std::string& path, int flags, const char* what) {
    UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
    if (!fd) throw systemError(fmt::format("cannot open the {} {}", what, quote(path)));
    return fd;
}

/// A copy in memory that every user can read.
UniqueFd copyOf(int fd, const char* what) {
    UniqueFd duplicate(::memfd_create("rootlayer-copy", MFD_CLOEXEC));
    if (!duplicate) throw systemError(fmt::format("cannot copy the {}", what));
    FdSource source(fd, what);
    FdSink sink(duplicate.get(), what);
    rootlayer::copy(source, sink);
    ::fchmod(duplicate.get(), 0444);
    return duplicate;
}

} // namespace

QemuFiles::QemuFiles(const MachineSpec& spec, const std::string& memoryFile, StartMode beginning,
                     bool forOtherUser)
    : m_forOtherUser(forOtherUser), m_kernel(openable(spec.kernel, "kernel")),
      m_initramfs(openable(spec.initramfs, "initramfs")), m_memory(memoryFile) {
    if (beginning == StartMode::Boot && forOtherUser) {
        m_opened.push_back(openFile(memoryFile, O_RDWR, "machine's memory"));
        m_memory = fmt::format("/proc/self/fd/{}", m_opened.back().get());
    }
    const auto console = devicesOf(spec).consoleFile;
    m_sets.push_back(
        {kConsoleSet, openFile(console, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, "console's file")});
    if (beginning == StartMode::Cold || beginning == StartMode::Restore) {
        for (auto& set : layerSets(spec.layers, kLayersSet))
            m_sets.push_back(std::move(set));
    } else if (!spec.layers.empty()) {
        m_sets.push_back({kLayersSet, openExtent(spec.layers[0])});
    }
    m_sets.push_back({kScratchSet, openFile(spec.scratch, O_RDWR, "scratch disk")});
    m_sets.push_back({kScratchSet, openFile(spec.scratch, O_RDONLY, "scratch disk")});
}

/// The path itself, or one that another user can open.
std::string QemuFiles::openable(const std::string& path, const char* what) {
    if (!m_forOtherUser) return path;
    auto fd = openInput(path, what);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) throw systemError(fmt::format("cannot read the {}", what));
    if ((status.st_mode & S_IROTH) == 0) fd = copyOf(fd.get(), what);
    m_opened.push_back(std::move(fd));
    return fmt::format("/proc/self/fd/{}", m_opened.back().get());
}

QemuPlaces QemuFiles::places() const {
    QemuPlaces places;
    places.kernel = m_kernel;
    places.initramfs = m_initramfs;
    places.memoryFile = m_memory;
    places.console = fdSetPath(kConsoleSet);
    places.disks = {fdSetPath(kLayersSet), fdSetPath(kScratchSet)};
    for (const auto& set : m_sets)
        places.sets.emplace_back(set.number, set.fd.get());
    return places;
}

std::vector<int> QemuFiles::descriptors() const {
    std::vector<int> all;
    for (const auto& fd : m_opened)
        all.push_back(fd.get());
    for (const auto& set : m_sets)
        all.push_back(set.fd.get());
    return all;
}

} // namespace rootlayer::vm
