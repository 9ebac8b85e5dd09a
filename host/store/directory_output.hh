#pragma once

#include <string>
#include <vector>

#include "base/stream.hh"
#include "base/unique_fd.hh"
#include "layer/tar_validator.hh"

namespace rootlayer::store {

/// Unpacks a canonical tar into a new directory, as root. The tar is validated as it comes, so that each
/// parent is a directory of our making; every name is made by openat(2) and its kin in its parent,
/// exclusively, and no link is followed. The directory appears whole under its name, or not at all. It stays
/// at mode 0700: what is setuid in it is nobody else's.
class DirectoryOutput final : public Sink {
  public:
    /// The path may be that of an empty directory. Throws Error{Usage} when we are not root, Error{Input}
    /// when it exists otherwise or cannot be made.
    explicit DirectoryOutput(const std::string& path);
    ~DirectoryOutput() override;
    DirectoryOutput(const DirectoryOutput&) = delete;
    DirectoryOutput& operator=(const DirectoryOutput&) = delete;

    void write(std::string_view bytes) override { m_validator.write(bytes); }
    /// The tar is whole: gives the directory its name.
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

    /// What the descriptor is of, in the order in which one thing does not undo another.
    void setAttributes(const layer::Entry& entry, int fd) const;
    void setAttributes(const layer::Entry& entry, int parent, const std::string& name) const;

    std::string m_path;
    std::string m_temporary;
    std::vector<Directory> m_open; ///< the top, and from it down to the directory at hand
    layer::Entry m_fileEntry;
    UniqueFd m_file; ///< whose data is on its way
    layer::TarValidator m_validator;
};

} // namespace rootlayer::store
