#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "image/base_image.hh"
#include "image/image_name.hh"
#include "image/image_writer.hh"
#include "image/index_entries.hh"
#include "oci/manifest.hh"
#include "support/image_builder.hh"

using namespace rootlayer;
using compress::Compression;
using test::ImageBuilder;

namespace {

constexpr std::uint64_t kPlenty = std::uint64_t{1} << 30;

struct Place {
    TempDir directory{"/tmp"};
    image::WriteOptions options;

    std::string file(const std::string& name) const { return directory.file(name); }
    std::string bytes(const std::string& name) const { return readFile(file(name), "file", kPlenty); }

    std::unique_ptr<image::BaseImage> open(const std::string& reference) const {
        return image::openBase(oci::Reference::parse(reference), {});
    }
    std::unique_ptr<image::ImageWriter> writer(const std::string& reference) const {
        return image::openImageWriter(image::outputReference(reference), options);
    }
    /// The base as a base again, given from a layout in this directory.
    std::unique_ptr<image::BaseImage> base(const ImageBuilder& image,
                                           const std::string& name = "base") const {
        std::filesystem::create_directory(file(name));
        test::writeMembers(file(name), image.ociLayout());
        return open("oci:" + file(name));
    }
    std::size_t files() const {
        const std::filesystem::recursive_directory_iterator begin(directory.path());
        return static_cast<std::size_t>(std::distance(begin, {}));
    }
};

image::ImageDraft draftOf(const image::BaseImage& base, const image::LayerForm& form,
                          std::vector<std::string> names = {}) {
    image::LayerBlobs blobs("/tmp", {});
    return {base.config(), blobs.blobs(base.layers(), form), {}, std::move(names)};
}

void write(image::ImageWriter& writer, const image::BaseImage& base, std::vector<std::string> names = {}) {
    writer.write({draftOf(base, writer.layerForm(), std::move(names))});
    writer.commit();
}

std::string contentOf(const image::BaseImage& image) {
    std::string all;
    for (const auto& layer : image.layers())
        all += readAll(*layer.open(), kPlenty, "layer");
    return all;
}

ImageBuilder sample() {
    ImageBuilder image;
    image.fileLayer("a", "one")
        .fileLayer("b", "two", test::gzipped)
        .fileLayer("c", std::string(3'000'000, 'z'));
    return image;
}

} // namespace

TEST_CASE("a written image is read again as the same image, in every form", "[I1][I6]") {
    const Place place;
    const auto base = place.base(sample());
    for (const auto* prefix : {"docker-archive:", "oci-archive:", "oci:"}) {
        INFO(prefix);
        const auto reference = prefix + place.file("out");
        write(*place.writer(reference), *base);
        const auto again = place.open(reference);
        CHECK(again->config().write() == base->config().write());
        CHECK(again->config().diffIds() == base->config().diffIds());
        CHECK((contentOf(*again) == contentOf(*base)));
        std::filesystem::remove_all(place.file("out"));
    }
}

TEST_CASE("a docker-archive is the same image through manifest.json and through index.json", "[I6]") {
    const Place place;
    const auto base = place.base(sample());
    write(*place.writer("docker-archive:" + place.file("out")), *base, {"tools/web:1.2"});
    const auto docker = place.open("docker-archive:" + place.file("out") + ":tools/web:1.2");
    const auto oci = place.open("oci-archive:" + place.file("out"));
    CHECK(docker->configDigest() == oci->configDigest());
    CHECK(docker->manifestDigest() == oci->manifestDigest());
    CHECK((contentOf(*docker) == contentOf(*oci)));
}

TEST_CASE("an archive is the same bytes each time, in order, without times or owners", "[I11][T12]") {
    const Place place;
    const auto base = place.base(sample());
    for (const auto* name : {"x.tar", "y.tar"})
        write(*place.writer("docker-archive:" + place.file(name)), *base, {"a:1"});
    CHECK((place.bytes("x.tar") == place.bytes("y.tar")));
    const auto tar = place.bytes("x.tar");
    CHECK(tar.substr(0, 6) == "blobs/");
    CHECK(tar.substr(136, 11) == "00000000000");         // mtime
    CHECK(tar.substr(265, 64) == std::string(64, '\0')); // owner and group
}

