#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <functional>
#include <string>
#include <vector>

#include <rootlayer/error.hh>

#include "audit/layer_audit.hh"
#include "layer/ustar.hh"
#include "layer/whiteout.hh"
#include "tests/layer/hostile_tar.hh"
#include "tests/layer/sample_layer.hh"

using namespace rootlayer;
using namespace rootlayer::layer;
using namespace rootlayer::test;

namespace {

using Faults = std::vector<audit::LayerFault>;
using Lines = std::vector<std::string>;

Faults faultsOf(std::string_view tar) {
    StringSource source(tar);
    Faults faults;
    const auto audit =
        audit::auditLayer(source, [&](const audit::LayerFault& fault) { faults.push_back(fault); });
    CHECK(audit.faults == faults.size());
    CHECK(audit.bytes == tar.size());
    CHECK(audit.diffId == sha256(tar));
    return faults;
}

/// "ENTRY PATH RULE"
Lines rulesOf(std::string_view tar) {
    Lines lines;
    for (const auto& fault : faultsOf(tar))
        lines.push_back(fmt::format("{} {} {}", fault.entry, fault.path, fault.rule));
    return lines;
}

std::string patched(std::vector<Entry> entries, std::size_t offset, std::string_view bytes) {
    auto tar = uncheckedTar(entries);
    patch(tar, 0, offset, bytes);
    return tar;
}

Entry with(Entry entry, const std::function<void(Entry&)>& change) {
    change(entry);
    return entry;
}

} // namespace

TEST_CASE("a layer that rootlayer wrote breaks no rule", "[T12]") {
    CHECK(faultsOf(tarOf(sampleLayer())).empty());
    CHECK(faultsOf(tarOf({})).empty());
}

TEST_CASE("every fault of a layer is reported, not only the first") {
    CHECK(rulesOf(uncheckedTar({file("b"), with(file("a"), [](Entry& e) { e.xattrs["trusted.x"] = "1"; }),
                                hardLink("c", file("none")), file("b")})) ==
          Lines{"2 a T7", "2 a T1", "3 c T8", "4 b T2"});
}

TEST_CASE("names that are not canonical are reported and understood", "[T2]") {
    CHECK(rulesOf(uncheckedTar({directory("./a"), file("./a/x")})) == Lines{"1 a T2", "2 a/x T2"});
    CHECK(rulesOf(uncheckedTar({file("/x")})) == Lines{"1 x T2"});
    CHECK(rulesOf(uncheckedTar({directory("."), file("x")})) == Lines{"1  T2"});
    CHECK(rulesOf(uncheckedTar({file("../x")})) == Lines{"1 x T2"});
    CHECK(rulesOf(patched({directory("d")}, 0, std::string_view("d\0", 2))) == Lines{"1 d T2"});
}

TEST_CASE("owner names are reported with their value", "[T4]") {
    const auto faults = faultsOf(patched({file("a")}, 265, "root"));
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].rule == "T4");
    CHECK(faults[0].message == "it has the owner names \"root\" and \"\"");
}

TEST_CASE("a header in another dialect is reported with the fields in which it differs", "[T3]") {
    const auto faults = faultsOf(patched({file("a")}, 257, std::string_view("ustar  \0", 8)));
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].rule == "T3");
    CHECK(faults[0].message == "these fields of its header are not canonical: magic, version");
}

TEST_CASE("a pax header whose own block holds more than its size is reported with the field", "[T3]") {
    const auto attributed = with(file("a"), [](Entry& entry) { entry.xattrs["user.x"] = "1"; });
    const auto faults = faultsOf(patched({attributed}, 136, "00000000001"));
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].rule == "T3");
    CHECK(faults[0].message == "the field mtime of its pax header's block is not canonical");
}

TEST_CASE("records that a layer must not have are reported by their keys", "[T4][T5][T3]") {
    const auto entry = [](std::string_view records) { return withPax(records, file("a")) + tarEnd(); };
    CHECK(rulesOf(entry(paxRecord("atime", "1.5"))) == Lines{"1 a T4"});
    CHECK(rulesOf(entry(paxRecord("LIBARCHIVE.creationtime", "1"))) == Lines{"1 a T4"});
    CHECK(rulesOf(entry(paxRecord("path", "a"))) == Lines{"1 a T3"});
    CHECK(rulesOf(entry(paxRecord("SCHILY.xattr.user.x", ""))) == Lines{"1 a T7"});
    CHECK(rulesOf(entry(paxRecord("mtime", "0.25"))) == Lines{"1 a T5"});
}

TEST_CASE("what must not be in a layer is reported by its rule", "[T6][T7][W11]") {
    CHECK(rulesOf(uncheckedTar({with(file("a"), [](Entry& e) { e.uid = 4294967295U; })})) == Lines{"1 a T6"});
    CHECK(rulesOf(uncheckedTar({device("a", EntryType::CharDevice, 0, 0)})) == Lines{"1 a W11"});
}

