#pragma once

#include <map>
#include <string>
#include <sys/stat.h>
#include <vector>

#include "base/unique_fd.hh"
#include "layer/entry.hh"

namespace rootlayer::image {

/// A file of any type in a directory, held open with O_PATH, so that all members see the same file.
class DirectoryEntry final {
  public:
    /// `path` is relative to `directory`; no symlink is followed. `name` is used in errors. Throws
    /// Error{Input}.
    DirectoryEntry(int directory, const std::string& path, std::string name);

    const struct stat& status() const { return m_status; }
    bool isDirectory() const { return S_ISDIR(m_status.st_mode); }
    /// The entry of a layer, without its path; a hard link is described as a file.
    layer::Entry describe() const;
    /// Opens the file or directory for reading.
    UniqueFd openForReading() const;
    /// The names in a directory, sorted bytewise, without "." and "..".
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
