#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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
        std::string name; ///< relative to the entry's directory
        std::uint64_t size = 0;
        Digest digest;
        bool sparse = false; ///< the digest is pageDigest()'s
    };
    std::map<std::string, std::string> facts; ///< whatever the owner wants to know again; one line each
    std::vector<File> files;
    CacheHold hold; ///< of the entry, when ensure() or replace() returned this
    /// When ensure() made the entry because the one that was there was damaged: what was wrong. Else empty.
    std::string damage;

    /// Adds a file of `directory` with its size and digest, which it reads.
    void add(const std::string& directory, const std::string& fileName);
    /// The same for a file that is mostly holes.
    void addSparse(const std::string& directory, const std::string& fileName);
    /// Throws Error{Internal} if there is none.
    const std::string& fact(const std::string& key) const;
    /// Of the file with that name. Throws Error{Internal} if there is none.
    const File& file(const std::string& fileName) const;
};

/// The bytes of the file "seal". Its last line is the digest of what stands before it.
std::string encodeSeal(const Seal& seal);
/// nullopt for anything that encodeSeal() did not write: the disk is not to be trusted. Seals of earlier
/// versions, without that digest, are read too.
std::optional<Seal> decodeSeal(const std::string& text);

} // namespace rootlayer