TEST_CASE("layers get the requested compression, and the media type that matches it", "[I8][I12]") {
    Place place;
    const auto base = place.base(sample());
    const auto mediaTypes = [&](Compression compression) {
        std::vector<std::string> types;
        for (const auto& layer : draftOf(*base, {compression, true}).layers)
            types.push_back(
                layer.descriptor.mediaType.substr(sizeof "application/vnd.oci.image.layer.v1." - 1));
        return types;
    };
    using Types = std::vector<std::string>;
    // The base's second layer is compressed already, and keeps its digest.
    CHECK(mediaTypes(Compression::None) == Types{"tar", "tar+gzip", "tar"});
    CHECK(mediaTypes(Compression::Gzip) == Types{"tar+gzip", "tar+gzip", "tar+gzip"});
    CHECK(mediaTypes(Compression::Zstd) == Types{"tar+zstd", "tar+gzip", "tar+zstd"});
    CHECK(draftOf(*base, {Compression::Zstd, true}).layers[1].descriptor.digest ==
          base->layers()[1].storedDigest);
    const auto unpacked = draftOf(*base, {Compression::None, false}).layers;
    CHECK(unpacked[1].descriptor.digest == base->layers()[1].diffId);

    for (const auto compression : {Compression::Gzip, Compression::Zstd}) {
        place.options.compression = compression;
        write(*place.writer("oci-archive:" + place.file("x")), *base);
        write(*place.writer("oci-archive:" + place.file("y")), *base);
        CHECK((place.bytes("x") == place.bytes("y")));
        CHECK((contentOf(*place.open("oci-archive:" + place.file("x"))) == contentOf(*base)));
    }
}

TEST_CASE("an image is added to a layout that has others, and replaces the one of its name", "[I7]") {
    const Place place;
    const auto first = place.base(sample(), "one");
    const auto second = place.base(ImageBuilder().fileLayer("q", "other"), "two");
    const auto layout = "oci:" + place.file("lay");
    write(*place.writer(layout + ":v1"), *first);
    write(*place.writer(layout + ":v2"), *second);
    CHECK((contentOf(*place.open(layout + ":v1")) == contentOf(*first)));
    CHECK((contentOf(*place.open(layout + ":v2")) == contentOf(*second)));
    write(*place.writer(layout + ":v1"), *second);
    CHECK((contentOf(*place.open(layout + ":v1")) == contentOf(*second)));
    const auto index = oci::Index::parse(place.bytes("lay/index.json"), "index");
    CHECK(index.manifests.size() == 2);
}

TEST_CASE("a tag and a name are one entry of a layout", "[I7]") {
    const Place place;
    const auto base = place.base(sample());
    const auto layout = "oci:" + place.file("lay");
    const auto manifests = [&] {
        return oci::Index::parse(place.bytes("lay/index.json"), "index").manifests;
    };
    for (int i = 0; i < 2; ++i) {
        write(*place.writer(layout + ":app"), *base, {"app:1.0"});
        REQUIRE(manifests().size() == 1);
        CHECK(manifests()[0].annotation(oci::kRefName) == "app");
        CHECK(manifests()[0].annotation(oci::kImageName) == "docker.io/library/app:1.0");
    }
    CHECK((contentOf(*place.open(layout + ":app")) == contentOf(*base)));
    // Each further name has an entry, with its own tag.
    write(*place.writer(layout + ":app"), *base, {"app:1.0", "app:2.0"});
    REQUIRE(manifests().size() == 2);
    CHECK(manifests()[1].annotation(oci::kRefName) == "2.0");
    write(*place.writer(layout + ":2.0"), *base, {"app:1.0", "app:2.0"});
    REQUIRE(manifests().size() == 2);
    CHECK(manifests()[0].annotation(oci::kRefName) == "1.0");
}

TEST_CASE("a tag occurs once in a layout, and no image loses its name for it", "[I7]") {
    const Place place;
    const auto first = place.base(sample(), "one");
    const auto second = place.base(ImageBuilder().fileLayer("q", "other"), "two");
    const auto layout = "oci:" + place.file("lay");
    write(*place.writer(layout + ":latest"), *first, {"a:latest", "c:latest"});
    write(*place.writer(layout), *second, {"b:latest"});
    CHECK((contentOf(*place.open(layout + ":latest")) == contentOf(*second)));
    const auto index = oci::Index::parse(place.bytes("lay/index.json"), "index");
    REQUIRE(index.manifests.size() == 3);
    CHECK(index.manifests[0].annotation(oci::kImageName) == "docker.io/library/a:latest");
    CHECK(index.manifests[1].annotation(oci::kImageName) == "docker.io/library/c:latest");
    CHECK(index.manifests[0].annotation(oci::kRefName).empty());
    CHECK(index.manifests[2].annotation(oci::kRefName) == "latest");
}

TEST_CASE("very many names are added to an index that has very many", "[A4]") {
    constexpr int count = 10'000;
    oci::Descriptor first;
    first.digest = sha256(std::string_view("first"));
    oci::Descriptor second;
    second.digest = sha256(std::string_view("second"));
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i)
        names.push_back("box:" + std::to_string(i));
    Json index = image::emptyIndex();
    image::putEntries(index, image::indexEntries(first, names, {}), "index");
    for (int i = 0; i < count; i += 2)
        names[i] = "other:" + std::to_string(i);
    image::putEntries(index, image::indexEntries(second, names, {}), "index");
    const auto& entries = index.find("manifests")->items();
    REQUIRE(entries.size() == count + count / 2);
    const auto at = [&](std::size_t i) { return oci::Descriptor::parse(entries[i], "an entry"); };
    // The name stays with the first image, the tag goes to the second.
    CHECK(at(0).digest == first.digest);
    CHECK(at(0).annotation(oci::kImageName) == "docker.io/library/box:0");
    CHECK(at(0).annotation(oci::kRefName).empty());
    CHECK(at(count / 2).annotation(oci::kRefName) == "0");
}

