#include "base/swept_dir.hh"

#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/system_error.hh"

namespace rootlayer {

namespace fs = std::filesystem;

namespace {

constexpr const char* kOwner = ".owner";

/// Locks a directory whose owner is gone. Empty if the owner is alive or another user, or if it is another
/// kind of directory.
UniqueFd lockOfTheDead(const fs::path& directory) {
    const UniqueFd top(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!top || ::fstat(top.get(), &status) != 0 || status.st_uid != ::geteuid()) return {};
    UniqueFd owner(::openat(top.get(), kOwner, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!owner || ::flock(owner.get(), LOCK_EX | LOCK_NB) != 0) return {};
    return owner;
}

const std::string& swept(const std::string& parent) {
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(parent, failed)) {
        if (!entry.path().filename().string().starts_with("rootlayer-")) continue;
        if (const auto lock = lockOfTheDead(entry.path())) removeTree(entry.path());
    }
    return parent;
}

} // namespace

SweptDir::SweptDir(const std::string& parent) : m_directory(swept(parent)) {
    // Lock first, then rename: nobody ever finds ".owner" unlocked.
    const auto unlocked = m_directory.file(".owner.new");
    m_lock = UniqueFd(::open(unlocked.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!m_lock) throw systemError("cannot make a temporary file");
    // If the file system has no locks, nothing is swept.
    if (::flock(m_lock.get(), LOCK_EX | LOCK_NB) != 0) return;
    if (::rename(unlocked.c_str(), m_directory.file(kOwner).c_str()) != 0)
        throw systemError("cannot rename a temporary file");
}

} // namespace rootlayer
