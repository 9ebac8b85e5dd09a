#include "builder/host_files.hh"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <tuple>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer::builder {

namespace {

constexpr std::size_t kPiece = std::size_t{256} * 1024;
constexpr std::size_t kMostNames = 1000; // in one message

} // namespace

HostFiles::Stamp HostFiles::Stamp::of(const struct stat& status) {
    return {status.st_dev, status.st_ino, status.st_size, status.st_mtim, status.st_ctim};
}

bool HostFiles::Stamp::operator==(const Stamp& other) const {
    const auto parts = [](const Stamp& stamp) {
        return std::tuple(stamp.device, stamp.inode, stamp.size, stamp.modified.tv_sec,
                          stamp.modified.tv_nsec, stamp.changed.tv_sec, stamp.changed.tv_nsec);
    };
    return parts(*this) == parts(other);
}

HostFiles::HostFiles(CancelToken cancel)
    : m_cancel(std::move(cancel)), m_piece(std::make_unique<char[]>(kPiece)) {}

void HostFiles::addSource(UniqueFd fd, std::string name) {
    m_sources.push_back({std::move(fd), std::move(name)});
}

void HostFiles::addDirectory(std::string path) {
    m_directories.push_back({m_sources.size() - 1, std::move(path)});
}

std::uint64_t HostFiles::add(std::string name, const struct stat& status) {
    m_files.push_back({m_directories.size() - 1, std::move(name), Stamp::of(status)});
    return m_files.size() - 1;
}

void HostFiles::requireReadable() const {
    if (m_unreadable.empty()) return;
    std::string names;
    for (std::size_t i = 0; i < std::min(m_unreadable.size(), kMostNames); ++i)
        names += (i == 0 ? "" : ", ") + quote(m_unreadable[i]);
    if (m_unreadable.size() > kMostNames)
        names += fmt::format(" and {} more", m_unreadable.size() - kMostNames);
    throw Error(ErrorCode::Input,
                m_unreadable.size() == 1
                    ? fmt::format("{} of the contents cannot be read", names)
                    : fmt::format("{} files of the contents cannot be read: {}", m_unreadable.size(), names),
                "run as a user who can read them, or leave them out");
}

void HostFiles::copy(std::uint64_t file, Sink& out) {
    const auto& wanted = m_files.at(file);
    const UniqueFd fd = open(wanted);
    requireSame(wanted, fd.get());
    for (auto missing = static_cast<std::size_t>(wanted.stamp.size); missing > 0;) {
        m_cancel.check();
        const ssize_t got = ::read(fd.get(), m_piece.get(), std::min(missing, kPiece));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            throw Error(ErrorCode::Input,
                        fmt::format("{} cannot be read: {}", nameOf(wanted), ::strerror(errno)));
        }
        if (got == 0) changed(wanted);
        out.write({m_piece.get(), static_cast<std::size_t>(got)});
        missing -= static_cast<std::size_t>(got);
    }
    if (wanted.stamp.size > 0) requireSame(wanted, fd.get());
}

UniqueFd HostFiles::open(const File& file) {
    // Without waiting: it may have become a pipe.
    UniqueFd fd(::openat(directoryOf(file), file.name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (fd) return fd;
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) changed(file);
    throw Error(ErrorCode::Input, fmt::format("{} cannot be read: {}", nameOf(file), ::strerror(errno)));
}

int HostFiles::directoryOf(const File& file) {
    const auto& directory = m_directories[file.directory];
    const auto& source = m_sources[directory.source].fd;
    const int from = source ? source.get() : AT_FDCWD;
    if (directory.path.empty()) return from;
    if (m_openNumber == file.directory) return m_open.get();
    m_openNumber = SIZE_MAX;
    m_open = UniqueFd(::openat(from, directory.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!m_open) changed(file);
    m_openNumber = file.directory;
    return m_open.get();
}

void HostFiles::requireSame(const File& file, int fd) const {
    struct stat status {};
    if (::fstat(fd, &status) != 0 || !(Stamp::of(status) == file.stamp)) changed(file);
}

std::string HostFiles::nameOf(const File& file) const {
    const auto& directory = m_directories[file.directory];
    const auto& source = m_sources[directory.source];
    if (!source.fd) return quote(file.name);
    std::string path = source.name;
    for (const auto& part : {directory.path, file.name}) {
        if (!path.ends_with('/') && !part.empty()) path += '/';
        path += part;
    }
    return quote(path);
}

void HostFiles::changed(const File& file) const {
    throw Error(ErrorCode::Input, fmt::format("{} changed while it was read", nameOf(file)),
                "stop all writers to it and try again, or use a copy");
}

} // namespace rootlayer::builder
