#include "base/temp_dir.hh"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fmt/format.h>
#include <random>
#include <string_view>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/system_error.hh"

namespace rootlayer {

namespace {
constexpr const char* kMoreTemporarySpace = "free some space, or point TMPDIR to a larger file system";

/// What a failed mkdir(2) means, by errno.
Error cannotMake(const std::string& parent) {
    const bool full = errno == ENOSPC || errno == EDQUOT;
    return Error(full ? ErrorCode::Resource : ErrorCode::Input,
                 fmt::format("cannot make a temporary directory in {}: {}", quote(parent), ::strerror(errno)),
                 full ? kMoreTemporarySpace
                      : "point TMPDIR or XDG_RUNTIME_DIR to a directory that you can write");
}
} // namespace

void inTemporarySpace(const std::function<void()>& write) {
    try {
        write();
    } catch (Error& error) {
        if (error.code() == ErrorCode::Resource) error.addHint(kMoreTemporarySpace);
        throw;
    }
}

TempDir::TempDir(const std::string& parent) : m_path(parent + "/rootlayer-XXXXXX") {
    if (::mkdtemp(m_path.data()) == nullptr) throw cannotMake(parent);
}

TempDir TempDir::at(std::string path) {
    if (::mkdir(path.c_str(), 0700) != 0) throw cannotMake(path.substr(0, path.rfind('/')));
    TempDir made;
    made.m_path = std::move(path);
    return made;
}

std::string TempDir::newPath(const std::string& parent) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    std::random_device random;
    std::uniform_int_distribution<std::size_t> any(0, letters.size() - 1);
    auto path = parent + "/rootlayer-";
    for (int i = 0; i < 6; ++i)
        path += letters[any(random)];
    return path;
}

TempDir::TempDir(TempDir&& other) noexcept : m_path(std::move(other.m_path)) {
    other.m_path.clear();
}

TempDir::~TempDir() {
    remove();
}

void TempDir::remove() noexcept {
    if (m_path.empty()) return;
    removeTree(m_path);
    m_path.clear();
}

void removeTree(const std::string& path) noexcept {
    // A process that is still exiting may create a file in a directory that was empty a moment ago.
    constexpr int attempts = 20;
    constexpr timespec pause{0, 10'000'000};
    for (int attempt = 0; attempt < attempts; ++attempt) {
        std::error_code failure;
        std::filesystem::remove_all(path, failure);
        if (!failure) return;
        ::nanosleep(&pause, nullptr);
    }
}

void makeDirectories(const std::string& path) {
    for (std::size_t at = 1; at != std::string::npos && at <= path.size();) {
        at = path.find('/', at);
        const auto part = path.substr(0, at);
        if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
            throw Error(ErrorCode::Input,
                        fmt::format("cannot make the directory {}: {}", quote(part), ::strerror(errno)),
                        "choose a directory that you can write with --cache-dir or ROOTLAYER_CACHE_DIR");
        }
        if (at != std::string::npos) ++at;
    }
}

} // namespace rootlayer
