#include <catch2/catch.hpp>
#include <unistd.h>

#include "opened.hh"

using namespace rootlayer;
using namespace rootlayer::test;

namespace {

/// Real images, which are next to the source tree on some machines. Optional.
std::string realImage(const std::string& name) {
    const std::string path = std::string(ROOTLAYER_SHARED_DATA) + "/images/" + name;
    if (::access(path.c_str(), R_OK) == 0) return "docker-archive:" + path;
    WARN("skipped: there is no ../shared/data/images/" << name);
    return {};
}

} // namespace

TEST_CASE("Alpine 3.10, as docker saved it and gzip compressed it, is read", "[I5]") {
    const Bases bases;
    const std::string reference = realImage("alpine-3.10-docker-archive.tar.gz");
    if (reference.empty()) return;
    const auto base = open(reference + ":alpine:3.10", bases.options);
    CHECK(readLayers(*base).at(0).size() == 5'818'880);
    CHECK(base->config().strings("Cmd") == std::vector<std::string>{"/bin/sh"});
    CHECK(bases.temporaryDirectoryIsEmpty());
}

TEST_CASE("a docker save of 14 layers is read in place", "[I5]") {
    const Bases bases;
    const std::string reference = realImage("busybox-14-layers-docker-archive.tar");
    if (reference.empty()) return;
    const auto base = open(reference, bases.options);
    CHECK(base->layers().size() == 14);
    CHECK(readLayers(*base).size() == 14);
}

TEST_CASE("Docker 25's archive, whose index.json has no manifests, is read", "[I5][I6]") {
    Bases bases;
    const std::string reference = realImage("hello-world-docker25-archive.tar");
    if (reference.empty()) return;
    CHECK(failure(reference, bases.options).code() == ErrorCode::Platform);
    bases.options.platform = {"linux", "arm64", ""};
    CHECK(readLayers(*open(reference, bases.options)).size() == 1);
}
