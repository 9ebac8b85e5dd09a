#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/stream.hh"
#include "base/unique_fd.hh"
#include "image/directory_entry.hh"
#include "layer/tar_writer.hh"

namespace rootlayer::image {

/// Some of the paths in a directory, as the content of a layer.
struct Selection {
    /// Relative and canonical, sorted in the order of a layer; none is inside another.
    std::vector<std::string> paths;
    /// The entries of the directories above the paths. Those that are missing here are 0755 and root's.
    std::map<std::string, layer::Entry> parents;
    /// Changes an entry of a path before it is written; the path and the type stay.
    std::function<void(layer::Entry&)> edit;
    /// Whether the names of a file become separate files. Only names within one path are linked anyway.
    std::function<bool(const std::string& path)> splitsLinks;
};

/// A directory of the host as a canonical layer tar. Owners, modes, times, extended attributes, hard links
/// and devices are kept; sockets are left out, and the root has no entry. No symlink is followed. Throws
/// Error{Input} for what cannot be read, for names of whiteouts, and for mount points of other file systems,
/// naming the path.
class DirectorySource final : public Source {
  public:
    DirectorySource(const std::string& path, CancelToken cancel);
    /// Only the paths of the selection, and the directories above them.
    DirectorySource(const std::string& path, Selection selection, CancelToken cancel);
    std::size_t read(std::span<char> buffer) override;

  private:
    /// A directory that is being walked.
    struct Level {
        std::string prefix; ///< "a/b/", "" for the root
        std::vector<std::string> names;
        std::size_t next = 0; ///< index into names
    };

    void step();
    void copyData();
    void addEntry(const std::string& path);
    void addParent(const std::string& path);
    void beginSelected(const std::string& path);
    void addFile(const layer::Entry& entry, const DirectoryEntry& found);
    bool addHardLink(layer::Entry& entry, const DirectoryEntry& found);
    DirectoryEntry openEntry(const std::string& path) const;
    [[noreturn]] void fail(const std::string& path, std::string_view why, std::string hint) const;

    std::string m_path;
    CancelToken m_cancel;
    Selection m_selection;                                     ///< without paths: everything
    std::map<std::string, std::vector<std::string>> m_parents; ///< above the paths: the names to visit
    bool m_splitLinks = false;
    UniqueFd m_root;
    dev_t m_device = 0;
    StringSink m_out;
    layer::TarWriter m_writer;
    std::string m_ready; ///< bytes of the tar; those from m_taken on are not read yet
    std::size_t m_taken = 0;
    std::vector<Level> m_levels;
    std::map<std::pair<dev_t, ino_t>, std::string> m_links; ///< first names of files with several names
    UniqueFd m_file;                                        ///< the file that is being copied
    std::string m_filePath;
    std::uint64_t m_missing = 0; ///< remaining bytes of the file
    std::unique_ptr<char[]> m_piece;
    bool m_finished = false;
};

} // namespace rootlayer::image
