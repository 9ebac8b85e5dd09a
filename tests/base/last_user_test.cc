#include <catch2/catch.hpp>

#include <filesystem>

#include "base/file.hh"
#include "base/last_user.hh"
#include "base/temp_dir.hh"

using namespace rootlayer;

TEST_CASE("the last user of an entry is remembered") {
    const TempDir folder("/tmp");
    CHECK(rememberedUser(folder.path()).empty());
    rememberUser(folder.path(), "tar:one.tar");
    rememberUser(folder.path(), "");
    CHECK(rememberedUser(folder.path()) == "tar:one.tar");
    rememberUser(folder.path(), "docker://two:latest");
    CHECK(rememberedUser(folder.path()) == "docker://two:latest");
    rememberUser(folder.file("gone"), "tar:one.tar");
    CHECK(rememberedUser(folder.file("gone")).empty());
}

TEST_CASE("a user's name is escaped and cut") {
    const TempDir folder("/tmp");
    rememberUser(folder.path(), "tar:a\x1b[2J\n");
    CHECK(rememberedUser(folder.path()) == "tar:a\\x1b[2J\\n");
    for (const auto& name : {std::string(100000, 'a'), std::string(100000, '\x01'), std::string(513, 'b')}) {
        rememberUser(folder.path(), name);
        const auto kept = rememberedUser(folder.path());
        CHECK(kept.size() <= 512);
        CHECK(kept.ends_with("..."));
    }
    rememberUser(folder.path(), std::string(512, 'c'));
    CHECK(rememberedUser(folder.path()) == std::string(512, 'c'));
}

TEST_CASE("a user that is remembered already is not written again") {
    const TempDir folder("/tmp");
    rememberUser(folder.path(), "tar:one.tar");
    const std::filesystem::file_time_type old{};
    std::filesystem::last_write_time(folder.file("used-by"), old);
    rememberUser(folder.path(), "tar:one.tar");
    CHECK(std::filesystem::last_write_time(folder.file("used-by")) == old);
}
