#pragma once

#include <cstdint>

#include "base/stream.hh"
#include "layer/entry.hh"

namespace rootlayer::store {

/// Entries that do not come from a tar, such as the files of a directory on the host.
class EntrySource {
  public:
    virtual ~EntrySource() = default;
    /// The next entry, valid until the next call; null at the end.
    virtual const layer::Entry* next() = 0;
    /// The number of the last entry's data in OutsideFiles. Only a File has data.
    virtual std::uint64_t file() const = 0;
};

/// Files whose data stays where it is until the tree is written.
class OutsideFiles {
  public:
    virtual ~OutsideFiles() = default;
    /// Writes all the data of a file. Throws if the file is not as it was when its entry was made.
    virtual void copy(std::uint64_t file, Sink& out) = 0;
};

} // namespace rootlayer::store
