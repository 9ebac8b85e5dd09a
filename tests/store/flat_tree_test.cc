#include <catch2/catch.hpp>
#include <cstdint>

#include <map>
#include <string>
#include <vector>

#include <rootlayer/error.hh>

#include "base/temp_dir.hh"
#include "store/flat_tree.hh"
#include "support/tar_builder.hh"
#include "tests/layer/sample_layer.hh"

using namespace rootlayer;
using namespace rootlayer::test;
using namespace rootlayer::store;
using layer::Entry;
using layer::EntryType;
using test::Item;
using test::Items;

namespace {

// user::rw-,user:7:rw-,group::---,mask::rw-,other::---
const std::string kAcl("\2\0\0\0\1\0\6\0\xff\xff\xff\xff\2\0\6\0\7\0\0\0\4\0\0\0\xff\xff\xff\xff"
                       "\x10\0\6\0\xff\xff\xff\xff\x20\0\0\0\xff\xff\xff\xff",
                       44);

/// A tree of some layers, bottom first.
class Flat final {
  public:
    explicit Flat(const std::vector<std::string>& tars) : m_spool(m_temp.path()), m_tree(&m_spool, nullptr) {
        for (const auto& tar : tars)
            add(tar);
    }
    /// What it changes: "+a 5", "~b 0", "-c 0 of 3" when more than the one name is gone.
    std::vector<std::string> add(const std::string& tar) {
        std::vector<std::string> told;
        StringSource source(tar);
        m_tree.add(source, [&](const TreeChange& change) {
            const char sign = "+~-"[static_cast<std::size_t>(change.kind)];
            told.push_back(sign + change.path + " " + std::to_string(change.bytes) +
                           (change.names == 1 ? "" : " of " + std::to_string(change.names)));
        });
        return told;
    }
    /// The entries as the validator of canonical layers reads them.
    Items items() {
        StringSink tar;
        const auto entries = m_tree.write(tar);
        auto items = test::itemsOf(tar.bytes());
        CHECK(items.size() == entries);
        return items;
    }

  private:
    TempDir m_temp{"/tmp"};
    FileSpool m_spool;
    FlatTree m_tree;
};

using Lines = std::vector<std::string>;

/// "d etc", "- etc/passwd=root", "h b->a", in order.
Lines linesOf(const Items& items) {
    Lines lines;
    for (const auto& item : items) {
        auto line =
            std::string(1, "-hlcbdp"[static_cast<std::size_t>(item.entry.type)]) + " " + item.entry.path;
        if (item.entry.type == EntryType::File) line += "=" + item.data;
        if (!item.entry.linkTarget.empty()) line += "->" + item.entry.linkTarget;
        lines.push_back(line);
    }
    return lines;
}

Lines flat(const std::vector<std::string>& tars) {
    return linesOf(Flat(tars).items());
}

TarBuilder base() {
    return TarBuilder()
        .directory("a")
        .file("a/1", "one")
        .file("a/2", "two")
        .directory("a/sub")
        .file("a/sub/x", "x")
        .file("b", "base");
}

} // namespace

TEST_CASE("a whiteout removes a name and everything below it", "[B1]") {
    CHECK(flat({base().str(),
                TarBuilder().file("a/.wh.sub", "").file("a/.wh.1", "").file(".wh.none", "").str()}) ==
          Lines{"d a", "- a/2=two", "- b=base"});
    CHECK(flat({base().str(), TarBuilder().file(".wh.a", "").str()}) == Lines{"- b=base"});
}

TEST_CASE("a whiteout removes a name of 255 bytes", "[B1][T9]") {
    const std::string name(255, 'n');
    CHECK(flat({TarBuilder().directory("d").file("d/" + name, "x").str(),
                TarBuilder().file("d/.wh." + name, "").str()}) == Lines{"d d"});
}

