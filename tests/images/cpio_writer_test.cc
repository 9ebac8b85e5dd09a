#include <catch2/catch.hpp>

#include "base/file.hh"
#include "base/process.hh"
#include "base/temp_dir.hh"
#include "images/cpio_writer.hh"

using namespace rootlayer;
using images::CpioWriter;

TEST_CASE("cpio itself reads what the writer wrote") {
    StringSink archive;
    CpioWriter cpio(archive);
    cpio.directory("dev");
    cpio.characterDevice("dev/console", 5, 1);
    cpio.file("a", "one");
    cpio.file("init", "", true);
    cpio.finish();

    const TempDir temp("/tmp");
    writeFile(temp.file("archive"), archive.bytes());
    if (!findProgram("cpio")) {
        WARN("cpio is not installed");
        return;
    }
    const auto input = openInput(temp.file("archive"), "archive");
    Command list{{"cpio", "-itv", "--quiet", "--numeric-uid-gid"}};
    list.stdinFd = input.get();
    const auto text = requireCommand(std::move(list), Deadline::after(std::chrono::seconds(30)), "listing");
    CHECK(text.find("drwxr-xr-x   2 0        0               0 ") == 0);
    CHECK(text.find("crw-------   1 0        0          5,   1 ") != std::string::npos);
    CHECK(text.find("-rw-r--r--   1 0        0               3 ") != std::string::npos);
    CHECK(text.find("-rwxr-xr-x   1 0        0               0 ") != std::string::npos);
}

TEST_CASE("every header of the archive starts at a multiple of four") {
    for (const std::string name : {"a", "ab", "abc", "abcd"}) {
        StringSink archive;
        CpioWriter cpio(archive);
        cpio.file(name, name);
        cpio.finish();
        CHECK(archive.bytes().find("070701", 6) % 4 == 0);
        CHECK(archive.bytes().size() % 4 == 0);
    }
}
