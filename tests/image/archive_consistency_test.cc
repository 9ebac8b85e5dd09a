#include <catch2/catch.hpp>

#include "opened.hh"

using namespace rootlayer;
using namespace rootlayer::test;

namespace {

ImageBuilder imageOf(const std::string& data) {
    ImageBuilder result;
    result.tags = {"box:1"};
    result.fileLayer("a", data).fileLayer("b", "both");
    return result;
}

/// The manifest.json of one image, and the index.json of another.
Members mixed(const ImageBuilder& docker, const ImageBuilder& indexed) {
    Members members = docker.docker25Archive();
    for (const Member& member : indexed.ociLayout()) {
        const auto same = [&](const Member& other) { return other.name == member.name; };
        std::erase_if(members, same);
        members.push_back(member);
    }
    return members;
}

} // namespace

TEST_CASE(
    "an archive whose manifest.json and index.json tell of different images is refused, read either way",
    "[I6][A7]") {
    const Bases bases;
    const std::string path = bases.archive(mixed(imageOf("one"), imageOf("other")));
    for (const char* kind : {"docker-archive:", "oci-archive:"}) {
        const Error error = failure(kind + path, bases.options);
        CHECK(error.code() == ErrorCode::Image);
        CHECK_THAT(error.message(), Catch::Contains("different images"));
    }
}

TEST_CASE("the same config with other layers is refused, read either way", "[I6][A7]") {
    const Bases bases;
    ImageBuilder one = imageOf("one");
    ImageBuilder forged = imageOf("two");
    forged.editConfig = [&](Json& config) { config = Json::parse(one.config(), "c"); };
    const std::string path = bases.archive(mixed(one, forged));
    for (const char* kind : {"docker-archive:", "oci-archive:"}) {
        CHECK_THAT(failure(kind + path, bases.options).message(),
                   Catch::Contains("different images: layer 1"));
    }
}

TEST_CASE("a name that leads to another image in index.json is refused", "[I6]") {
    const Bases bases;
    const ImageBuilder one = imageOf("one");
    const ImageBuilder other = imageOf("other");
    oci::Descriptor named = other.descriptor();
    named.annotations[oci::kImageName] = "docker.io/library/box:1";
    Members members = one.docker25Archive();
    for (const Member& member : other.blobs()) {
        std::erase_if(members, [&](const Member& present) { return present.name == member.name; });
        members.push_back(member);
    }
    Members two = ociLayoutOf({one.descriptor(), named}, {});
    find(members, "index.json") = find(two, "index.json");
    CHECK_THAT(failure("docker-archive:" + bases.archive(members), bases.options).message(),
               Catch::Contains("\"box:1\" has different configs"));
}

TEST_CASE("an index.json that leads to no image in the archive contradicts nothing", "[I6]") {
    const Bases bases;
    const ImageBuilder one = imageOf("one");
    Members members = one.docker25Archive();
    find(members, "index.json").data = R"({"schemaVersion":2,"manifests":null})";
    CHECK(readLayers(*open("docker-archive:" + bases.archive(members), bases.options)) == one.tars());
}

TEST_CASE("layers that occur under both kinds of names are read as the index says", "[I6]") {
    const Bases bases;
    const ImageBuilder one = imageOf("one");
    Members members = one.dockerArchive();
    for (const Member& member : one.ociLayout())
        members.push_back(member);
    CHECK(readLayers(*open("docker-archive:" + bases.archive(members), bases.options)) == one.tars());
    CHECK(readLayers(*open("oci-archive:" + bases.archive(members), bases.options)) == one.tars());
    members[0].data[600] ^= 1;
    CHECK_THAT(failure("docker-archive:" + bases.archive(members), bases.options).message(),
               Catch::Contains("layer 1"));
}
