#include "layer/diff.hh"

#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/order.hh"
#include "layer/whiteout.hh"

namespace rootlayer::layer {

namespace {

using Report = std::function<void(const Difference&)>;

constexpr std::string_view kAbsent = "-";

std::string typeName(const Entry& entry) {
    if (isWhiteoutPath(entry.path)) return "whiteout";
    switch (entry.type) {
    case EntryType::File:
        return "file";
    case EntryType::HardLink:
        return "hard link";
    case EntryType::Symlink:
        return "symlink";
    case EntryType::CharDevice:
        return "character device";
    case EntryType::BlockDevice:
        return "block device";
    case EntryType::Directory:
        return "directory";
    case EntryType::Fifo:
        return "fifo";
    }
    return "unknown";
}

std::string device(const Entry& entry) {
    return fmt::format("{}:{}", entry.devMajor, entry.devMinor);
}

/// Compares two entries with the same path.
class EntryComparison final {
  public:
    EntryComparison(const std::string& path, const Report& report) : m_path(path), m_report(report) {}

    void compare(const DigestedEntry& a, const DigestedEntry& b) {
        if (!check("type", typeName(a.entry), typeName(b.entry))) return;
        check("mode", fmt::format("{:04o}", a.entry.mode), fmt::format("{:04o}", b.entry.mode));
        check("uid", std::to_string(a.entry.uid), std::to_string(b.entry.uid));
        check("gid", std::to_string(a.entry.gid), std::to_string(b.entry.gid));
        check("size", std::to_string(a.entry.size), std::to_string(b.entry.size));
        check("mtime", std::to_string(a.entry.mtime), std::to_string(b.entry.mtime));
        check("link", quote(a.entry.linkTarget), quote(b.entry.linkTarget));
        check("device", device(a.entry), device(b.entry));
        compareXattrs(a.entry, b.entry);
        check("content", a.content.str(), b.content.str());
    }

    /// Reports a difference; true if there is none.
    bool check(std::string field, std::string a, std::string b) {
        if (a == b) return true;
        ++m_count;
        m_report({m_path, std::move(field), std::move(a), std::move(b)});
        return false;
    }

    std::uint64_t count() const { return m_count; }

  private:
    void compareXattrs(const Entry& a, const Entry& b) {
        auto names = a.xattrs;
        names.insert(b.xattrs.begin(), b.xattrs.end());
        for (const auto& [name, ignored] : names)
            check("xattr " + escaped(name), xattr(a, name), xattr(b, name));
    }

    static std::string xattr(const Entry& entry, const std::string& name) {
        const auto at = entry.xattrs.find(name);
        return at == entry.xattrs.end() ? std::string(kAbsent) : quote(at->second);
    }

    const std::string& m_path;
    const Report& m_report;
    std::uint64_t m_count = 0;
};

std::optional<DigestedEntry> nextOf(LayerReader& reader, const char* which) {
    try {
        return reader.next();
    } catch (Error& error) {
        error.addContext(which);
        throw;
    }
}

/// Less if only a has the next entry, greater if only b has it, equal if both do.
std::strong_ordering whichFirst(const std::optional<DigestedEntry>& a,
                                const std::optional<DigestedEntry>& b) {
    if (!a) return std::strong_ordering::greater;
    if (!b) return std::strong_ordering::less;
    return compareLayerPaths(a->entry.path, b->entry.path);
}

} // namespace

std::uint64_t compareEntries(const NextEntry& a, const NextEntry& b, const Report& report) {
    std::uint64_t count = 0;
    auto entryA = a();
    auto entryB = b();
    while (entryA || entryB) {
        const auto first = whichFirst(entryA, entryB);
        EntryComparison comparison((first > 0 ? entryB : entryA)->entry.path, report);
        if (first == 0)
            comparison.compare(*entryA, *entryB);
        else if (first < 0)
            comparison.check("presence", typeName(entryA->entry), std::string(kAbsent));
        else
            comparison.check("presence", std::string(kAbsent), typeName(entryB->entry));
        count += comparison.count();
        if (first <= 0) entryA = a();
        if (first >= 0) entryB = b();
    }
    return count;
}

std::uint64_t compareLayers(Source& a, Source& b, const Report& report, ValidatorLimits limits) {
    LayerReader readerA(a, limits);
    LayerReader readerB(b, limits);
    return compareEntries([&] { return nextOf(readerA, "the first layer"); },
                          [&] { return nextOf(readerB, "the second layer"); }, report);
}

} // namespace rootlayer::layer
