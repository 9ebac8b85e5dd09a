#include "tree.hh"

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.hh"
#include "base/unique_fd.hh"
#include "guest-agent/pack/layer_packer.hh"
#include "layer/tar_validator.hh"

namespace rootlayer::guest {

Tree::Tree(std::string path) : m_path(std::move(path)) {
    REQUIRE(::mkdir(m_path.c_str(), 0755) == 0);
}

Tree& Tree::time(const std::string& name, std::int64_t seconds, long nanoseconds) {
    const std::array<timespec, 2> times{timespec{seconds, nanoseconds}, timespec{seconds, nanoseconds}};
    REQUIRE(::utimensat(AT_FDCWD, at(name).c_str(), times.data(), AT_SYMLINK_NOFOLLOW) == 0);
    return *this;
}

Tree& Tree::directory(const std::string& name, unsigned mode) {
    REQUIRE(::mkdir(at(name).c_str(), 0700) == 0);
    REQUIRE(::chmod(at(name).c_str(), mode) == 0);
    return time(name, kTreeTime);
}

Tree& Tree::file(const std::string& name, const std::string& content, unsigned mode) {
    writeFile(at(name), content);
    REQUIRE(::chmod(at(name).c_str(), mode) == 0);
    return time(name, kTreeTime);
}

Tree& Tree::symlink(const std::string& name, const std::string& target) {
    REQUIRE(::symlink(target.c_str(), at(name).c_str()) == 0);
    return time(name, kTreeTime);
}

Tree& Tree::link(const std::string& name, const std::string& existing) {
    REQUIRE(::linkat(AT_FDCWD, at(existing).c_str(), AT_FDCWD, at(name).c_str(), 0) == 0);
    return *this;
}

Tree& Tree::fifo(const std::string& name) {
    REQUIRE(::mkfifo(at(name).c_str(), 0644) == 0);
    return time(name, kTreeTime);
}

Tree& Tree::socket(const std::string& name) {
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(at(name).size() < sizeof address.sun_path);
    std::strcpy(address.sun_path, at(name).c_str());
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return *this;
}

Tree& Tree::device(const std::string& name, unsigned major, unsigned minor) {
    REQUIRE(::mknod(at(name).c_str(), S_IFCHR | 0600, makedev(major, minor)) == 0);
    return time(name, kTreeTime);
}

Tree& Tree::xattr(const std::string& name, const std::string& key, const std::string& value) {
    REQUIRE(::lsetxattr(at(name).c_str(), key.c_str(), value.data(), value.size(), 0) == 0);
    return *this;
}

Trees::Trees() : directory("/tmp"), lower(directory.file("lower")), upper(directory.file("upper")) {}

std::string Trees::tar(const PackTimes& times) {
    const auto open = [](const Tree& tree) {
        return UniqueFd(::open(tree.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    };
    StringSink sink;
    layer::TarWriter writer(sink);
    losses = packLayer(open(upper).get(), open(lower).get(), times, writer,
                       {[&](std::string_view text) { warnings.emplace_back(text); }, [] {}});
    writer.finish();
    CHECK(writer.bytes() == sink.bytes().size());
    return sink.take();
}

std::vector<layer::Entry> Trees::entries(const PackTimes& times) {
    return entriesOf(tar(times));
}

std::vector<std::string> Trees::paths(const PackTimes& times) {
    return pathsOf(entries(times));
}

std::vector<layer::Entry> entriesOf(const std::string& tar) {
    std::vector<layer::Entry> entries;
    layer::TarValidator validator({}, [&](const layer::Entry& entry) { entries.push_back(entry); });
    validator.write(tar);
    validator.finish();
    return entries;
}

std::vector<std::string> pathsOf(const std::vector<layer::Entry>& entries) {
    std::vector<std::string> paths;
    for (const auto& entry : entries)
        paths.push_back(entry.path);
    return paths;
}

bool canActAsRoot() {
    static const bool able = [] {
        const TempDir directory("/tmp");
        const auto node = directory.file("node");
        return ::mknod(node.c_str(), S_IFCHR | 0600, makedev(0, 0)) == 0 &&
               ::setxattr(directory.path().c_str(), "trusted.overlay.opaque", "y", 1, 0) == 0;
    }();
    if (!able) WARN("needs root: device nodes and trusted attributes cannot be made here");
    return able;
}

} // namespace rootlayer::guest
