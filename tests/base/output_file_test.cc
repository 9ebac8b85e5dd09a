#include <catch2/catch.hpp>

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/output_file.hh"
#include "base/temp_dir.hh"

using namespace rootlayer;
namespace fs = std::filesystem;

namespace {

std::string contents(const std::string& path) {
    return readFile(path, "file", 1 << 20);
}

std::size_t entriesIn(const std::string& directory) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

} // namespace

TEST_CASE("an output appears only when it is committed, and then whole") {
    const TempDir directory(fs::temp_directory_path());
    const auto path = directory.file("out");
    OutputFile file(path);
    file.write("half ");
    CHECK_FALSE(fs::exists(path));
    file.write("and half");
    file.commit();
    CHECK(contents(path) == "half and half");
    CHECK(entriesIn(directory.path()) == 1);
}

TEST_CASE(
    "what stands under the name is kept when the output is given up, and replaced when it is committed") {
    const TempDir directory(fs::temp_directory_path());
    const auto path = directory.file("out");
    writeFile(path, "old");
    {
        OutputFile file(path);
        file.write("new");
    }
    CHECK(contents(path) == "old");
    CHECK(entriesIn(directory.path()) == 1);
    OutputFile file(path);
    file.write("new");
    file.commit();
    CHECK(contents(path) == "new");
}

TEST_CASE("an output has the mode that any new file would have") {
    const TempDir directory(fs::temp_directory_path());
    const mode_t before = ::umask(027);
    OutputFile file(directory.file("out"));
    file.commit();
    ::umask(before);
    CHECK((fs::status(directory.file("out")).permissions() & fs::perms::mask) == fs::perms(0640));
}

TEST_CASE("an output path that cannot be written is refused at once, with its name") {
    const TempDir directory(fs::temp_directory_path());
    CHECK_THROWS_WITH(OutputFile(directory.file("no/such/out")), Catch::Contains("no/such/out"));
    CHECK_THROWS_WITH(OutputFile(directory.path()), Catch::Contains("directory"));
    CHECK_THROWS_WITH(OutputFile(""), "--output is empty");
    try {
        OutputFile(directory.path(), "--console-log");
        FAIL("it was taken");
    } catch (const Error& error) {
        CHECK_THAT(error.message(), Catch::StartsWith("cannot write --console-log"));
        CHECK(error.hint() == "name a file, such as " + directory.path() + "/FILE");
    }
}

TEST_CASE("an output that was prepared needs no more than a rename, and is gone without one") {
    const TempDir directory(fs::temp_directory_path());
    {
        OutputFile file(directory.file("out"));
        file.write("x");
        file.prepare();
        CHECK_FALSE(fs::exists(directory.file("out")));
    }
    CHECK(fs::is_empty(directory.path()));
    OutputFile file(directory.file("out"));
    file.write("x");
    file.prepare();
    file.commit();
    CHECK(fs::file_size(directory.file("out")) == 1);
}

TEST_CASE("a target that is no regular file is written directly and stays what it is") {
    OutputFile file("/dev/null");
    file.write("x");
    file.commit();
    CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("a name of an open descriptor is written through it, and never replaced") {
    const TempDir directory(fs::temp_directory_path());
    const UniqueFd fd(::open(directory.file("log").c_str(), O_RDWR | O_CREAT, 0600));
    REQUIRE(::write(fd.get(), "first ", 6) == 6);
    for (const auto* where : {"/dev/fd/", "/proc/self/fd/"}) {
        OutputFile file(where + std::to_string(fd.get()));
        file.write("x");
        file.prepare();
        file.commit();
    }
    CHECK(readFile(directory.file("log"), "log", 100) == "first xx");
    CHECK(std::distance(fs::directory_iterator(directory.path()), {}) == 1);
    CHECK_THROWS_AS(OutputFile("/dev/fd/999"), Error);
}

TEST_CASE("a temporary directory goes with all that it holds, and follows no symlink out") {
    const TempDir outside(fs::temp_directory_path());
    writeFile(outside.file("kept"), "x");
    std::string path;
    {
        const TempDir directory(fs::temp_directory_path());
        path = directory.path();
        fs::create_directories(directory.file("a/b"));
        fs::create_directory_symlink(outside.path(), directory.file("a/link"));
    }
    CHECK_FALSE(fs::exists(path));
    CHECK(fs::exists(outside.file("kept")));
}

TEST_CASE("zeros of 64 KiB or more become holes of the file, and its bytes are what was written", "[A9]") {
    constexpr std::size_t block = std::size_t{64} << 10;
    const TempDir directory(fs::temp_directory_path());
    // A header, zeros that begin off the block, data, and zeros to the end.
    const auto bytes = std::string(512, 'h') + std::string(20 * block, '\0') + std::string(300, 'd') +
                       std::string(20 * block + 7, '\0');
    for (const std::size_t piece : {bytes.size(), std::size_t{4 * block}, std::size_t{1000}}) {
        const auto path = directory.file(std::to_string(piece));
        OutputFile file(path);
        for (std::size_t at = 0; at < bytes.size(); at += piece)
            file.write(std::string_view(bytes).substr(at, piece));
        file.commit();
        CHECK(readFile(path, "file", 1 << 23) == bytes);
        struct stat status {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        if (piece >= 4 * block) CHECK(static_cast<std::size_t>(status.st_blocks) * 512 <= 12 * block);
    }
}

TEST_CASE("a file of nothing but zeros has its whole size") {
    const TempDir directory(fs::temp_directory_path());
    const auto path = directory.file("zeros");
    OutputFile file(path);
    file.write(std::string(std::size_t{128} << 10, '\0'));
    CHECK(file.room());
    file.commit();
    CHECK(fs::file_size(path) == std::size_t{128} << 10);
    CHECK_FALSE(OutputFile("/dev/null").room());
}

TEST_CASE("root writes an output in a chroot without /proc") {
    if (::geteuid() != 0) return; // only root has a chroot
    const TempDir directory(fs::temp_directory_path());
    const pid_t child = ::fork();
    if (child == 0) {
        if (::chroot(directory.path().c_str()) != 0) ::_exit(2);
        try {
            OutputFile file("/out");
            file.write("whole");
            file.commit();
        } catch (const Error&) {
            ::_exit(1);
        }
        ::_exit(0);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(contents(directory.file("out")) == "whole");
    CHECK(entriesIn(directory.path()) == 1);
}
