#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/digest.hh"
#include "base/file_lock.hh"

namespace rootlayer {

/// While it lives, removeUnused() spares an entry of a cache.
using CacheHold = std::shared_ptr<const FileLock>;

/// What a finished cache entry says of itself, in its file "seal".
struct Seal {
    /// The entry's name. Who fills an entry may choose another of the names that were asked for.
    std::string name;
    struct File {
        std::string name; ///< relative to the entry's folder
        std::uint64_t size = 0;
        Digest digest;
    };
    std::map<std::string, std::string> facts; ///< whatever the owner wants to know again; one line each
    std::vector<File> files;
    CacheHold hold; ///< of the entry, when ensure() or replace() returned this

    /// Adds a file of `folder` with its size and digest, which it reads.
    void add(const std::string& folder, const std::string& fileName);
    /// Throws Error{Internal} if there is none.
    const std::string& fact(const std::string& key) const;
    /// Of the file with that name. Throws Error{Internal} if there is none.
    const File& file(const std::string& fileName) const;
};

/// A folder whose subfolders each hold one result that was expensive to make. An entry is there whole or not
/// at all: it is filled as NAME.partial, under a lock, and renamed; the same entry wanted by several
/// processes is made once. What a killed process left is removed by the next. Names consist of [a-z0-9.-].
class FolderCache final {
  public:
    /// Makes the folder if need be.
    explicit FolderCache(std::string folder);

    /// Puts the files of an entry into `folder`, which is empty, and returns the seal that names them.
    using Fill = std::function<Seal(const std::string& folder)>;

    std::string path(const std::string& name) const { return m_folder + "/" + name; }
    /// The seal of a finished entry whose files have the sizes it tells; nullopt otherwise. Takes
    /// microseconds.
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
    /// Reads all of an entry's files: are they what the seal says?
    bool intact(const std::string& name) const;
    void remove(const std::string& name) const;
    /// The same unless somebody makes or holds it at this moment; false then. Does not wait.
    bool removeUnused(const std::string& name) const;
    /// Holds an entry, which may be gone: look then. Waits only for a removal that is under way.
    CacheHold hold(const std::string& name, const CancelToken* cancel = nullptr) const;
    /// The same as find(), for who only looks: the entry was not used.
    std::optional<Seal> look(const std::string& name) const;
    /// The finished entries, sorted.
    std::vector<std::string> names() const;
    /// Removes what killed processes left behind.
    void sweep() const;

  private:
    std::string lockPath(const std::string& name) const { return path(name) + ".lock"; }
    std::optional<Seal> findAny(const std::vector<std::string>& names) const;
    std::string usePath(const std::string& name) const { return path(name) + ".use"; }
    Seal ensureOnce(const std::vector<std::string>& names, const Fill& fill, const CancelToken* cancel) const;
    Seal fillLocked(const std::string& name, const Fill& fill, const CancelToken* cancel) const;

    std::string m_folder;
};

} // namespace rootlayer
