#include <rootlayer/settings.hh>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <pwd.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/private_dir.hh"
#include "base/units.hh"

namespace rootlayer {

namespace fs = std::filesystem;

namespace {

constexpr const char* kOtherCache = "choose another directory with --cache-dir or ROOTLAYER_CACHE_DIR";

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// The variable if it is an absolute path, else empty: XDG requires relative paths to be ignored.
std::string absoluteVariable(const char* name) {
    auto value = variable(name);
    return value.starts_with('/') ? value : "";
}

/// The default directory of the cache.
struct DefaultCache {
    std::string directory;
    std::string fault; ///< why it is not in the home directory; empty if it is, or was chosen by a variable
};

bool writable(const fs::path& path) {
    return ::access(path.c_str(), W_OK | X_OK) == 0;
}

/// Why the cache cannot be in this home directory; empty if it can.
std::string faultOf(const std::string& home, const std::string& name) {
    std::error_code failed;
    if (home.empty()) return name + " is not set";
    const auto named = fmt::format("{} ({})", name, quote(home));
    if (!fs::is_directory(home, failed)) return named + " is not a directory";
    if (fs::equivalent(home, "/", failed)) return named + " is the root directory";
    // Check the deepest existing part of the cache's path: it may be on another file system than the home
    // directory.
    auto nearest = fs::path(home) / ".cache" / "rootlayer";
    while (!fs::exists(nearest, failed))
        nearest = nearest.parent_path();
    return writable(nearest) ? "" : named + " cannot be written";
}

/// The home directory of the user's account, or "".
std::string homeOfAccount() {
#ifdef ROOTLAYER_STATIC
    // With getpwuid(3) the C library would load plugins of the host, which a static program cannot.
    const std::unique_ptr<FILE, int (*)(FILE*)> users(std::fopen("/etc/passwd", "re"), &std::fclose);
    if (!users) return {};
    while (const passwd* user = ::fgetpwent(users.get())) {
        if (user->pw_uid == ::getuid()) return user->pw_dir;
    }
    return {};
#else
    const passwd* user = ::getpwuid(::getuid());
    return user != nullptr && user->pw_dir != nullptr ? user->pw_dir : "";
#endif
}

DefaultCache defaultCache(const std::string& temporaryDirectory) {
    // Like --cache-dir, a relative path is relative to the current directory.
    if (auto own = variable("ROOTLAYER_CACHE_DIR"); !own.empty()) return {fs::absolute(own).string(), ""};
    if (auto xdg = absoluteVariable("XDG_CACHE_HOME"); !xdg.empty()) return {xdg + "/rootlayer", ""};
    auto home = absoluteVariable("HOME");
    std::string name = "HOME";
    if (home.empty()) {
        home = homeOfAccount();
        if (!home.empty()) name = "the home directory";
    }
    const auto fault = faultOf(home, name);
    if (fault.empty()) return {home + "/.cache/rootlayer", ""};
    return {fmt::format("{}/rootlayer-cache-{}", temporaryDirectory, ::geteuid()), fault};
}

/// `wanted` if it is usable, else "/tmp". libvirt creates sockets deep below it, whose paths are limited to
/// 107 bytes.
std::string shortDirectory(const std::string& wanted) {
    constexpr std::size_t most = 38;
    const bool usable =
        !wanted.empty() && wanted.size() <= most && ::access(wanted.c_str(), W_OK | X_OK) == 0;
    return usable ? wanted : "/tmp";
}

} // namespace

Settings Settings::fromEnvironment(const std::string& cacheDirectory) {
    Settings settings;
    // Not XDG_RUNTIME_DIR, which is in memory on most systems: the scratch disk is here.
    settings.temporaryDirectory = absoluteVariable("TMPDIR");
    if (settings.temporaryDirectory.empty()) settings.temporaryDirectory = "/var/tmp";
    settings.cacheDirectory = cacheDirectory;
    if (cacheDirectory.empty()) {
        const auto chosen = defaultCache(settings.temporaryDirectory);
        settings.cacheDirectory = chosen.directory;
        if (!chosen.fault.empty()) {
            makePrivateDir(chosen.directory, kOtherCache);
            settings.cacheNotice = fmt::format("{}, so the cache is in {}; {}", chosen.fault,
                                               quote(chosen.directory), kOtherCache);
        }
    }
    settings.runtimeDirectory = shortDirectory(absoluteVariable("XDG_RUNTIME_DIR"));
    const auto limit = variable("ROOTLAYER_CACHE_LIMIT");
    if (!limit.empty()) settings.cacheLimit = parseSize(limit, "ROOTLAYER_CACHE_LIMIT");
    settings.connectUri = variable("ROOTLAYER_CONNECT");
    if (auto qemu = variable("ROOTLAYER_QEMU"); !qemu.empty()) settings.qemu = fs::absolute(qemu).string();
    settings.kernel = variable("ROOTLAYER_KERNEL");
    settings.modules = variable("ROOTLAYER_MODULES");
    settings.busybox = variable("ROOTLAYER_BUSYBOX");
    settings.guest = variable("ROOTLAYER_GUEST");
    return settings;
}

} // namespace rootlayer
