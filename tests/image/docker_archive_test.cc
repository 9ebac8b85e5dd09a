#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "base/process.hh"
#include "opened.hh"

using namespace rootlayer;
using namespace rootlayer::test;

namespace {

ImageBuilder twoLayers() {
    ImageBuilder image;
    image.tags = {"box:1"};
    image.fileLayer("a", "bottom").fileLayer("b", "top");
    return image;
}

void replaceIn(Members& members, const std::string& name, const std::string& from, const std::string& to) {
    std::string& data = find(members, name).data;
    const auto at = data.find(from);
    REQUIRE(at != std::string::npos);
    data.replace(at, from.size(), to);
}

std::string reference(const Bases& bases, const Members& members) {
    return "docker-archive:" + bases.archive(members);
}

} // namespace

TEST_CASE("the layers of a docker-archive come bottom first, as they were", "[I5]") {
    const Bases bases;
    const ImageBuilder image = twoLayers();
    for (const Members& members : {image.dockerArchive(), image.docker25Archive()}) {
        const auto base = open(reference(bases, members), bases.options);
        CHECK(readLayers(*base) == image.tars());
        CHECK(readLayers(*base) == image.tars());
        CHECK(base->layers()[0].diffId == sha256(image.tars()[0]));
        CHECK(base->layers()[0].sizeHint == image.tars()[0].size());
        CHECK(base->configDigest() == image.configDigest());
        CHECK(base->config().write() == image.config());
    }
    CHECK(open(reference(bases, image.docker25Archive()), bases.options)->manifestDigest() ==
          image.manifestDigest());
}

TEST_CASE("layers may be compressed in any way, whatever they are called", "[I5][B14]") {
    const Bases bases;
    ImageBuilder image;
    image.fileLayer("a", "1", gzipped)
        .fileLayer("b", "2", [](auto bytes) { return zstdCompressed(bytes); })
        .fileLayer("c", "3", xzCompressed)
        .fileLayer("d", "4", bzip2Compressed)
        .fileLayer("e", "5");
    CHECK(readLayers(*open(reference(bases, image.dockerArchive()), bases.options)) == image.tars());
    const auto base = open(reference(bases, image.docker25Archive()), bases.options);
    CHECK(readLayers(*base) == image.tars());
    CHECK(readAll(*base->layers()[0].openStored(), 1 << 20, "it") == image.stored()[0]);
}

TEST_CASE("equal layers that docker replaced by symlinks are read", "[I5]") {
    const Bases bases;
    ImageBuilder image;
    image.fileLayer("a", "same").fileLayer("a", "same");
    Members members = image.dockerArchive();
    const std::string name = members[0].name;
    std::string& list = find(members, "manifest.json").data;
    list.replace(list.rfind(name), name.size(), "copy/layer.tar");
    members.push_back({"copy/layer.tar", "", '2', "../" + name});
    CHECK(readLayers(*open(reference(bases, members), bases.options)) == image.tars());
}

TEST_CASE("kaniko's names are read", "[I5]") {
    const Bases bases;
    const ImageBuilder image = [] {
        ImageBuilder made;
        made.fileLayer("a", "1", gzipped);
        return made;
    }();
    const std::string layer = sha256(image.stored()[0]).hex() + ".tar.gz";
    const std::string config = image.configDigest().str();
    const Members members = {
        {config, image.config(), '0', {}},
        {layer, image.stored()[0], '0', {}},
        {"manifest.json",
         R"([{"Config":")" + config + R"(","RepoTags":["k:1"],"Layers":[")" + layer + R"("]}])",
         '0',
         {}}};
    CHECK(readLayers(*open(reference(bases, members), bases.options)) == image.tars());
}

TEST_CASE("RepoTags may be null or absent", "[I5]") {
    const Bases bases;
    ImageBuilder image;
    image.fileLayer("a", "1");
    Members members = image.dockerArchive();
    CHECK(readLayers(*open(reference(bases, members), bases.options)) == image.tars());
    replaceIn(members, "manifest.json", R"("RepoTags":null,)", "");
    CHECK(readLayers(*open(reference(bases, members), bases.options)) == image.tars());
}

