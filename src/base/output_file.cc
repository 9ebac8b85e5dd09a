#include "base/output_file.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/free_space.hh"
#include "base/system_error.hh"

namespace rootlayer {

namespace {

constexpr std::size_t kHole = std::size_t{64} << 10;
constexpr std::size_t kPage = 4096;

bool isZero(std::string_view bytes) {
    return bytes.front() == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

std::string directoryOf(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string hintFor(const std::string& path, int number) {
    if (number == ENOENT && ::access("/proc/self/fd", F_OK) != 0)
        return "mount /proc: mount -t proc proc /proc";
    if (number == ENOENT) return "make its directory first";
    if (number == ENOSPC || number == EDQUOT) return "free some space there, or choose another directory";
    if (number == EISDIR)
        return fmt::format("name a file, such as {}/FILE", path.substr(0, path.find_last_not_of('/') + 1));
    return "choose a directory that you can write";
}

/// Gives a file without a name this one; returns the error number, or 0.
int linkTo(int file, const std::string& path) {
    const auto self = fmt::format("/proc/self/fd/{}", file);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return 0;
    if (errno != ENOENT) return errno;
    // Without /proc only root may do it, and anyone from Linux 6.10 on.
    return ::linkat(file, "", AT_FDCWD, path.c_str(), AT_EMPTY_PATH) == 0 ? 0 : errno;
}

/// The descriptor that a name such as /dev/stdout or /dev/fd/63 refers to, else -1. Such a name must never be
/// replaced by a file, even if the descriptor is open on a regular file.
int descriptorNamed(const std::string& path) {
    constexpr std::array<std::string_view, 3> streams{"/dev/stdin", "/dev/stdout", "/dev/stderr"};
    const auto stream = std::find(streams.begin(), streams.end(), path);
    if (stream != streams.end()) return static_cast<int>(stream - streams.begin());
    for (const std::string_view directory : {"/dev/fd/", "/proc/self/fd/"}) {
        int number = -1;
        if (!path.starts_with(directory)) continue;
        const auto* last = path.data() + path.size();
        const auto [end, error] = std::from_chars(path.data() + directory.size(), last, number);
        if (error == std::errc() && end == last) return number;
    }
    return -1;
}

std::string temporaryName(const std::string& path) {
    static unsigned counter = 0;
    return fmt::format("{}.{}.{}.partial", path, ::getpid(),
                       __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED));
}

} // namespace

OutputFile::OutputFile(std::string path, std::string what)
    : m_path(std::move(path)), m_what(std::move(what)), m_directory(directoryOf(m_path)) {
    if (m_path.empty())
        throw Error(ErrorCode::Input,
                    fmt::format("{} is empty", m_what == "the output" ? "--output" : m_what), "name a file");
    if (m_path.back() == '/') refuse(EISDIR);
    if (const int given = descriptorNamed(m_path); given >= 0) {
        m_direct = true;
        m_fd = UniqueFd(::fcntl(given, F_DUPFD_CLOEXEC, 3));
        if (!m_fd) refuse(errno);
        return;
    }
    struct stat status {};
    if (::stat(m_path.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode)) refuse(EISDIR);
        m_direct = !S_ISREG(status.st_mode);
    }
    if (m_direct) {
        m_fd = UniqueFd(::open(m_path.c_str(), O_WRONLY | O_CLOEXEC));
    } else {
        openUnnamed();
    }
    if (!m_fd) refuse(errno);
}

void OutputFile::openUnnamed() {
    m_fd = UniqueFd(::open(m_directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
    if (m_fd || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return;
    m_temporary = temporaryName(m_path);
    m_fd = UniqueFd(::open(m_temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!m_fd) m_temporary.clear();
}

OutputFile::~OutputFile() {
    if (m_fd && !m_temporary.empty()) ::unlink(m_temporary.c_str());
}

std::string OutputFile::described() const {
    return fmt::format("{} {}", m_what, quote(m_path));
}

void OutputFile::refuse(int number) const {
    throw Error(number == ENOSPC || number == EDQUOT ? ErrorCode::Resource : ErrorCode::Input,
                fmt::format("cannot write {}: {}", described(), ::strerror(number)), hintFor(m_path, number));
}

void OutputFile::write(std::string_view bytes) {
    try {
        m_direct ? FdSink(m_fd.get(), described()).write(bytes) : writeSparse(bytes);
    } catch (Error& error) {
        if (error.code() == ErrorCode::Resource)
            error.addHint(fmt::format("free some space there, or name a file on another file system with {}",
                                      m_what == "the output" ? "--output" : m_what));
        throw;
    }
}

void OutputFile::writeSparse(std::string_view bytes) {
    while (!bytes.empty()) {
        std::size_t data = 0;
        std::size_t zeros = 0;
        while (data < bytes.size() && zeros == 0) {
            // Cut where a hole can begin. What is not written of a new file reads as zeros.
            const auto block = bytes.substr(data, kHole - (m_at + data) % kHole);
            (block.size() >= kPage && isZero(block) ? zeros : data) += block.size();
        }
        writeAt(m_fd.get(), bytes.substr(0, data), m_at, described());
        m_at += data + zeros;
        m_endsInHole = zeros > 0;
        bytes.remove_prefix(data + zeros);
    }
}

std::optional<std::uint64_t> OutputFile::room() const {
    return m_direct ? std::nullopt : freeSpace(m_fd.get());
}

void OutputFile::prepare() {
    if (m_endsInHole && ::ftruncate(m_fd.get(), static_cast<off_t>(m_at)) != 0) refuse(errno);
    m_endsInHole = false;
    if (m_direct || !m_temporary.empty()) return;
    m_temporary = temporaryName(m_path);
    if (const int number = linkTo(m_fd.get(), m_temporary); number != 0) {
        m_temporary.clear();
        refuse(number);
    }
}

void OutputFile::commit() {
    prepare();
    if (!m_direct) {
        if (::rename(m_temporary.c_str(), m_path.c_str()) != 0) refuse(errno);
        m_temporary.clear();
    }
    m_fd.reset();
}

} // namespace rootlayer
