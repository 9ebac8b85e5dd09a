#pragma once

#include <map>
#include <string>
#include <sys/stat.h>
#include <vector>

#include "base/unique_fd.hh"
#include "layer/entry.hh"

namespace rootlayer::image {

/// What stands at one path of a directory, held open with O_PATH: it can be looked at, but not changed under
/// us.
class DirectoryEntry final {
  public:
    /// `path` is relative to the directory and followed through no symlink; `name` is for errors. Throws
    /// Error{Input}.
    DirectoryEntry(int directory, const std::string& path, std::string name);

    const struct stat& status() const { return m_status; }
    bool isDirectory() const { return S_ISDIR(m_status.st_mode); }
    /// As a layer has it, but for its path, and without knowing of hard links.
    layer::Entry describe() const;
    /// The thing itself, open for reading: a file, or a directory.
    UniqueFd openForReading() const;
    /// Sorted bytewise, without "." and "..".
    std::vector<std::string> names() const;

  private:
    std::string throughProc() const;
    std::string linkTarget() const;
    std::map<std::string, std::string> xattrs() const;
    [[noreturn]] void fail(const char* what, int number) const;

    UniqueFd m_fd;
    std::string m_name;
    struct stat m_status {};
};

} // namespace rootlayer::image
