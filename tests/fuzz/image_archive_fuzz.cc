// The fuzz target of the readers of docker-archives and OCI archives. The input is a recipe
// (image_recipe.hh). What a reader gives must be what the digests say, and an archive that both readers take
// must be the same image to both of them.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/digest.hh"
#include "fuzz.hh"
#include "image/base_image.hh"
#include "image_recipe.hh"
#include "memory_file.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;

namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 20;

std::unique_ptr<image::BaseImage> open(oci::ReferenceKind kind, const std::string& path) {
    image::OpenOptions options;
    options.limits = {.layer = kMost, .archive = kMost * 4};
    options.workspace.directory = "/dev/shm";
    std::unique_ptr<image::BaseImage> image;
    const auto error = refusal([&] {
        image = image::openBase({.kind = kind, .path = path, .selector = {}, .digest = {}}, options);
    });
    require(!error || error->code() == ErrorCode::Image || error->code() == ErrorCode::Usage ||
            error->code() == ErrorCode::Platform);
    return image;
}

/// Whether all of its layers can be read.
bool check(const image::BaseImage& image) {
    const auto& documents = image.documents();
    require(image.layers().size() == image.config().diffIds().size());
    require(image.configDigest() == sha256(documents.config));
    require(documents.manifest.empty() || image.manifestDigest() == sha256(documents.manifest));
    bool whole = true;
    for (std::size_t i = 0; i < image.layers().size(); ++i) {
        const auto error = refusal([&] {
            const auto bytes = readAll(*image.layers()[i].open(), kMost, "a layer");
            require(sha256(bytes) == image.config().diffIds()[i]);
        });
        require(!error || error->code() == ErrorCode::Image);
        whole = whole && !error;
        const auto& stored = image.layers()[i].storedDigest;
        const auto unread = refusal([&] {
            const auto bytes = readAll(*image.layers()[i].openStored(), kMost, "a layer");
            require(stored.empty() || sha256(bytes) == stored);
        });
        require(!unread || unread->code() == ErrorCode::Image);
    }
    return whole;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const MemoryFile archive(archiveOf(text(data, size)));
    const auto docker = open(oci::ReferenceKind::DockerArchive, archive.path());
    const auto layout = open(oci::ReferenceKind::OciArchive, archive.path());
    const bool both = docker && layout;
    if (docker) check(*docker);
    if (layout) check(*layout);
    if (!both) return 0;
    require(docker->configDigest() == layout->configDigest());
    require(docker->config().diffIds() == layout->config().diffIds());
    for (std::size_t i = 0; i < docker->layers().size(); ++i)
        require(docker->layers()[i].storedDigest == layout->layers()[i].storedDigest);
    return 0;
}
