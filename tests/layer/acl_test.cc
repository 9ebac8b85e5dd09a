#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "layer/acl.hh"
#include "layer/acl_list.hh"

using namespace rootlayer;
using namespace rootlayer::layer;
using Catch::Matchers::Contains;

namespace {

const std::string kReal = emptyAcl() + "an ACL";

Entry entryOf(const std::string& path, EntryType type = EntryType::File, unsigned mode = 0640) {
    Entry entry;
    entry.path = path;
    entry.type = type;
    entry.mode = mode;
    return entry;
}

Entry directory(const std::string& path, bool withDefault = false) {
    auto entry = entryOf(path, EntryType::Directory, 0755);
    if (withDefault) entry.xattrs = {{kDefaultAcl, kReal}};
    return entry;
}

} // namespace

TEST_CASE("a minimal ACL says what the mode says", "[T13]") {
    CHECK(minimalAcl(04751) == std::string("\2\0\0\0\1\0\7\0\xff\xff\xff\xff\4\0\5\0\xff\xff\xff\xff"
                                           "\x20\0\1\0\xff\xff\xff\xff",
                                           28));
    CHECK((isMinimalAcl(minimalAcl(0)) && isMinimalAcl(emptyAcl())));
    CHECK_FALSE((isMinimalAcl(kReal) || isMinimalAcl("") || isMinimalAcl(minimalAcl(0) + minimalAcl(0))));
}

TEST_CASE("an entry that would inherit an ACL gets one of its own, and no other does", "[T13]") {
    InheritedAcls acls;
    const auto completed = [&](Entry entry) {
        acls.complete(entry);
        return entry.xattrs;
    };
    using Xattrs = std::map<std::string, std::string>;
    CHECK(completed(entryOf("a")).empty());
    CHECK(completed(directory("d", true)).size() == 1);
    CHECK(completed(entryOf("d/.wh.gone")).empty());
    CHECK(completed(entryOf("d/f")) == Xattrs{{kAccessAcl, minimalAcl(0640)}});
    CHECK(completed(entryOf("d/l", EntryType::Symlink)).empty());
    CHECK(completed(entryOf("d/m", EntryType::HardLink)).empty());
    CHECK(completed(entryOf("d/p", EntryType::Fifo, 0600)) == Xattrs{{kAccessAcl, minimalAcl(0600)}});
    CHECK(completed(directory("d/s")) == Xattrs{{kAccessAcl, minimalAcl(0755)}, {kDefaultAcl, emptyAcl()}});
    CHECK(completed(entryOf("d/s/x")).empty());
    CHECK(completed(entryOf("d/t")) == Xattrs{{kAccessAcl, minimalAcl(0640)}});
    CHECK(completed(entryOf("d-")).empty());
}

TEST_CASE("an entry that would inherit an ACL, or has a needless one, is a fault", "[T13]") {
    InheritedAcls acls;
    const auto withAcl = [](Entry entry, const std::string& acl) {
        entry.xattrs = {{kAccessAcl, acl}};
        return entry;
    };
    CHECK(acls.fault(withAcl(entryOf("a"), minimalAcl(0640))).empty()); // the root may have one
    CHECK_THAT(acls.fault(withAcl(entryOf("b"), minimalAcl(0644))), Contains("does not match its mode"));
    CHECK(acls.fault(directory("d", true)).empty());
    CHECK_THAT(acls.fault(entryOf("d/a")), Contains("would inherit"));
    CHECK(acls.fault(withAcl(entryOf("d/b"), kReal)).empty());
    CHECK(acls.fault(withAcl(entryOf("d/c"), minimalAcl(0640))).empty());
    CHECK_THAT(acls.fault(withAcl(directory("d/d"), kReal)), Contains("would inherit"));
    CHECK(acls.fault(directory("e")).empty());
    CHECK_THAT(acls.fault(withAcl(entryOf("e/a"), minimalAcl(0640))), Contains("has no default ACL"));
    CHECK(acls.fault(withAcl(entryOf("e/b"), kReal)).empty());
    InheritedAcls top(true);
    CHECK_THAT(top.fault(entryOf("a")), Contains("would inherit"));
}

TEST_CASE("a list of ACLs is decoded as it was encoded, and a truncated one is refused") {
    const std::vector<AclItem> items{{"", "", kReal, 0}, {"a\n/b", minimalAcl(0), "", 70'000'000'000}};
    const auto bytes = encodeAcls(items);
    CHECK(decodeAcls(bytes) == items);
    CHECK(decodeAcls("").empty());
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        if (size != encodeAcls({items[0]}).size()) CHECK_THROWS_AS(decodeAcls(bytes.substr(0, size)), Error);
    }
    CHECK_THROWS_AS(decodeAcls(std::string(100, '\xff')), Error);
}
