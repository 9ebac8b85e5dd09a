#pragma once

#include <string>
#include <vector>

#include <rootlayer/build_spec.hh>

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// Options of `build` and `layer` for the files of the host. The defaults are those of `build`.
struct ContentsOptions {
    std::vector<std::string> contents;
    std::vector<std::string> presets;
    std::string uid; ///< empty: root, or the archive's own
    std::string gid;
    bool keepDirlinks = true;
    bool replaceDirlinks = false;
    bool unpackAll = false; ///< all archives that are known by their names, not only tarballs

    void addTo(CLI::App& command);
    /// Adds them to the spec. Throws Error{Usage} naming the option.
    void apply(BuildSpec& spec) const;
};

} // namespace rootlayer::cli
