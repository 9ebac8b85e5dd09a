#include "guest-agent/script/watched_script.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fuse.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace rootlayer::guest {

namespace {

constexpr const char* kDevice = "/dev/fuse";
constexpr std::uint64_t kRoot = FUSE_ROOT_ID;
constexpr std::uint64_t kScript = 2;
constexpr std::uint64_t kPrograms = 3; // a directory to mount busybox on
constexpr std::uint64_t kForLong = 86400;
constexpr std::size_t kBuffer = 1 << 17;
constexpr std::uint32_t kMaxWrite = 4096;
// The kernel's flag for an open by execve(2): FMODE_EXEC.
constexpr std::uint32_t kToExecute = 0x20;
// Each read costs two process switches. After this many reads the script is no longer watched.
constexpr std::uint64_t kMaxReads = 2000;

template <typename Value>
void append(std::string& bytes, const Value& value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

struct Name {
    std::uint64_t node;
    std::uint32_t type; // d_type of readdir(3)
    std::string_view name;
};

constexpr std::array<Name, 4> kNames{
    {{kRoot, DT_DIR, "."}, {kRoot, DT_DIR, ".."}, {kScript, DT_REG, "script"}, {kPrograms, DT_DIR, "bin"}}};

} // namespace

struct WatchedScript::Request {
    fuse_in_header header;
    std::string_view body;