TEST_CASE("of several images one is chosen by name or digest; without that they are listed", "[I5]") {
    const Bases bases;
    ImageBuilder first;
    first.tags = {"one:1", "quay.io/x/uno:2"};
    first.fileLayer("a", "1");
    ImageBuilder second;
    second.fileLayer("b", "2");
    const std::string path = reference(bases, dockerArchiveOf({first, second}));

    CHECK(readLayers(*open(path + ":one:1", bases.options)) == first.tars());
    CHECK(readLayers(*open(path + ":docker.io/library/one:1", bases.options)) == first.tars());
    CHECK(readLayers(*open(path + ":quay.io/x/uno:2", bases.options)) == first.tars());
    CHECK(readLayers(*open(path + "@" + second.configDigest().str(), bases.options)) == second.tars());

    const Error ambiguous = failure(path, bases.options);
    CHECK(ambiguous.code() == ErrorCode::Usage);
    CHECK_THAT(ambiguous.message(),
               Catch::Contains("one:1") && Catch::Contains("@" + second.configDigest().str()));
    const Error missing = failure(path + ":two:1", bases.options);
    CHECK(missing.code() == ErrorCode::Usage);
    CHECK_THAT(missing.hint(), Catch::Contains("one:1"));
    CHECK(failure(path + ":one", bases.options).code() == ErrorCode::Usage); // means one:latest
    CHECK(failure(path + ":one:1@" + second.configDigest().str(), bases.options).code() == ErrorCode::Usage);
}

TEST_CASE("a whole archive may be compressed, and leaves no temporary file", "[I5]") {
    const Bases bases;
    const ImageBuilder image = twoLayers();
    const std::string tar = makeTar(image.dockerArchive());
    for (const std::string& bytes :
         {gzipped(tar), zstdCompressed(tar), xzCompressed(tar), bzip2Compressed(tar)}) {
        const auto base = open("docker-archive:" + bases.write("x", bytes), bases.options);
        CHECK(readLayers(*base) == image.tars());
        CHECK(bases.temporaryDirectoryIsEmpty());
    }
}

TEST_CASE("an archive may come through a pipe") {
    const Bases bases;
    const ImageBuilder image = twoLayers();
    const std::string fifo = bases.path("fifo");
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const std::string file = bases.write("x", gzipped(makeTar(image.dockerArchive())));
    Command writer;
    writer.argv = {"sh", "-c", "cat \"$0\" > \"$1\"", file, fifo};
    const Child child = Child::start(writer);
    CHECK(readLayers(*open("docker-archive:" + fifo, bases.options)) == image.tars());
    CHECK(bases.temporaryDirectoryIsEmpty());
}

TEST_CASE("an archive that unpacks to more than the limit is refused", "[A4]") {
    Bases bases;
    bases.options.limits.archive = 100'000;
    const std::string bomb = bases.write("x", gzipped(std::string(1 << 20, '\0')));
    const Error error = failure("docker-archive:" + bomb, bases.options);
    CHECK(error.code() == ErrorCode::Image);
    CHECK_THAT(error.message(), Catch::Contains("larger than 100000 bytes"));
    CHECK(bases.temporaryDirectoryIsEmpty());
}

TEST_CASE("a layer that unpacks to more than the limit is refused", "[A4]") {
    Bases bases;
    bases.options.limits.layer = 100'000;
    ImageBuilder image;
    image.layer(std::string(1 << 20, '\0'), gzipped);
    const Error error = failure(reference(bases, image.dockerArchive()), bases.options);
    CHECK(error.code() == ErrorCode::Image);
    CHECK_THAT(error.message(), Catch::Contains("layer 1") && Catch::Contains("larger than 100000 bytes"));
}

TEST_CASE("an image for another platform is refused, naming both", "[I9][I10]") {
    const Bases bases;
    ImageBuilder image;
    image.platform = {"linux", "arm64", "v8"};
    image.fileLayer("a", "1");
    const Error error = failure(reference(bases, image.dockerArchive()), bases.options);
    CHECK(error.code() == ErrorCode::Platform);
    CHECK_THAT(error.message(), Catch::Contains("linux/arm64") && Catch::Contains("linux/amd64"));
    Bases arm;
    arm.options.platform = {"linux", "arm64", ""};
    CHECK(readLayers(*open(reference(arm, image.dockerArchive()), arm.options)) == image.tars());
}

