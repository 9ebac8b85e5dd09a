#include "tar/tar_index.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "tar/member_meaning.hh"
#include "tar/member_name.hh"
#include "tar/tar_blocks.hh"

namespace rootlayer::tar {

namespace {

constexpr std::size_t kMaxMembers = 20'000;
constexpr int kMaxLinks = 8;

constexpr std::string_view kTruncated = "the archive is truncated: download or create it again";

constexpr char kFile = '0';
constexpr char kHardLink = '1';
constexpr char kDirectory = '5';

[[noreturn]] void fail(const Slice& archive, std::string_view why, std::string hint = {}) {
    throw Error(ErrorCode::Image, fmt::format("{} {}", archive.name, why), std::move(hint));
}

bool isSparse(const TarMember& member) {
    const auto first = member.pax.lower_bound("GNU.sparse.");
    return first != member.pax.end() && first->first.starts_with("GNU.sparse.");
}

} // namespace

/// One pass over the headers.
class TarIndexReader final {
  public:
    TarIndexReader(const Slice& archive, const CancelToken& cancel) : m_blocks(archive), m_cancel(cancel) {
        m_index.m_archive = archive;
    }

    TarIndex run() {
        while (const auto* member = next()) {
            take(*member);
            m_cancel.check();
        }
        m_index.m_whole = !m_blocks.end().missing();
        if (m_blocks.end().junk) fail(archive(), "has data after its end");
        return std::move(m_index);
    }

  private:
    const TarMember* next() {
        try {
            return m_blocks.next();
        } catch (Error& error) {
            if (m_blocks.failedReading()) throw;
            error.addContext(archive().name);
            error.addHint(m_blocks.number() == 1 ? "it is not a tar archive"
                                                 : "the archive is damaged: download or create it again");
            throw;
        }
    }

    void take(const TarMember& member) {
        MemberMeaning meaning;
        try {
            meaning = meaningOf(member);
        } catch (Error& error) {
            error.addContext(fmt::format("{}: entry {}", archive().name, member.number));
            throw;
        }
        const std::string name = memberName(meaning.path, archive().name);
        checkType(member, meaning, name);
        if (member.stored > archive().size - member.offset)
            fail(archive(), fmt::format("ends within its member {}", quote(name)), std::string(kTruncated));
        insert(name, {meaning.type, member.offset, member.stored, std::move(meaning.linkTarget)});
    }

    void checkType(const TarMember& member, const MemberMeaning& meaning, const std::string& name) const {
        if (std::string_view("0125").find(meaning.type) == std::string_view::npos || isSparse(member)) {
            fail(archive(),
                 fmt::format("has a member {} of the type '{}', which is not allowed in an image",
                             quote(name), isSparse(member) ? "sparse" : escaped({&meaning.type, 1})));
        }
        if (meaning.type == kFile && (name.empty() || meaning.path.ends_with('/'))) {
            fail(archive(), fmt::format("has a file with the name of a directory, {}", quote(meaning.path)));
        }
    }

    void insert(const std::string& name, TarIndex::Member member) {
        const bool directory = member.type == kDirectory;
        const auto [at, inserted] = m_index.m_members.emplace(name, std::move(member));
        if (!inserted && !(directory && at->second.type == kDirectory)) {
            fail(archive(), fmt::format("has the member {} twice", quote(name)));
        }
        if (m_index.m_members.size() > kMaxMembers)
            fail(archive(), fmt::format("has more than {} members", kMaxMembers));
    }

    const Slice& archive() const { return m_index.m_archive; }

    TarIndex m_index;
    TarBlocks m_blocks;
    const CancelToken& m_cancel;
};

TarIndex TarIndex::read(const Slice& archive, const CancelToken& cancel) {
    return TarIndexReader(archive, cancel).run();
}

std::string TarIndex::resolve(const std::string& name) const {
    std::string at = name;
    for (int links = 0; links <= kMaxLinks; ++links) {
        const auto found = m_members.find(at);
        if (found == m_members.end()) {
            fail(m_archive,
                 at == name
                     ? fmt::format("has no member {}", quote(name))
                     : fmt::format("has no member {}, which its link {} points to", quote(at), quote(name)),
                 m_whole ? std::string() : std::string(kTruncated));
        }
        if (found->second.type == kFile) return at;
        if (found->second.type == kDirectory)
            fail(m_archive, fmt::format("has a directory where the file {} should be", quote(at)));
        // The target of a hard link is relative to the archive's root.
        at = found->second.type == kHardLink ? memberName(found->second.linkTarget, m_archive.name)
                                             : symlinkTarget(at, found->second.linkTarget, m_archive.name);
    }
    fail(m_archive,
         fmt::format("has a member {} that is a chain of more than {} links", quote(name), kMaxLinks));
}

Slice TarIndex::find(const std::string& name) const {
    const Member& member = m_members.at(resolve(name));
    return {m_archive.file, m_archive.offset + member.offset, member.size,
            fmt::format("the member {} of {}", quote(name), m_archive.name)};
}

std::vector<std::string> TarIndex::someNames(std::size_t most) const {
    std::vector<std::string> names;
    for (const auto& [name, member] : m_members) {
        if (names.size() == most) break;
        if (member.type == kFile) names.push_back(name);
    }
    return names;
}

} // namespace rootlayer::tar