TEST_CASE("an opaque directory shows nothing of what was in it, wherever its marker stands", "[B2]") {
    const auto late =
        TarBuilder().directory("a").file("a/3", "three").directory("a/sub").file("a/.wh..wh..opq", "").str();
    const auto early =
        TarBuilder().directory("a").file("a/.wh..wh..opq", "").directory("a/sub").file("a/3", "three").str();
    const Lines expected{"d a", "- a/3=three", "d a/sub", "- b=base"};
    CHECK(flat({base().str(), late}) == expected);
    CHECK(flat({base().str(), early}) == expected);
    // Also without an entry of its own.
    CHECK(flat({base().str(), TarBuilder().file("a/.wh..wh..opq", "").str()}) == Lines{"d a", "- b=base"});
}

TEST_CASE("a parent that a layer leaves out is as in the layers below, else 0755 root", "[B3]") {
    Flat tree({TarBuilder().directory("a", 0711, 7, 5).str(),
               TarBuilder().file("a/f", "").file("new/f", "").str()});
    const auto items = tree.items();
    REQUIRE(linesOf(items) == Lines{"d a", "- a/f=", "d new", "- new/f="});
    CHECK(items[0].entry.mode == 0711);
    CHECK(items[0].entry.uid == 7);
    CHECK(items[0].entry.mtime == 5);
    CHECK(items[2].entry.mode == 0755);
    CHECK(items[2].entry.uid == 0);
}

TEST_CASE("what replaces a name of another type is alone there", "[B4]") {
    CHECK(flat({base().str(), TarBuilder().file("b/under", "u").file("a", "now a file").str()}) ==
          Lines{"- a=now a file", "d b", "- b/under=u"});
    CHECK(flat({base().str(), TarBuilder().symlink("a", "b").str()}) == Lines{"l a->b", "- b=base"});
}

TEST_CASE("a directory that is removed and made again in one layer is new", "[B5]") {
    CHECK(flat({base().str(), TarBuilder().file(".wh.a", "").directory("a").file("a/3", "three").str()}) ==
          Lines{"d a", "- a/3=three", "- b=base"});
}

TEST_CASE(
    "attributes of overlayfs, and those that a layer cannot have, are removed; capabilities and ACLs stay",
    "[B6][T7]") {
    Entry entry;
    entry.path = "f";
    entry.xattrs = {{"trusted.overlay.redirect", "/etc"}, {"user.overlay.opaque", "y"},
                    {"security.selinux", "label"},        {"user.mine", "1"},
                    {"system.posix_acl_access", kAcl},    {"system.posix_acl_default", kAcl}};
    const auto items = Flat({TarBuilder().add(entry, "x").str()}).items();
    REQUIRE(items.size() == 1);
    CHECK(items[0].entry.xattrs ==
          std::map<std::string, std::string>{{"system.posix_acl_access", kAcl}, {"user.mine", "1"}});
}

TEST_CASE("below a default ACL an entry without ACLs gets those of its mode, and elsewhere it does not",
          "[T13]") {
    Entry directory;
    directory.path = "d";
    directory.type = EntryType::Directory;
    directory.mode = 0755;
    directory.xattrs = {{"system.posix_acl_default", kAcl}};
    Entry below = directory;
    below.path = "d/sub";
    below.xattrs = {};
    Entry apart;
    apart.path = "apart";
    apart.mode = 0644;
    apart.xattrs = {{"system.posix_acl_access", layer::minimalAcl(0644)}};
    const auto items = Flat({TarBuilder()
                                 .add(directory)
                                 .file("d/f", "x")
                                 .link("e", "d/f")
                                 .link("d/g", "apart")
                                 .symlink("d/l", "x")
                                 .add(below)
                                 .file("d/sub/x", "x")
                                 .add(apart)
                                 .str()})
                           .items();
    std::map<std::string, std::map<std::string, std::string>> found;
    for (const auto& item : items)
        found[item.entry.path] = item.entry.xattrs;
    const auto minimal = [](unsigned mode) {
        return std::map<std::string, std::string>{{"system.posix_acl_access", layer::minimalAcl(mode)}};
    };
    CHECK(found["d/f"] == minimal(0644));
    CHECK(found["e"] == found["d/f"]); // a hard link says what the first name says
    CHECK(found["d/sub"] ==
          std::map<std::string, std::string>{{"system.posix_acl_access", layer::minimalAcl(0755)},
                                             {"system.posix_acl_default", layer::emptyAcl()}});
    for (const auto* name : {"apart", "d/g", "d/l", "d/sub/x"})
        CHECK(found[name].empty());
}

