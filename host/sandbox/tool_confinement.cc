#include "sandbox/tool_confinement.hh"

#include <filesystem>

namespace rootlayer::sandbox {

namespace {

/// Programs, libraries and data of packages.
constexpr const char* kPrograms[] = {"/usr",   "/bin",    "/sbin",      "/lib",      "/lib32",
                                     "/lib64", "/libx32", "/nix/store", "/gnu/store"};

/// What the dynamic linker and the C library read, and what other libraries look for.
constexpr const char* kSettings[] = {"/etc/ld.so.cache",     "/etc/ld.so.preload",  "/etc/localtime",
                                     "/etc/alternatives",    "/etc/gnutls",         "/etc/ssl/openssl.cnf",
                                     "/etc/crypto-policies", "/sys/devices/system", "/proc/filesystems",
                                     "/proc/cpuinfo",        "/proc/meminfo"};

constexpr const char* kRead[] = {"/dev/urandom", "/dev/random", "/dev/zero"};

} // namespace

void allowSystem(Landlock& files, const std::string& program) {
    for (const char* path : kPrograms)
        files.allow(path, Access::Read);
    for (const char* path : kSettings)
        files.allow(path, Access::Read);
    for (const char* path : kRead)
        files.allow(path, Access::Read);
    files.allow("/dev/null", Access::Write);
    // A program that is not installed as part of the system: PREFIX/bin/program, or a directory of its own.
    std::error_code ignored;
    const auto real = std::filesystem::canonical(program, ignored);
    if (ignored) return;
    const auto directory = real.parent_path();
    files.allow(directory.string(), Access::Read);
    // Not the whole prefix, which may be somebody's home.
    for (const char* name : {"lib", "lib64", "libexec", "share"})
        files.allow((directory.parent_path() / name).string(), Access::Read);
}

Confinement toolConfinement(const std::string& program, const std::vector<std::string>& changed) {
    auto files = std::make_shared<Landlock>();
    allowSystem(*files, program);
    for (const auto& path : changed)
        files->allow(path, Access::Change);
    Confinement confinement;
    confinement.files = files;
    confinement.systemCalls = workingFilter();
    confinement.limits = {{RLIMIT_CORE, 0}};
    return confinement;
}

void confineTool(Command& command, const std::vector<std::string>& changed) {
    const auto program = findProgram(command.argv.at(0)).value_or("");
    const auto confinement = std::make_shared<const Confinement>(toolConfinement(program, changed));
    command.confine = [confinement] { return confinement->enter(); };
}

} // namespace rootlayer::sandbox
