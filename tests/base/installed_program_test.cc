#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

#include "base/file.hh"
#include "base/process.hh"
#include "base/temp_dir.hh"

using namespace rootlayer;
namespace fs = std::filesystem;

namespace {

constexpr const char* kVariable = "ROOTLAYER_TEST_PREFIX";

void putScript(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    writeFile(path.string(), "#!/bin/sh\n" + text);
    fs::permissions(path, fs::perms(0755));
}

} // namespace

// Started by the next test, as a program in PREFIX/bin.
TEST_CASE("as an installed program", "[.installed]") {
    const fs::path prefix = std::getenv(kVariable);
    CHECK(findProgram("sh") == (prefix / "lib/rootlayer/bin/sh").string());
    CHECK(findProgram("cat") != (prefix / "lib/rootlayer/bin/cat").string());
    const auto said =
        requireCommand({.argv = {"sh", "word"}}, Deadline::after(std::chrono::minutes(1)), "sh");
    CHECK(said == "sh of the installation: word\n");
    // The loader gets the program and its libraries' directory, and the program its own name.
    const auto tools = (prefix / "lib/rootlayer/tools").string();
    const auto loaded =
        requireCommand({.argv = {"tool", "word"}}, Deadline::after(std::chrono::minutes(1)), "tool");
    CHECK(loaded == "--inhibit-cache --library-path " + tools + " --argv0 tool " + tools + "/tool word\n");
}

TEST_CASE("programs that are installed with rootlayer come before those in PATH") {
    const TempDir work("/tmp");
    const fs::path prefix = fs::canonical(work.path());
    fs::create_directories(prefix / "bin");
    fs::copy_file("/proc/self/exe", prefix / "bin" / "program");
    putScript(prefix / "lib/rootlayer/bin/sh", "echo \"sh of the installation: $*\"\n");
    putScript(prefix / "lib/rootlayer/tools/tool", "echo 'started without the loader'\n");
    putScript(prefix / "lib/rootlayer/tools/ld-linux-x86-64.so.2", "echo \"$@\"\n");
    fs::permissions(prefix / "lib/rootlayer", fs::perms(0755));
    const auto done = runCommand({.argv = {"env", std::string(kVariable) + "=" + prefix.string(),
                                           (prefix / "bin" / "program").string(), "as an installed program"}},
                                 Deadline::after(std::chrono::minutes(1)));
    INFO(done.out << done.err);
    CHECK(done.status.success());
}
