#include "store/cache_folder.hh"

#include <cerrno>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/output_file.hh"
#include "base/system_error.hh"
#include "base/temp_dir.hh"

namespace rootlayer::store {

namespace {

constexpr std::string_view kVersion = "rootlayer-cache 1\n";

void checkOwner(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        throw systemError(fmt::format("cannot look at the cache {}", quote(path)));
    if (status.st_uid == ::geteuid()) return;
    // What is in it is booted and believed.
    throw Error(ErrorCode::Input,
                fmt::format("the cache {} belongs to the user {}", quote(path), status.st_uid),
                "choose a cache folder of your own");
}

void checkVersion(const std::string& path) {
    const auto file = path + "/version";
    if (::access(file.c_str(), F_OK) != 0) {
        // By rename: another process may be reading it.
        OutputFile version(file);
        version.write(kVersion);
        version.commit();
    } else if (readFile(file, "cache's version", 1024) != kVersion) {
        throw Error(ErrorCode::Input,
                    fmt::format("the cache {} was made by another version of rootlayer", quote(path)),
                    "choose another cache folder, or remove this one");
    }
}

} // namespace

CacheFolder::CacheFolder(std::string path) : m_path(std::move(path)) {
    makeFolders(m_path);
    checkOwner(m_path);
    checkVersion(m_path);
}

std::string CacheFolder::part(const std::string& name) const {
    auto folder = m_path + "/" + name;
    makeFolders(folder);
    return folder;
}

} // namespace rootlayer::store
