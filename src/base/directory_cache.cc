#include "base/directory_cache.hh"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>

#include "base/escape.hh"
#include "base/file_lock.hh"
#include "base/sealed_entry.hh"
#include "base/system_error.hh"
#include "base/temp_dir.hh"

namespace rootlayer {

namespace {

constexpr std::string_view kPartial = ".partial";
constexpr int kMaxRaces = 3;
// Longer than any conversion that still makes progress.
constexpr auto kTimeout = std::chrono::minutes(60);

} // namespace

DirectoryCache::DirectoryCache(std::string directory) : m_directory(std::move(directory)) {
    makeDirectories(m_directory);
}

std::optional<Seal> DirectoryCache::look(const std::string& name) const {
    const SealedEntry entry(path(name));
    if (!entry.damage().empty()) return std::nullopt;
    auto seal = entry.seal();
    seal->name = name;
    return seal;
}

std::optional<Seal> DirectoryCache::use(const std::string& name) const {
    auto seal = look(name);
    if (seal) touchSeal(path(name));
    return seal;
}

std::optional<Seal> DirectoryCache::find(const std::string& name) const {
    std::string damage;
    return findAny({name}, damage, nullptr);
}

std::optional<Seal> DirectoryCache::findAny(const std::vector<std::string>& names, std::string& damage,
                                            const CancelToken* cancel) const {
    for (const auto& name : names) {
        const SealedEntry entry(path(name));
        if (!entry.exists()) continue;
        if (const auto wrong = entry.verify(cancel); !wrong.empty()) {
            damage = wrong;
            continue;
        }
        touchSeal(path(name));
        auto seal = entry.seal();
        seal->name = name;
        return seal;
    }
    return std::nullopt;
}

Seal DirectoryCache::ensure(const std::string& name, const Fill& fill, const CancelToken* cancel) const {
    return ensure(std::vector{name}, fill, cancel);
}

Seal DirectoryCache::ensure(const std::vector<std::string>& names, const Fill& fill,
                            const CancelToken* cancel) const {
    for (int more = kMaxRaces;; --more) {
        auto seal = ensureOnce(names, fill, cancel);
        seal.hold = hold(seal.name, cancel);
        // It may have been removed before it was held.
        if (more == 0 || look(seal.name)) return seal;
    }
}

Seal DirectoryCache::ensureOnce(const std::vector<std::string>& names, const Fill& fill,
                                const CancelToken* cancel) const {
    std::string damage;
    if (auto seal = findAny(names, damage, cancel)) return *std::move(seal);
    const FileLock lock(lockPath(names.at(0)), Deadline::after(kTimeout), cancel);
    // The previous holder of the lock may have made it.
    damage.clear();
    if (auto seal = findAny(names, damage, cancel)) return *std::move(seal);
    auto seal = fillLocked(names[0], fill, cancel);
    seal.damage = damage;
    return seal;
}

Seal DirectoryCache::replace(const std::string& name, const Fill& fill, const CancelToken* cancel) const {
    const FileLock lock(lockPath(name), Deadline::after(kTimeout), cancel);
    auto seal = fillLocked(name, fill, cancel);
    // Nobody can remove it while we have the lock.
    seal.hold = hold(seal.name, cancel);
    return seal;
}

Seal DirectoryCache::fillLocked(const std::string& name, const Fill& fill, const CancelToken* cancel) const {
    const auto partial = fmt::format("{}{}", path(name), kPartial);
    removeTree(partial);
    makeDirectories(partial);
    struct Remover {
        const std::string& directory;
        ~Remover() { removeTree(directory); }
    } const remover{partial};

    auto seal = fill(partial);
    sealEntry(partial, seal);
    std::optional<FileLock> otherLock;
    if (seal.name.empty() || seal.name == name) {
        seal.name = name;
    } else {
        // Another process may have made this name meanwhile under a different lock.
        otherLock.emplace(lockPath(seal.name), Deadline::after(kTimeout), cancel);
        if (auto present = find(seal.name)) return *std::move(present);
    }
    removeTree(path(seal.name));
    if (::rename(partial.c_str(), path(seal.name).c_str()) != 0) {
        throw systemError(fmt::format("cannot put {} in place", quote(path(seal.name))),
                          "remove what is there, or choose another --cache-dir");
    }
    return seal;
}

CacheHold DirectoryCache::hold(const std::string& name, const CancelToken* cancel) const {
    return std::make_shared<FileLock>(FileLock::shared(usePath(name), Deadline::after(kTimeout), cancel));
}

bool DirectoryCache::removeUnused(const std::string& name) const {
    const auto made = FileLock::tryLock(lockPath(name));
    const auto used = made ? FileLock::tryLock(usePath(name)) : std::nullopt;
    if (!used) return false;
    removeTree(path(name));
    return true;
}

std::string DirectoryCache::damage(const std::string& name, const CancelToken* cancel) const {
    const SealedEntry entry(path(name));
    return entry.exists() ? entry.readAll(cancel) : "";
}

bool DirectoryCache::intact(const std::string& name) const {
    const SealedEntry entry(path(name));
    return entry.exists() && entry.readAll().empty();
}

void DirectoryCache::remove(const std::string& name) const {
    const FileLock lock(lockPath(name), Deadline::after(kTimeout));
    removeTree(path(name));
}

std::vector<std::string> DirectoryCache::names() const {
    std::vector<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator(m_directory)) {
        const auto name = entry.path().filename().string();
        if (entry.is_directory() && !name.ends_with(kPartial)) result.push_back(name);
    }
    std::sort(result.begin(), result.end());
    return result;
}

void DirectoryCache::sweep() const {
    for (const auto& entry : std::filesystem::directory_iterator(m_directory)) {
        auto name = entry.path().filename().string();
        if (!name.ends_with(kPartial)) continue;
        name.resize(name.size() - kPartial.size());
        // Skip entries that a process is filling.
        if (const auto lock = FileLock::tryLock(lockPath(name))) removeTree(entry.path().string());
    }
}

} // namespace rootlayer
