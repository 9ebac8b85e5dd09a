#include "image/tar_index.hh"

#include <algorithm>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "image/member_name.hh"

namespace rootlayer::image {

namespace {

constexpr std::size_t kMaxMembers = 20'000;
constexpr std::uint64_t kMaxExtension = 1024 * 1024; // bytes of one pax header or long name
constexpr std::uint64_t kMaxPadding = 1024 * 1024;   // bytes of zeros after the end
constexpr int kMaxLinks = 8;

constexpr std::string_view kTruncated = "the archive is truncated: fetch it, or make it, again";

constexpr char kFile = '0';
constexpr char kHardLink = '1';
constexpr char kSymlink = '2';
constexpr char kDirectory = '5';
constexpr char kPax = 'x';
constexpr char kGnuName = 'L';
constexpr char kGnuLink = 'K';

constexpr std::uint64_t padded(std::uint64_t size) {
    return (size + kTarBlock - 1) / kTarBlock * kTarBlock;
}

[[noreturn]] void fail(const Slice& archive, std::string_view why, std::string hint = {}) {
    throw Error(ErrorCode::Image, fmt::format("{} {}", archive.name, why), std::move(hint));
}

} // namespace

/// One pass over the headers.
class TarIndexReader final {
  public:
    TarIndexReader(const Slice& archive, const CancelToken& cancel) : m_cancel(cancel) {
        m_index.m_archive = archive;
    }

    TarIndex run() {
        while (m_at < archive().size && step())
            m_cancel.check();
        checkTail();
        return std::move(m_index);
    }

  private:
    bool step() {
        const std::string block = take(kTarBlock);
        m_ended = isZeroBlock(block);
        if (m_ended) return false;
        TarHeader header = TarHeader::parse(block, m_at - kTarBlock, archive().name);
        if (header.type == '\0' || header.type == '7') header.type = kFile;
        if (!takeExtension(header)) addMember(std::move(header));
        return true;
    }

    /// Whether the header was one of those that only speak of the next.
    bool takeExtension(const TarHeader& header) {
        if (header.type != kPax && header.type != kGnuName && header.type != kGnuLink) return false;
        if (header.size > kMaxExtension) fail(archive(), "has a header of more than 1 MiB");
        std::string data = take(padded(header.size));
        data.resize(static_cast<std::size_t>(header.size));
        if (header.type == kPax) {
            m_extensions.addPax(data, archive().name);
        } else {
            data.resize(std::min(data.find('\0'), data.size()));
            (header.type == kGnuName ? m_extensions.name : m_extensions.linkTarget) = std::move(data);
        }
        m_extended = true;
        return true;
    }

    void addMember(TarHeader header) {
        m_extensions.applyTo(header, archive().name);
        m_extensions = {};
        m_extended = false;
        const std::string name = memberName(header.name, archive().name);
        checkType(header, name);
        const std::uint64_t size = header.type == kFile ? header.size : 0;
        if (padded(size) > archive().size - m_at)
            fail(archive(), fmt::format("ends within its member {}", quote(name)), std::string(kTruncated));
        insert(name, {header.type, m_at, size, std::move(header.linkTarget)});
        m_at += padded(size);
    }

    void checkType(const TarHeader& header, const std::string& name) const {
        if (std::string_view("0125").find(header.type) == std::string_view::npos) {
            fail(archive(), fmt::format("has a member {} of the type '{}', which no image has", quote(name),
                                        escaped({&header.type, 1})));
        }
        if (header.type == kFile && (name.empty() || header.name.ends_with('/'))) {
            fail(archive(), fmt::format("has a file with the name of a folder, {}", quote(header.name)));
        }
    }

    void insert(const std::string& name, TarIndex::Member member) {
        const bool folder = member.type == kDirectory;
        const auto [at, inserted] = m_index.m_members.emplace(name, std::move(member));
        if (!inserted && !(folder && at->second.type == kDirectory)) {
            fail(archive(), fmt::format("has the member {} twice", quote(name)));
        }
        if (m_index.m_members.size() > kMaxMembers)
            fail(archive(), fmt::format("has more than {} members", kMaxMembers));
    }

    void checkTail() {
        if (m_extended) fail(archive(), "ends after a header for a member that is not there");
        m_index.m_whole = m_ended && m_at < archive().size;
        // All that is used is named by a document with its digest: what a cut took away is missed.
        if (!m_index.m_whole) return;
        if (!isZeroBlock(take(kTarBlock))) fail(archive(), "has a single zero block where its end should be");
        if (archive().size - m_at > kMaxPadding) fail(archive(), "has more than 1 MiB after its end");
        if (!isZeroBlock(take(archive().size - m_at))) fail(archive(), "has something after its end");
    }

    std::string take(std::uint64_t count) {
        if (count > archive().size - m_at) {
            fail(archive(), "is cut off within a member", std::string(kTruncated));
        }
        std::string bytes(static_cast<std::size_t>(count), '\0');
        archive().read(m_at, bytes);
        m_at += count;
        return bytes;
    }

    const Slice& archive() const { return m_index.m_archive; }

    TarIndex m_index;
    const CancelToken& m_cancel;
    TarExtensions m_extensions;
    bool m_extended = false;
    bool m_ended = false;
    std::uint64_t m_at = 0;
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
            fail(m_archive, fmt::format("has a folder where the file {} should be", quote(at)));
        // A hard link names its member from the archive's root.
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

} // namespace rootlayer::image