TEST_CASE("an ACL that a tar has as text is the kernel's bytes, or is left out", "[B6][T7]") {
    Entry numbers;
    numbers.path = "numbers";
    Entry names;
    names.path = "names";
    const auto tar =
        TarBuilder()
            .pax(paxRecord("SCHILY.acl.access", "user:joe:rw-\nuser::rw-\n"))
            .add(names, "x")
            .pax(paxRecord("SCHILY.acl.access", "other::---\nmask::rw-\nuser:7:rw-\ngroup::---\nuser::rw-\n"))
            .add(numbers, "x")
            .str();
    const auto items = Flat({tar}).items();
    REQUIRE(items.size() == 2);
    CHECK(items[0].entry.xattrs.empty());
    CHECK(items[1].entry.xattrs == std::map<std::string, std::string>{{"system.posix_acl_access", kAcl}});
}

TEST_CASE("names from anywhere are canonical afterwards, and in order", "[B9][B15][B16][T1][T2]") {
    const auto tar = TarBuilder()
                         .file("./z/../../z\n", "1")
                         .file("/a b", "2")
                         .directory("d/")
                         .file("d-x", "3")
                         .file("d/-y", "4")
                         .file("\xff", "5")
                         .str();
    CHECK(flat({tar}) == Lines{"- a b=2", "d d", "- d/-y=4", "- d-x=3", "- z\n=1", "- \xff=5"});
}

TEST_CASE("hard links stay one file, across layers too", "[B10][T8]") {
    const auto first = TarBuilder().file("one", "data").link("two", "one").link("zero", "two").str();
    CHECK(flat({first}) == Lines{"- one=data", "h two->one", "h zero->one"});
    SECTION("the name with the data is removed") {
        CHECK(flat({first, TarBuilder().file(".wh.one", "").str()}) == Lines{"- two=data", "h zero->two"});
    }
    SECTION("one name is written anew") {
        CHECK(flat({first, TarBuilder().file("two", "other").str()}) ==
              Lines{"- one=data", "- two=other", "h zero->one"});
    }
    SECTION("a link to a file that only a lower layer has is a copy of it") {
        CHECK(flat({first, TarBuilder().link("a", "two").link("b", "a").str()}) ==
              Lines{"- a=data", "h b->a", "- one=data", "h two->one", "h zero->one"});
    }
    SECTION("the copy has that file's data, and not another's") {
        CHECK(flat({TarBuilder().file("p", "pp").file("q", "qq").str(), TarBuilder().link("r", "q").str()}) ==
              Lines{"- p=pp", "- q=qq", "- r=qq"});
    }
    SECTION("a link to a file that this layer removes") {
        CHECK(flat({first, TarBuilder().link("a", "two").file(".wh.two", "").str()}) ==
              Lines{"- a=data", "- one=data", "h zero->one"});
    }
    SECTION("links of symlinks") {
        CHECK(flat({TarBuilder().symlink("s", "nowhere").link("t", "s").str()}) ==
              Lines{"l s->nowhere", "h t->s"});
    }
}

TEST_CASE("links of a layer are followed within it, those of lower layers are not", "[B4][B10][B18]") {
    const auto lower =
        TarBuilder().directory("u").file("u/a", "x").symlink("s", "u").file("s/b", "y").link("h", "s/a");
    CHECK(flat({lower.str()}) == Lines{"- h=x", "l s->u", "d u", "h u/a->h", "- u/b=y"});
    CHECK(flat({lower.str(), TarBuilder().file("s/c", "z").str()}) ==
          Lines{"- h=x", "d s", "- s/c=z", "d u", "h u/a->h", "- u/b=y"});
}

TEST_CASE("of duplicate names in a layer the last one wins", "[B11]") {
    CHECK(flat({TarBuilder().file("f", "first").file("g", "g").file("f", "second").str()}) ==
          Lines{"- f=second", "- g=g"});
}

