#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/vm/machine_spec.hh"
#include "vm/qemu/qemu_command.hh"

using namespace rootlayer::vm;

namespace {

using Words = std::vector<std::string>;

Words command(const MachineSpec& spec, StartMode beginning) {
    return qemuCommand(spec, {.memoryFile = "/cache/templates/a,b/memory", .monitor = 7, .ports = {8}},
                       beginning);
}

bool has(const Words& words, const std::string& option, const std::string& argument) {
    for (auto at = words.begin(); at != words.end(); ++at) {
        at = std::find(at, words.end(), option);
        if (at == words.end() || at + 1 == words.end()) return false;
        if ((at + 1)->find(argument) != std::string::npos) return true;
    }
    return false;
}

} // namespace

TEST_CASE("a machine of our own has the protection that libvirt gives, and no network", "[A11]") {
    const auto words = command(test::exampleSpec(), StartMode::Restore);
    CHECK(has(words, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"));
    for (const auto* word : {"-nodefaults", "-no-user-config"})
        CHECK(std::count(words.begin(), words.end(), word) == 1);
    CHECK(has(words, "-machine", "usb=off"));
    for (const auto* word : {"-netdev", "-nic", "-usb"})
        CHECK(std::count(words.begin(), words.end(), word) == 0);
}

TEST_CASE("base and inputs are opened read-only", "[A11]") {
    const auto words = command(test::exampleSpec(), StartMode::Restore);
    CHECK(has(words, "-blockdev", "driver=vmdk,node-name=disk0,read-only=on"));
    CHECK(has(words, "-blockdev", "driver=raw,node-name=disk1,read-only=off"));
}

TEST_CASE("a restored machine maps its memory privately; one to be frozen writes it to the file") {
    CHECK(has(command(test::exampleSpec(), StartMode::Restore), "-object", "share=off"));
    CHECK(has(command(test::exampleSpec(), StartMode::Wait), "-object", "share=off"));
    CHECK(has(command(test::exampleSpec(), StartMode::Boot), "-object", "share=on"));
}

TEST_CASE("all ways to start a machine have the same devices at the same addresses") {
    const auto devices = [](const Words& words) {
        Words found;
        for (std::size_t i = 0; i + 1 < words.size(); ++i) {
            if (words[i] == "-device" || words[i] == "-machine" || words[i] == "-cpu" || words[i] == "-smp")
                found.push_back(words[i + 1]);
        }
        return found;
    };
    CHECK(devices(command(test::exampleSpec(), StartMode::Boot)) ==
          devices(command(test::exampleSpec(), StartMode::Restore)));
    CHECK(devices(command(test::exampleSpec(), StartMode::Boot)) ==
          devices(command(test::exampleSpec(), StartMode::Wait)));
    CHECK(devices(command(test::exampleSpec(), StartMode::Boot)) ==
          devices(command(test::exampleSpec(), StartMode::Cold)));
}

TEST_CASE("a machine that boots for a run has its layers, and no file of its memory") {
    const auto words = command(test::exampleSpec(), StartMode::Cold);
    CHECK(has(words, "-blockdev", "driver=vmdk,node-name=disk0,read-only=on"));
    CHECK(has(words, "-object", "memory-backend-ram,id=ram"));
    CHECK_FALSE(has(words, "-object", "mem-path"));
    CHECK(std::count(words.begin(), words.end(), "-incoming") == 0);
}

TEST_CASE("a machine that waits for its disks is given no base") {
    const auto words = command(test::exampleSpec(), StartMode::Wait);
    CHECK(has(words, "-incoming", "defer"));
    CHECK(has(words, "-blockdev", "driver=raw,node-name=disk0,read-only=on"));
    CHECK(has(words, "-device", "id=" + diskDevice(0) + ",drive=disk0"));
}

TEST_CASE("a comma in a path does not end QEMU's option") {
    CHECK(has(command(test::exampleSpec(), StartMode::Boot), "-object",
              "mem-path=/cache/templates/a,,b/memory"));
}
