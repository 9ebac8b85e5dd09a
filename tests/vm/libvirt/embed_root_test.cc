#include <catch2/catch.hpp>

#include <filesystem>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "vm/capability_file.hh"
#include "vm/libvirt/embed_root.hh"

using namespace rootlayer;
using namespace rootlayer::vm;

TEST_CASE("what libvirt learned about QEMU is there for the next process, written once") {
    const TempDir directory("/tmp");
    const auto cache = directory.file("cache/of/qemu");
    {
        const EmbedRoot first(directory.path(), cache);
        writeFile(first.path() + "/cache/qemu/capabilities/one.xml", "<learned/>");
        writeFile(first.path() + "/cache/qemu/capabilities/one.xml.new", "half");
        first.saveCapabilities();
    }
    writeFile(cache + "/stranger.txt", "not ours");
    const EmbedRoot second(directory.path(), cache);
    const auto known = second.path() + "/cache/qemu/capabilities/";
    CHECK(readFile(known + "one.xml", "capabilities", 100) == "<learned/>");
    CHECK_FALSE(std::filesystem::exists(known + "one.xml.new"));
    CHECK_FALSE(std::filesystem::exists(known + "stranger.txt"));
}

TEST_CASE("what libvirt learned anew of a QEMU that was changed takes the old one's place") {
    const TempDir directory("/tmp");
    const auto cache = directory.file("cache");
    for (const std::string text : {"<old/>", "<new/>"}) {
        const EmbedRoot root(directory.path(), cache);
        writeFile(root.path() + "/cache/qemu/capabilities/one.xml", text);
        root.saveCapabilities();
        CHECK(readCapabilityFile(cache + "/one.xml") == text);
    }
}

TEST_CASE("what libvirt learned is not believed when it was damaged") {
    const TempDir directory("/tmp");
    const auto path = directory.file("one.xml");
    writeCapabilityFile(path, "<learned/>");
    CHECK(readCapabilityFile(path) == "<learned/>");
    auto text = readFile(path, "capabilities", 1000);
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto damaged = text;
        damaged[at] ^= 1;
        writeFile(path, damaged);
        CHECK_FALSE(readCapabilityFile(path));
    }
    const EmbedRoot root(directory.path(), directory.path());
    CHECK(std::filesystem::is_empty(root.path() + "/cache/qemu/capabilities"));
}

TEST_CASE("libvirt's own directory is gone with its owner") {
    const TempDir directory("/tmp");
    std::string path;
    {
        const EmbedRoot root(directory.path(), "");
        path = root.path();
        CHECK(std::filesystem::exists(path + "/etc/qemu.conf"));
    }
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a directory with a strange name is a valid URI") {
    const TempDir directory("/tmp");
    const auto parent = directory.file("a b&c?d%");
    makeDirectories(parent);
    const EmbedRoot root(parent, "");
    CHECK_THAT(root.uri(),
               Catch::StartsWith("qemu:///embed?root=/tmp/") && Catch::Contains("/a%20b%26c%3Fd%25/"));
}

TEST_CASE("a directory too deep for libvirt's sockets is named, and not left behind") {
    const TempDir directory("/tmp");
    const auto parent = directory.file(std::string(60, 'x'));
    makeDirectories(parent);
    CHECK_THROWS_WITH(EmbedRoot(parent, ""), Catch::Contains("too long"));
    CHECK(std::filesystem::is_empty(parent));
}
