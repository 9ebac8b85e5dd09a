#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>
#include <rootlayer/export.hh>

#include "base/digest.hh"
#include "base/file.hh"
#include "base/temp_dir.hh"
#include "tests/layer/sample_layer.hh"
#include "tests/support/image_builder.hh"

using namespace rootlayer;
using namespace rootlayer::test;
using Catch::Contains;

namespace {

class Silent final : public Observer {
  public:
    void onEvent(const Event&) override {}
};

class Exports final {
  public:
    Exports() {
        m_settings.temporaryDirectory = m_directory.file("tmp");
        makeDirectories(m_settings.temporaryDirectory);
        spec.output = m_directory.file("out.tar");
    }
    ExportResult operator()(const ImageBuilder& builder) {
        writeFile(m_directory.file("image.tar"), makeTar(builder.dockerArchive()));
        spec.image = "docker-archive:" + m_directory.file("image.tar");
        return run();
    }
    ExportResult run() {
        Silent silent;
        return exportImage(spec, m_settings, silent, cancel);
    }
    std::string output() const { return readFile(spec.output, "output", 1 << 20); }
    bool nothingTemporary() const { return std::filesystem::is_empty(m_settings.temporaryDirectory); }
    std::string file(const std::string& name) const { return m_directory.file(name); }
    std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(m_directory.path()), {}));
    }

    ExportSpec spec;
    CancelToken cancel;

  private:
    TempDir m_directory{"/tmp"};
    Settings m_settings;
};

ImageBuilder twoLayers() {
    ImageBuilder builder;
    builder.fileLayer("b", "below", gzipped).fileLayer("a", "above");
    return builder;
}

} // namespace

TEST_CASE("the tree of an image is one canonical layer, the same each time", "[T12]") {
    Exports exports;
    const auto result = exports(twoLayers());
    const auto tar = exports.output();
    const auto items = itemsOf(tar);
    REQUIRE(items.size() == 2);
    CHECK(items[0].data == "above");
    CHECK(items[1].data == "below");
    CHECK(result.digest == sha256(tar).str());
    CHECK(result.bytes == tar.size());
    CHECK(result.entries == 2);
    CHECK(exports(twoLayers()).digest == result.digest);
    CHECK(exports.nothingTemporary());
}

TEST_CASE("an existing output is replaced completely, or kept if anything fails") {
    Exports exports;
    writeFile(exports.spec.output, "old");
    auto broken = twoLayers();
    broken.layer("no tar at all");
    CHECK_THROWS_WITH(exports(broken), Contains("layer 3 (sha256:"));
    CHECK(exports.output() == "old");
    CHECK(exports.files() == 3); // the image, the output, the temporary directory
    CHECK(exports.nothingTemporary());
    exports(twoLayers());
    CHECK(itemsOf(exports.output()).size() == 2);
}

TEST_CASE("an output that cannot be written is refused before the image is read") {
    Exports exports;
    exports.spec.output = exports.file("none/out.tar");
    exports.spec.image = "docker-archive:/nowhere";
    CHECK_THROWS_WITH(exports.run(), Contains("none/out.tar"));
    exports.spec.output = exports.file("tmp");
    CHECK_THROWS_WITH(exports.run(), Contains("tmp"));
}

TEST_CASE("without an output only the digest is returned") {
    Exports exports;
    exports(twoLayers());
    const auto digest = sha256(exports.output()).str();
    exports.spec.output.clear();
    CHECK(exports.run().digest == digest);
}

TEST_CASE("a cancelled export leaves nothing") {
    Exports exports;
    exports.cancel.cancel();
    try {
        exports(twoLayers());
        FAIL("it was not given up");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Cancelled);
    }
    CHECK(exports.files() == 2);
    CHECK(exports.nothingTemporary());
}

TEST_CASE("a directory is created by root, new or from an empty one, and appears complete or not at all") {
    Exports exports;
    exports.spec.output.clear();
    exports.spec.outputDirectory = exports.file("tree/");
    if (::geteuid() != 0) {
        CHECK_THROWS_WITH(exports(twoLayers()), Contains("root"));
        return;
    }
    exports(twoLayers());
    CHECK(readFile(exports.file("tree/a"), "file", 100) == "above");
    CHECK(readFile(exports.file("tree/b"), "file", 100) == "below");
    struct stat status {};
    REQUIRE(::stat(exports.file("tree").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0700);
    CHECK_THROWS_WITH(exports(twoLayers()), Contains("tree") && Contains("File exists"));

    exports.spec.outputDirectory = exports.file("empty");
    makeDirectories(exports.file("empty"));
    auto broken = twoLayers();
    broken.layer("no tar at all");
    CHECK_THROWS_AS(exports(broken), Error);
    CHECK(std::filesystem::is_empty(exports.file("empty")));
    CHECK(exports.files() == 4); // the image, two directories, the temporary one
    exports(twoLayers());
    CHECK(readFile(exports.file("empty/a"), "file", 100) == "above");

    exports.spec.outputDirectory = exports.file("empty/a");
    CHECK_THROWS_WITH(exports(twoLayers()), Contains("File exists"));
    exports.spec.outputDirectory = exports.file("none/tree");
    CHECK_THROWS_WITH(exports(twoLayers()), Contains("none/tree"));
    // A link is not followed.
    std::filesystem::create_directory_symlink(exports.file("empty"), exports.file("link"));
    exports.spec.outputDirectory = exports.file("link");
    CHECK_THROWS_AS(exports(twoLayers()), Error);
}

TEST_CASE("scratch is the empty tar", "[W17]") {
    Exports exports;
    exports.spec.image = "scratch";
    CHECK(exports.run().digest == "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
}
