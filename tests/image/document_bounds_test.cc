#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "base/file.hh"
#include "image/docker_manifest.hh"
#include "image/indexed_images.hh"
#include "image/loaded_image.hh"
#include "image/manifest_choice.hh"
#include "oci/media_type.hh"
#include "opened.hh"

using namespace rootlayer;
using namespace rootlayer::test;
using Catch::Contains;

namespace {

ImageBuilder imageOf(const std::string& data) {
    ImageBuilder image;
    image.tags = {"box:1"};
    image.fileLayer("a", data);
    return image;
}

std::string indexOf(const std::vector<oci::Descriptor>& manifests) {
    oci::Index index;
    index.mediaType = oci::media_type::kIndex;
    index.manifests = manifests;
    return index.write();
}

oci::Descriptor indexDescriptor(const std::string& document) {
    return {std::string(oci::media_type::kIndex), sha256(document), document.size(), {}, {}};
}

oci::Descriptor named(oci::Descriptor descriptor, const std::string& name) {
    descriptor.annotations[oci::kImageName] = name;
    return descriptor;
}

/// The files of an archive, with limits of the test's own.
std::shared_ptr<const image::ImageFiles> filesOf(const Bases& bases, const Members& members,
                                                 const image::DocumentLimits& limits = {}) {
    const auto path = bases.archive(members);
    auto fd = std::make_shared<const UniqueFd>(openInput(path, "archive"));
    const auto size = fileSize(fd->get());
    return std::make_shared<const image::ImageFiles>(
        image::ImageFiles::inArchive({fd, 0, size, "the archive \"x\""}, bases.options.cancel, limits));
}

/// manifest.json with `count` images of the same layer, whose configs have these names in turn.
std::string dockerList(std::size_t count, const std::vector<std::string>& configs) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) {
        list += fmt::format(R"({}{{"Config":"{}","Layers":["l"],"RepoTags":["box:{}"]}})", i == 0 ? "[" : ",",
                            configs[i % configs.size()], i);
    }
    return list + "]";
}

std::string padding(std::size_t bytes) {
    return std::string(bytes, 'x');
}

/// A layout whose index.json names a nested index `times` times, each with another name, and then an image.
/// The index has `entries` entries, of which the last is an image.
Members nestedOften(const ImageBuilder& top, const ImageBuilder& below, std::size_t times,
                    std::size_t entries) {
    oci::Descriptor other;
    other.mediaType = "x/y";
    other.digest = sha256(std::string_view("other"));
    std::vector<oci::Descriptor> inner(entries, other);
    inner.push_back(below.descriptor());
    const std::string index = indexOf(inner);
    const auto nested = indexDescriptor(index);
    std::vector<oci::Descriptor> outer;
    for (std::size_t i = 0; i < times; ++i)
        outer.push_back(named(nested, fmt::format("docker.io/library/box:{}", i)));
    outer.push_back(top.descriptor());
    Members blobs = top.blobs();
    for (const Member& member : below.blobs())
        blobs.push_back(member);
    blobs.push_back(blob(index));
    return ociLayoutOf(outer, blobs);
}

template <typename Act>
Error errorOf(const Act& act) {
    try {
        act();
    } catch (const Error& error) {
        return error;
    }
    FAIL("nothing was thrown");
    throw;
}

} // namespace

