#include "disk/disk_writer.hh"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer::disk {

namespace {

[[noreturn]] void refuse(const std::string& path, int number) {
    throw Error(number == ENOSPC ? ErrorCode::Resource : ErrorCode::Input,
                fmt::format("cannot write the disk {}: {}", quote(path), ::strerror(number)),
                number == ENOENT ? "create its directory first" : "choose a directory that you can write");
}

std::string directoryOf(const std::string& path) {
    return std::filesystem::absolute(path).parent_path().lexically_normal().string();
}

} // namespace

void DiskWriter::checkPlace(const std::string& path) {
    if (path.empty() || path.back() == '/') refuse(path, EISDIR);
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode)) refuse(path, EISDIR);
        if (!S_ISREG(status.st_mode)) {
            throw Error(ErrorCode::Input, fmt::format("{} is not a regular file", quote(path)),
                        "use a file; it can be copied to a device with dd");
        }
    }
    if (::access(directoryOf(path).c_str(), W_OK | X_OK) != 0) refuse(path, errno);
}

DiskWriter::DiskWriter(const std::string& path, const Shape& shape, const Appliance& appliance,
                       const CancelToken& cancel)
    : m_path(path),
      m_guestfish("the new disk " + quote(path), {appliance.environment(), directoryOf(path), cancel}),
      m_disk(m_guestfish.file("disk")) {
    const auto disk = Guestfish::word(m_disk);
    m_guestfish.ask(fmt::format("disk-create {} {} {}", disk, name(shape.format), shape.size));
    m_guestfish.ask(fmt::format("add-drive {} format:{}", disk, name(shape.format)));
    m_guestfish.ask("run");
    m_guestfish.ask(fmt::format("mke2fs /dev/sda fstype:ext4 numberofinodes:{}", shape.inodes));
    m_guestfish.ask("mount /dev/sda /");
    m_guestfish.tell(fmt::format("tar-in {} / xattrs:true acls:true", m_guestfish.inputName()));
}

void DiskWriter::commit() {
    m_guestfish.endInput();
    m_guestfish.ask("umount-all");
    m_guestfish.ask("shutdown");
    // Before finish(): guestfish's directory is removed.
    if (::rename(m_disk.c_str(), m_path.c_str()) != 0) refuse(m_path, errno);
    m_guestfish.finish();
}

} // namespace rootlayer::disk
