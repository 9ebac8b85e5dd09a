#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/digest.hh"
#include "base/file_lock.hh"

namespace rootlayer {

/// Keeps DirectoryCache::removeUnused() from removing an entry while it lives.
using CacheHold = std::shared_ptr<const FileLock>;

/// The description of a finished cache entry, stored in its file "seal".
struct Seal {
    /// The entry's name. The fill function may choose another of the requested names.
    std::string name;
    struct File {
        std::string name; ///< relative to the entry's directory
        std::uint64_t size = 0;
        Digest digest;
        bool sparse = false; ///< the digest is that of pageDigest()
    };
    std::map<std::string, std::string> facts; ///< for the owner of the cache; one line each
    std::vector<File> files;
    CacheHold hold; ///< set if ensure() or replace() returned this seal
    /// What was wrong with the previous entry, if ensure() replaced a damaged one; else empty.
    std::string damage;

    /// Adds a file of `directory` with its size and digest. Reads the file. `cancel` may be null.
    void add(const std::string& directory, const std::string& fileName, const CancelToken* cancel = nullptr);
    /// The same for a sparse file.
    void addSparse(const std::string& directory, const std::string& fileName,
                   const CancelToken* cancel = nullptr);
    /// Throws Error{Internal} if there is no such fact.
    const std::string& fact(const std::string& key) const;
    /// The file with that name. Throws Error{Internal} if there is none.
    const File& file(const std::string& fileName) const;
};

/// The bytes of the file "seal". The last line is the digest of all lines before it.
std::string encodeSeal(const Seal& seal);
/// nullopt for anything that encodeSeal() did not write: the disk is not trusted. Accepts seals of earlier
/// versions, which have no digest.
std::optional<Seal> decodeSeal(const std::string& text);

} // namespace rootlayer
