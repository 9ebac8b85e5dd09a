#include "base/installation.hh"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace rootlayer {

namespace {

/// The file that this code was mapped from: the library, or the program that it is linked into. dladdr(3) and
/// /proc/self/exe would give the path by which a program was started, and the loader if that started it.
std::string ownFile() {
    const auto address = reinterpret_cast<std::uintptr_t>(&ownFile);
    std::ifstream maps("/proc/self/maps");
    std::string line;
    while (std::getline(maps, line)) {
        std::istringstream fields(line);
        std::uintptr_t first = 0;
        std::uintptr_t last = 0;
        char dash = 0;
        if (!(fields >> std::hex >> first >> dash >> last) || address < first || address >= last) continue;
        const auto at = line.find('/');
        return at == std::string::npos ? "" : line.substr(at);
    }
    return {};
}

const std::string& cachedOwnFile() {
    static const std::string file = ownFile();
    return file;
}

bool mayOwn(uid_t user) {
    const auto owners = installationOwners();
    return user == ::geteuid() || std::find(owners.begin(), owners.end(), user) != owners.end();
}

} // namespace

std::optional<std::string> prefixOf(const std::string& file) {
    const auto directory = std::filesystem::path(file).parent_path();
    const auto parent = directory.parent_path();
    const auto name = directory.filename();
    if (name == "bin" || name == "lib" || name == "lib64") return parent.string();
    if (parent.filename() == "lib") return parent.parent_path().string();
    return std::nullopt;
}

std::vector<uid_t> installationOwners() {
    std::vector<uid_t> owners{0};
    struct stat status {};
    if (::stat(cachedOwnFile().c_str(), &status) == 0) owners.push_back(status.st_uid);
    return owners;
}

std::string installedDirectory() {
    const auto prefix = prefixOf(cachedOwnFile());
    if (!prefix) return {};
    auto directory = (std::filesystem::path(*prefix) / "lib" / "rootlayer").string();
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return {};
    if (!mayOwn(status.st_uid) || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return {};
    return directory;
}

} // namespace rootlayer
