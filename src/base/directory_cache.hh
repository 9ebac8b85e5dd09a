#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/seal.hh"

namespace rootlayer {

/// A directory whose subdirectories each hold one result that was expensive to make. An entry is there whole
/// or not at all: it is filled as NAME.partial, under a lock, and renamed; the same entry wanted by several
/// processes is made once. What a killed process left is removed by the next. Names consist of [a-z0-9.-].
class DirectoryCache final {
  public:
    /// Makes the directory if need be.
    explicit DirectoryCache(std::string directory);

    /// Puts the files of an entry into `directory`, which is empty, and returns the seal that names them.
    using Fill = std::function<Seal(const std::string& directory)>;

    std::string path(const std::string& name) const { return m_directory + "/" + name; }
    /// The seal of a finished entry whose files are what it says; nullopt otherwise. Takes microseconds as
    /// long as nothing in it was changed, moved or copied since it was read last (SealedEntry); else all of
    /// it is read, once.
    std::optional<Seal> find(const std::string& name) const;
    /// The same, and the entry is filled first when it is missing or damaged.
    Seal ensure(const std::string& name, const Fill& fill, const CancelToken* cancel = nullptr) const;
    /// The same for an entry that may be kept under one of several names: the first of `names` that is there.
    /// The one that is made has the name in the seal that `fill` returns, or else the first. One is made at a
    /// time under the first name.
    Seal ensure(const std::vector<std::string>& names, const Fill& fill,
                const CancelToken* cancel = nullptr) const;
    /// Puts a new entry in the place of the present one.
    Seal replace(const std::string& name, const Fill& fill, const CancelToken* cancel = nullptr) const;
    /// Reads all of an entry's files: what is wrong with it? Empty when nothing is, and when it is not there.
    std::string damage(const std::string& name) const;
    /// Reads all of an entry's files: is it there, and what its seal says?
    bool intact(const std::string& name) const;
    void remove(const std::string& name) const;
    /// The same unless somebody makes or holds it at this moment; false then. Does not wait.
    bool removeUnused(const std::string& name) const;
    /// Holds an entry, which may be gone: look then. Waits only for a removal that is under way.
    CacheHold hold(const std::string& name, const CancelToken* cancel = nullptr) const;
    /// The seal of an entry whose files have the sizes that it tells; what is in them is not looked at, and
    /// the entry was not used.
    std::optional<Seal> look(const std::string& name) const;
    /// The same, and the entry was used.
    std::optional<Seal> use(const std::string& name) const;
    /// The finished entries, sorted.
    std::vector<std::string> names() const;
    /// Removes what killed processes left behind.
    void sweep() const;

  private:
    std::string lockPath(const std::string& name) const { return path(name) + ".lock"; }
    /// Of the first that is there and whole; what is wrong with one that is not comes into `damage`.
    std::optional<Seal> findAny(const std::vector<std::string>& names, std::string& damage) const;
    std::string usePath(const std::string& name) const { return path(name) + ".use"; }
    Seal ensureOnce(const std::vector<std::string>& names, const Fill& fill, const CancelToken* cancel) const;
    Seal fillLocked(const std::string& name, const Fill& fill, const CancelToken* cancel) const;

    std::string m_directory;
};

} // namespace rootlayer
