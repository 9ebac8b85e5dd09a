#include <catch2/catch.hpp>
#include <filesystem>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "oci/reference.hh"

using namespace rootlayer;
using oci::Reference;
using oci::ReferenceKind;

namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

Reference expected(ReferenceKind kind, const char* path, const char* selector = "") {
    return {kind, path, selector, std::nullopt};
}

Error refused(const std::string& text) {
    try {
        Reference::parse(text);
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Usage);
        return error;
    }
    FAIL("accepted: " << text);
    throw;
}

} // namespace

TEST_CASE("each kind of base has its form") {
    CHECK(Reference::parse("scratch") == Reference{});
    CHECK(Reference::parse("docker-archive:a.tar") == expected(ReferenceKind::DockerArchive, "a.tar"));
    CHECK(Reference::parse("docker-archive:/x/a.tar:localhost:5000/n:t") ==
          expected(ReferenceKind::DockerArchive, "/x/a.tar", "localhost:5000/n:t"));
    CHECK(Reference::parse("docker-archive:-") == expected(ReferenceKind::DockerArchive, "-"));
    CHECK(Reference::parse("oci:dir:tag") == expected(ReferenceKind::OciLayout, "dir", "tag"));
    CHECK(Reference::parse("oci-archive:f.tar") == expected(ReferenceKind::OciArchive, "f.tar"));
    CHECK(Reference::parse("dir:/a:b@c") == expected(ReferenceKind::Directory, "/a:b@c"));
    CHECK(Reference::parse("tar:x:y.tar") == expected(ReferenceKind::Tar, "x:y.tar"));
    CHECK(Reference::parse("disk:a.qcow2") == expected(ReferenceKind::Disk, "a.qcow2"));
    CHECK(Reference::parse("docker://localhost:5000/a/b") ==
          expected(ReferenceKind::Registry, "localhost:5000/a/b"));
    CHECK(Reference::parse("docker://alpine:3") == expected(ReferenceKind::Registry, "alpine", "3"));
}

TEST_CASE("a digest may pin the image") {
    const auto layout = Reference::parse("oci:a@b:t@" + kDigest);
    CHECK(layout.path == "a@b");
    CHECK(layout.selector == "t");
    CHECK(layout.digest->str() == kDigest);
    CHECK(Reference::parse("docker://n@" + kDigest).selector.empty());
    CHECK_THAT(refused("oci:a@sha512:aa").message(), Catch::Contains("digest"));
    CHECK_THAT(refused("oci:a@sha256:AA").message(), Catch::Contains("digest"));
}

TEST_CASE("a reference is written as it was read") {
    for (const std::string& text :
         {std::string("scratch"), std::string("docker-archive:f:n:t"), "oci:d:t@" + kDigest,
          std::string("dir:/x"), std::string("docker://h:1/n:t")}) {
        CHECK(Reference::parse(text).str() == text);
    }
}

TEST_CASE("an invalid reference is refused, with the forms in the hint") {
    for (const char* text : {"", "no such file.tar", "/no/such/file", "x:Y"}) {
        CHECK_THAT(refused(text).hint(),
                   Catch::Contains("docker-archive:FILE") && Catch::Contains("scratch"));
    }
    CHECK_THAT(refused("dir:").message(), Catch::Contains("names no file"));
    CHECK_THAT(refused("oci:x:").message(), Catch::Contains("colon"));
    CHECK(refused("oci:").hint() == "oci:DIR[:TAG]");
    CHECK(refused("docker://ubuntu:").hint() == "remove the colon: docker://ubuntu");
}

TEST_CASE("another tool's form of a reference gets a hint with ours") {
    for (const auto& [text, hint] : std::vector<std::pair<std::string, std::string>>{
             {"debian:12", "did you mean docker://debian:12?"},
             {"debian", "did you mean docker://debian?"},
             {"ghcr.io/owner/app@" + kDigest, "did you mean docker://ghcr.io/owner/app@" + kDigest + "?"},
             {"docker:alpine", "did you mean docker://alpine?"},
             {"docker:/alpine", "did you mean docker://alpine?"},
             {"DOCKER://alpine", "did you mean docker://alpine?"},
             {"Tar:x.tar", "did you mean tar:x.tar?"},
             {"OCI:Layout:Tag", "did you mean oci:Layout:Tag?"},
             {"Scratch", "did you mean scratch?"},
             {"docker-daemon:a:1", "docker save a:1 | rootlayer ... --from docker-archive:-"},
             {"containers-storage:a:1", "podman save a:1 | rootlayer ... --from docker-archive:-"},
             {"https://ghcr.io/x", "an image in a registry is docker://HOST/NAME[:TAG]"}}) {
        CHECK(refused(text).hint() == hint);
    }
}

TEST_CASE("a bare path that exists gets a hint with its prefix") {
    const TempDir directory(std::filesystem::temp_directory_path());
    writeFile(directory.file("f.tar"), "x");
    CHECK_THAT(refused(directory.path()).hint(), Catch::Contains("dir:" + directory.path()));
    CHECK_THAT(refused(directory.file("f.tar")).hint(),
               Catch::Contains("docker-archive:" + directory.file("f.tar")));
    writeFile(directory.file("oci-layout"), "{}");
    CHECK_THAT(refused(directory.path()).hint(), Catch::Contains("oci:" + directory.path()));
}
