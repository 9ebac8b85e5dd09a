#include "image/manifest_choice.hh"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "image/image_name.hh"
#include "image/indexed_images.hh"
#include "oci/media_type.hh"

namespace rootlayer::image {

namespace {

/// Entries of an index, which the LayoutDocuments keep.
using Entries = std::vector<const oci::Descriptor*>;

constexpr std::size_t kListed = 10;     // names in a message
constexpr std::size_t kShownName = 400; // longer than any valid name

template <typename Test>
Entries only(const Entries& entries, Test test) {
    Entries result;
    std::copy_if(entries.begin(), entries.end(), std::back_inserter(result),
                 [&](const oci::Descriptor* one) { return test(*one); });
    return result;
}

bool isFor(const oci::Descriptor& descriptor, const oci::Platform& platform) {
    return !descriptor.platform || oci::matches(*descriptor.platform, platform);
}

std::string shown(const std::string& text) {
    return escaped(std::string_view(text).substr(0, kShownName));
}

std::string nameOf(const oci::Descriptor& descriptor) {
    const std::string tag = descriptor.annotation(oci::kRefName);
    const std::string name = tag.empty() ? "@" + descriptor.digest.str() : shown(tag);
    return descriptor.platform ? fmt::format("{} ({})", name, shown(descriptor.platform->str())) : name;
}

std::string list(const Entries& entries) {
    std::map<std::string, std::size_t> counts;
    for (const oci::Descriptor* one : entries)
        ++counts[nameOf(*one)];
    std::vector<std::string> names;
    for (const oci::Descriptor* one : entries) {
        if (names.size() == kListed) {
            names.emplace_back("...");
            break;
        }
        auto name = nameOf(*one);
        // A name that several images share is shown with the digest.
        if (counts[name] > 1 && !one->annotation(oci::kRefName).empty()) name += " @" + one->digest.str();
        names.push_back(std::move(name));
    }
    return names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "));
}

/// Whether all entries are the same image, which may have several tags.
bool allTheSame(const Entries& entries) {
    return std::all_of(entries.begin(), entries.end(),
                       [&](const auto* one) { return one->digest == entries.front()->digest; });
}

class Choice final {
  public:
    Choice(LayoutDocuments& documents, const oci::Reference& reference, const oci::Platform& platform)
        : m_documents(documents), m_files(*documents.files()), m_reference(reference), m_platform(platform),
          m_name(fullImageName(reference.selector)) {}

    oci::Descriptor run() {
        oci::Descriptor at = fromTop();
        for (int depth = 1; oci::media_type::isIndex(at.mediaType); ++depth) {
            if (depth > kMaxIndexDepth)
                fail(ErrorCode::Image, fmt::format("nests more than {} indexes", kMaxIndexDepth));
            at = fromNested(m_documents.index(at));
        }
        if (!oci::media_type::isManifest(at.mediaType)) {
            fail(ErrorCode::Image, fmt::format("leads to {} with the media type {}, which is not an image",
                                               at.digest.str(), quote(at.mediaType)));
        }
        if (m_reference.digest && !m_pinned) noSuchImage({&at});
        return at;
    }

  private:
    oci::Descriptor fromTop() {
        const Entries all = images(m_documents.top());
        Entries left = all;
        if (!m_reference.selector.empty()) left = only(left, [&](const auto& one) { return isNamed(one); });
        pin(left);
        if (left.empty()) noSuchImage(all);
        if (!allTheSame(left)) left = only(left, [&](const auto& one) { return isFor(one, m_platform); });
        if (left.empty()) noneForPlatform(all);
        if (!allTheSame(left)) {
            fail(ErrorCode::Usage,
                 fmt::format("has {} images, and {} does not say which: {}", left.size(),
                             quote(m_reference.str()), list(left)),
                 "choose one: add :TAG or @DIGEST to the path");
        }
        return *left.front();
    }

    oci::Descriptor fromNested(const oci::Index& index) {
        Entries left = images(index);
        pin(left);
        const Entries fitting = only(left, [&](const auto& one) { return isFor(one, m_platform); });
        if (fitting.empty()) noneForPlatform(left);
        const auto exact = std::find_if(fitting.begin(), fitting.end(),
                                        [&](const auto* one) { return one->platform == m_platform; });
        return exact == fitting.end() ? *fitting.front() : **exact;
    }

    Entries images(const oci::Index& index) const {
        Entries result;
        for (const oci::Descriptor& one : index.manifests) {
            m_files.checkCancelled();
            if (!isAttestation(one)) result.push_back(&one);
        }
        return result;
    }

    bool isNamed(const oci::Descriptor& descriptor) const {
        m_files.checkCancelled();
        const std::string full = descriptor.annotation(oci::kImageName);
        return descriptor.annotation(oci::kRefName) == m_reference.selector ||
               (!full.empty() && fullImageName(full) == m_name);
    }

    /// Selects the entry with the requested digest, which may be here or in a nested index.
    void pin(Entries& entries) {
        if (!m_reference.digest || m_pinned) return;
        const Entries found =
            only(entries, [&](const auto& one) { return one.digest == *m_reference.digest; });
        if (found.empty()) return;
        entries = found;
        m_pinned = true;
    }

    [[noreturn]] void fail(ErrorCode code, const std::string& why, std::string hint = {}) const {
        throw Error(code, fmt::format("{} {}", m_files.what(), why), std::move(hint));
    }

    [[noreturn]] void noSuchImage(const Entries& all) const {
        if (all.empty()) fail(ErrorCode::Image, "has no image in its index", "it may be incomplete");
        fail(ErrorCode::Usage, fmt::format("has no image {}", quote(m_reference.str())),
             "it has: " + list(all));
    }

    [[noreturn]] void noneForPlatform(const Entries& all) const {
        if (all.empty()) fail(ErrorCode::Image, "has no image in its index", "it may be incomplete");
        fail(ErrorCode::Platform, fmt::format("has no image for {}; it has {}", m_platform.str(), list(all)),
             "use another image or another --platform");
    }

    LayoutDocuments& m_documents;
    const ImageFiles& m_files;
    const oci::Reference& m_reference;
    const oci::Platform& m_platform;
    std::string m_name; ///< the reference's, in full
    bool m_pinned = false;
};

} // namespace

oci::Descriptor chooseManifest(LayoutDocuments& documents, const oci::Reference& reference,
                               const oci::Platform& platform) {
    return Choice(documents, reference, platform).run();
}

} // namespace rootlayer::image
