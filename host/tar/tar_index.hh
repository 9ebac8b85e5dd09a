#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/slice.hh"

namespace rootlayer::tar {

/// Where the members of an image's outer archive lie. Only headers are read, so it costs a read(2) a member,
/// whatever their size. Nothing is ever unpacked.
class TarIndex final {
  public:
    /// Hostile input: throws Error{Image} for names that leave the archive, names that are there twice
    /// (directories may be), types other than file, directory and link, more than 20000 members, a member
    /// beyond the end, an end within a member, and anything after the end. Without end blocks it is read, as
    /// docker does.
    static TarIndex read(const Slice& archive, const CancelToken& cancel);

    bool has(const std::string& name) const { return m_members.count(name) != 0; }
    /// The data of a regular file, through symlinks and hard links within the archive. Throws Error{Image}
    /// when there is none.
    Slice find(const std::string& name) const;
    /// The regular file that `name` stands for, after links; throws like find().
    std::string resolve(const std::string& name) const;
    /// For messages: some names, in order.
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
    bool m_whole = true; ///< two zero blocks end it
};

} // namespace rootlayer::tar