TEST_CASE("wrong order, missing parents and duplicates are reported", "[T1][T2][W3]") {
    CHECK(rulesOf(uncheckedTar({file("b"), file("a")})) == Lines{"2 a T1"});
    CHECK(rulesOf(uncheckedTar({file("a"), file("a")})) == Lines{"2 a T2"});
    CHECK(rulesOf(uncheckedTar({file("a/b")})) == Lines{"1 a/b W3"});
    CHECK(rulesOf(uncheckedTar({file("a"), file("a/b")})) == Lines{"2 a/b W3"});
}

TEST_CASE("whiteouts are checked against their own rules", "[W1][W2][W4][W6][W8][A3]") {
    const auto removed = whiteoutEntry("x");
    CHECK(rulesOf(uncheckedTar({with(removed, [](Entry& e) { e.mode = 0644; })})) == Lines{"1 .wh.x W1"});
    CHECK(rulesOf(uncheckedTar({removed, hardLink(".wh.y", removed)})) == Lines{"2 .wh.y W2"});
    CHECK(rulesOf(uncheckedTar({removed, file("x")})) == Lines{"2 x W4"});
    CHECK(rulesOf(uncheckedTar({file("a"), removed})) == Lines{"2 .wh.x W4"});
    CHECK(rulesOf(uncheckedTar({directory("d"), file("d/.wh..wh..opq")})) == Lines{"2 d/.wh..wh..opq W6"});
    CHECK(rulesOf(uncheckedTar({file(".wh..wh..opq")})) == Lines{"1 .wh..wh..opq W8"});
    CHECK(rulesOf(uncheckedTar({file(".wh.")})) == Lines{"1 .wh. A3"});
}

TEST_CASE("the limits of a whiteout are those of the name that it hides", "[T9]") {
    CHECK(rulesOf(uncheckedTar({whiteoutEntry(std::string(255, 'a'))})).empty());
    const std::string tooLong(256, 'a');
    CHECK(rulesOf(uncheckedTar({whiteoutEntry(tooLong)})) == Lines{"1 .wh." + tooLong + " T9"});
    CHECK(rulesOf(uncheckedTar({file(tooLong)})) == Lines{"1 " + tooLong + " T9"});
}

TEST_CASE("a hard link whose metadata differs from its target's is reported", "[T8]") {
    const auto target = file("a");
    const auto other = with(hardLink("b", target), [](Entry& e) { e.mode ^= 0100; });
    CHECK(rulesOf(uncheckedTar({target, other})) == Lines{"2 b T8"});
}

TEST_CASE("the end of the tar is checked against its rule", "[T10]") {
    const auto tar = tarOf({{file("a")}});
    CHECK(rulesOf(tar + std::string(8192, '\0')) == Lines{"0  T10"});
    CHECK(rulesOf(tar + "junk") == Lines{"0  T10"});
    CHECK(rulesOf(tar + tar) == Lines{"0  T10"});
    CHECK(rulesOf("") == Lines{"0  T10"});
    CHECK(rulesOf(std::string_view(tar).substr(0, tar.size() - 512)) == Lines{"0  T10"});
    CHECK(rulesOf(std::string_view(tar).substr(0, tar.size() - 1024)) == Lines{"0  T10"});
}

TEST_CASE("where the next entry cannot be found, that is the last fault", "[A5]") {
    auto tar = uncheckedTar({file("b"), file("a"), file("c")});
    tar[2 * kBlockSize] = 'd'; // the third header's checksum is wrong now
    const auto faults = faultsOf(tar);
    REQUIRE(faults.size() == 2);
    CHECK(faults[0].rule == "T1");
    CHECK(faults[1].rule == "A5");
    CHECK(faults[1].entry == 3);
    CHECK(faults[1].message.find("checksum") != std::string::npos);
    CHECK(rulesOf(tarOf({fileWith("a", "data")}).substr(0, 514)) == Lines{"1  A5"});
    CHECK(rulesOf(tarOf({fileWith("a", "data")}).substr(0, 600)) == Lines{"0  T10"});
}

TEST_CASE("a layer that cannot be read is an error, not a fault of the layer") {
    class Broken final : public Source {
      public:
        std::size_t read(std::span<char>) override { throw Error(ErrorCode::Image, "gzip: cut off"); }
    } broken;
    CHECK_THROWS_WITH(audit::auditLayer(broken, [](const audit::LayerFault&) {}), "gzip: cut off");
}

TEST_CASE("one byte changed anywhere in a layer's headers is a fault", "[T3]") {
    const auto good =
        tarOf({{directory("d")}, {whiteoutEntry("d/gone")}, {file("d/a")}, {symlinkTo("l", "d")}});
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        if (at < good.size() - 2 * kBlockSize) reseal(bad, at / kBlockSize * kBlockSize);
        // Checksums that were the changed byte are right again.
        if (bad == good) continue;
        INFO("byte " << at);
        const bool clean = refusal(bad).empty();
        CHECK(faultsOf(bad).empty() == clean);
    }
}
