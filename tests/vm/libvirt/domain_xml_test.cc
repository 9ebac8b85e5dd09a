#include <catch2/catch.hpp>

#include <cstdlib>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "tests/vm/machine_spec.hh"
#include "vm/devices.hh"
#include "vm/libvirt/domain_xml.hh"

using namespace rootlayer;
using namespace rootlayer::vm;

namespace {

/// To write the files anew: ROOTLAYER_UPDATE_GOLDEN=1; then read the difference.
void checkGolden(const std::string& name, const std::string& text) {
    const auto path = std::string(ROOTLAYER_TEST_DATA) + "/golden/" + name;
    if (std::getenv("ROOTLAYER_UPDATE_GOLDEN") != nullptr) writeFile(path, text);
    CHECK(text == readFile(path, "golden file", 1 << 20));
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("the domain of an emulated machine is, byte for byte, the one we know") {
    checkGolden("tcg.xml", domainXml(test::exampleSpec(), {}));
}

TEST_CASE("the domain of a KVM machine differs in type and processor alone") {
    auto spec = test::exampleSpec();
    spec.accelerator = Accelerator::Kvm;
    checkGolden("kvm.xml", domainXml(spec, {}));
}

TEST_CASE("where libvirt is root, QEMU runs as the caller and no file changes hands") {
    checkGolden("owner.xml", domainXml(test::exampleSpec(), {DomainOptions::Owner{1000, 100}}));
}

TEST_CASE("base and inputs are read-only, and every format is said, never guessed", "[A10][A11]") {
    const auto devices = devicesOf(test::exampleSpec());
    REQUIRE(devices.disks.size() == 2);
    CHECK(devices.disks[0].readOnly);
    CHECK_FALSE(devices.disks[1].readOnly);
    CHECK(devices.disks[0].format == BlockDriver::Vmdk);
    CHECK(devices.disks[1].format == BlockDriver::Raw);
}

TEST_CASE("the machine has no network, no display, no USB and no balloon") {
    const auto xml = domainXml(test::exampleSpec(), {});
    for (const auto* device : {"<interface", "<graphics", "<filesystem", "<hostdev", "<input"}) {
        CHECK_FALSE(has(xml, device));
    }
    CHECK(has(xml, "<controller type='usb' model='none'/>"));
    CHECK(has(xml, "<memballoon model='none'/>"));
}

TEST_CASE("names with blanks, quotes and markup stay themselves", "[B16]") {
    auto spec = test::exampleSpec();
    spec.kernel = "/home/o'neill & \"sons\"/<new>\\x/vmlinuz";
    CHECK(has(domainXml(spec, {}),
              "<kernel>/home/o&apos;neill &amp; &quot;sons&quot;/&lt;new&gt;\\x/vmlinuz</kernel>"));
}

TEST_CASE("a name that XML cannot carry is refused by name") {
    auto spec = test::exampleSpec();
    spec.scratch = "/tmp/line\nfeed";
    CHECK_THROWS_WITH(domainXml(spec, {}), Catch::Contains("line\\nfeed"));
    spec.scratch = "/tmp/caf\xe9";
    CHECK_THROWS_WITH(domainXml(spec, {}), Catch::Contains("caf\\xe9"));
}

TEST_CASE("two runs never share a domain's name, and one run always has the same") {
    CHECK(domainName("/run/rootlayer-abcdef") != domainName("/run/rootlayer-abcdeg"));
    CHECK(domainName("/run/rootlayer-abcdef") == domainName("/run/rootlayer-abcdef"));
}
