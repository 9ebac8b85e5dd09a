#include <catch2/catch.hpp>
#include <filesystem>
#include <sys/stat.h>

#include "oci/media_type.hh"
#include "opened.hh"

using namespace rootlayer;
using namespace rootlayer::test;

namespace {

ImageBuilder tagged(const std::string& tag, const std::string& data) {
    ImageBuilder image;
    image.tags = {tag};
    image.fileLayer("a", data).fileLayer("b", data, gzipped);
    return image;
}

Members both(const Members& a, const Members& b) {
    Members all = a;
    all.insert(all.end(), b.begin(), b.end());
    return all;
}

oci::Descriptor indexDescriptor(const std::string& document) {
    return {std::string(oci::media_type::kIndex), sha256(document), document.size(), {}, {}};
}

std::string indexOf(const std::vector<oci::Descriptor>& manifests) {
    oci::Index index;
    index.mediaType = oci::media_type::kIndex;
    index.manifests = manifests;
    return index.write();
}

} // namespace

TEST_CASE("a layout is read from its directory and from an archive alike") {
    const Bases bases;
    const ImageBuilder image = tagged("t:1", "x");
    for (const std::string& reference :
         {"oci:" + bases.layout(image.ociLayout()), "oci-archive:" + bases.archive(image.ociLayout()),
          "oci-archive:" + bases.write("z", zstdCompressed(makeTar(image.ociLayout())))}) {
        for (const std::string& selector :
             {std::string(), std::string(":1"), "@" + image.manifestDigest().str()}) {
            INFO(reference + selector);
            const auto base = open(reference + selector, bases.options);
            CHECK(readLayers(*base) == image.tars());
            CHECK(base->manifestDigest() == image.manifestDigest());
            CHECK(base->configDigest() == image.configDigest());
        }
    }
    CHECK(bases.temporaryDirectoryIsEmpty());
}

TEST_CASE("of several images one is chosen by tag; without one they are listed") {
    const Bases bases;
    const ImageBuilder one = tagged("one", "1");
    const ImageBuilder two = tagged("two", "2");
    const std::string layout = "oci:" + bases.layout(ociLayoutOf({one.descriptor(), two.descriptor()},
                                                                 both(one.blobs(), two.blobs())));
    CHECK(readLayers(*open(layout + ":two", bases.options)) == two.tars());
    const Error error = failure(layout, bases.options);
    CHECK(error.code() == ErrorCode::Usage);
    CHECK_THAT(error.message(), Catch::Contains("one") && Catch::Contains("two"));
    CHECK_THAT(failure(layout + ":three", bases.options).hint(), Catch::Contains("one"));
    CHECK(failure(layout + ":one@" + two.manifestDigest().str(), bases.options).code() == ErrorCode::Usage);
    CHECK(failure(layout + "@sha256:" + std::string(64, '0'), bases.options).code() == ErrorCode::Usage);
}

TEST_CASE("two images that share a tag are told apart by their digests") {
    const Bases bases;
    const ImageBuilder one = tagged("t", "1");
    const ImageBuilder two = tagged("t", "2");
    const auto layout = "oci:" + bases.layout(ociLayoutOf({one.descriptor(), two.descriptor()},
                                                          both(one.blobs(), two.blobs())));
    const auto message = failure(layout + ":t", bases.options).message();
    CHECK_THAT(message,
               Catch::Contains(one.manifestDigest().str()) && Catch::Contains(two.manifestDigest().str()));
}

TEST_CASE("one image with two tags needs no choice") {
    const Bases bases;
    const ImageBuilder image = tagged("one", "1");
    oci::Descriptor other = image.descriptor();
    other.annotations[oci::kRefName] = "other";
    const std::string layout = bases.layout(ociLayoutOf({image.descriptor(), other}, image.blobs()));
    CHECK(readLayers(*open("oci:" + layout, bases.options)) == image.tars());
}

TEST_CASE("a nested index is searched by platform, attestations passed over") {
    Bases bases;
    ImageBuilder amd = tagged("t", "amd");
    ImageBuilder arm = tagged("t", "arm");
    arm.platform = {"linux", "arm", "v7"};
    oci::Descriptor attestation = amd.descriptor();
    attestation.annotations = {{"vnd.docker.reference.type", "attestation-manifest"}};
    const std::string index = indexOf({attestation, arm.descriptor(), amd.descriptor()});
    Members blobs = both(amd.blobs(), arm.blobs());
    blobs.push_back(blob(index));
    const std::string layout = "oci:" + bases.layout(ociLayoutOf({indexDescriptor(index)}, blobs));
    CHECK(readLayers(*open(layout, bases.options)) == amd.tars());
    CHECK(readLayers(*open(layout + "@" + sha256(index).str(), bases.options)) == amd.tars());
    bases.options.platform = {"linux", "arm", ""};
    CHECK(readLayers(*open(layout, bases.options)) == arm.tars());
    CHECK(readLayers(*open(layout + "@" + arm.manifestDigest().str(), bases.options)) == arm.tars());
    bases.options.platform = {"linux", "s390x", ""};
    const Error error = failure(layout, bases.options);
    CHECK(error.code() == ErrorCode::Platform);
    CHECK_THAT(error.message(), Catch::Contains("linux/s390x") && Catch::Contains("linux/arm/v7"));
}