TEST_CASE("entries that do not form a tree are refused and named", "[B7][B8][A3]") {
    const auto refusal = [](const std::string& tar) {
        return test::errorOf([&] { Flat({base().str(), tar}); });
    };
    CHECK_THAT(refusal(TarBuilder().file("a/.wh...", "").str()), Catch::Contains("a/.wh..."));
    CHECK_THAT(refusal(TarBuilder().device("null", 0, 0).str()), Catch::Contains("null"));
    CHECK_THAT(refusal(TarBuilder().link("l", "missing").str()), Catch::Contains("missing"));
}

TEST_CASE("devices, special bits and owners are kept", "[T6][T11]") {
    const auto items =
        Flat(
            {TarBuilder().device("null", 1, 3).file("su", "x", 04755).directory("tmp", 01777, 3000000).str()})
            .items();
    REQUIRE(items.size() == 3);
    CHECK(items[0].entry.devMinor == 3);
    CHECK(items[1].entry.mode == 04755);
    CHECK(items[2].entry.mode == 01777);
    CHECK(items[2].entry.uid == 3000000);
}

TEST_CASE("a file that is larger than a piece, or full of holes, is unchanged") {
    std::string large(700'001, 'x');
    const std::string zeros(300'000, '\0');
    const auto tar = TarBuilder().file("end", "e" + zeros).file("large", large).file("zeros", zeros).str();
    const auto items = Flat({tar}).items();
    REQUIRE(items.size() == 3);
    CHECK(items[0].data == "e" + zeros);
    CHECK(items[1].data == large);
    CHECK(items[2].data == zeros);
}

TEST_CASE("a spool returns its bytes in any order, holes too") {
    const TempDir temp("/tmp");
    FileSpool spool(temp.path());
    std::string all;
    // Small pieces, zeros of every length, more than what is read ahead, and a hole at the end.
    for (std::size_t i = 0; i < 400; ++i) {
        const std::string piece(i % 7 == 0 ? i * 977 : i,
                                i % 7 == 0 ? '\0' : static_cast<char>('a' + i % 26));
        spool.append(piece);
        all += piece;
    }
    spool.append(std::string(100'000, '\0'));
    all.append(100'000, '\0');
    REQUIRE(spool.position() == all.size());
    const auto bytes = [&](std::uint64_t offset, std::uint64_t size) {
        StringSink out;
        spool.copy(offset, size, out);
        return out.take();
    };
    CHECK((bytes(0, all.size()) == all));
    for (std::size_t i = 0; i < 300; ++i) {
        const auto offset = i * 7919 * 131 % all.size();
        const auto size = std::min<std::size_t>(i * i * 5, all.size() - offset);
        CHECK((bytes(offset, size) == all.substr(offset, size)));
    }
    spool.append("more");
    CHECK(bytes(all.size(), 4) == "more");
}

TEST_CASE("each layer reports what it changed in the tree below") {
    Flat tree({base().link("c", "b").str()});
    CHECK(tree.add(
              TarBuilder().directory("a").file("a/2", "2!").file("new", "12345").link("new2", "new").str()) ==
          Lines{"~a/2 2", "+new 5", "+new2 0"});
    CHECK(tree.add(TarBuilder().directory("a", 0700).file(".wh.b", "").file("a/.wh.sub", "").str()) ==
          Lines{"~a 0", "-a/sub 1 of 2", "-b 0"});
    CHECK(tree.add(TarBuilder().file(".wh.c", "").file("a/.wh..wh..opq", "").file("a/1", "1").str()) ==
          Lines{"-a/2 2", "~a/1 1", "-c 4"});
    CHECK(tree.add(TarBuilder().file("a", "").str()) == Lines{"-a/1 1", "~a 0"});
}

TEST_CASE("no layers, or empty ones, are the empty tar", "[W17]") {
    CHECK(flat({}).empty());
    CHECK(flat({TarBuilder().str(), TarBuilder().directory("./").str()}).empty());
}