TEST_CASE("writers of one layout at the same time lose nothing", "[I7]") {
    const Place place;
    const auto base = place.base(sample());
    constexpr int writers = 8;
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i) {
        threads.emplace_back(
            [&, i] { write(*place.writer("oci:" + place.file("lay") + ":v" + std::to_string(i)), *base); });
    }
    for (auto& thread : threads)
        thread.join();
    for (int i = 0; i < writers; ++i)
        CHECK_NOTHROW(place.open("oci:" + place.file("lay") + ":v" + std::to_string(i)));
}

TEST_CASE("a damaged blob of a layout is repaired by writing the same blob", "[I7]") {
    const Place place;
    const auto base = place.base(sample());
    const auto layout = "oci:" + place.file("lay");
    write(*place.writer(layout + ":v1"), *base);
    writeFile(place.file("lay/blobs/sha256/" + base->layers()[0].diffId.hex()), "rubbish");
    write(*place.writer(layout + ":v2"), *base);
    CHECK((contentOf(*place.open(layout + ":v1")) == contentOf(*base)));
}

TEST_CASE("an image that is not committed leaves nothing, and existing files stay", "[A12]") {
    const Place place;
    const auto base = place.base(sample());
    writeFile(place.file("out.tar"), "the one before");
    const auto before = place.files();
    for (const auto* prefix : {"docker-archive:", "oci-archive:"})
        place.writer(prefix + place.file("out.tar"))->write({draftOf(*base, {})});
    place.writer("oci:" + place.file("lay"))->write({draftOf(*base, {})});
    CHECK(place.bytes("out.tar") == "the one before");
    CHECK(place.files() == before);
}

TEST_CASE("a layer that does not match its digest is not written", "[I13][A6]") {
    const Place place;
    const auto base = place.base(sample());
    const auto blob = place.file("base/blobs/sha256/" + base->layers()[1].storedDigest.hex());
    auto bytes = readFile(blob, "blob", kPlenty);
    bytes[bytes.size() / 2] ^= 1;
    writeFile(blob, bytes);
    for (const auto* prefix : {"docker-archive:", "oci-archive:", "oci:"}) {
        INFO(prefix);
        const auto writer = place.writer(prefix + place.file("out"));
        CHECK_THROWS_AS(writer->write({draftOf(*base, writer->layerForm())}), Error);
    }
    CHECK_FALSE(std::filesystem::exists(place.file("out")));
}

TEST_CASE("an output that cannot be written is refused at once") {
    const Place place;
    writeFile(place.file("file"), "x");
    std::filesystem::create_directory(place.file("full"));
    writeFile(place.file("full/x"), "x");
    for (const auto& reference :
         {"docker-archive:" + place.file("no/out.tar"), "oci:" + place.file("no/such/lay"),
          "oci:" + place.file("file"), "oci:" + place.file("full"),
          "docker-archive:" + place.directory.path(), "oci:" + place.file("lay") + ":-bad",
          "docker-archive:" + place.file("out") + ":UP/..:x", std::string("scratch"),
          "tar:" + place.file("x")}) {
        INFO(reference);
        CHECK_THROWS_AS(place.writer(reference), Error);
    }
}

TEST_CASE("a registry's name with upper-case letters is refused, and no other is pushed to") {
    const Place place;
    for (const auto* name : {"docker://UPPER/x", "docker://Foo:1", "docker://host:5000/Foo/x"}) {
        INFO(name);
        CHECK_THROWS_WITH(place.writer(name), Catch::Contains("upper-case letters"));
    }
    // This registry is asked, but does not exist.
    CHECK_THROWS_WITH(place.writer("docker://Host.invalid:5000/foo:V1"),
                      Catch::Contains("Host.invalid:5000"));
}

TEST_CASE("an image's name is lower-cased and gets a tag") {
    CHECK(image::checkedImageName("Foo/Bar") == "foo/bar:latest");
    CHECK(image::checkedImageName("Reg.Example:5000/A_b/c-d:V1.0") == "Reg.Example:5000/a_b/c-d:V1.0");
    CHECK(image::tagOf("host:5000/a:x") == "x");
    for (const auto* bad :
         {"", "a/", "/a", "a//b", "a:", "a:-x", "a b", "a..b", "a___b", "-a", "a_", "a:b:c", "\xc3\xa9"}) {
        INFO(bad);
        CHECK_THROWS_AS(image::checkedImageName(bad), Error);
    }
}

TEST_CASE("an output that is not an image is refused, naming the kinds of outputs") {
    for (const auto* text :
         {"x.tar", "foo:x.tar", "dir:x", "tar:x.tar", "disk:x", "scratch", "", "docker:x"}) {
        try {
            image::outputReference(text);
            FAIL("it was taken: " << text);
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::Usage);
            CHECK_THAT(error.hint(), Catch::Contains("oci-archive:FILE") && !Catch::Contains("scratch"));
        }
    }
}
