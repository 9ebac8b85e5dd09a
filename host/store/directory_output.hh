#pragma once

#include <string>
#include <vector>

#include "base/stream.hh"
#include "base/unique_fd.hh"
#include "layer/tar_validator.hh"

namespace rootlayer::store {

/// Unpacks a canonical tar into a new directory, as root. The tar is validated while it is written, so each
/// parent is a directory that this class created. Every name is created exclusively in its parent's
/// descriptor (openat(2), mkdirat(2), ...), and no link is followed. The directory appears complete under its
/// name or not at all. It keeps mode 0700, so that other users cannot run setuid files in it.
class DirectoryOutput final : public Sink {
  public:
    /// `path` must not exist or be an empty directory. Throws Error{Usage} if the process is not root,
    /// Error{Input} if `path` is not usable or cannot be created.
    explicit DirectoryOutput(const std::string& path);
    ~DirectoryOutput() override;
    DirectoryOutput(const DirectoryOutput&) = delete;
    DirectoryOutput& operator=(const DirectoryOutput&) = delete;

    void write(std::string_view bytes) override { m_validator.write(bytes); }
    /// Ends the tar and gives the directory its name.
    void commit();

  private:
    struct Directory {
        layer::Entry entry; ///< the top's has no path
        UniqueFd fd;
    };

    void onEntry(const layer::Entry& entry);
    void make(const layer::Entry& entry, int parent, const std::string& name);
    void finishFile();
    void leaveUpTo(std::string_view parent);
    [[noreturn]] void fail(const layer::Entry& entry, std::string_view what) const;

    /// Of an open file or directory.
    void setAttributes(const layer::Entry& entry, int fd) const;
    /// Of a name that cannot be opened: a symlink, device or FIFO.
    void setAttributes(const layer::Entry& entry, int parent, const std::string& name) const;

    std::string m_path;
    std::string m_temporary;
    std::vector<Directory> m_open; ///< from the top down to the current directory
    layer::Entry m_fileEntry;
    UniqueFd m_file; ///< the file that is being written
    layer::TarValidator m_validator;
};

} // namespace rootlayer::store
