#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/seal.hh"

namespace rootlayer {

/// A directory whose subdirectories each hold one result that was expensive to make. An entry is complete or
/// absent: it is filled as NAME.partial, under a lock, and then renamed. If several processes want the same
/// entry, one of them makes it and the others wait. sweep() removes what a killed process left. Names consist
/// of [a-z0-9.-].
class DirectoryCache final {
  public:
    /// Creates the directory if it does not exist.
    explicit DirectoryCache(std::string directory);

    /// Writes the files of an entry into `directory`, which is empty, and returns a seal that lists them.
    using Fill = std::function<Seal(const std::string& directory)>;

    std::string path(const std::string& name) const { return m_directory + "/" + name; }
    /// The seal of a finished entry whose files match it; nullopt otherwise. Takes microseconds if no file
    /// was changed, moved or copied since it was last read (SealedEntry); otherwise it reads all files once.
    std::optional<Seal> find(const std::string& name) const;
    /// Like find(), but fills the entry first if it is missing or damaged.
    Seal ensure(const std::string& name, const Fill& fill, const CancelToken* cancel = nullptr) const;
    /// The same for an entry that can be stored under one of several names: returns the first of `names` that
    /// exists. A new entry gets the name in the seal that `fill` returns, or else the first name. Only one
    /// process at a time makes an entry with the same first name.
    Seal ensure(const std::vector<std::string>& names, const Fill& fill,
                const CancelToken* cancel = nullptr) const;
    /// Makes the entry again and replaces the present one.
    Seal replace(const std::string& name, const Fill& fill, const CancelToken* cancel = nullptr) const;
    /// Reads all of an entry's files and says what is wrong with them. Empty if nothing is, or if the entry
    /// does not exist.
    std::string damage(const std::string& name, const CancelToken* cancel = nullptr) const;
    /// Reads all of an entry's files: does the entry exist and match its seal?
    bool intact(const std::string& name) const;
    void remove(const std::string& name) const;
    /// Removes the entry unless another process is making or holding it; returns false in that case. Does not
    /// wait.
    bool removeUnused(const std::string& name) const;
    /// Keeps removeUnused() from removing an entry. The entry may not exist: check after the call. Waits only
    /// for a removal in progress.
    CacheHold hold(const std::string& name, const CancelToken* cancel = nullptr) const;
    /// The seal of an entry whose files have the sizes in the seal. Does not read the files and does not
    /// count as a use of the entry.
    std::optional<Seal> look(const std::string& name) const;
    /// Like look(), but counts as a use of the entry.
    std::optional<Seal> use(const std::string& name) const;
    /// The names of the finished entries, sorted.
    std::vector<std::string> names() const;
    /// Removes what killed processes left behind.
    void sweep() const;

  private:
    std::string lockPath(const std::string& name) const { return path(name) + ".lock"; }
    /// The seal of the first entry that exists and is intact. If one is damaged, `damage` says how.
    std::optional<Seal> findAny(const std::vector<std::string>& names, std::string& damage,
                                const CancelToken* cancel) const;
    std::string usePath(const std::string& name) const { return path(name) + ".use"; }
    Seal ensureOnce(const std::vector<std::string>& names, const Fill& fill, const CancelToken* cancel) const;
    Seal fillLocked(const std::string& name, const Fill& fill, const CancelToken* cancel) const;

    std::string m_directory;
};

} // namespace rootlayer