TEST_CASE("a layer that does not match its diff_id is an error at its end", "[I13][A6]") {
    const Bases bases;
    Members members = twoLayers().dockerArchive();
    find(members, members[1].name).data[600] ^= 1;
    const auto base = open(reference(bases, members), bases.options);
    CHECK_NOTHROW(readAll(*base->layers()[0].open(), 1 << 20, "it"));
    const auto source = base->layers()[1].open();
    StringSink got;
    CHECK_THROWS_WITH(copy(*source, got), Catch::Contains("layer 2") && Catch::Contains(members[1].name) &&
                                              Catch::Contains("diff_id"));
    CHECK(got.bytes() == members[1].data);
}

TEST_CASE("layers in the wrong order are an error", "[A6]") {
    const Bases bases;
    Members members = twoLayers().dockerArchive();
    std::swap(members[0].data, members[1].data);
    CHECK_THAT(failure(reference(bases, members), bases.options).message(), Catch::Contains("diff_id"));
}

TEST_CASE("a blob, or a config, that does not match its name is an error", "[I13][A6]") {
    const Bases bases;
    ImageBuilder image;
    image.fileLayer("a", "1", gzipped);
    Members members = image.docker25Archive();
    replaceIn(members, "index.json", image.descriptor().digest.str(), "sha256:" + std::string(64, '0'));
    // The same tar in other gzip: the diff_id is right, the blob's digest is not.
    find(members, members[0].name).data[9] ^= 1;
    CHECK_THAT(failure(reference(bases, members), bases.options).message(),
               Catch::Contains("layer 1") && Catch::Contains("digest"));

    members = image.dockerArchive();
    find(members, members[1].name).data += " ";
    CHECK_THAT(failure(reference(bases, members), bases.options).message(), Catch::Contains("its name says"));
}

TEST_CASE("an image whose parts do not fit together is refused", "[I1][I9]") {
    const Bases bases;
    Members members = twoLayers().dockerArchive();
    replaceIn(members, "manifest.json", "\"" + members[0].name + "\",", "");
    CHECK_THAT(failure(reference(bases, members), bases.options).message(),
               Catch::Contains("1 layers") && Catch::Contains("2 diff_ids"));

    members = twoLayers().dockerArchive();
    const std::string gone = members[0].name;
    members.erase(members.begin());
    CHECK_THAT(failure(reference(bases, members), bases.options).message(),
               Catch::Contains("no member \"" + gone));

    for (const char* list : {"[]", "{}", "[7]", R"([{"Config":"c"}])", R"([{"Config":"../c","Layers":[]}])",
                             R"([{"Config":"c","Layers":"x"}])", R"([{"Config":"/c","Layers":[]}])",
                             R"([{"Config":"c","Layers":[],"layers":[]}])"}) {
        INFO(list);
        members = twoLayers().dockerArchive();
        find(members, "manifest.json").data = list;
        CHECK(failure(reference(bases, members), bases.options).code() == ErrorCode::Image);
    }
}

TEST_CASE("an input that is not a docker-archive gets a hint") {
    const Bases bases;
    const ImageBuilder image = twoLayers();
    CHECK_THAT(failure(reference(bases, image.ociLayout()), bases.options).hint(),
               Catch::Contains("oci-archive:"));
    CHECK_THAT(failure(reference(bases, {{"etc/passwd", "root", '0', {}}}), bases.options).hint(),
               Catch::Contains("tar:"));
    CHECK_THAT(failure("docker-archive:" + bases.write("x", std::string(5000, 'x')), bases.options).hint(),
               Catch::Contains("not a tar archive"));
    CHECK(failure("docker-archive:" + bases.path("none"), bases.options).code() == ErrorCode::Input);
    CHECK(failure("docker-archive:" + bases.options.workspace.directory, bases.options).code() ==
          ErrorCode::Input);
}

TEST_CASE("opening stops soon after the caller has cancelled") {
    Bases bases;
    const std::string path = reference(bases, twoLayers().dockerArchive());
    const auto base = open(path, bases.options);
    bases.options.cancel.cancel();
    CHECK_THROWS_AS(readLayers(*base), Error);
    CHECK(failure(path, bases.options).code() == ErrorCode::Cancelled);
}
