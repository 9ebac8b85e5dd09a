#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/build_spec.hh>
#include <rootlayer/event.hh>

#include "base/stream.hh"
#include "builder/foreign_archive.hh"
#include "builder/host_files.hh"
#include "builder/host_tree.hh"
#include "builder/presets.hh"
#include "image/base_image.hh"
#include "image/spool.hh"
#include "store/flat_tree.hh"

namespace rootlayer::builder {

/// The mtimes of contents, see BuildSpec::contents.
struct ContentsTimes {
    bool keep = false;                 ///< RunSpec::keepTimes
    std::optional<std::int64_t> epoch; ///< RunSpec::sourceDateEpoch
};

/// Makes a layer of files from the host on top of a base (BuildSpec::contents). Only the names and attributes
/// of the base's layers are kept; nothing is unpacked.
class ContentsLayer final {
  public:
    /// Reads the base. Warns about tars without an end. `observer` is not owned and may be null.
    ContentsLayer(const std::vector<image::BaseLayer>& base, std::string temporaryDirectory,
                  ContentsTimes times, CancelToken cancel, Observer* observer = nullptr);

    /// Throws Error{Input} if the source cannot be read, Error{Usage} if the destination is not absolute, and
    /// Error{Layer} if a name is that of a whiteout.
    void add(const Contents& contents);
    /// Throws Error{Resource} from add() when more than `most` entries have been read.
    void limitEntries(std::uint64_t most) { m_mostEntries = most; }
    /// Leaves a regular file out of directories of contents, with a warning: it is an output.
    void leaveOut(const struct stat& output) { m_files.leaveOut(output); }
    /// Adds the files of a preset that neither the base nor earlier contents have. Returns their paths.
    std::vector<std::string> addPreset(const Preset& preset);
    /// Writes the layer as a canonical tar; the data of files is read now. Call once, last. Throws
    /// Error{Input} that names all files that cannot be read, or the one that changed.
    void write(Sink& out);

  private:
    std::unique_ptr<Source> open(const Contents& contents) const;
    void addArchive(const Contents& contents, const store::EditEntry& edit);
    void addFiles(const Contents& contents, const store::EditEntry& edit);
    void addPresetFile(const PresetFile& file);
    bool isArchive() const { return m_format != ArchiveFormat::None; }
    bool has(const std::string& path) { return m_tree.entry(path) || m_base.entry(path); }
    void warn(const std::string& text) const;
    void warnOf(const Contents& contents, const HostTree& files) const;
    /// Whether there is something that is neither a directory nor a link.
    bool isFileAt(const std::string& path) const;
    /// The path in the layer for a path of the contents. Follows symlinks to directories: those of the base,
    /// of earlier contents and of the same contents.
    std::string landing(const std::string& path, bool directory);
    std::string walked(std::string at, const std::string& path, bool directory, bool onwards);
    std::optional<std::string> linkAt(const std::string& path, bool directory, bool last) const;
    void spend(const std::string& path);
    void rememberLink(const layer::Entry& entry);
    /// Maps a path in the source to one in the image, before links are followed.
    using Place = std::function<std::string(const std::string& path)>;
    Place placeOf(const Contents& contents);
    bool edit(const Contents& contents, const Place& place, layer::Entry& entry);
    void setOwner(const Contents& contents, layer::Entry& entry) const;

    std::string m_directory;
    ContentsTimes m_times;
    CancelToken m_cancel;
    Observer* m_observer;
    store::FlatTree m_base;
    store::FileSpool m_spool;
    HostFiles m_files;
    store::FlatTree m_tree;
    ArchiveFormat m_format = ArchiveFormat::None; ///< of the current contents
    bool m_replaceLinks = false;
    /// The symlinks of the current contents, by their path in the layer; "" if another entry has replaced a
    /// link.
    std::map<std::string, std::string> m_links;
    std::optional<std::string> m_parent; ///< the directory of the last path, and where it lands
    std::string m_parentLanding;
    std::uint64_t m_mostEntries = UINT64_MAX;
    std::uint64_t m_entries = 0;        ///< that were read
    std::uint64_t m_archiveEntries = 0; ///< of the payload of the last archive
    std::uint64_t m_steps = 0;          ///< path components walked after a link
};

} // namespace rootlayer::builder
