#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "hostile_tar.hh"
#include "layer/tar_validator.hh"
#include "layer/whiteout.hh"
#include "sample_layer.hh"

using namespace rootlayer;
using namespace rootlayer::layer;
using namespace rootlayer::test;

namespace {

bool refusedFor(std::string_view tar, std::string_view reason, ValidatorLimits limits = {}) {
    const auto why = refusal(tar, limits);
    if (why.find(reason) == std::string::npos) UNSCOPED_INFO("refused because: " << why);
    return why.find(reason) != std::string::npos;
}

/// The only entry's header, changed at an offset.
std::string patched(const Entry& entry, std::size_t offset, std::string_view bytes) {
    auto tar = uncheckedTar(std::vector{entry});
    patch(tar, 0, offset, bytes);
    return tar;
}

const std::string kNul(1, '\0');

} // namespace

TEST_CASE("what the writer wrote is accepted in pieces of any size, and read back", "[T12]") {
    const auto items = sampleLayer();
    const auto tar = tarOf(items);
    for (const std::size_t piece : {1, 7, 511, 512, 513, 4096, 1 << 20}) {
        INFO(piece);
        CHECK(itemsOf(tar, piece) == items);
    }
}

TEST_CASE("the summary counts entries, whiteouts and bytes", "[W1]") {
    TarValidator validator;
    const auto tar = tarOf(sampleLayer());
    validator.write(tar);
    CHECK(validator.finish() == LayerSummary{sampleLayer().size(), tar.size(), 3});
}

TEST_CASE("a layer that is truncated anywhere is refused, and the entry is named", "[A5][A8]") {
    const auto tar = tarOf(sampleLayer());
    for (std::size_t size = 0; size < tar.size(); size += size < 6000 ? 1 : 97)
        if (refusal(tar.substr(0, size)).find("truncated") == std::string::npos)
            FAIL("accepted when cut at " << size);
    CHECK(refusal(tar.substr(0, tar.size() - 512)).find("truncated") != std::string::npos);
    const auto one = tarOf({fileWith("a", "hello")});
    CHECK(refusal(one.substr(0, 515)) ==
          "layer entry 1, \"a\": it is truncated: it has 515 bytes and no end");
    CHECK(refusal("").find("truncated") != std::string::npos);
}

TEST_CASE("bytes after the end are refused, zeros as well", "[A4][A5]") {
    const auto tar = tarOf({{file("a")}});
    CHECK(refusedFor(tar + kNul, "after the two zero blocks"));
    CHECK(refusedFor(tar + tar, "after the two zero blocks"));
    CHECK(refusedFor(std::string(512, '\0') + tar, "single zero block"));
}

TEST_CASE("once refused, a layer stays refused", "[A8]") {
    TarValidator validator;
    CHECK_FALSE(errorOf([&] { validator.write(std::string(512, 'x')); }).empty());
    CHECK_FALSE(errorOf([&] { validator.write(tarOf({})); }).empty());
    CHECK_FALSE(errorOf([&] { validator.finish(); }).empty());
}

TEST_CASE("hostile names are refused with the entry's number and name", "[A1][A8]") {
    CHECK(refusal(uncheckedTar(std::vector{file("a"), file("../b")})) ==
          "layer entry 2, \"../b\": its path is not canonical: it has a component \"..\"");
    for (const auto* path : {"..", "/etc/passwd", "a/../../b", "./a", "a//b", "a/.", "a/"}) {
        INFO(path);
        CHECK(refusedFor(uncheckedTar(std::vector{file(path)}), "not canonical"));
    }
    CHECK(refusedFor(uncheckedTar(std::vector{file("")}), "its path is empty"));
    CHECK(refusedFor(uncheckedTar(std::vector{directory("")}), "its path is empty"));
    CHECK(refusedFor(uncheckedTar(std::vector{file(std::string(256, 'a'))}), "255 bytes"));
    CHECK(refusedFor(uncheckedTar(std::vector{file(std::string(5000, 'a'))}), "4095 bytes"));
}

