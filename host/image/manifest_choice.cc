#include "image/manifest_choice.hh"

#include <algorithm>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "image/image_name.hh"
#include "image/oci_index.hh"
#include "oci/media_type.hh"

namespace rootlayer::image {

namespace {

using Descriptors = std::vector<oci::Descriptor>;

constexpr std::size_t kListed = 10;

template <typename Test>
Descriptors only(const Descriptors& descriptors, Test test) {
    Descriptors result;
    std::copy_if(descriptors.begin(), descriptors.end(), std::back_inserter(result), test);
    return result;
}

bool isNamed(const oci::Descriptor& descriptor, const std::string& name) {
    const std::string tag = descriptor.annotation(oci::kRefName);
    const std::string full = descriptor.annotation(oci::kImageName);
    return tag == name || (!full.empty() && fullImageName(full) == fullImageName(name));
}

bool isFor(const oci::Descriptor& descriptor, const oci::Platform& platform) {
    return !descriptor.platform || oci::matches(*descriptor.platform, platform);
}

std::string nameOf(const oci::Descriptor& descriptor) {
    const std::string tag = descriptor.annotation(oci::kRefName);
    const std::string name = tag.empty() ? "@" + descriptor.digest.str() : escaped(tag);
    return descriptor.platform ? fmt::format("{} ({})", name, escaped(descriptor.platform->str())) : name;
}

std::string list(const Descriptors& descriptors) {
    std::vector<std::string> names;
    for (const oci::Descriptor& descriptor : descriptors) {
        if (names.size() == kListed) {
            names.emplace_back("...");
            break;
        }
        auto name = nameOf(descriptor);
        const bool shared = std::count_if(descriptors.begin(), descriptors.end(),
                                          [&](const auto& other) { return nameOf(other) == name; }) > 1;
        // A name that several images share is shown with the digest.
        names.push_back(shared && !descriptor.annotation(oci::kRefName).empty()
                            ? name + " @" + descriptor.digest.str()
                            : std::move(name));
    }
    return names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "));
}

/// Whether all entries are the same image, which may have several tags.
bool allTheSame(const Descriptors& descriptors) {
    return std::all_of(descriptors.begin(), descriptors.end(),
                       [&](const oci::Descriptor& one) { return one.digest == descriptors.front().digest; });
}

class Choice final {
  public:
    Choice(const ImageFiles& files, const oci::Reference& reference, const oci::Platform& platform)
        : m_files(files), m_reference(reference), m_platform(platform) {}

    oci::Descriptor run() {
        oci::Descriptor at = fromTop();
        for (int depth = 1; oci::media_type::isIndex(at.mediaType); ++depth) {
            if (depth > kMaxIndexDepth)
                fail(ErrorCode::Image, fmt::format("nests more than {} indexes", kMaxIndexDepth));
            at = fromNested(readIndex(m_files, at));
        }
        if (!oci::media_type::isManifest(at.mediaType)) {
            fail(ErrorCode::Image, fmt::format("leads to {} with the media type {}, which is not an image",
                                               at.digest.str(), quote(at.mediaType)));
        }
        if (m_reference.digest && !m_pinned) noSuchImage({at});
        return at;
    }

  private:
    oci::Descriptor fromTop() {
        const Descriptors all = images(readTopIndex(m_files));
        Descriptors left = all;
        if (!m_reference.selector.empty()) {
            left = only(left, [&](const auto& one) { return isNamed(one, m_reference.selector); });
        }
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
        return left.front();
    }

    oci::Descriptor fromNested(const oci::Index& index) {
        Descriptors left = images(index);
        pin(left);
        const Descriptors fitting = only(left, [&](const auto& one) { return isFor(one, m_platform); });
        if (fitting.empty()) noneForPlatform(left);
        const auto exact = std::find_if(fitting.begin(), fitting.end(),
                                        [&](const auto& one) { return one.platform == m_platform; });
        return exact == fitting.end() ? fitting.front() : *exact;
    }

    static Descriptors images(const oci::Index& index) {
        return only(index.manifests, [](const auto& one) { return !isAttestation(one); });
    }

    /// Selects the entry with the requested digest, which may be here or in a nested index.
    void pin(Descriptors& descriptors) {
        if (!m_reference.digest || m_pinned) return;
        const Descriptors found =
            only(descriptors, [&](const auto& one) { return one.digest == *m_reference.digest; });
        if (found.empty()) return;
        descriptors = found;
        m_pinned = true;
    }

    [[noreturn]] void fail(ErrorCode code, const std::string& why, std::string hint = {}) const {
        throw Error(code, fmt::format("{} {}", m_files.what(), why), std::move(hint));
    }

    [[noreturn]] void noSuchImage(const Descriptors& all) const {
        if (all.empty()) fail(ErrorCode::Image, "has no image in its index", "it may be incomplete");
        fail(ErrorCode::Usage, fmt::format("has no image {}", quote(m_reference.str())),
             "it has: " + list(all));
    }

    [[noreturn]] void noneForPlatform(const Descriptors& all) const {
        if (all.empty()) fail(ErrorCode::Image, "has no image in its index", "it may be incomplete");
        fail(ErrorCode::Platform, fmt::format("has no image for {}; it has {}", m_platform.str(), list(all)),
             "use another image or another --platform");
    }

    const ImageFiles& m_files;
    const oci::Reference& m_reference;
    const oci::Platform& m_platform;
    bool m_pinned = false;
};

} // namespace

oci::Descriptor chooseManifest(const ImageFiles& files, const oci::Reference& reference,
                               const oci::Platform& platform) {
    return Choice(files, reference, platform).run();
}

} // namespace rootlayer::image
