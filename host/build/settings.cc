#include <rootlayer/settings.hh>

#include <cstdlib>
#include <pwd.h>
#include <string_view>
#include <unistd.h>

#include "base/units.hh"

namespace rootlayer {

namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// XDG: a relative path in these variables is to be ignored.
std::string absoluteVariable(const char* name) {
    auto value = variable(name);
    return value.starts_with('/') ? value : "";
}

std::string homeFolder() {
    auto home = absoluteVariable("HOME");
    if (!home.empty()) return home;
    const passwd* user = ::getpwuid(::getuid());
    return user != nullptr && user->pw_dir != nullptr ? user->pw_dir : "/";
}

std::string defaultCacheFolder() {
    auto own = absoluteVariable("ROOTLAYER_CACHE_DIR");
    if (!own.empty()) return own;
    auto base = absoluteVariable("XDG_CACHE_HOME");
    if (base.empty()) base = homeFolder() + "/.cache";
    return base + "/rootlayer";
}

/// libvirt makes sockets deep in it, and their paths have 107 bytes at the most.
std::string shortFolder(const std::string& wanted) {
    constexpr std::size_t most = 38;
    const bool usable =
        !wanted.empty() && wanted.size() <= most && ::access(wanted.c_str(), W_OK | X_OK) == 0;
    return usable ? wanted : "/tmp";
}

} // namespace

Settings Settings::fromEnvironment() {
    Settings settings;
    settings.cacheFolder = defaultCacheFolder();
    // Not XDG_RUNTIME_DIR: the scratch disk lives here, and that is memory on most systems.
    settings.temporaryFolder = absoluteVariable("TMPDIR");
    if (settings.temporaryFolder.empty()) settings.temporaryFolder = "/var/tmp";
    settings.runtimeFolder = shortFolder(absoluteVariable("XDG_RUNTIME_DIR"));
    const auto limit = variable("ROOTLAYER_CACHE_LIMIT");
    if (!limit.empty()) settings.cacheLimit = parseSize(limit, "ROOTLAYER_CACHE_LIMIT");
    settings.connectUri = variable("ROOTLAYER_CONNECT");
    settings.kernel = variable("ROOTLAYER_KERNEL");
    settings.modules = variable("ROOTLAYER_MODULES");
    settings.busybox = variable("ROOTLAYER_BUSYBOX");
    return settings;
}

} // namespace rootlayer
