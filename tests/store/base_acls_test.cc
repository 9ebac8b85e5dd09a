#include <catch2/catch.hpp>

#include "converted.hh"
#include "layer/acl.hh"
#include "store/layer_store.hh"
#include "support/tar_builder.hh"

using namespace rootlayer;
using namespace rootlayer::test;
using namespace rootlayer::store;

namespace {

/// user::rw-,user:7:rwx,group::---,mask::PERM,other::---
std::string aclOf(char mask) {
    std::string acl("\2\0\0\0\1\0\6\0\xff\xff\xff\xff\2\0\7\0\7\0\0\0\4\0\0\0\xff\xff\xff\xff", 28);
    acl += std::string("\x10\0", 2) + mask + std::string("\0\xff\xff\xff\xff\x20\0\0\0\xff\xff\xff\xff", 13);
    return acl;
}

layer::Entry entryOf(const std::string& path, const std::string& access, const std::string& defaults = {}) {
    layer::Entry entry;
    entry.path = path;
    entry.mode = 0600;
    if (!defaults.empty()) entry.type = layer::EntryType::Directory;
    if (!access.empty()) entry.xattrs[layer::kAccessAcl] = access;
    if (!defaults.empty()) entry.xattrs[layer::kDefaultAcl] = defaults;
    return entry;
}

BaseAcls aclsOf(const std::vector<std::string>& tars) {
    const TempDir temp("/tmp");
    std::vector<layer::OpenableLayer> sources;
    for (const auto& tar : tars)
        sources.push_back(MemoryLayer(tar).source);
    BaseAcls acls;
    const LayerStore store(temp.path());
    store.disksFor(sources);
    store.disksFor(sources, nullptr, nullptr, {}, &acls); // from the cache
    return acls;
}

} // namespace

TEST_CASE("the ACLs of a base are those of the topmost layer for each name", "[T13][B3]") {
    const auto bottom = TarBuilder()
                            .add(entryOf("d", "", aclOf(7)))
                            .add(entryOf("d/replaced", aclOf(5)), "x")
                            .add(entryOf("gone", aclOf(4)), "x")
                            .add(entryOf("kept", aclOf(6)), "four")
                            .link("also", "kept")
                            .add(entryOf("minimal", layer::minimalAcl(0600)), "x")
                            .str();
    // "d" has no entry in the upper layer, and is as it was.
    const auto top = TarBuilder().file("d/replaced", "y").file(".wh.gone", "").str();
    const auto acls = aclsOf({bottom, top});
    CHECK(acls.left == 0);
    CHECK(acls.items == std::vector<layer::AclItem>{
                            {"also", aclOf(6), "", 4}, {"d", "", aclOf(7), 0}, {"kept", aclOf(6), "", 4}});
    CHECK(aclsOf({top}).items.empty());
}

TEST_CASE("ACLs of a base beyond the limit for a guest are counted", "[A4]") {
    TarBuilder tar;
    for (int number = 0; number < 20'010; ++number)
        tar.add(entryOf("f" + std::to_string(number), aclOf(7)), "x");
    const auto acls = aclsOf({tar.str()});
    CHECK(acls.items.size() == 20'000);
    CHECK(acls.left == 10);
}

TEST_CASE("ACLs that an upper layer hides do not count against the limit, and large files are left out",
          "[A4]") {
    TarBuilder bottom;
    for (int number = 0; number < 20'000; ++number)
        bottom.add(entryOf("d/f" + std::to_string(number), aclOf(7)), "x");
    const std::string large(std::size_t{3} << 20, 'x');
    const auto top = TarBuilder()
                         .file(".wh.d", "")
                         .add(entryOf("large", aclOf(7)), large)
                         .add(entryOf("z", aclOf(5)), "x")
                         .str();
    const auto acls = aclsOf({bottom.str(), top});
    CHECK(acls.items == std::vector<layer::AclItem>{{"z", aclOf(5), "", 1}});
    CHECK(acls.left == 1);
}

TEST_CASE("the disk of a layer has no ACLs, which tar2sqfs would complain of") {
    const Converted disks({TarBuilder().add(entryOf("f", aclOf(7)), "x").str()});
    CHECK(disks.top().at("f").entry.xattrs.empty());
}
