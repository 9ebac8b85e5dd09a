#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "oci/manifest.hh"
#include "oci/media_type.hh"

using namespace rootlayer;
using oci::Index;
using oci::Manifest;

namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');
const std::string kConfig = fmt::format(
    R"({{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{}","size":12}})", kDigest);
const std::string kLayer = fmt::format(
    R"({{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{}","size":34}})", kDigest);

std::string manifest(const std::string& fields) {
    return fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{}]{}}})", kConfig, kLayer, fields);
}

template <typename Document>
std::string failure(const std::string& bytes) {
    try {
        Document::parse(bytes, "the document");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Image);
        return error.what();
    }
    return "accepted";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
}

} // namespace

TEST_CASE("a manifest is read, and written the same", "[I4]") {
    const std::string text = manifest(R"(,"annotations":{"a":"b"})");
    const Manifest read = Manifest::parse(text, "m");
    CHECK(read.config.size == 12);
    REQUIRE(read.layers.size() == 1);
    CHECK(read.layers[0].digest.str() == kDigest);
    CHECK(read.write() == text);
}

TEST_CASE("an index is read, and written the same", "[I4]") {
    const std::string text =
        fmt::format(R"({{"schemaVersion":2,"manifests":[{{"mediaType":"{}","digest":"{}","size":5,)"
                    R"("platform":{{"architecture":"arm","os":"linux","variant":"v7"}},)"
                    R"("annotations":{{"org.opencontainers.image.ref.name":"t"}}}}]}})",
                    oci::media_type::kManifest, kDigest);
    const Index read = Index::parse(text, "i");
    REQUIRE(read.manifests.size() == 1);
    CHECK(read.manifests[0].platform->str() == "linux/arm/v7");
    CHECK(read.manifests[0].annotation(oci::kRefName) == "t");
    CHECK(read.write() == text);
}

TEST_CASE("Docker 25 writes null where an index has no manifests") {
    CHECK(Index::parse(R"({"schemaVersion":2,"manifests":null})", "i").manifests.empty());
}

TEST_CASE("a manifest that could also be an index is refused", "[I9][A7]") {
    CHECK_THAT(failure<Manifest>(manifest(R"(,"manifests":[])")), Catch::Contains("\"manifests\""));
    CHECK_THAT(failure<Index>(manifest("")), Catch::Contains("but has the field"));
    CHECK_THAT(failure<Manifest>(manifest(R"(,"mediaType":"application/vnd.oci.image.index.v1+json")")),
               Catch::Contains("unexpected media type"));
}

TEST_CASE("a field that differs from a known one in case alone is refused", "[A7]") {
    CHECK_THAT(failure<Manifest>(manifest(R"(,"Layers":[])")), Catch::Contains("is spelled \"Layers\""));
}

TEST_CASE("unknown media types are refused, saying what was found", "[I9]") {
    CHECK_THAT(failure<Manifest>(replaced(manifest(""), "image.layer.v1.tar+gzip", "image.layer.v1.tar+lz4")),
               Catch::Contains("+lz4"));
    CHECK_THAT(failure<Manifest>(replaced(manifest(""), "oci.image.config", "cncf.helm.config")),
               Catch::Contains("is not an image") && Catch::Contains("helm"));
}

TEST_CASE("sizes are whole numbers from 0 to the largest int64", "[I4][A6]") {
    for (const char* size : {"-1", "1.0", "1e3", "\"34\"", "9223372036854775808", "null", "[]"}) {
        INFO(size);
        CHECK_THAT(failure<Manifest>(replaced(manifest(""), "34", size)),
                   Catch::Contains("\"size\"") && Catch::Contains("layer 1"));
    }
    CHECK(failure<Manifest>(replaced(manifest(""), "34", "9223372036854775807")) == "accepted");
}

TEST_CASE("digests that are not sha256 are refused", "[I4][A6]") {
    for (const std::string digest : {"sha256:../../x", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:"}) {
        CHECK_THAT(failure<Manifest>(replaced(manifest(""), kDigest, digest)), Catch::Contains("\"digest\""));
    }
    CHECK(failure<Manifest>(replaced(manifest(""), kDigest, "sha256:" + std::string(64, 'A'))) != "accepted");
}

TEST_CASE("other schema versions and missing parts are refused") {
    CHECK_THAT(failure<Manifest>(replaced(manifest(""), ":2,", ":1,")), Catch::Contains("schema version 1"));
    CHECK_THAT(failure<Manifest>(R"({"schemaVersion":2,"layers":[]})"),
               Catch::Contains("\"config\" is missing"));
    CHECK_THAT(failure<Manifest>(R"({"schemaVersion":2,"config":)" + kConfig + "}"),
               Catch::Contains("\"layers\""));
    CHECK_THAT(failure<Manifest>("[]"), Catch::Contains("array"));
}
