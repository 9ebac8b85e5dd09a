#include "base/output_file.hh"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/system_error.hh"

namespace rootlayer {

namespace {

std::string folderOf(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

[[noreturn]] void refuse(const std::string& path, int number) {
    throw Error(number == ENOSPC ? ErrorCode::Resource : ErrorCode::Input,
                fmt::format("cannot write the output {}: {}", quote(path), ::strerror(number)),
                number == ENOENT ? "make its folder first" : "choose a folder that you can write");
}

std::string temporaryName(const std::string& path) {
    static unsigned counter = 0;
    return fmt::format("{}.{}.{}.partial", path, ::getpid(),
                       __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED));
}

} // namespace

OutputFile::OutputFile(std::string path) : m_path(std::move(path)), m_folder(folderOf(m_path)) {
    if (m_path.empty() || m_path.back() == '/') refuse(m_path, EISDIR);
    struct stat status {};
    if (::stat(m_path.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode)) refuse(m_path, EISDIR);
        m_direct = !S_ISREG(status.st_mode);
    }
    if (m_direct) {
        m_fd = UniqueFd(::open(m_path.c_str(), O_WRONLY | O_CLOEXEC));
    } else {
        openUnnamed();
    }
    if (!m_fd) refuse(m_path, errno);
}

void OutputFile::openUnnamed() {
    m_fd = UniqueFd(::open(m_folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
    if (m_fd || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return;
    m_temporary = temporaryName(m_path);
    m_fd = UniqueFd(::open(m_temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!m_fd) m_temporary.clear();
}

OutputFile::~OutputFile() {
    if (m_fd && !m_temporary.empty()) ::unlink(m_temporary.c_str());
}

void OutputFile::write(std::string_view bytes) {
    FdSink(m_fd.get(), fmt::format("the output {}", quote(m_path))).write(bytes);
}

void OutputFile::commit() {
    if (!m_direct) {
        if (m_temporary.empty()) {
            m_temporary = temporaryName(m_path);
            const auto self = fmt::format("/proc/self/fd/{}", m_fd.get());
            if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, m_temporary.c_str(), AT_SYMLINK_FOLLOW) != 0) {
                m_temporary.clear();
                refuse(m_path, errno);
            }
        }
        if (::rename(m_temporary.c_str(), m_path.c_str()) != 0) refuse(m_path, errno);
        m_temporary.clear();
    }
    m_fd.reset();
}

} // namespace rootlayer
