#include "guest-agent/directory.hh"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>

#include "base/escape.hh"
#include "base/system_error.hh"

namespace rootlayer::guest {

namespace {

std::string shown(const std::string& path) {
    return path.empty() ? "the root directory" : quote(path);
}

struct CloseDirectory {
    void operator()(DIR* stream) const { ::closedir(stream); }
};

} // namespace

UniqueFd openDirectory(int parent, const std::string& name, const std::string& path) {
    UniqueFd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) throw systemError(fmt::format("cannot open {}", shown(path)));
    return fd;
}

std::vector<DirectoryName> listDirectory(int directory, const std::string& path) {
    // A stream of its own: the position of `directory` is left alone.
    UniqueFd fd = openDirectory(directory, ".", path);
    const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(fd.get()));
    if (!stream) throw systemError(fmt::format("cannot list {}", shown(path)));
    static_cast<void>(fd.release());
    std::vector<DirectoryName> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
        DirectoryName name{entry->d_name, entry->d_type};
        if (name.name != "." && name.name != "..") names.push_back(std::move(name));
    }
    if (errno != 0) throw systemError(fmt::format("cannot list {}", shown(path)));
    std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return names;
}

} // namespace rootlayer::guest
