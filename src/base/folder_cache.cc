#include "base/folder_cache.hh"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sstream>
#include <sys/stat.h>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/file_lock.hh"
#include "base/system_error.hh"
#include "base/temp_dir.hh"

namespace rootlayer {

namespace {

constexpr std::string_view kFirstLine = "rootlayer-seal 1";
constexpr std::string_view kLastLine = "end";
constexpr std::string_view kSealName = "seal";
constexpr std::string_view kPartial = ".partial";
constexpr std::uint64_t kMostSeal = std::uint64_t{1} << 20;
constexpr int kMostRaces = 3;
// Longer than any conversion that is still getting on.
constexpr auto kPatience = std::chrono::minutes(60);

std::optional<std::uint64_t> sizeOf(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
}

std::string format(const Seal& seal) {
    auto text = fmt::format("{}\n", kFirstLine);
    for (const auto& [key, value] : seal.facts)
        text += fmt::format("fact {} {}\n", key, value);
    for (const auto& file : seal.files)
        text += fmt::format("file {} {} {}\n", file.digest.hex(), file.size, file.name);
    return text + fmt::format("{}\n", kLastLine);
}

bool isHexDigest(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// nullopt for anything that format() did not write: the disk is not to be trusted.
std::optional<Seal> parse(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    if (!std::getline(lines, line) || line != kFirstLine) return std::nullopt;
    Seal seal;
    while (std::getline(lines, line)) {
        if (line == kLastLine) return seal;
        std::istringstream words(line);
        std::string kind;
        std::string first;
        words >> kind >> first;
        if (kind == "fact") {
            std::getline(words >> std::ws, seal.facts[first]);
        } else {
            Seal::File file;
            if (kind != "file" || !isHexDigest(first) || !(words >> file.size >> file.name))
                return std::nullopt;
            file.digest = Digest::fromHex(first);
            seal.files.push_back(std::move(file));
        }
    }
    return std::nullopt;
}

std::optional<Seal> readSeal(const std::string& folder) {
    const auto path = fmt::format("{}/{}", folder, kSealName);
    const auto size = sizeOf(path);
    if (!size || *size > kMostSeal) return std::nullopt;
    return parse(readFile(path, "cache entry", kMostSeal));
}

// A younger seal tells whoever tidies the cache that the entry was in use.
void touch(const std::string& folder) {
    ::utimensat(AT_FDCWD, fmt::format("{}/{}", folder, kSealName).c_str(), nullptr, 0);
}

} // namespace

void Seal::add(const std::string& folder, const std::string& fileName) {
    FileSource source(folder + "/" + fileName, "cache file");
    const auto size = fileSize(source.fd());
    files.push_back({fileName, size, sha256(source)});
}

const std::string& Seal::fact(const std::string& key) const {
    if (const auto found = facts.find(key); found != facts.end()) return found->second;
    throw Error(ErrorCode::Internal, fmt::format("a cache entry does not say its {}", key),
                "remove the cache");
}

const Seal::File& Seal::file(const std::string& fileName) const {
    for (const auto& file : files) {
        if (file.name == fileName) return file;
    }
    throw Error(ErrorCode::Internal, fmt::format("a cache entry has no file {}", quote(fileName)));
}

FolderCache::FolderCache(std::string folder) : m_folder(std::move(folder)) {
    makeFolders(m_folder);
}

std::optional<Seal> FolderCache::look(const std::string& name) const {
    auto seal = readSeal(path(name));
    if (!seal) return std::nullopt;
    for (const auto& file : seal->files) {
        if (sizeOf(path(name) + "/" + file.name) != file.size) return std::nullopt;
    }
    seal->name = name;
    return seal;
}

std::optional<Seal> FolderCache::find(const std::string& name) const {
    auto seal = look(name);
    if (seal) touch(path(name));
    return seal;
}

std::optional<Seal> FolderCache::findAny(const std::vector<std::string>& names) const {
    for (const auto& name : names) {
        if (auto seal = find(name)) return seal;
    }
    return std::nullopt;
}

Seal FolderCache::ensure(const std::string& name, const Fill& fill, const CancelToken* cancel) const {
    return ensure(std::vector{name}, fill, cancel);
}

Seal FolderCache::ensure(const std::vector<std::string>& names, const Fill& fill,
                         const CancelToken* cancel) const {
    for (int more = kMostRaces;; --more) {
        auto seal = ensureOnce(names, fill, cancel);
        seal.hold = hold(seal.name, cancel);
        // It may have been removed before it was held.
        if (more == 0 || look(seal.name)) return seal;
    }
}

Seal FolderCache::ensureOnce(const std::vector<std::string>& names, const Fill& fill,
                             const CancelToken* cancel) const {
    if (auto seal = findAny(names)) return *std::move(seal);
    const FileLock lock(lockPath(names.at(0)), Deadline::after(kPatience), cancel);
    // Whoever held the lock before may have made it.
    if (auto seal = findAny(names)) return *std::move(seal);
    return fillLocked(names[0], fill, cancel);
}

Seal FolderCache::replace(const std::string& name, const Fill& fill, const CancelToken* cancel) const {
    const FileLock lock(lockPath(name), Deadline::after(kPatience), cancel);
    auto seal = fillLocked(name, fill, cancel);
    // Nobody removes it as long as we have the lock.
    seal.hold = hold(seal.name, cancel);
    return seal;
}

Seal FolderCache::fillLocked(const std::string& name, const Fill& fill, const CancelToken* cancel) const {
    const auto partial = fmt::format("{}{}", path(name), kPartial);
    removeTree(partial);
    makeFolders(partial);
    struct Remover {
        const std::string& folder;
        ~Remover() { removeTree(folder); }
    } const remover{partial};

    auto seal = fill(partial);
    writeFile(fmt::format("{}/{}", partial, kSealName), format(seal));
    std::optional<FileLock> otherLock;
    if (seal.name.empty() || seal.name == name) {
        seal.name = name;
    } else {
        // Under this name it may have been made meanwhile by one who holds another lock than ours.
        otherLock.emplace(lockPath(seal.name), Deadline::after(kPatience), cancel);
        if (auto present = find(seal.name)) return *std::move(present);
    }
    removeTree(path(seal.name));
    if (::rename(partial.c_str(), path(seal.name).c_str()) != 0) {
        throw systemError(fmt::format("cannot put {} in place", quote(path(seal.name))));
    }
    return seal;
}

CacheHold FolderCache::hold(const std::string& name, const CancelToken* cancel) const {
    return std::make_shared<FileLock>(FileLock::shared(usePath(name), Deadline::after(kPatience), cancel));
}

bool FolderCache::removeUnused(const std::string& name) const {
    const auto made = FileLock::tryLock(lockPath(name));
    const auto used = made ? FileLock::tryLock(usePath(name)) : std::nullopt;
    if (!used) return false;
    removeTree(path(name));
    return true;
}

bool FolderCache::intact(const std::string& name) const {
    const auto seal = look(name);
    return seal && std::all_of(seal->files.begin(), seal->files.end(), [&](const Seal::File& file) {
               FileSource source(path(name) + "/" + file.name, "cache file");
               return sha256(source) == file.digest;
           });
}

void FolderCache::remove(const std::string& name) const {
    const FileLock lock(lockPath(name), Deadline::after(kPatience));
    removeTree(path(name));
}

std::vector<std::string> FolderCache::names() const {
    std::vector<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator(m_folder)) {
        const auto name = entry.path().filename().string();
        if (entry.is_directory() && !name.ends_with(kPartial)) result.push_back(name);
    }
    std::sort(result.begin(), result.end());
    return result;
}

void FolderCache::sweep() const {
    for (const auto& entry : std::filesystem::directory_iterator(m_folder)) {
        auto name = entry.path().filename().string();
        if (!name.ends_with(kPartial)) continue;
        name.resize(name.size() - kPartial.size());
        // Only where nobody is at work.
        if (const auto lock = FileLock::tryLock(lockPath(name))) removeTree(entry.path().string());
    }
}

} // namespace rootlayer
