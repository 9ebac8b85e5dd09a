#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include <rootlayer/diff.hh>
#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "tests/layer/sample_layer.hh"
#include "tests/support/image_builder.hh"

using namespace rootlayer;
using namespace rootlayer::test;
using Catch::Contains;

namespace {

using Lines = std::vector<std::string>;

class Compared final {
  public:
    Compared() {
        m_settings.temporaryDirectory = m_directory.file("tmp");
        makeDirectories(m_settings.temporaryDirectory);
    }

    std::string write(const std::string& name, const std::string& bytes) const {
        writeFile(m_directory.file(name), bytes);
        return m_directory.file(name);
    }
    /// "path field: first | second"
    Lines operator()(const std::string& first, const std::string& second,
                     const CancelToken& cancel = {}) const {
        Lines lines;
        const auto count = diff(
            first, second, m_settings,
            [&](const TreeDifference& told) {
                lines.push_back(told.path + " " + told.field + ": " + told.first + " | " + told.second);
            },
            {}, cancel);
        CHECK(count == lines.size());
        CHECK(std::filesystem::is_empty(m_settings.temporaryDirectory));
        return lines;
    }

  private:
    TempDir m_directory{"/tmp"};
    Settings m_settings;
};

/// A file as Python or GNU tar would write it: in ustar form with a name for its owner.
Member fileMember(const std::string& name, const std::string& data) {
    return {name, data, '0', {}};
}

} // namespace

TEST_CASE("a layer equals itself, plain and compressed, and another is compared entry by entry", "[T12]") {
    const Compared compared;
    const auto tar = tarOf(sampleLayer());
    const auto plain = compared.write("a.tar", tar);
    CHECK(compared(plain, compared.write("b.tar.zst", zstdCompressed(tar))).empty());
    CHECK(compared(plain, compared.write("c.tar.gz", gzipped(tar))).empty());
    const auto empty = compared.write("empty.tar", std::string(1024, '\0'));
    CHECK(compared(empty, plain).size() == sampleLayer().size());
}

TEST_CASE("foreign layers are compared by their meaning, not by their encoding") {
    const Compared compared;
    const auto one = compared.write(
        "one.tar", makeTar({fileMember("./b", "same"), fileMember("./a", "1"), fileMember("/c/d", "x")}));
    const auto other = compared.write("other.tar", gzipped(makeTar({{"c", "", '5', {}},
                                                                    fileMember("c/d", "y"),
                                                                    fileMember("a", "longer"),
                                                                    fileMember("b", "gone"),
                                                                    fileMember("b", "same")})));
    CHECK(compared(one, one).empty());
    const auto lines = compared(one, other);
    REQUIRE(lines.size() >= 3);
    CHECK(lines[0] == "a size: 1 | 6");
    CHECK_THAT(lines[1], Catch::StartsWith("a content: sha256:"));
    CHECK_THAT(lines.back(), Catch::StartsWith("c/d content: sha256:"));
    for (const auto& line : lines)
        CHECK_FALSE(Catch::StartsWith("b ").match(line));
}

TEST_CASE("the whiteouts of a layer count as entries, in the layer's order", "[W1][W6]") {
    const Compared compared;
    const auto one = compared.write(
        "one.tar", makeTar({fileMember("d/x", ""), fileMember("d/.wh.y", ""), fileMember(".wh.e", "")}));
    const auto other = compared.write(
        "other.tar",
        makeTar({fileMember("d/.wh..wh..opq", ""), fileMember("d/x", ""), fileMember("./.wh.e", "")}));
    CHECK(compared(one, other) ==
          Lines{"d/.wh..wh..opq presence: - | whiteout", "d/.wh.y presence: whiteout | -"});
}

TEST_CASE("images are compared as the trees of all their layers") {
    const Compared compared;
    ImageBuilder two;
    two.fileLayer("gone", "x").fileLayer("a", "1", gzipped).layer(makeTar({fileMember(".wh.gone", "")}));
    ImageBuilder one;
    one.fileLayer("a", "1");
    const auto first = "docker-archive:" + compared.write("two.tar", makeTar(two.dockerArchive()));
    const auto second = "docker-archive:" + compared.write("one.tar", makeTar(one.dockerArchive()));
    CHECK(compared(first, second).empty());
    CHECK(compared(first, "scratch") == Lines{"a presence: file | -"});
    // An image beside a layer: the same tree.
    CHECK(compared(compared.write("layer.tar", makeTar({fileMember("a", "2")})), second).size() == 1);
}

TEST_CASE("hard links are distinguished from copies") {
    const Compared compared;
    const auto linked = compared.write("linked.tar", makeTar({fileMember("a", "data"), {"b", "", '1', "a"}}));
    const auto copied =
        compared.write("copied.tar", makeTar({fileMember("a", "data"), fileMember("b", "data")}));
    CHECK(compared(linked, linked).empty());
    CHECK(compared(linked, copied) == Lines{"b type: hard link | file"});
}

TEST_CASE("an input that cannot be read is named, and no difference is reported") {
    const Compared compared;
    const auto good = compared.write("good.tar", makeTar({fileMember("a", "1")}));
    const auto bad = compared.write("bad.tar", "this is no tar" + std::string(2000, 'x'));
    CHECK_THROWS_WITH(compared(good, bad), Contains("the second, \"") && Contains("bad.tar"));
    CHECK_THROWS_WITH(compared("/no/such/layer", good), Contains("the first, \"/no/such/layer\""));
    const CancelToken cancel;
    cancel.cancel();
    try {
        compared(good, good, cancel);
        FAIL("it was compared");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Cancelled);
    }
}
