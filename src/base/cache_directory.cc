#include "base/cache_directory.hh"

#include <cerrno>
#include <cstdint>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/digest.hh"
#include "base/escape.hh"
#include "base/file.hh"
#include "base/output_file.hh"
#include "base/system_error.hh"
#include "base/temp_dir.hh"

namespace rootlayer {

namespace {

constexpr std::string_view kVersion = "rootlayer-cache 1\n";
constexpr std::string_view kName = "rootlayer-cache ";
constexpr mode_t kWritableByOthers = S_IWGRP | S_IWOTH;
constexpr std::uint64_t kMaxVersion = 1024;

void writeVersion(const std::string& file) {
    // By rename: another process may be reading it.
    try {
        OutputFile version(file);
        version.write(kVersion);
        version.commit();
    } catch (const Error& error) {
        throw Error(error.code(), fmt::format("the cache cannot be written: {}", error.message()),
                    "name another directory with --cache-dir, or in ROOTLAYER_CACHE_DIR");
    }
}

/// Whether a later version of rootlayer wrote the file. Later versions must end it with a space and the
/// digest of the text before; anything else is our own file, damaged.
bool isAnothers(const std::string& text) {
    const auto blank = text.rfind(' ');
    if (!text.starts_with(kName) || blank < kName.size() || blank == std::string::npos) return false;
    return text.substr(blank + 1) == sha256(text.substr(0, blank)).hex() + "\n";
}

std::string readVersion(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0 || static_cast<std::uint64_t>(status.st_size) > kMaxVersion)
        return {};
    return readFile(file, "cache's version", kMaxVersion);
}

void checkOwner(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        throw systemError(fmt::format("cannot access the cache {}", quote(path)));
    if (!S_ISDIR(status.st_mode))
        throw Error(ErrorCode::Input, fmt::format("the cache {} is not a directory", quote(path)),
                    "name a directory with --cache-dir, or in ROOTLAYER_CACHE_DIR");
    // Its contents are booted and trusted.
    if (status.st_uid != ::geteuid()) {
        throw Error(ErrorCode::Input,
                    fmt::format("the cache {} belongs to the user {}", quote(path), status.st_uid),
                    "use a cache directory of your own");
    }
    if ((status.st_mode & kWritableByOthers) != 0) {
        throw Error(ErrorCode::Input, fmt::format("other users can write to the cache {}", quote(path)),
                    fmt::format("if nobody has, chmod -R go-w {}; or remove it", escaped(path)));
    }
}

void checkVersion(const std::string& path) {
    const auto file = path + "/version";
    const auto text = readVersion(file);
    if (text == kVersion) return;
    if (isAnothers(text)) {
        throw Error(ErrorCode::Input,
                    fmt::format("the cache {} was made by another version of rootlayer", quote(path)),
                    "choose another cache directory, or remove this one");
    }
    // A damaged version file is harmless: the entries are checked against their own digests.
    writeVersion(file);
}

} // namespace

CacheDirectory::CacheDirectory(std::string path) : m_path(std::move(path)) {
    makeDirectories(m_path);
    checkOwner(m_path);
    checkVersion(m_path);
}

std::string CacheDirectory::part(const char* name) const {
    auto path = m_path + "/" + name;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return path;
    if (S_ISLNK(status.st_mode)) {
        throw Error(ErrorCode::Input, fmt::format("{} in the cache is a symlink", quote(path)),
                    "remove it; the whole cache may be one");
    }
    // Anything else than a directory is an error where the part is used.
    if (S_ISDIR(status.st_mode)) checkOwner(path);
    return path;
}

} // namespace rootlayer
