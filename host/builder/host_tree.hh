#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include <rootlayer/build_spec.hh>
#include <rootlayer/cancel.hh>

#include "base/unique_fd.hh"
#include "builder/host_files.hh"
#include "store/entry_source.hh"

namespace rootlayer::builder {

/// The entries of one source of contents, a directory or a regular file, in the order of a layer. A directory
/// comes first, with an empty path and mode 0755; a file has the path "file". Modes, times, extended
/// attributes, hard links and devices are the host's. Sockets are left out. Throws Error{Input} for mount
/// points of other file systems, and for what vanishes while it is read; what the caller may not read goes to
/// HostFiles.
class HostTree final : public store::EntrySource {
  public:
    /// `files` is not owned. `source` must exist.
    HostTree(const std::string& source, DirectoryLinks links, HostFiles& files, CancelToken cancel);

    const layer::Entry* next() override;
    std::uint64_t file() const override { return m_file; }

    /// Paths in the source of the sockets, and of the links to directories that stay links because they lead
    /// out of it or to a directory that holds them.
    const std::vector<std::string>& sockets() const { return m_sockets; }
    const std::vector<std::string>& keptLinks() const { return m_keptLinks; }
    /// The same for files that HostFiles leaves out.
    const std::vector<std::string>& leftOut() const { return m_leftOut; }
    /// The same for what has attributes of trusted.*, which a layer cannot hold.
    const std::vector<std::string>& withLostXattrs() const { return m_withLostXattrs; }

  private:
    using Identity = std::pair<dev_t, ino_t>;
    struct Item {
        std::string name;
        struct stat status {};
        layer::Entry entry;
        std::uint64_t file = 0;
    };
    /// A directory that is being walked.
    struct Level {
        std::string path; ///< "" for the source
        Identity identity;
        std::vector<Item> items;
        std::size_t next = 0;
    };

    void enter(const std::string& path, const struct stat& status);
    std::vector<Item> itemsOf(int directory, const std::string& path);
    /// False if the name is not to be in the layer.
    bool describe(int directory, const std::string& parent, Item& item);
    void describeLink(int directory, const std::string& path, Item& item);
    /// The directory that a link leads to, if it is to be copied.
    std::optional<struct stat> followed(int directory, const std::string& path, const Item& item);
    bool isAbove(const Identity& identity) const;
    bool readable(int directory, const Item& item) const;
    /// Returns 0 or errno.
    int addXattrs(const std::string& file, const std::string& path, layer::Entry& entry);
    bool linkToEarlier(const Item& item, layer::Entry& entry);
    std::string shown(const std::string& path) const;
    [[noreturn]] void fail(const std::string& path, int number) const;

    std::string m_source;
    DirectoryLinks m_links;
    HostFiles& m_files;
    CancelToken m_cancel;
    UniqueFd m_root; ///< the source, if it is a directory
    uid_t m_user;
    std::vector<Level> m_levels;
    std::map<Identity, std::string> m_firstNames; ///< of files with several names
    layer::Entry m_entry;
    std::optional<layer::Entry> m_top; ///< of the source itself, until next() returns it
    std::uint64_t m_file = 0;
    std::vector<std::string> m_sockets;
    std::vector<std::string> m_keptLinks;
    std::vector<std::string> m_leftOut;
    std::vector<std::string> m_withLostXattrs;
};

} // namespace rootlayer::builder
