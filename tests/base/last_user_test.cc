#include <catch2/catch.hpp>

#include <filesystem>

#include "base/file.hh"
#include "base/last_user.hh"
#include "base/temp_dir.hh"

using namespace rootlayer;

TEST_CASE("the last user of an entry is remembered") {
    const TempDir directory("/tmp");
    CHECK(rememberedUser(directory.path()).empty());
    rememberUser(directory.path(), "tar:one.tar");
    rememberUser(directory.path(), "");
    CHECK(rememberedUser(directory.path()) == "tar:one.tar");
    rememberUser(directory.path(), "docker://two:latest");
    CHECK(rememberedUser(directory.path()) == "docker://two:latest");
    rememberUser(directory.file("gone"), "tar:one.tar");
    CHECK(rememberedUser(directory.file("gone")).empty());
}

TEST_CASE("a user's name is escaped and truncated") {
    const TempDir directory("/tmp");
    rememberUser(directory.path(), "tar:a\x1b[2J\n");
    CHECK(rememberedUser(directory.path()) == "tar:a\\x1b[2J\\n");
    for (const auto& name : {std::string(100000, 'a'), std::string(100000, '\x01'), std::string(513, 'b')}) {
        rememberUser(directory.path(), name);
        const auto kept = rememberedUser(directory.path());
        CHECK(kept.size() <= 512);
        CHECK(kept.ends_with("..."));
    }
    rememberUser(directory.path(), std::string(512, 'c'));
    CHECK(rememberedUser(directory.path()) == std::string(512, 'c'));
}

TEST_CASE("a user that is remembered already is not written again") {
    const TempDir directory("/tmp");
    rememberUser(directory.path(), "tar:one.tar");
    const std::filesystem::file_time_type old{};
    std::filesystem::last_write_time(directory.file("used-by"), old);
    rememberUser(directory.path(), "tar:one.tar");
    CHECK(std::filesystem::last_write_time(directory.file("used-by")) == old);
}
