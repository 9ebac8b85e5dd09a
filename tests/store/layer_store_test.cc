#include <catch2/catch.hpp>

#include "base/temp_dir.hh"
#include "store/layer_store.hh"

using namespace rootlayer;
using namespace rootlayer::store;

TEST_CASE("a machine without layers gets a disk of zeros") {
    const TempDir temp("/tmp");
    CHECK(LayerStore(temp.path()).emptyDisk().size == 65536);
}