TEST_CASE("a NUL in a name hides nothing", "[A8]") {
    CHECK(refusedFor(patched(file("safe"), 5, "hidden"), "the field name of its header"));
    auto entry = file(std::string(120, 'a'));
    entry.path[60] = '\0';
    CHECK(refusedFor(uncheckedTar(std::vector{entry}), "NUL"));
    CHECK(refusedFor(
        uncheckedTar(std::vector{symlinkTo("s", std::string(60, 't') + '\0' + std::string(60, 't'))}),
        "NUL"));
}

TEST_CASE("duplicates, disorder and children of files are refused", "[T1][T2][W3][A8]") {
    CHECK(refusedFor(uncheckedTar(std::vector{file("a"), file("a")}), "twice"));
    CHECK(refusedFor(uncheckedTar(std::vector{directory("a"), file("b"), file("a/c")}), "out of order"));
    CHECK(refusedFor(uncheckedTar(std::vector{file("a"), file("a/b")}),
                     "under \"a\", which is not a directory"));
    CHECK(refusedFor(uncheckedTar(std::vector{symlinkTo("a", "/etc"), file("a/passwd")}),
                     "which is not a directory"));
    CHECK(refusedFor(uncheckedTar(std::vector{file("a/b")}), "its parent \"a\" has no entry"));
}

TEST_CASE("hard links forward, to directories, whiteouts, links, or with other metadata are refused",
          "[T8][A1][A8]") {
    const auto target = file("a");
    CHECK(refusal(uncheckedTar(std::vector{target, hardLink("b", target), hardLink("c", target)})).empty());
    CHECK(refusedFor(uncheckedTar(std::vector{hardLink("a", file("b")), file("b")}),
                     "does not come before it"));
    CHECK(refusedFor(uncheckedTar(std::vector{target, hardLink("c", file("b"))}), "no earlier file"));
    CHECK(refusedFor(uncheckedTar(std::vector{hardLink("b", file("../a"))}), "its link target \"../a\""));
    CHECK(refusedFor(uncheckedTar(std::vector{hardLink("b", file("/a"))}), "not canonical"));
    CHECK(refusedFor(uncheckedTar(std::vector{directory("a"), hardLink("b", directory("a"))}),
                     "no earlier file"));
    CHECK(refusedFor(uncheckedTar(std::vector{whiteoutEntry("a"), hardLink("b", whiteoutEntry("a"))}),
                     "no earlier"));
    CHECK(refusedFor(
        uncheckedTar(std::vector{target, hardLink("b", target), hardLink("c", hardLink("b", target))}),
        "no earlier file"));
    for (const auto change : {+[](Entry& entry) { entry.mode = 04755; }, +[](Entry& entry) { entry.uid = 1; },
                              +[](Entry& entry) { entry.gid = 1; }, +[](Entry& entry) { entry.mtime = 1; },
                              +[](Entry& entry) { entry.xattrs["user.x"] = "1"; }}) {
        auto link = hardLink("b", target);
        change(link);
        CHECK(refusedFor(uncheckedTar(std::vector{target, link}), "no earlier file"));
    }
}

