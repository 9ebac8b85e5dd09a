#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/temp_dir.hh"
#include "guest-agent/pack/layer_packer.hh"
#include "guest-agent/pack/pack_times.hh"
#include "layer/entry.hh"

namespace rootlayer::guest {

/// The mtime of everything in a tree, unless a test sets another: whole seconds, as in a squashfs.
inline constexpr std::int64_t kTreeTime = 1'600'000'000;

/// A directory on disk, made by a test.
class Tree final {
  public:
    explicit Tree(std::string path);

    const std::string& path() const { return m_path; }
    std::string at(const std::string& name) const { return m_path + "/" + name; }

    Tree& directory(const std::string& name, unsigned mode = 0755);
    Tree& file(const std::string& name, const std::string& content = "", unsigned mode = 0644);
    Tree& symlink(const std::string& name, const std::string& target);
    Tree& link(const std::string& name, const std::string& existing);
    Tree& fifo(const std::string& name);
    Tree& socket(const std::string& name);
    Tree& time(const std::string& name, std::int64_t seconds, long nanoseconds = 0);
    Tree& xattr(const std::string& name, const std::string& key, const std::string& value);
    /// These need root.
    Tree& device(const std::string& name, unsigned major, unsigned minor);
    Tree& whiteout(const std::string& name) { return device(name, 0, 0); }
    Tree& opaque(const std::string& name) { return xattr(name, "trusted.overlay.opaque", "y"); }

  private:
    std::string m_path;
};

/// An upper and a lower directory, and what packing them gives.
struct Trees {
    Trees();

    TempDir directory;
    Tree lower;
    Tree upper;
    std::vector<std::string> warnings;
    PackLosses losses; ///< of the last packing

    /// The entries of the layer, whose bytes the strict validator has accepted.
    std::vector<layer::Entry> entries(const PackTimes& times = {});
    /// Their paths alone.
    std::vector<std::string> paths(const PackTimes& times = {});
    /// The whole tar.
    std::string tar(const PackTimes& times = {});
};

/// Whether this process can create device nodes and overlayfs's own attributes. Prints a warning if not.
bool canActAsRoot();

/// The validator's view of a layer.
std::vector<layer::Entry> entriesOf(const std::string& tar);
std::vector<std::string> pathsOf(const std::vector<layer::Entry>& entries);

} // namespace rootlayer::guest
