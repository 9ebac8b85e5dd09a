#include <cstdint>
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

struct Part {
    Kind kind;
    CachePart::Part path; ///< of a DirectoryCache
};

constexpr std::array<Part, 6> kParts{{{Kind::Layer, &CacheDirectory::layers},
                                      {Kind::GuestImage, &CacheDirectory::guestImages},
                                      {Kind::Kernel, &CacheDirectory::kernels},
                                      {Kind::Template, &CacheDirectory::templates},
                                      {Kind::Digest, &CacheDirectory::digests},
                                      {Kind::Appliance, &CacheDirectory::appliances}}};

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

/// libvirt's capabilities, one file for each QEMU, are in no DirectoryCache; libvirt can recreate them.
std::string directoryOf(const CacheDirectory& cache, Kind kind) {
    for (const auto& part : kParts) {
        if (part.kind == kind) return (cache.*part.path)();
    }
    return cache.libvirt();
}

/// Returns false if the entry is in use.
bool removeUnused(const CacheDirectory& cache, const CacheEntry& entry) {
    const auto directory = directoryOf(cache, entry.kind);
    if (entry.kind != Kind::Capabilities) return DirectoryCache(directory).removeUnused(entry.name);
    std::error_code gone;
    fs::remove(directory + "/" + entry.name, gone);
    return true;
}

/// What is wrong with the entry; empty if nothing is.
std::string damageOf(const CacheDirectory& cache, const CacheEntry& entry, const CancelToken& cancel) {
    const auto directory = directoryOf(cache, entry.kind);
    if (entry.kind != Kind::Capabilities) return DirectoryCache(directory).damage(entry.name, &cancel);
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
    if (!exists(m_directory)) return all;
    const CacheDirectory cache(m_directory);
    for (const auto& part : kParts) {
        const auto directory = (cache.*part.path)();
        if (!exists(directory)) continue;
        const DirectoryCache kept(directory);
        for (const auto& name : kept.names()) {
            all.push_back(describe(part.kind, name, kept.path(name), kept.path(name) + "/seal"));
            all.back().lastBase = rememberedUser(kept.path(name));
        }
    }
    std::error_code none;
    for (const auto& file : fs::directory_iterator(cache.libvirt(), none)) {
        if (file.is_regular_file(none))
            all.push_back(describe(Kind::Capabilities, file.path().filename(), file.path(), file.path()));
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& one, const auto& other) { return one.lastUse > other.lastUse; });
    return all;
}

std::vector<CacheEntry> Cache::prune(std::uint64_t most) const {
    if (!exists(m_directory)) return {};
    const CacheDirectory cache(m_directory);
    for (const auto& part : kParts) {
        const auto directory = (cache.*part.path)();
        if (exists(directory)) DirectoryCache(directory).sweep();
    }
    auto all = entries();
    std::uint64_t size = 0;
    for (const auto& entry : all)
        size += entry.size;
    std::vector<CacheEntry> gone;
    for (auto oldest = all.rbegin(); oldest != all.rend() && size > most; ++oldest) {
        if (!removeUnused(cache, *oldest)) continue;
        size -= oldest->size;
        gone.push_back(*oldest);
    }
    return gone;
}

std::vector<CacheDamage> Cache::verify(const CancelToken& cancel) const {
    std::vector<CacheDamage> damages;
    if (!exists(m_directory)) return damages;
    const CacheDirectory cache(m_directory);
    for (const auto& entry : entries()) {
        cancel.check();
        const auto damage = damageOf(cache, entry, cancel);
        if (!damage.empty()) damages.push_back({entry, damage, removeUnused(cache, entry)});
    }
    return damages;
}

} // namespace rootlayer
