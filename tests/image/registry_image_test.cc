#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.hh"
#include "opened.hh"

using namespace rootlayer;
using namespace rootlayer::test;
using Catch::Contains;

namespace {

/// A fake skopeo that serves blobs and documents from files.
class FakeSkopeo final {
  public:
    FakeSkopeo() : m_path(std::getenv("PATH")) {
        ::setenv("PATH", (bases.makeDirectory("bin") + ":" + m_path).c_str(), 1);
        setScript(fmt::format("case $1 in\n"
                              "inspect) shift $(($# - 1)); cat \"{0}/${{1##*[/@:]}}\";;\n"
                              "copy) shift $(($# - 1)); mkdir \"${{1#dir:}}\" && cp {0}/* \"${{1#dir:}}\";;\n"
                              "esac\n",
                              bases.makeDirectory("has")));
        bases.options.transport.timeout = std::chrono::minutes(1);
    }
    ~FakeSkopeo() { ::setenv("PATH", m_path.c_str(), 1); }
    FakeSkopeo(const FakeSkopeo&) = delete;
    FakeSkopeo& operator=(const FakeSkopeo&) = delete;

    void setScript(const std::string& text) const {
        const auto path =
            bases.write("bin/skopeo", fmt::format("#!/bin/sh\necho \"$@\" >> {}\n{}", log(), text));
        REQUIRE(::chmod(path.c_str(), 0755) == 0);
    }
    /// Under its digest, and under a tag.
    void has(const std::string& bytes, const std::string& tag = {}) const {
        bases.write("has/" + sha256(bytes).hex(), bytes);
        if (!tag.empty()) bases.write("has/" + tag, bytes);
    }
    void has(const ImageBuilder& image, const std::string& tag = {}) const {
        has(image.manifest(), tag);
        has(image.config());
        for (const auto& layer : image.stored())
            has(layer);
    }
    std::string asked() const { return readFile(log(), "log", 1 << 20); }

    Bases bases;

  private:
    std::string log() const { return bases.path("asked"); }
    std::string m_path;
};

ImageBuilder sample() {
    ImageBuilder image;
    image.fileLayer("a", "first", gzipped).fileLayer("b", "second").fileLayer("b", "second");
    return image;
}

std::string indexOf(const std::vector<ImageBuilder>& images) {
    oci::Index index;
    for (const auto& image : images) {
        index.manifests.push_back(image.descriptor());
        index.manifests.back().platform = image.platform;
    }
    return index.write();
}

} // namespace

TEST_CASE("an image of a registry has the registry's digests, and its layers are read", "[I13]") {
    const FakeSkopeo skopeo;
    const auto image = sample();
    skopeo.has(image, "tag");
    {
        const auto base = open("docker://h.example/n:tag", skopeo.bases.options);
        CHECK(base->manifestDigest() == image.manifestDigest());
        CHECK(base->configDigest() == image.configDigest());
        CHECK(base->names() == std::vector<std::string>{"h.example/n:tag"});
        CHECK(readLayers(*base) == image.tars());
    }
    CHECK(skopeo.bases.temporaryDirectoryIsEmpty());
    // The blobs come by digest: the tag may move meanwhile.
    CHECK_THAT(skopeo.asked(),
               Contains("copy") && Contains("docker://h.example/n@" + image.manifestDigest().str()));
    CHECK_THAT(skopeo.asked(), Contains("--preserve-digests") && Contains("--src-tls-verify=true"));
}

TEST_CASE("a layer can be read for as long as its open() exists") {
    const FakeSkopeo skopeo;
    const auto image = sample();
    skopeo.has(image, "tag");
    auto open = test::open("docker://h.example/n:tag", skopeo.bases.options)->layers().at(0).open;
    CHECK(readAll(*open(), 1 << 20, "layer") == image.tars()[0]);
    open = {};
    CHECK(skopeo.bases.temporaryDirectoryIsEmpty());
}

TEST_CASE("a pin is the manifest's digest or the index's, and any other is refused", "[A6]") {
    const FakeSkopeo skopeo;
    const auto image = sample();
    const auto index = indexOf({image});
    skopeo.has(image, "tag");
    skopeo.has(index);
    const auto pinned = [](const Digest& digest) { return "docker://h.example/n@" + digest.str(); };
    CHECK(open(pinned(image.manifestDigest()), skopeo.bases.options)->manifestDigest() ==
          image.manifestDigest());
    CHECK(open(pinned(sha256(index)), skopeo.bases.options)->manifestDigest() == image.manifestDigest());

    skopeo.bases.write("has/" + image.manifestDigest().hex(), indexOf({}));
    for (const auto& lie : {pinned(image.manifestDigest()), pinned(sha256(index))}) {
        const auto error = failure(lie, skopeo.bases.options);
        CHECK(error.code() == ErrorCode::Image);
        CHECK_THAT(error.what(), Contains(sha256(indexOf({})).str()));
    }
    CHECK(skopeo.bases.temporaryDirectoryIsEmpty());
}

