#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/build_spec.hh>
#include <rootlayer/cancel.hh>

#include "base/swept_dir.hh"
#include "builder/layer_plan.hh"

namespace rootlayer::builder {

/// Reads what `nix-store --dump-db` prints: for each path a line each with its name, hash, size, deriver and
/// number of references, then these. Throws Error{Input} if it is cut off or something else.
std::vector<ClosurePath> parseRegistration(std::string_view text);

/// The Nix store of the host, as nix-store(1) knows it; it is not changed.
class NixStore final {
  public:
    /// `root` is the directory of the host that the store is below; "" is "/". Throws Error{System} if Nix is
    /// not installed.
    NixStore(std::string root, CancelToken cancel);

    /// The registration of the paths and of all that they need. Throws Error{Input} with what nix-store says.
    std::string registration(const std::vector<std::string>& paths) const;

  private:
    std::string ask(const std::vector<std::string>& words, const std::string& what) const;

    std::string m_root;
    CancelToken m_cancel;
};

/// A database of a Nix store for an image, made on the host in a temporary directory: nix/var/nix/db, and the
/// roots of the garbage collector in nix/var/nix/gcroots/rootlayer. The same paths give the same bytes with
/// the same versions of Nix and SQLite; registration times are 1.
class NixDatabase final {
  public:
    /// Throws Error{System} if nix-store or sqlite3 is missing or fails.
    NixDatabase(const std::string& registration, const std::string& temporaryDirectory,
                const CancelToken& cancel);

    /// As contents of the image; valid as long as the object.
    Contents contents() const;

  private:
    void load(const std::string& registration, const CancelToken& cancel) const;
    void addRoots(const std::string& registration) const;

    SweptDir m_directory;
};

} // namespace rootlayer::builder
