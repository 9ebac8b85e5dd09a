#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/wait.h>
#include <unistd.h>

#include "base/swept_dir.hh"

using namespace rootlayer;

namespace {

/// A process that fills a directory and is then killed.
void killedOne(const std::string& parent) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        const SweptDir directory(parent);
        std::filesystem::create_directories(directory.file("a/b"));
        std::ofstream(directory.file("a/b/large")) << "bytes";
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    REQUIRE(WTERMSIG(status) == SIGKILL);
}

std::ptrdiff_t countIn(const std::string& directory) {
    using Iterator = std::filesystem::directory_iterator;
    return std::distance(Iterator(directory), Iterator());
}

} // namespace

TEST_CASE("the leftovers of a killed process are removed by the next process") {
    const TempDir parent("/tmp");
    killedOne(parent.path());
    CHECK(countIn(parent.path()) == 1);
    {
        const SweptDir next(parent.path());
        CHECK(std::filesystem::exists(next.path()));
        CHECK(countIn(parent.path()) == 1);
    }
    CHECK(countIn(parent.path()) == 0);
}

TEST_CASE("directories that are in use, of another kind, or elsewhere are not removed") {
    const TempDir parent("/tmp");
    const TempDir elsewhere("/tmp");
    killedOne(elsewhere.path());
    const auto left = std::filesystem::directory_iterator(elsewhere.path())->path();
    std::filesystem::create_directory_symlink(left, parent.file("rootlayer-linked"));
    std::filesystem::create_directories(parent.file("rootlayer-backup"));
    std::filesystem::create_directories(parent.file("other"));
    std::ofstream(parent.file("other/.owner")) << "";
    const SweptDir living(parent.path());
    const SweptDir next(parent.path());
    CHECK(countIn(parent.path()) == 5);
    CHECK(std::filesystem::exists(left / "a/b/large"));
}
