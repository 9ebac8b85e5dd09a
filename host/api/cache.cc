#include <rootlayer/cache.hh>

#include <algorithm>
#include <array>
#include <filesystem>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/cache_directory.hh"
#include "base/directory_cache.hh"
#include "base/last_user.hh"
#include "vm/capability_file.hh"

namespace rootlayer {

namespace fs = std::filesystem;

namespace {

using Kind = CacheEntry::Kind;

struct Room {
    Kind kind;
    const char* directory; ///< relative to the cache; a DirectoryCache
};

constexpr std::array<Room, 6> kRooms{{{Kind::Layer, "layers"},
                                      {Kind::GuestImage, "guest"},
                                      {Kind::Kernel, "kernel"},
                                      {Kind::Template, "templates"},
                                      {Kind::Digest, "digests"},
                                      {Kind::Appliance, "appliances"}}};
/// libvirt's capabilities, one file for each QEMU; libvirt can recreate them.
constexpr const char* kCapabilities = "libvirt";

std::chrono::system_clock::time_point at(const timespec& time) {
    return std::chrono::system_clock::time_point(std::chrono::seconds(time.tv_sec)) +
           std::chrono::duration_cast<std::chrono::system_clock::duration>(
               std::chrono::nanoseconds(time.tv_nsec));
}

std::uint64_t sizeOnDisk(const fs::path& path) {
    constexpr std::uint64_t block = 512;
    struct stat status {};
    std::uint64_t size = ::lstat(path.c_str(), &status) == 0 ? block * status.st_blocks : 0;
    std::error_code gone;
    if (!S_ISDIR(status.st_mode)) return size;
    for (const auto& inside : fs::directory_iterator(path, gone))
        size += sizeOnDisk(inside.path());
    return size;
}

CacheEntry describe(Kind kind, const std::string& name, const fs::path& path, const fs::path& touched) {
    CacheEntry entry{kind, name, sizeOnDisk(path), {}, {}};
    struct stat status {};
    if (::stat(touched.c_str(), &status) == 0 || ::stat(path.c_str(), &status) == 0)
        entry.lastUse = std::max(at(status.st_mtim),
                                 kind == Kind::Capabilities ? at(status.st_atim) : at(status.st_mtim));
    return entry;
}

bool exists(const std::string& directory) {
    std::error_code none;
    return fs::is_directory(directory, none);
}

const char* directoryOf(Kind kind) {
    for (const auto& room : kRooms) {
        if (room.kind == kind) return room.directory;
    }
    return kCapabilities;
}

/// Returns false if the entry is in use.
bool removeUnused(const std::string& cache, const CacheEntry& entry) {
    const auto directory = cache + "/" + directoryOf(entry.kind);
    if (entry.kind != Kind::Capabilities) return DirectoryCache(directory).removeUnused(entry.name);
    std::error_code gone;
    fs::remove(directory + "/" + entry.name, gone);
    return true;
}

/// What is wrong with the entry; empty if nothing is.
std::string damageOf(const std::string& cache, const CacheEntry& entry) {
    const auto directory = cache + "/" + directoryOf(entry.kind);
    if (entry.kind != Kind::Capabilities) return DirectoryCache(directory).damage(entry.name);
    const auto path = directory + "/" + entry.name;
    return vm::readCapabilityFile(path) || !fs::exists(path) ? "" : "its contents do not match their digest";
}

} // namespace

std::string name(CacheEntry::Kind kind) {
    switch (kind) {
    case Kind::Layer:
        return "layer";
    case Kind::GuestImage:
        return "guest-image";
    case Kind::Kernel:
        return "kernel";
    case Kind::Template:
        return "template";
    case Kind::Digest:
        return "digest";
    case Kind::Appliance:
        return "appliance";
    case Kind::Capabilities:
        break;
    }
    return "capabilities";
}

std::vector<CacheEntry> Cache::entries() const {
    std::vector<CacheEntry> all;
    for (const auto& room : kRooms) {
        const auto directory = m_directory + "/" + room.directory;
        if (!exists(directory)) continue;
        const DirectoryCache cache(directory);
        for (const auto& name : cache.names()) {
            all.push_back(describe(room.kind, name, cache.path(name), cache.path(name) + "/seal"));
            all.back().lastBase = rememberedUser(cache.path(name));
        }
    }
    std::error_code none;
    for (const auto& file : fs::directory_iterator(m_directory + "/" + kCapabilities, none)) {
        if (file.is_regular_file(none))
            all.push_back(describe(Kind::Capabilities, file.path().filename(), file.path(), file.path()));
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& one, const auto& other) { return one.lastUse > other.lastUse; });
    return all;
}

std::vector<CacheEntry> Cache::prune(std::uint64_t most) const {
    for (const auto& room : kRooms) {
        const auto directory = m_directory + "/" + room.directory;
        if (exists(directory)) DirectoryCache(directory).sweep();
    }
    auto all = entries();
    std::uint64_t size = 0;
    for (const auto& entry : all)
        size += entry.size;
    std::vector<CacheEntry> gone;
    for (auto oldest = all.rbegin(); oldest != all.rend() && size > most; ++oldest) {
        if (!removeUnused(m_directory, *oldest)) continue;
        size -= oldest->size;
        gone.push_back(*oldest);
    }
    return gone;
}

std::vector<CacheDamage> Cache::verify(const CancelToken& cancel) const {
    std::vector<CacheDamage> damages;
    if (exists(m_directory)) CacheDirectory whose(m_directory); // throws if the directory is not our cache
    for (const auto& entry : entries()) {
        cancel.check();
        const auto damage = damageOf(m_directory, entry);
        if (!damage.empty()) damages.push_back({entry, damage, removeUnused(m_directory, entry)});
    }
    return damages;
}

} // namespace rootlayer