TEST_CASE("indexes nested without end are refused", "[A7]") {
    const Bases bases;
    const ImageBuilder image = tagged("t", "x");
    Members blobs = image.blobs();
    oci::Descriptor top = image.descriptor();
    for (int i = 0; i < 6; ++i) {
        const std::string index = indexOf({top});
        blobs.push_back(blob(index));
        top = indexDescriptor(index);
    }
    CHECK_THAT(failure("oci:" + bases.layout(ociLayoutOf({top}, blobs)), bases.options).message(),
               Catch::Contains("nests more than"));
}

TEST_CASE("a blob that does not match its descriptor is an error", "[I13][A6]") {
    const Bases bases;
    const ImageBuilder image = tagged("t", "x");
    for (const std::size_t at : {0U, 1U, 2U, 3U}) {
        Members members = image.ociLayout();
        INFO(members[at].name);
        members[at].data[9] ^= 1;
        CHECK_THAT(failure("oci:" + bases.layout(members), bases.options).message(),
                   Catch::Contains("has the digest"));
        members[at].data += std::string(512, '\0');
        const Error longer = failure("oci-archive:" + bases.archive(members), bases.options);
        CHECK(longer.code() == ErrorCode::Image);
        CHECK_THAT(longer.message(), Catch::Contains("bytes, but its descriptor says"));
        const std::string gone = members[at].name;
        members.erase(members.begin() + static_cast<long>(at));
        CHECK_THAT(failure("oci:" + bases.layout(members), bases.options).message(), Catch::Contains(gone));
        CHECK_THAT(failure("oci-archive:" + bases.archive(members), bases.options).message(),
                   Catch::Contains(gone));
    }
}

TEST_CASE("a diff_id that is not the layer's is an error, though all digests are right", "[I13][A6]") {
    const Bases bases;
    ImageBuilder image = tagged("t", "x");
    image.editConfig = [](Json& config) {
        config.find("rootfs")->set("diff_ids", Json::strings({sha256(std::string_view("1")).str(),
                                                              sha256(std::string_view("2")).str()}));
    };
    CHECK_THAT(failure("oci:" + bases.layout(image.ociLayout()), bases.options).message(),
               Catch::Contains("diff_id"));
}

TEST_CASE("a document that is both manifest and index, or calls itself another, is refused", "[I9][A7]") {
    const Bases bases;
    ImageBuilder image = tagged("t", "x");
    image.editManifest = [](Json& manifest) { manifest.set("manifests", Json::array()); };
    CHECK_THAT(failure("oci:" + bases.layout(image.ociLayout()), bases.options).message(),
               Catch::Contains("\"manifests\""));
    image.editManifest = [](Json& manifest) {
        manifest.set("mediaType", Json::string(oci::media_type::kDockerManifest));
    };
    CHECK_THAT(failure("oci:" + bases.layout(image.ociLayout()), bases.options).message(),
               Catch::Contains("has the media type"));
    image.editManifest = [](Json&) {};
    image.editIndex = [](Json& index) { index.set("layers", Json::array()); };
    CHECK_THAT(failure("oci:" + bases.layout(image.ociLayout()), bases.options).message(),
               Catch::Contains("\"layers\""));
}

TEST_CASE("a descriptor whose media type is not known is refused, saying what was found", "[I9]") {
    const Bases bases;
    const ImageBuilder image = tagged("t", "x");
    oci::Descriptor helm = image.descriptor();
    helm.mediaType = "application/vnd.cncf.helm.chart";
    CHECK_THAT(failure("oci:" + bases.layout(ociLayoutOf({helm}, image.blobs())), bases.options).message(),
               Catch::Contains("helm"));
}

TEST_CASE("an index with no images says so") {
    const Bases bases;
    CHECK_THAT(failure("oci:" + bases.layout(ociLayoutOf({}, {})), bases.options).message(),
               Catch::Contains("has no image in its index"));
}

TEST_CASE("links out of a layout, and fifos in it, are refused", "[A1]") {
    const Bases bases;
    const ImageBuilder image = tagged("t", "x");
    const std::string directory = bases.layout(image.ociLayout());
    const std::string victim = directory + "/" + image.ociLayout()[0].name;
    std::filesystem::rename(victim, bases.path("outside"));
    std::filesystem::create_symlink(bases.path("outside"), victim);
    CHECK_THAT(failure("oci:" + directory, bases.options).message(),
               Catch::Contains("link out of the directory"));
    std::filesystem::remove(victim);
    REQUIRE(::mkfifo(victim.c_str(), 0600) == 0);
    CHECK_THAT(failure("oci:" + directory, bases.options).message(), Catch::Contains("not a regular file"));
}

TEST_CASE("an input that is not a layout gets a hint") {
    const Bases bases;
    const ImageBuilder image = tagged("t", "x");
    CHECK_THAT(failure("oci-archive:" + bases.archive(image.dockerArchive()), bases.options).hint(),
               Catch::Contains("docker-archive:"));
    CHECK_THAT(failure("oci:" + bases.options.workspace.directory, bases.options).hint(),
               Catch::Contains("dir:"));
    CHECK(failure("oci:" + bases.path("none"), bases.options).code() == ErrorCode::Input);
    CHECK_THAT(failure("oci:" + bases.archive({}), bases.options).hint(), Catch::Contains("oci-archive:"));
}
