#include <catch2/catch.hpp>

#include "manual/value_kind.hh"

using namespace rootlayer::manual;
using Words = std::vector<std::string>;

TEST_CASE("what help calls a value says how to complete it") {
    CHECK(valueKind("FILE").files);
    CHECK(valueKind("FILE|-").files);
    CHECK(valueKind("FILE[:DST][,FIELD=VALUE]").files);
    CHECK(valueKind("DIRECTORY").directories);
    CHECK(valueKind("auto|kvm|tcg").words == Words{"auto", "kvm", "tcg"});
    CHECK(valueKind("FILE|tuned").words == Words{"tuned"});
    CHECK(valueKind("FILE|tuned").files);
    CHECK(valueKind("COMMAND|none").words == Words{"none"});
    for (const char* other : {"", "SIZE", "KEY=VALUE", "HOST[:PORT]|@FILE", "USER[:GROUP]", "NAME"})
        CHECK(valueKind(other).empty());
}

TEST_CASE("references are completed by their prefixes") {
    const auto base = valueKind("IMAGE");
    CHECK(base.words == Words{"scratch"});
    CHECK(base.treePrefixes == Words{"oci:", "dir:"});
    CHECK_FALSE(base.files);
    CHECK(valueKind("LAYER|IMAGE").files);
    CHECK(valueKind("ARCHIVE").filePrefixes == Words{"docker-archive:", "oci-archive:"});
    CHECK(valueKind("OUTPUT").files);
    CHECK(valueKind("TREE").treePrefixes == Words{"dir:"});
}
