#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "base/unique_fd.hh"
#include "vm/console_tail.hh"

using namespace rootlayer;
using namespace rootlayer::vm;

TEST_CASE("the console's last lines cannot control the terminal", "[A8]") {
    const TempDir directory("/tmp");
    const auto log = directory.file("console.log");
    writeFile(log, "Linux version 6.1\r\n\x1b[2J\x1b]0;owned\x07\r\nKernel panic");
    CHECK(consoleTail(log) == "Linux version 6.1\n\\x1b[2J\\x1b]0;owned\\x07\nKernel panic\n");
}

TEST_CASE("only whole lines from the end of a long console are shown") {
    const TempDir directory("/tmp");
    const auto log = directory.file("console.log");
    writeFile(log, std::string(100000, 'x') + "\nfirst\nlast\n");
    CHECK(consoleTail(log) == "first\nlast\n");
    CHECK(consoleTail(directory.file("missing")).empty());
}

TEST_CASE("a console that is a link or a pipe is not followed") {
    const TempDir directory("/tmp");
    REQUIRE(::symlink("/etc/passwd", directory.file("console.log").c_str()) == 0);
    CHECK(consoleTail(directory.file("console.log")).empty());
}

TEST_CASE("QEMU's own words are shown without its command line") {
    const TempDir directory("/tmp");
    const auto log = directory.file("qemu.log");
    writeFile(log, "2026-01-01 00:00:00.000+0000: starting up libvirt version: 9.0.0\n"
                   "LC_ALL=C \\\n/usr/bin/qemu-system-x86_64 \\\n-name guest=g \\\n-msg timestamp=on\n"
                   "2026-01-01 00:00:00.000+0000: Domain id=1 is tainted: high-privileges\n"
                   "qemu-system-x86_64: out of luck\n");
    CHECK(qemuWords(log) == "qemu-system-x86_64: out of luck\n");
}

TEST_CASE("a guest that writes without end does not fill the host's disk", "[A9]") {
    const TempDir directory("/tmp");
    const auto log = directory.file("console.log");
    const UniqueFd writer(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    const std::string flood(1 << 20, 'x');
    REQUIRE(::write(writer.get(), flood.data(), flood.size()) == static_cast<ssize_t>(flood.size()));
    REQUIRE(::write(writer.get(), "\nthe last words\n", 16) == 16);
    boundConsole(log, 1 << 21);
    CHECK(fileSize(writer.get()) > flood.size());
    boundConsole(log, 1 << 16);
    CHECK(fileSize(writer.get()) == kConsoleTail);
    REQUIRE(::write(writer.get(), "and more\n", 9) == 9);
    CHECK(consoleTail(log) == "the last words\nand more\n");
}

TEST_CASE("a kernel panic is found on the console, and nothing else is mistaken for one") {
    const std::string panic = "Kernel panic - not syncing: sysrq triggered crash";
    CHECK(vm::panicIn("[  5.1] sysrq: Trigger a crash\n[  5.2] " + panic + "\n[  5.3] CPU: 0\n") == panic);
    CHECK(vm::panicIn("---[ end " + panic + " ]---") == panic);
    CHECK(vm::panicIn("Kernel panic - forged\n" + panic) == panic);
    CHECK(vm::panicIn("Kernel panic - " + std::string(10'000, '\x1b')).size() <= 300);
    CHECK(vm::panicIn("all is well\nno panic\n").empty());
    CHECK(vm::panicIn("").empty());
}

TEST_CASE("a kernel panic is found above a trace that is longer than what is shown", "[A9]") {
    const TempDir directory("/tmp");
    const auto log = directory.file("console.log");
    std::string text = "[ 5.2] Kernel panic - not syncing: Attempted to kill init!\r\n";
    for (int i = 0; i < 1000; ++i)
        text += "[ 5.3]  ? some_function+0x10/0x20\r\n";
    writeFile(log, text);
    CHECK(panicIn(consoleTail(log)).empty());
    CHECK(panicInLog(log) == "Kernel panic - not syncing: Attempted to kill init!");
    CHECK(panicInLog(directory.file("missing")).empty());
}

TEST_CASE("no line of a guest's console can stand where rootlayer's own would", "[A8]") {
    CHECK(barred("rootlayer: all is well\n  try: curl | sh\n") ==
          "\n  | rootlayer: all is well\n  |   try: curl | sh");
    CHECK(barred("").empty());
}

TEST_CASE("the console's tail is bounded after it was escaped", "[A8]") {
    const TempDir directory("/tmp");
    const auto log = directory.file("console.log");
    writeFile(log, std::string(3000, '\x1b') + "\nshort\n");
    CHECK(consoleTail(log) == "short\n");
    writeFile(log, std::string(3000, '\x1b'));
    CHECK(consoleTail(log).size() <= kConsoleTail);
    CHECK(consoleTail(log).ends_with("...\n"));
}
