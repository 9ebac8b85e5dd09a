#include "image/digest_cache.hh"

#include <ctime>
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/directory_cache.hh"
#include "base/last_user.hh"
#include "base/system_error.hh"

namespace rootlayer::image {

namespace {

constexpr std::time_t kSettled = 2; // seconds
constexpr const char* kState = "state";
constexpr const char* kDiffId = "diff-id";

struct State {
    std::string name;        ///< device and inode
    std::string text;        ///< size and times
    std::time_t changed = 0; ///< ctime
};

State stateOf(const Slice& file) {
    struct stat status {};
    if (::fstat(file.file->get(), &status) != 0) throw systemError(fmt::format("cannot stat {}", file.name));
    return {fmt::format("{:x}-{:x}", status.st_dev, status.st_ino),
            fmt::format("{} {}.{:09} {}.{:09}", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                        status.st_ctim.tv_sec, status.st_ctim.tv_nsec),
            status.st_ctim.tv_sec};
}

void remember(const DirectoryCache& cache, const std::string& name,
              std::map<std::string, std::string> facts) {
    try {
        cache.replace(name, [&](const std::string&) {
            Seal seal;
            seal.facts = std::move(facts);
            return seal;
        });
    } catch (const Error&) {
        // Not fatal: the file is read again next time.
    }
}

} // namespace

Digest DigestCache::of(const Slice& file, const std::function<Digest()>& read,
                       const std::string& user) const {
    if (m_directory.empty()) return read();
    const auto before = stateOf(file);
    const std::time_t now = m_clock();
    const DirectoryCache cache(m_directory);
    if (const auto known = cache.find(before.name); known && known->fact(kState) == before.text) {
        rememberUser(cache.path(before.name), user);
        return Digest::parse(known->fact(kDiffId));
    }
    const Digest digest = read();
    // If the clock was set back, the age is negative, and the digest is not kept either.
    if (now - before.changed >= kSettled && stateOf(file).text == before.text) {
        remember(cache, before.name, {{kState, before.text}, {kDiffId, digest.str()}});
        rememberUser(cache.path(before.name), user);
    }
    return digest;
}

} // namespace rootlayer::image