TEST_CASE("blobs that are damaged in transfer are found, even if skopeo reports nothing", "[A6][I13]") {
    const FakeSkopeo skopeo;
    const auto image = sample();
    skopeo.has(image, "tag");
    for (const auto& blob : {image.config(), image.stored()[0], image.stored()[1]}) {
        const auto name = "has/" + sha256(blob).hex();
        auto damaged = blob;
        damaged[damaged.size() / 2] ^= 1;
        for (const auto& lie : {damaged, blob + "x", std::string()}) {
            skopeo.bases.write(name, lie);
            CHECK(failure("docker://h.example/n:tag", skopeo.bases.options).code() == ErrorCode::Image);
        }
        skopeo.bases.write(name, blob);
    }
    CHECK(skopeo.bases.temporaryDirectoryIsEmpty());
}

TEST_CASE("the image for the platform is fetched from an index", "[I10]") {
    const FakeSkopeo skopeo;
    auto other = sample();
    other.platform = {"linux", "arm64", "v8"};
    skopeo.has(sample());
    skopeo.has(other);
    skopeo.has(indexOf({sample(), other}), "all");
    auto options = skopeo.bases.options;
    CHECK(open("docker://n:all", options)->config().platform().architecture == "amd64");
    options.platform = {"linux", "arm64", ""};
    CHECK(open("docker://n:all", options)->manifestDigest() == other.manifestDigest());
    options.platform = {"linux", "s390x", ""};
    const auto error = failure("docker://n:all", options);
    CHECK(error.code() == ErrorCode::Platform);
    CHECK_THAT(error.what(), Contains("docker://n:all") && Contains("linux/arm64"));
}

TEST_CASE("a registry that sends nothing gives a timeout") {
    const FakeSkopeo skopeo;
    auto options = skopeo.bases.options;
    options.transport.timeout = std::chrono::milliseconds(50);
    skopeo.setScript("exec sleep 1000\n");
    const auto error = failure("docker://h.example/n:tag", options);
    CHECK(error.code() == ErrorCode::Timeout);
    CHECK_THAT(error.what(), Contains("h.example"));
    CHECK(skopeo.bases.temporaryDirectoryIsEmpty());
}

TEST_CASE("a registry that sends without end is an error", "[A4]") {
    const FakeSkopeo skopeo;
    const auto image = sample();
    skopeo.has(image, "tag");
    SECTION("a blob") {
        skopeo.setScript(fmt::format("case $1 in\n"
                                     "inspect) cat {}/tag;;\n"
                                     "copy) shift $(($# - 1)); mkdir \"${{1#dir:}}\"\n"
                                     "  truncate -s 1G \"${{1#dir:}}/blob\"; exec sleep 1000;;\n"
                                     "esac\n",
                                     skopeo.bases.path("has")));
    }
    SECTION("a manifest") {
        skopeo.setScript("exec cat /dev/zero\n");
    }
    const auto error = failure("docker://h.example/n:tag", skopeo.bases.options);
    CHECK(error.code() == ErrorCode::Image);
    CHECK(skopeo.bases.temporaryDirectoryIsEmpty());
}

TEST_CASE("a manifest that announces more than the limit is not fetched", "[A4]") {
    const FakeSkopeo skopeo;
    skopeo.has(sample(), "tag");
    auto options = skopeo.bases.options;
    options.limits.archive = 1000;
    CHECK(failure("docker://n:tag", options).code() == ErrorCode::Image);
    CHECK_THAT(skopeo.asked(), !Contains("copy"));
}

TEST_CASE("a fetch ends when it is cancelled", "[A12]") {
    const FakeSkopeo skopeo;
    skopeo.setScript("exec sleep 1000\n");
    skopeo.bases.options.cancel.cancel();
    CHECK(failure("docker://n:tag", skopeo.bases.options).code() == ErrorCode::Cancelled);
    CHECK(skopeo.bases.temporaryDirectoryIsEmpty());
}
