#pragma once

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

/// A directory of the caller's as a canonical layer tar: owners, modes, times, extended attributes, hard
/// links and devices as they are; sockets are left out, and the root itself has no entry. No symlink is
/// followed. Throws Error{Input} naming what cannot be read, what is named as a whiteout would be, and other
/// file systems mounted in it.
class DirectorySource final : public Source {
  public:
    DirectorySource(const std::string& path, CancelToken cancel);
    std::size_t read(std::span<char> buffer) override;

  private:
    /// A directory that is being walked, and what is left of it.
    struct Level {
        std::string prefix; ///< "a/b/", "" for the root
        std::vector<std::string> names;
        std::size_t next = 0;
    };

    void step();
    void copyData();
    void addEntry(const std::string& path);
    void addFile(const layer::Entry& entry, const DirectoryEntry& found);
    bool addHardLink(layer::Entry& entry, const DirectoryEntry& found);
    DirectoryEntry openEntry(const std::string& path) const;
    [[noreturn]] void fail(const std::string& path, std::string_view why, std::string hint) const;

    std::string m_path;
    CancelToken m_cancel;
    UniqueFd m_root;
    dev_t m_device = 0;
    StringSink m_out;
    layer::TarWriter m_writer;
    std::string m_ready; ///< bytes of the tar, from m_taken on
    std::size_t m_taken = 0;
    std::vector<Level> m_levels;
    std::map<std::pair<dev_t, ino_t>, std::string> m_links; ///< the first names of files that have several
    UniqueFd m_file;                                        ///< whose data is being copied
    std::string m_filePath;
    std::uint64_t m_missing = 0; ///< bytes of it
    std::unique_ptr<char[]> m_piece;
    bool m_finished = false;
};

} // namespace rootlayer::image
