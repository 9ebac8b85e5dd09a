#include "base/file.hh"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/system_error.hh"

namespace rootlayer {

UniqueFd openInput(const std::string& path, std::string_view what) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        const int number = errno;
        throw Error(ErrorCode::Input,
                    fmt::format("cannot open the {} {}: {}", what, quote(path), ::strerror(number)),
                    number == ENOENT   ? "check the path"
                    : number == EACCES ? "make it readable for the user who runs rootlayer"
                                       : "");
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) throw systemError(fmt::format("cannot look at {}", quote(path)));
    if (S_ISDIR(status.st_mode)) {
        throw Error(ErrorCode::Input, fmt::format("the {} {} is a directory", what, quote(path)),
                    "give a file");
    }
    return fd;
}

FileSource::FileSource(const std::string& path, std::string_view what)
    : m_fd(openInput(path, what)), m_source(m_fd.get(), fmt::format("the {} {}", what, quote(path))) {}

std::string readFile(const std::string& path, std::string_view what, std::uint64_t limit) {
    FileSource source(path, what);
    return readAll(source, limit, fmt::format("the {} {}", what, quote(path)));
}

void writeFile(const std::string& path, std::string_view bytes) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd) throw systemError(fmt::format("cannot make {}", quote(path)));
    FdSink(fd.get(), quote(path)).write(bytes);
}

std::uint64_t fileSize(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) throw systemError("cannot look at a file");
    return S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void writeAt(int fd, std::string_view bytes, std::uint64_t offset, std::string_view what) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0) {
            if (errno == EINTR) continue;
            throw systemError(fmt::format("cannot write {}", what));
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
}

} // namespace rootlayer
