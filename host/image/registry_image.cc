#include "image/registry_image.hh"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/byte_progress.hh"
#include "base/escape.hh"
#include "base/file.hh"
#include "base/swept_dir.hh"
#include "image/layout_documents.hh"
#include "image/loaded_image.hh"
#include "image/manifest_choice.hh"
#include "image/oci_image.hh"
#include "image/skopeo.hh"
#include "oci/field.hh"
#include "oci/media_type.hh"

namespace rootlayer::image {

namespace {

constexpr std::uint64_t kSlack = std::uint64_t{16} << 20; // for files that skopeo writes besides the blobs

std::string nameOf(const oci::Reference& reference) {
    auto name = "docker://" + reference.path;
    if (reference.digest) return name + "@" + reference.digest->str();
    return reference.selector.empty() ? name : name + ":" + reference.selector;
}

// OCI documents may omit their media type if the response's header has it, but skopeo does not show the
// header.
std::string mediaTypeOf(const std::string& document, const std::string& what) {
    const Json json = Json::parse(document, what);
    const oci::Fields fields(json, what);
    auto type = fields.text("mediaType");
    if (!type.empty()) return type;
    return std::string(fields.has("manifests") ? oci::media_type::kIndex : oci::media_type::kManifest);
}

/// A temporary OCI layout (OCI image-layout.md) of the fetched image.
class Layout final {
  public:
    explicit Layout(const std::string& temporaryDirectory) : m_directory(temporaryDirectory) {
        makeDirectories(m_directory.file("blobs/sha256"));
        writeFile(m_directory.file(kLayoutName), R"({"imageLayoutVersion":"1.0.0"})");
    }

    void add(const Digest& digest, const std::string& bytes) const {
        writeFile(m_directory.file(blobName(digest)), bytes);
    }
    void setTop(const oci::Descriptor& descriptor) const {
        writeFile(m_directory.file(kIndexName), oci::Index{{}, {descriptor}, {}}.write());
    }
    /// The directory that skopeo writes the blobs to. takeOver() moves them into the layout.
    std::string inbox() const { return m_directory.file("fetched"); }
    void takeOver(const oci::Descriptor& blob) const {
        // Failure is not an error here: a layer that occurs twice was moved already, and a missing blob is
        // reported by name when it is read.
        const auto from = inbox() + "/" + blob.digest.hex();
        (void)std::rename(from.c_str(), m_directory.file(blobName(blob.digest)).c_str());
    }
    const std::string& path() const { return m_directory.path(); }

  private:
    SweptDir m_directory;
};

/// Keeps the layout as long as its files are used.
struct FetchedFiles {
    FetchedFiles(const OpenOptions& options, const std::string& what)
        : layout(options.workspace.directory),
          files(ImageFiles::inDirectory(layout.path(), "layout", options.cancel).called(what)) {}
    Layout layout;
    ImageFiles files;
};

class Fetch final {
  public:
    Fetch(const oci::Reference& reference, const OpenOptions& options)
        : m_reference(reference), m_options(options), m_name(nameOf(reference)),
          m_skopeo({options.transport.tlsVerify, options.transport.timeout, options.cancel}) {
        m_reference.selector.clear(); // the registry has resolved the tag
    }

    std::unique_ptr<BaseImage> run() {
        const auto fetched = std::make_shared<FetchedFiles>(m_options, "the image " + quote(m_name));
        LayoutDocuments documents(std::shared_ptr<const ImageFiles>(fetched, &fetched->files));
        takeTop(fetched->layout);
        const auto chosen = chooseManifest(documents, m_reference, m_options.platform);
        takeManifest(fetched->layout, chosen);
        const auto& manifest = documents.manifest(chosen);
        requireFewLayers(manifest.layers.size(), fetched->files.what());
        takeBlobs(fetched->layout, chosen, manifest);
        return openOciFiles(documents, m_reference, m_options);
    }

  private:
    void takeTop(const Layout& layout) {
        m_top = m_skopeo.manifest(m_name);
        oci::Descriptor descriptor;
        descriptor.digest = sha256(m_top);
        descriptor.size = m_top.size();
        if (m_reference.digest && descriptor.digest != *m_reference.digest)
            refuseDigest(*m_reference.digest, m_top);
        descriptor.mediaType = mediaTypeOf(m_top, "the manifest of " + quote(m_name));
        if (!m_reference.digest)
            descriptor.annotations[oci::kImageName] = m_name.substr(m_name.find("//") + 2);
        layout.add(descriptor.digest, m_top);
        layout.setTop(descriptor);
    }

    void takeManifest(const Layout& layout, const oci::Descriptor& chosen) const {
        const auto name = pinned(chosen.digest);
        const auto bytes = sha256(m_top) == chosen.digest ? m_top : m_skopeo.manifest(name);
        if (sha256(bytes) != chosen.digest) refuseDigest(chosen.digest, bytes);
        layout.add(chosen.digest, bytes);
    }

    void takeBlobs(const Layout& layout, const oci::Descriptor& chosen, const oci::Manifest& manifest) const {
        auto blobs = manifest.layers;
        blobs.push_back(manifest.config);
        std::uint64_t total = 0;
        for (const auto& blob : blobs) {
            if (blob.size > m_options.limits.archive - total) {
                throw Error(ErrorCode::Image, fmt::format("the image {} has more than {} bytes",
                                                          quote(m_name), m_options.limits.archive));
            }
            total += blob.size;
        }
        ByteProgress progress(m_options.observer, "fetch", total);
        m_skopeo.fetch(pinned(chosen.digest), layout.inbox(), total + kSlack,
                       [&](std::uint64_t bytes) { progress.reach(std::min(bytes, total)); });
        progress.reach(total);
        progress.finish();
        for (const auto& blob : blobs)
            layout.takeOver(blob);
    }

    /// The image by digest: a tag may change between two requests.
    std::string pinned(const Digest& digest) const {
        return "docker://" + m_reference.path + "@" + digest.str();
    }

    [[noreturn]] void refuseDigest(const Digest& wanted, const std::string& got) const {
        throw Error(ErrorCode::Image,
                    fmt::format("the registry returned for {} a manifest with the digest {}",
                                quote(pinned(wanted)), sha256(got).str()),
                    "the registry is broken or malicious: do not use its images");
    }

    oci::Reference m_reference;
    const OpenOptions& m_options;
    std::string m_name;
    Skopeo m_skopeo;
    std::string m_top;
};

} // namespace

std::unique_ptr<BaseImage> openRegistryImage(const oci::Reference& reference, const OpenOptions& options) {
    return Fetch(reference, options).run();
}

} // namespace rootlayer::image
