#include "vm/libvirt/embed_root.hh"

#include <cstdint>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "vm/capability_file.hh"

namespace rootlayer::vm {

namespace fs = std::filesystem;

namespace {

/// A socket's path has at most 107 bytes, and libvirt appends
/// "/lib/qemu/domain-N-rootlayer-.../monitor.sock".
constexpr std::size_t kMaxRootLength = 54;
constexpr std::uint64_t kMaxCapabilities = std::uint64_t{8} << 20;

/// Calls `copy` with the path, and the name, of each XML file in a directory.
template <typename Copy>
void eachXml(const std::string& directory, const Copy& copy) {
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(directory, missing)) {
        if (entry.path().extension() == ".xml") copy(entry.path().string(), entry.path().filename().string());
    }
}

/// RFC 3986: everything but the unreserved characters and the slash.
std::string percentEncoded(const std::string& text) {
    std::string result;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '/' || c == '-' || c == '_' || c == '.' || c == '~';
        result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return result;
}

} // namespace

EmbedRoot::EmbedRoot(const std::string& parent, std::string cache)
    : m_directory(parent), m_cache(std::move(cache)) {
    if (path().size() > kMaxRootLength) {
        throw Error(ErrorCode::Input,
                    fmt::format("the path of the directory {} is too long for sockets", quote(path())),
                    "set XDG_RUNTIME_DIR or TMPDIR to a directory with a shorter path");
    }
    configure();
    loadCapabilities();
}

void EmbedRoot::configure() const {
    makeDirectories(m_directory.file("etc"));
    // QEMU runs as the caller, even if that is root, and reads the caller's files; libvirt does not change
    // their owner. See also StarterConfinement. No virtlogd, no cgroups, no mount namespace: they need a
    // daemon or leave traces.
    writeFile(m_directory.file("etc/qemu.conf"), fmt::format("stdio_handler = \"file\"\n"
                                                             "user = \"+{}\"\n"
                                                             "group = \"+{}\"\n"
                                                             "dynamic_ownership = 0\n"
                                                             "remember_owner = 0\n"
                                                             "security_driver = \"none\"\n"
                                                             "seccomp_sandbox = 1\n"
                                                             "clear_emulator_capabilities = 1\n"
                                                             "namespaces = [ ]\n"
                                                             "cgroup_controllers = [ ]\n",
                                                             ::geteuid(), ::getegid()));
}

void EmbedRoot::loadCapabilities() const {
    makeDirectories(capabilities());
    if (m_cache.empty()) return;
    eachXml(m_cache, [&](const std::string& path, const std::string& name) {
        if (const auto xml = readCapabilityFile(path)) writeFile(capabilities() + "/" + name, *xml);
    });
}

void EmbedRoot::saveCapabilities() const {
    if (m_cache.empty()) return;
    makeDirectories(m_cache);
    eachXml(capabilities(), [&](const std::string& path, const std::string& name) {
        writeCapabilityFile(m_cache + "/" + name, readFile(path, "capabilities of QEMU", kMaxCapabilities));
    });
}

std::string EmbedRoot::uri() const {
    return "qemu:///embed?root=" + percentEncoded(path());
}

} // namespace rootlayer::vm
