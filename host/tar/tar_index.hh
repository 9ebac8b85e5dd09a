#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/slice.hh"

namespace rootlayer::tar {

/// Where the members of an image's outer archive are. Only headers are read: one read(2) for each member,
/// whatever its size. Nothing is unpacked.
class TarIndex final {
  public:
    /// The archive is untrusted. Throws Error{Image} for names that leave the archive, repeated names (except
    /// of directories), types other than file, directory and link, more than 20,000 members, a member that
    /// extends beyond the end of the archive, and junk after its end. Missing end blocks are accepted, as in
    /// docker.
    static TarIndex read(const Slice& archive, const CancelToken& cancel);

    bool has(const std::string& name) const { return m_members.count(name) != 0; }
    /// The data of a regular file. Follows symlinks and hard links within the archive. Throws Error{Image} if
    /// there is no such file.
    Slice find(const std::string& name) const;
    /// The name of the regular file that `name` leads to. Throws like find().
    std::string resolve(const std::string& name) const;
    /// The first `most` names of files in order, for messages.
    std::vector<std::string> someNames(std::size_t most) const;

  private:
    friend class TarIndexReader;
    struct Member {
        char type;
        std::uint64_t offset;
        std::uint64_t size;
        std::string linkTarget;
    };

    Slice m_archive;
    std::map<std::string, Member> m_members;
    bool m_whole = true; ///< it ends with two zero blocks
};

} // namespace rootlayer::tar