TEST_CASE("a config that very many images of a docker-archive name is read once", "[A4]") {
    const Bases bases;
    ImageBuilder image = imageOf("x");
    image.editConfig = [](Json& config) { config.set("x", Json::string(padding(1 << 20))); };
    const Members members = {{"manifest.json", dockerList(20'000, {"c", "d", "e"}), '0', {}},
                             {"c", image.config(), '0', {}},
                             {"d", "", '2', "c"},
                             {"e", "", '1', "c"},
                             {"l", image.tars()[0], '0', {}}};
    const auto files = filesOf(bases, members);
    image::DockerConfigs configs(*files);
    const auto digest = image.configDigest();
    for (const auto& each : image::readDockerManifest(*files))
        CHECK(configs.digest(each.config) == digest);
    CHECK(files->budget().documents() == 2); // manifest.json and the config

    const auto reference = "docker-archive:" + bases.archive(members);
    CHECK(readLayers(*open(reference + ":box:19999", bases.options)) == image.tars());
    const auto error = failure(reference, bases.options);
    CHECK(error.code() == ErrorCode::Usage);
    CHECK_THAT(error.message(), Contains("has 20000 images") && Contains("..."));
}

TEST_CASE("a config is checked against each of its names, though it is read once", "[A6]") {
    const Bases bases;
    const ImageBuilder image = imageOf("x");
    const std::string lie = std::string(64, '0') + ".json";
    const Members members = {{"manifest.json", dockerList(2, {"c", lie}), '0', {}},
                             {"c", image.config(), '0', {}},
                             {lie, "", '2', "c"},
                             {"l", image.tars()[0], '0', {}}};
    CHECK_THAT(failure("docker-archive:" + bases.archive(members) + ":box:0", bases.options).message(),
               Contains(lie) && Contains("its name says"));
}

TEST_CASE("an index that index.json names very often is read and walked once", "[A4]") {
    const Bases bases;
    const ImageBuilder below = imageOf("below");
    const Members members = nestedOften(imageOf("top"), below, 20'000, 10'000);
    const auto files = filesOf(bases, members);
    image::LayoutDocuments documents(files);
    const image::IndexedImages indexed(documents);
    CHECK(indexed.images().size() == 2);
    CHECK(files->budget().documents() == 4); // two indexes and two manifests
    const auto names = indexed.names(below.configDigest());
    CHECK(names.size() == 20'000);
    CHECK(names.at("docker.io/library/box:7"));
    CHECK(files->budget().documents() == 4);

    const auto base = open("oci-archive:" + bases.archive(members) + ":box:19999", bases.options);
    CHECK(base->names().size() == 20'000);
    CHECK(readLayers(*base) == below.tars());
}

TEST_CASE("a manifest that index.json names very often is read once, and its annotations are not kept",
          "[A4]") {
    const Bases bases;
    ImageBuilder image = imageOf("x");
    image.editManifest = [](Json& manifest) {
        auto& notes = manifest.set("annotations", Json::object());
        notes.set("some", Json::string(padding(1000)));
    };
    const auto files =
        filesOf(bases, ociLayoutOf(std::vector<oci::Descriptor>(900, image.descriptor()), image.blobs()));
    image::LayoutDocuments documents(files);
    const image::IndexedImages indexed(documents);
    CHECK(indexed.images().size() == 1);
    CHECK(indexed.images()[0].manifest->annotations.empty());
    CHECK(files->budget().documents() == 2);
}

TEST_CASE("each entry that names a document is checked against it", "[A6][A7]") {
    const Bases bases;
    const ImageBuilder image = imageOf("x");
    oci::Descriptor lie = image.descriptor();
    SECTION("another size") {
        lie.size += 1;
    }
    SECTION("another media type") {
        lie.mediaType = oci::media_type::kDockerManifest;
    }
    SECTION("an index") {
        lie.mediaType = oci::media_type::kIndex;
    }
    const auto files = filesOf(bases, ociLayoutOf({image.descriptor(), lie}, image.blobs()));
    image::LayoutDocuments documents(files);
    CHECK(errorOf([&] { image::IndexedImages{documents}; }).code() == ErrorCode::Image);
}

TEST_CASE("an index that is known is refused where it lies too deep", "[A7]") {
    const Bases bases;
    const ImageBuilder image = imageOf("x");
    Members blobs = image.blobs();
    std::vector<oci::Descriptor> tops;
    oci::Descriptor at = image.descriptor();
    for (int i = 0; i < image::kMaxIndexDepth; ++i) {
        const std::string index = indexOf({at});
        blobs.push_back(blob(index));
        at = indexDescriptor(index);
        tops.push_back(at);
    }
    for (const std::size_t count : {3U, 4U}) {
        const std::vector<oci::Descriptor> some(tops.begin(), tops.begin() + count);
        const auto files = filesOf(bases, ociLayoutOf(some, blobs));
        image::LayoutDocuments documents(files);
        if (count == 3) {
            CHECK(image::IndexedImages(documents).images().size() == 1);
        } else {
            CHECK_THAT(errorOf([&] { image::IndexedImages{documents}; }).message(), Contains("nested more"));
        }
    }
}

TEST_CASE("the documents of an image are bounded in size, number and values, and errors name the bound",
          "[A4]") {
    const Bases bases;
    std::vector<oci::Descriptor> tops;
    Members blobs;
    for (int i = 0; i < 20; ++i) {
        const ImageBuilder image = imageOf(std::to_string(i));
        tops.push_back(image.descriptor());
        for (const Member& member : image.blobs())
            blobs.push_back(member);
    }
    const auto members = ociLayoutOf(tops, blobs);
    const auto refusal = [&](const image::DocumentLimits& limits) {
        const auto files = filesOf(bases, members, limits);
        image::LayoutDocuments documents(files);
        const auto error = errorOf([&] { image::IndexedImages{documents}; });
        CHECK(error.code() == ErrorCode::Image);
        CHECK_THAT(error.message(), Contains("the archive \"x\"") && Contains("blobs/sha256/"));
        CHECK(files->budget().text() <= limits.text);
        CHECK(files->budget().documents() <= limits.documents);
        CHECK(files->budget().values() <= limits.values);
        return error.message();
    };
    CHECK_THAT(refusal({.text = 10'000}), Contains("10000 bytes"));
    CHECK_THAT(refusal({.documents = 7}), Contains("7 documents"));
    const auto values = [&] {
        const auto files = filesOf(bases, members, {.values = 300});
        image::LayoutDocuments documents(files);
        return errorOf([&] { image::IndexedImages{documents}; }).message();
    }();
    CHECK_THAT(values, Contains("the manifest sha256:") && Contains("300 JSON values"));
    image::LayoutDocuments documents(filesOf(bases, members));
    CHECK(image::IndexedImages(documents).images().size() == 20);
}

TEST_CASE("very many tags are compared with very many names of index.json", "[A4]") {
    const Bases bases;
    const ImageBuilder image = imageOf("x");
    const auto descriptor = image.descriptor();
    std::vector<oci::Descriptor> entries;
    for (int i = 0; i < 900; ++i)
        entries.push_back(named(descriptor, fmt::format("docker.io/library/box:{}", i)));
    std::vector<std::string> tags;
    for (int i = 0; i < 100'000; ++i)
        tags.push_back(fmt::format("box:{}", i));
    ImageBuilder tagged = image;
    tagged.tags = tags;
    Members members = tagged.docker25Archive();
    find(members, "index.json").data = indexOf(entries);
    CHECK(open("docker-archive:" + bases.archive(members), bases.options)->names() == tags);

    const auto error = failure("docker-archive:" + bases.path("base.tar") + ":none:1", bases.options);
    CHECK(error.code() == ErrorCode::Usage);
    CHECK(error.hint().size() < 1000); // not a hundred thousand names
}

TEST_CASE("an image that names one layer very often is refused", "[A4]") {
    const Bases bases;
    ImageBuilder image;
    image.tags = {"box:1"};
    const std::string tar = makeTar({{"a", "x", '0', {}}});
    for (std::size_t i = 0; i <= image::kMaxLayers; ++i)
        image.layer(tar);
    const auto path = bases.archive(image.docker25Archive());
    for (const char* kind : {"docker-archive:", "oci-archive:"}) {
        const auto error = failure(kind + path, bases.options);
        CHECK(error.code() == ErrorCode::Image);
        CHECK_THAT(error.message(), Contains(fmt::format("{} layers; at most {} are read",
                                                         image::kMaxLayers + 1, image::kMaxLayers)));
    }
}

TEST_CASE("the loops over what an image says end when the caller cancels", "[A12]") {
    const Bases bases;
    const ImageBuilder image = imageOf("x");
    const auto files = filesOf(bases, nestedOften(image, imageOf("below"), 3, 3));
    image::LayoutDocuments documents(files);
    // All that is needed is known, so that no reading notices the token.
    const image::IndexedImages indexed(documents);
    const auto docker = filesOf(bases, image.dockerArchive());
    image::DockerConfigs configs(*docker);
    const auto config = image::readDockerManifest(*docker).at(0).config;
    configs.digest(config);
    bases.options.cancel.cancel();
    const oci::Platform platform;
    const auto reference = oci::Reference::parse("oci:x:1");
    const std::vector<std::function<void()>> loops = {
        [&] { image::IndexedImages{documents}; },
        [&] { (void)indexed.names(image.configDigest()); },
        [&] { image::chooseManifest(documents, reference, platform); },
        [&] { documents.manifest(image.descriptor()); },
        [&] { configs.digest(config); },
        [&] { image::readDockerManifest(*docker); },
        [&] { files->document("index.json"); },
    };
    for (const auto& loop : loops)
        CHECK(errorOf(loop).code() == ErrorCode::Cancelled);
}

TEST_CASE("a token that is cancelled between two documents ends the reading at the next", "[A12]") {
    const Bases bases;
    const ImageBuilder one = imageOf("one");
    const ImageBuilder two = imageOf("two");
    Members blobs = one.blobs();
    for (const Member& member : two.blobs())
        blobs.push_back(member);
    const auto files = filesOf(bases, ociLayoutOf({one.descriptor(), two.descriptor()}, blobs));
    image::LayoutDocuments documents(files);
    documents.top();
    documents.manifest(one.descriptor());
    bases.options.cancel.cancel();
    CHECK(errorOf([&] { documents.manifest(two.descriptor()); }).code() == ErrorCode::Cancelled);
    CHECK(files->budget().documents() == 2);
}