    /// The beginning of the body, padded with zeros if it is too short.
    template <typename Value>
    Value as() const {
        Value value{};
        std::memcpy(&value, body.data(), std::min(sizeof value, body.size()));
        return value;
    }
    std::string_view name() const { return body.substr(0, body.find('\0')); }
};

WatchedScript::WatchedScript(std::string_view script)
    : m_script(script), m_device(::open(kDevice, O_RDWR | O_NONBLOCK | O_CLOEXEC)),
      m_madeAt(std::time(nullptr)) {
    if (m_device) m_buffer.resize(kBuffer);
}

bool WatchedScript::mount(int device, const std::string& directory) {
    const auto options =
        fmt::format("fd={},rootmode=40755,user_id=0,group_id=0,allow_other,default_permissions", device);
    return ::mount("rootlayer", directory.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) == 0;
}

void WatchedScript::serve() {
    while (m_device) {
        const ssize_t got = ::read(m_device.get(), m_buffer.data(), m_buffer.size());
        if (got < 0 && (errno == EINTR || errno == ENOENT)) continue; // ENOENT: the request was interrupted
        if (got < 0 && errno == EAGAIN) return;
        if (got < static_cast<ssize_t>(sizeof(fuse_in_header))) return m_device.reset(); // unmounted
        Request request{{}, {}};
        std::memcpy(&request.header, m_buffer.data(), sizeof request.header);
        request.body = std::string_view(m_buffer).substr(
            sizeof request.header, static_cast<std::size_t>(got) - sizeof request.header);
        answer(request);
    }
}

void WatchedScript::answer(const Request& request) {
    switch (request.header.opcode) {
    case FUSE_INIT: {
        fuse_init_out init{};
        init.major = FUSE_KERNEL_VERSION;
        init.minor = 31;
        init.max_readahead = request.as<fuse_init_in>().max_readahead;
        init.max_write = kMaxWrite;
        init.time_gran = 1;
        return reply(request, {reinterpret_cast<const char*>(&init), sizeof init});
    }
    case FUSE_LOOKUP:
        return lookUp(request);
    case FUSE_GETATTR:
    case FUSE_SETATTR: { // attributes that a script sets are ignored
        fuse_attr_out out{};
        out.attr_valid = kForLong;
        std::string body(reinterpret_cast<const char*>(&out), offsetof(fuse_attr_out, attr));
        return reply(request, body + attributes(request.header.nodeid));
    }
    case FUSE_OPEN:
        return open(request);
    case FUSE_READ:
        return read(request);
    case FUSE_OPENDIR: {
        const fuse_open_out out{};
        return reply(request, {reinterpret_cast<const char*>(&out), sizeof out});
    }
    case FUSE_READDIR:
        return list(request);
    case FUSE_UNLINK:
        return remove(request);
    case FUSE_STATFS: {
        fuse_statfs_out out{};
        out.st.bsize = out.st.frsize = 4096;
        out.st.namelen = 255;
        return reply(request, {reinterpret_cast<const char*>(&out), sizeof out});
    }
    case FUSE_RELEASE:
        m_shellGone = m_shellGone || request.as<fuse_release_in>().fh == m_shell;
        return reply(request, {});
    case FUSE_RELEASEDIR:
    case FUSE_DESTROY:
        return reply(request, {});
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        return;
    case FUSE_MKNOD:
    case FUSE_MKDIR:
    case FUSE_SYMLINK:
    case FUSE_LINK:
    case FUSE_RENAME:
    case FUSE_RENAME2:
    case FUSE_RMDIR:
    case FUSE_CREATE:
    case FUSE_WRITE:
        return refuse(request, EROFS);
    default:
        return refuse(request, ENOSYS); // the kernel then does without, and does not ask again
    }
}

void WatchedScript::reply(const Request& request, std::string_view body) {
    fuse_out_header header{};
    header.len = static_cast<std::uint32_t>(sizeof header + body.size());
    header.unique = request.header.unique;
    const std::array<iovec, 2> parts{
        {{&header, sizeof header}, {const_cast<char*>(body.data()), body.size()}}};
    // The process that asked may be dead.
    [[maybe_unused]] const auto written = ::writev(m_device.get(), parts.data(), parts.size());
}

void WatchedScript::refuse(const Request& request, int error) {
    fuse_out_header header{};
    header.len = sizeof header;
    header.error = -error;
    header.unique = request.header.unique;
    const iovec part{&header, sizeof header};
    [[maybe_unused]] const auto written = ::writev(m_device.get(), &part, 1);
}

std::string WatchedScript::attributes(std::uint64_t node) const {
    fuse_attr attr{};
    attr.ino = node;
    attr.size = node == kScript ? m_script.size() : 0;
    attr.blocks = (attr.size + 511) / 512;
    attr.atime = attr.mtime = attr.ctime = static_cast<std::uint64_t>(m_madeAt);
    attr.mode = 0755 | (node == kScript ? S_IFREG : S_IFDIR);
    attr.nlink = node == kScript ? (m_removed ? 0 : 1) : 2;
    attr.blksize = 4096;
    return {reinterpret_cast<const char*>(&attr), sizeof attr};
}

void WatchedScript::lookUp(const Request& request) {
    const auto name = request.name();
    const auto known =
        std::find_if(kNames.begin() + 2, kNames.end(), [&](const Name& each) { return each.name == name; });
    if (request.header.nodeid != kRoot || known == kNames.end() || (known->node == kScript && m_removed))
        return refuse(request, ENOENT);
    fuse_entry_out entry{};
    entry.nodeid = known->node;
    entry.entry_valid = entry.attr_valid = kForLong;
    std::string body(reinterpret_cast<const char*>(&entry), offsetof(fuse_entry_out, attr));
    reply(request, body + attributes(known->node));
}

void WatchedScript::remove(const Request& request) {
    if (request.name() != "script" || m_removed) return refuse(request, EROFS);
    m_removed = true;
    reply(request, {});
}

void WatchedScript::open(const Request& request) {
    const auto flags = request.as<fuse_open_in>().flags;
    if ((flags & O_ACCMODE) != O_RDONLY) return refuse(request, EROFS);
    fuse_open_out out{};
    out.fh = ++m_opened;
    out.open_flags = FOPEN_NOFLUSH;
    // The shell was replaced, as by `exec bash "$0"`; the position of the new one is unknown.
    if (m_shellGone && (flags & kToExecute) == 0) m_end = 0;
    if (m_shell == 0 && (flags & kToExecute) == 0) {
        m_shell = out.fh;
        out.open_flags |= FOPEN_DIRECT_IO; // a read may be short
    }
    reply(request, {reinterpret_cast<const char*>(&out), sizeof out});
}

void WatchedScript::read(const Request& request) {
    const auto in = request.as<fuse_read_in>();
    auto bytes = m_script.substr(std::min<std::uint64_t>(in.offset, m_script.size()), in.size);
    if (in.fh == m_shell && ++m_reads <= kMaxReads) {
        bytes = bytes.substr(0, bytes.find('\n') == bytes.npos ? bytes.npos : bytes.find('\n') + 1);
        m_end = in.offset + bytes.size();
    }
    reply(request, bytes);
}

void WatchedScript::list(const Request& request) {
    const auto in = request.as<fuse_read_in>();
    std::string body;
    for (std::size_t at = in.offset; at < kNames.size(); ++at) {
        const auto& name = kNames[at];
        if (name.node == kScript && m_removed) continue;
        fuse_dirent entry{};
        entry.ino = name.node;
        entry.off = at + 1;
        entry.namelen = static_cast<std::uint32_t>(name.name.size());
        entry.type = name.type;
        std::string record(reinterpret_cast<const char*>(&entry), FUSE_NAME_OFFSET);
        record += name.name;
        record.resize(FUSE_DIRENT_ALIGN(record.size()));
        if (body.size() + record.size() > in.size) break;
        body += record;
    }
    reply(request, body);
}

std::uint64_t WatchedScript::line() const {
    if (m_end == 0 || m_reads > kMaxReads) return 0;
    const auto done = m_script.substr(0, m_end);
    const auto ends = std::count(done.begin(), done.end(), '\n');
    return static_cast<std::uint64_t>(ends) + (done.empty() || done.back() == '\n' ? 0 : 1);
}

} // namespace rootlayer::guest