TEST_CASE("whiteouts are plain, first, and of something that is gone", "[W1][W4][A3]") {
    CHECK(refusedFor(uncheckedTar(std::vector{file("a"), whiteoutEntry("b")}), "out of order"));
    CHECK(
        refusedFor(uncheckedTar(std::vector{whiteoutEntry("a"), file("a")}), "both a whiteout and an entry"));
    CHECK(
        refusedFor(uncheckedTar(std::vector{whiteoutEntry("a"), directory("0"), directory("a"), file("a/b")}),
                   "both a whiteout and an entry"));
    CHECK(refusedFor(uncheckedTar(std::vector{directory("d"), whiteoutEntry("d/.wh..opq")}), "marker"));
    for (const auto* removed : {"", ".", "..", ".wh..opq", ".wh.plnk"}) {
        INFO(removed);
        CHECK(refusedFor(uncheckedTar(std::vector{whiteoutEntry(removed)}),
                         "a whiteout of nothing, or a marker"));
    }
    for (const auto change : {+[](Entry& entry) { entry.mode = 0644; }, +[](Entry& entry) { entry.uid = 1; },
                              +[](Entry& entry) { entry.mtime = 1; }, +[](Entry& entry) { entry.size = 1; },
                              +[](Entry& entry) { entry.type = EntryType::Directory; },
                              +[](Entry& entry) { entry.type = EntryType::Fifo; },
                              +[](Entry& entry) { entry.xattrs["user.x"] = "1"; }}) {
        auto entry = whiteoutEntry("a");
        change(entry);
        CHECK(refusedFor(uncheckedTar(std::vector{entry}), "not a whiteout"));
    }
}

TEST_CASE("the device that overlayfs treats as a deletion is refused", "[W11][A8]") {
    CHECK(refusedFor(uncheckedTar(std::vector{device("null", EntryType::CharDevice, 0, 0)}), "0:0"));
}

TEST_CASE("owners that chown treats as unchanged are refused", "[T6]") {
    auto entry = file("a");
    entry.uid = 4294967295;
    CHECK(refusedFor(uncheckedTar(std::vector{entry}), "4294967295"));
}

TEST_CASE("headers of other dialects are refused", "[A5][T4]") {
    const auto entry = file("a");
    const auto type = [&](std::string_view flag) { return patched(entry, 156, flag); };
    CHECK(refusedFor(type("V"), "its type \"V\""));
    for (const auto* flag : {"7", "D", "K", "L", "M", "N", "S", "A", "I", "X"})
        CHECK(refusedFor(type(flag), "is not allowed in a layer"));
    CHECK(refusedFor(type(kNul), "is not allowed in a layer"));
    CHECK(refusedFor(type("g"), "global pax header"));
    CHECK(refusedFor(patched(entry, 257, std::string_view("ustar  \0", 8)), "the field magic"));
    CHECK(refusedFor(patched(entry, 257, std::string(8, '\0')), "the field magic"));
    CHECK(refusedFor(patched(entry, 345, "prefix"), "the field prefix"));
    CHECK(refusedFor(patched(entry, 265, "root"), "the field uname"));
    CHECK(refusedFor(patched(entry, 297, "root"), "the field gname"));
    CHECK(refusedFor(patched(entry, 511, "x"), "the field padding"));
    CHECK(refusedFor(patched(entry, 157, "b"), "not a link"));
    CHECK(refusedFor(patched(directory("d"), 1, kNul), "the field name"));
}

TEST_CASE("numbers are octal digits and a NUL, and nothing else", "[A5]") {
    const auto entry = file("a");
    CHECK(refusedFor(patched(entry, 124, std::string_view("\x80\0\0\0\0\0\0\0\0\0\0\1", 12)),
                     "the field size"));
    CHECK(refusedFor(patched(entry, 124, std::string(12, '\xff')), "the field size"));
    CHECK(refusedFor(patched(entry, 136, std::string(12, '\xff')), "the field mtime"));
    CHECK(refusedFor(patched(entry, 124, std::string_view("-0000000001\0", 12)), "the field size"));
    CHECK(refusedFor(patched(entry, 124, std::string_view("          0\0", 12)), "the field size"));
    CHECK(refusedFor(patched(entry, 124, "000000000000"), "the field size"));
    CHECK(refusedFor(patched(entry, 100, "0000644 "), "the field mode"));
    CHECK(refusedFor(patched(entry, 100, "0100644"), "12 bits"));
    CHECK(refusedFor(patched(entry, 329, std::string(8, '\0')), "the field devmajor"));
    CHECK(refusedFor(patched(entry, 329, "0000001"), "not a device"));
}

