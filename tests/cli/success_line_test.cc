#include <catch2/catch.hpp>

#include "cli/success_line.hh"

using namespace rootlayer;
using std::chrono::milliseconds;

TEST_CASE("the success line of a layer has its file, size, entries and time") {
    CHECK(cli::successLine({.products = {{"layer", "layer.tar", "sha256:1", 1536, 4, {}}}},
                           milliseconds(1240)) == "layer.tar: 1.5 KiB, 4 entries, in 1.2 s");
    CHECK(cli::successLine({.products = {{"layer", "-", "sha256:1", 10, 1, {}}}}, milliseconds(0)) ==
          "standard output: 10 B, 1 entry, in 0.0 s");
    CHECK(cli::successLine({.products = {{"layer", "", "sha256:1", 10, 1, {}}}}, milliseconds(0)) ==
          "layer: 10 B, 1 entry, in 0.0 s");
}

TEST_CASE("the success line of an image has its names and digest, for each output") {
    CHECK(cli::successLine(
              {.products = {{"image", "docker-archive:a.tar", "sha256:1", 10, 1, {"app:1", "app:2"}},
                            {"image", "oci:dir", "sha256:2", 20, 2, {}}}},
              milliseconds(60000)) == "docker-archive:a.tar: image app:1 app:2 sha256:1, 1 layer, 10 B; "
                                      "oci:dir: image sha256:2, 2 layers, 20 B, in 60.0 s");
}

TEST_CASE("a command without products has no success line") {
    CHECK(cli::successLine({}, milliseconds(5)).empty());
}
