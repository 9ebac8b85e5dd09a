#pragma once

#include <optional>
#include <string>

#include "base/seal.hh"

namespace rootlayer {

/// The files of a finished cache entry, held against its seal. A file that was read once need not be read
/// again as long as its inode, size, mtime and ctime stay: these stand in the entry's file "verified". Nobody
/// can set the ctime, so that whoever writes to a file or copies it changes them; a disk that forgets does
/// not.
class SealedEntry final {
  public:
    /// Reads the seal. `directory` may be missing.
    explicit SealedEntry(std::string directory);

    /// nullopt when there is none, or none that can be believed: see damage().
    const std::optional<Seal>& seal() const { return m_seal; }
    /// Is anything there at all?
    bool exists() const { return m_exists; }

    /// What is wrong with it at first sight: no seal, or a file that is missing, of another size, or somebody
    /// else's. Empty when nothing is. Takes microseconds.
    std::string damage() const;
    /// The same, and each file that is not as it was last read is read and held against its digest.
    std::string verify() const;
    /// The same, reading all.
    std::string readAll() const;

    /// Writes down that the files, which were just read, are as the seal says. Does nothing on a file system
    /// that cannot be written, or whose times are too coarse to show that they stay so.
    void remember() const noexcept;

  private:
    std::string contentDamage() const;
    /// What changes when a file does.
    std::string state() const;
    std::string path(const std::string& name) const { return m_directory + "/" + name; }

    std::string m_directory;
    bool m_exists = false;
    std::string m_text;
    std::optional<Seal> m_seal;
};

/// Writes the seal of a new entry, and that its files were just read.
void sealEntry(const std::string& directory, const Seal& seal);

/// Tells whoever tidies the cache that the entry was in use.
void touchSeal(const std::string& directory);

} // namespace rootlayer