TEST_CASE("a wrong checksum, or a right one written otherwise, is refused", "[A5]") {
    auto tar = tarOf({{file("a")}});
    auto other = tar;
    tar[0] = 'b';
    CHECK(refusedFor(tar, "checksum"));
    other.replace(154, 2, " \0", 2);
    CHECK(refusedFor(other, "checksum"));
}

TEST_CASE("pax headers are refused unless ustar cannot do without", "[T3][T4][A5]") {
    const auto pax = [&](std::string_view key, std::string_view value) {
        return withPax(paxRecord(key, value), file("a")) + tarEnd();
    };
    for (const auto* key : {"size", "uid", "gid", "mtime"})
        CHECK(refusedFor(pax(key, "0"), "a record that it does not need"));
    CHECK(refusedFor(pax("path", "a"), "a record that it does not need"));
    CHECK(refusedFor(pax("linkpath", "a"), "not a link"));
    for (const auto* key :
         {"atime", "ctime", "hdrcharset", "uname", "gname", "comment", "LIBARCHIVE.creationtime",
          "GNU.sparse.major", "GNU.sparse.map", "SCHILY.dev", "SCHILY.acl.access", "RHT.security.selinux"})
        CHECK(refusedFor(pax(key, "1"), "which is not allowed in a layer"));
}

TEST_CASE("sizes that differ between pax and ustar are refused", "[A5]") {
    auto entry = file("a");
    entry.size = 512;
    CHECK(refusedFor(withPax("10 size=0\n", entry) + std::string(512, 'x') + tarEnd(), "pax"));
    // The same with a size that truly needs its record.
    CHECK(refusedFor(withPax("19 size=8589934592\n", entry), "the field size"));
}

TEST_CASE("pax records twice, out of order or malformed are refused", "[A5]") {
    auto large = file("a");
    large.uid = large.gid = 0;
    const auto pax = [&](std::string_view records) { return withPax(records, large) + tarEnd(); };
    const auto record = [](std::string_view key, std::string_view value) { return paxRecord(key, value); };
    CHECK(refusal(pax(record("uid", "2097152"))).empty());
    CHECK(refusedFor(pax(record("uid", "2097152") + record("uid", "2097153")), "repeated or out of order"));
    CHECK(refusedFor(pax(record("gid", "2097152") + record("uid", "2097153")), "repeated or out of order"));
    const auto a = record("SCHILY.xattr.user.a", "1");
    const auto b = record("SCHILY.xattr.user.b", "1");
    CHECK(refusal(pax(a + b)).empty());
    CHECK(refusedFor(pax(b + a), "repeated or out of order"));
    CHECK(refusedFor(pax(a + a), "repeated or out of order"));
    CHECK(refusedFor(pax(a + record("mtime", "8589934592")), "repeated or out of order"));
    for (const auto* records :
         {"015 uid=2097152\n", "15  uid=2097152\n", "+15 uid=2097152\n", "15 uid=2097152 ",
          "15\tuid=2097152\n", "99 uid=2097152\n", "15 uid=2097152\n\n", "x\n", "4 u\n", "0 \n", "1",
          "-1 uid=1\n", "99999999999999999999 uid=1\n"}) {
        INFO(records);
        CHECK_FALSE(refusal(pax(records)).empty());
    }
    for (const auto* id :
         {"02097152", "-2097152", "+2097152", " 2097152", "2097152.0", "0x200000", "4294967296", ""}) {
        INFO(id);
        CHECK_FALSE(refusal(pax(record("uid", id))).empty());
    }
    for (const auto* time : {"-8589934592", "8589934592.5", "9223372036854775808", "99999999999999999999"}) {
        INFO(time);
        CHECK_FALSE(refusal(pax(record("mtime", time))).empty());
    }
    auto padded = pax("15 uid=2097152\n");
    padded[512 + 20] = 'x';
    CHECK(refusedFor(padded, "its pax header is not canonical"));
}

