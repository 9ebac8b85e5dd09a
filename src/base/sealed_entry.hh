#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/seal.hh"

namespace rootlayer {

/// Checks the files of a finished cache entry against its seal. A file that was read once need not be read
/// again while its inode number, size, mtime and ctime stay the same; the entry's file "verified" records
/// them. No program can set the ctime, so every write or copy is noticed. Corruption by the disk itself is
/// not.
class SealedEntry final {
  public:
    /// Reads the seal. `directory` may be missing. It and its files may belong to `otherOwners` too, and else
    /// only to this user.
    explicit SealedEntry(std::string directory, std::vector<uid_t> otherOwners = {});

    /// nullopt if the seal is missing or invalid: see damage().
    const std::optional<Seal>& seal() const { return m_seal; }
    /// Does the directory exist?
    bool exists() const { return m_exists; }

    /// What is wrong with the entry, without reading its files: the seal is missing or invalid, or a file is
    /// missing, has another size or another owner. Empty if nothing is wrong. Takes microseconds.
    std::string damage() const;
    /// Like damage(), but also reads each file that has changed since it was last read, and checks its
    /// digest. `cancel` may be null.
    std::string verify(const CancelToken* cancel = nullptr) const;
    /// Like verify(), but reads all files.
    std::string readAll(const CancelToken* cancel = nullptr) const;
    /// Reads all files, which must be there, and checks their digests. Records nothing.
    std::string contentDamage(const CancelToken* cancel = nullptr) const;

    /// Records that the files, which were just read, match the seal. Does nothing if the file system is
    /// read-only, or if its times are too coarse to show a later change.
    void remember() const noexcept;

  private:
    bool mayOwn(uid_t user) const;
    /// A text that differs after any change to a file.
    std::string state() const;
    std::string path(const std::string& name) const { return m_directory + "/" + name; }

    std::string m_directory;
    std::vector<uid_t> m_otherOwners;
    bool m_exists = false;
    std::string m_text;
    std::optional<Seal> m_seal;
};

/// Writes the seal of a new entry, and records that its files were just read.
void sealEntry(const std::string& directory, const Seal& seal);

/// Marks the entry as used now, for pruning.
void touchSeal(const std::string& directory);

} // namespace rootlayer
