#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/unique_fd.hh"
#include "store/entry_source.hh"

namespace rootlayer::builder {

/// Files of the host whose data is read when the layer is written. Each must then be what it was when it was
/// found. About 100 bytes of memory for each.
class HostFiles final : public store::OutsideFiles {
  public:
    explicit HostFiles(CancelToken cancel);

    /// A file that is no input, wherever it is: an output.
    void leaveOut(const struct stat& status) { m_leftOut.emplace(status.st_dev, status.st_ino); }
    bool leavesOut(const struct stat& status) const {
        return !m_leftOut.empty() && m_leftOut.contains({status.st_dev, status.st_ino});
    }

    /// Adds a source of contents. `fd` is its directory, or invalid if paths are relative to the working
    /// directory. `name` is what messages call it.
    void addSource(UniqueFd fd, std::string name);
    /// Adds a directory of the last source, by its path in it; "" is the source itself.
    void addDirectory(std::string path);
    /// Adds a file of the last directory. Returns its number.
    std::uint64_t add(std::string name, const struct stat& status);
    /// Notes a file or directory that the caller cannot read.
    void addUnreadable(std::string path) { m_unreadable.push_back(std::move(path)); }
    /// Throws Error{Input} that names all that cannot be read, if there is any.
    void requireReadable() const;

    /// Throws Error{Input} naming the file if it was changed, replaced or removed since it was added.
    void copy(std::uint64_t file, Sink& out) override;

  private:
    /// What tells whether a file is still the same.
    struct Stamp {
        dev_t device = 0;
        ino_t inode = 0;
        off_t size = 0;
        struct timespec modified {};
        struct timespec changed {};

        static Stamp of(const struct stat& status);
        bool operator==(const Stamp& other) const;
    };
    struct ContentsSource {
        UniqueFd fd;
        std::string name;
    };
    struct Directory {
        std::size_t source = 0;
        std::string path;
    };
    struct File {
        std::size_t directory = 0;
        std::string name;
        Stamp stamp;
    };

    UniqueFd open(const File& file);
    int directoryOf(const File& file);
    void requireSame(const File& file, int fd) const;
    std::string nameOf(const File& file) const;
    [[noreturn]] void changed(const File& file) const;

    CancelToken m_cancel;
    std::vector<ContentsSource> m_sources;
    std::vector<Directory> m_directories;
    std::vector<File> m_files;
    std::vector<std::string> m_unreadable;
    std::set<std::pair<dev_t, ino_t>> m_leftOut;
    UniqueFd m_open; ///< the directory of the file that was read last
    std::size_t m_openNumber = SIZE_MAX;
    std::unique_ptr<char[]> m_piece;
};

} // namespace rootlayer::builder