TEST_CASE("attributes that could pull in other files, or are empty, are refused", "[B6][T7]") {
    const auto xattr = [](const std::string& name, std::string_view value) {
        return withPax(paxRecord("SCHILY.xattr." + name, value), file("a")) + tarEnd();
    };
    CHECK(refusal(xattr("user.a", "1")).empty());
    CHECK(refusedFor(xattr("user.a", ""), "is empty"));
    for (const auto* name :
         {"", "user.", "user.overlay.redirect", "trusted.overlay.opaque", "security.selinux"})
        CHECK(refusedFor(xattr(name, "y"), "is not allowed in a layer"));
}

TEST_CASE("a pax header above 1 MiB is refused before it is read", "[A4]") {
    auto tar = withPax(std::string(512, 'x'), file("a"));
    patch(tar, 0, 124, "00004000001");
    CHECK(refusedFor(tar.substr(0, 512), "more than the limit of 1 MiB"));
    patch(tar, 0, 124, "77777777777");
    CHECK(refusedFor(tar.substr(0, 512), "more than the limit of 1 MiB"));
    patch(tar, 0, 124, "00000000000");
    CHECK(refusedFor(tar.substr(0, 512), "empty"));
}

TEST_CASE("a pax header block is always the same", "[T3][A5]") {
    const auto tar = withPax("15 uid=2097152\n", file("a")) + tarEnd();
    const auto changed = [&](std::size_t offset, std::string_view bytes) {
        auto copy = tar;
        patch(copy, 0, offset, bytes);
        return copy;
    };
    CHECK(refusedFor(changed(0, "PaxHeaders/a\0\0"), "the field name of its pax header"));
    CHECK(refusedFor(changed(136, "00000000001"), "the field mtime of its pax header"));
    CHECK(refusedFor(changed(265, "root"), "the field uname of its pax header"));
    CHECK(refusedFor(tar.substr(0, 1024) + tar, "pax header that follows a pax header"));
}

TEST_CASE("an entry that lacks the pax record it needs is refused", "[T3]") {
    auto link = symlinkTo("a", std::string(101, 't'));
    link.uid = 2097152;
    auto tar = withPax("15 uid=2097152\n", link) + tarEnd();
    CHECK(refusal(tar).empty()); // a target of 100 bytes: all that is left of it
    auto deep = directory(std::string(100, 'd'));
    CHECK(refusedFor(withPax("15 uid=2097152\n", deep) + tarEnd(), "no pax record for a value"));
}

TEST_CASE("entries, bytes and depth have limits", "[A4][A8]") {
    const auto two = tarOf({{file("a")}, {file("b")}});
    CHECK(refusal(two, {.maxEntries = 2}).empty());
    CHECK(refusedFor(two, "more entries than the limit of 1", {.maxEntries = 1}));
    CHECK(refusal(two, {.maxBytes = 2048}).empty());
    CHECK(refusedFor(two, "larger than the limit of 2047 bytes", {.maxBytes = 2047}));
    const auto deep = tarOf({{directory("a")}, {directory("a/b")}, {file("a/b/c")}});
    CHECK(refusal(deep, {.maxDepth = 3}).empty());
    CHECK(refusedFor(deep, "deeper than the limit of 2", {.maxDepth = 2}));
}

TEST_CASE("a file that announces more than the limit is refused before its data comes", "[A4]") {
    auto entry = file("huge");
    entry.size = std::uint64_t{1} << 62;
    const auto tar = uncheckedTar(std::vector{entry});
    CHECK(refusedFor(tar.substr(0, 1536), "its 4611686018427387904 bytes take the layer above"));
}

TEST_CASE("padding after data is zero", "[A5]") {
    auto tar = tarOf({fileWith("a", "hello")});
    tar[600] = 'x';
    CHECK(refusedFor(tar, "the padding after its data is not zero"));
}

TEST_CASE("every refusal is a layer error", "[A8]") {
    try {
        TarValidator().write(std::string(512, '\x01'));
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Layer);
    }
}
