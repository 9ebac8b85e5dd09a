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
#include "image/base_image.hh"
#include "image/spool.hh"
#include "store/flat_tree.hh"

namespace rootlayer::builder {

/// What times of contents become.
struct ContentsTimes {
    bool keep = false;
    std::optional<std::int64_t> epoch; ///< RunSpec::sourceDateEpoch
};

/// Makes one layer of files from the host, as it looks on a base (BuildSpec::contents). The base's layers are
/// read for their names; nothing is unpacked.
class ContentsLayer final {
  public:
    /// Reads the base. The observer is told of tars without an end; not owned, may be null.
    ContentsLayer(const std::vector<image::BaseLayer>& base, std::string temporaryDirectory,
                  ContentsTimes times, CancelToken cancel, Observer* observer = nullptr);

    /// Throws Error{Input} for a source that cannot be read, Error{Usage} for a destination that makes no
    /// sense, and Error{Layer} for the name of a whiteout.
    void add(const Contents& contents);
    /// The canonical tar. Once, at the end.
    void write(Sink& out) { m_tree.write(out); }

  private:
    std::unique_ptr<Source> open(const Contents& contents) const;
    std::unique_ptr<Source> openFile(const Contents& contents) const;
    /// Where a path of the contents lands, with links to directories followed: those of the base, of earlier
    /// contents, and of the same.
    std::string landing(const std::string& path, bool directory);
    std::optional<std::string> linkAt(const std::string& path, bool directory, bool last) const;
    void spend(const std::string& path);
    void rememberLink(const layer::Entry& entry);
    /// From a path in the source to one in the image, before the base's links are followed.
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
    store::FlatTree m_tree;
    /// The symbolic links of the contents at hand, by where they landed; "" where something else has taken
    /// the place of a link.
    std::map<std::string, std::string> m_links;
    std::uint64_t m_steps = 0; ///< that were taken along links
};

} // namespace rootlayer::builder
