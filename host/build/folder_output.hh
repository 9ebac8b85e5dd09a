#pragma once

#include <string>
#include <vector>

#include "base/stream.hh"
#include "base/unique_fd.hh"
#include "layer/tar_validator.hh"

namespace rootlayer::build {

/// Unpacks a canonical tar into a new folder, as root. The tar is validated as it comes, so that each parent
/// is a folder of our making; every name is made by openat(2) and its kin in its parent, exclusively, and no
/// link is followed. The folder appears whole under its name, or not at all. It stays at mode 0700: what is
/// setuid in it is nobody else's.
class FolderOutput final : public Sink {
  public:
    /// The path may be that of an empty folder. Throws Error{Usage} when we are not root, Error{Input} when
    /// it exists otherwise or cannot be made.
    explicit FolderOutput(const std::string& path);
    ~FolderOutput() override;
    FolderOutput(const FolderOutput&) = delete;
    FolderOutput& operator=(const FolderOutput&) = delete;

    void write(std::string_view bytes) override { m_validator.write(bytes); }
    /// The tar is whole: gives the folder its name.
    void commit();

  private:
    struct Folder {
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
    std::vector<Folder> m_open; ///< the top, and from it down to the folder at hand
    layer::Entry m_fileEntry;
    UniqueFd m_file; ///< whose data is on its way
    layer::TarValidator m_validator;
};

} // namespace rootlayer::build
