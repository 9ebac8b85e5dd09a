#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>
#include <rootlayer/settings.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"

using namespace rootlayer;

namespace {

/// Sets the variables that choose the cache. TMPDIR is a directory of the test.
class Surroundings {
  public:
    Surroundings() {
        for (const char* name : {"HOME", "XDG_CACHE_HOME", "ROOTLAYER_CACHE_DIR", "TMPDIR"}) {
            const char* value = ::getenv(name);
            m_before[name] = value != nullptr ? std::optional<std::string>(value) : std::nullopt;
            ::unsetenv(name);
        }
        set("TMPDIR", temporary.path());
    }
    ~Surroundings() {
        for (const auto& [name, value] : m_before) {
            if (value) {
                ::setenv(name.c_str(), value->c_str(), 1);
            } else {
                ::unsetenv(name.c_str());
            }
        }
    }
    Surroundings(const Surroundings&) = delete;
    Surroundings& operator=(const Surroundings&) = delete;

    static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }
    std::string fallback() const { return temporary.file("rootlayer-cache-" + std::to_string(::geteuid())); }

    TempDir temporary{"/tmp"};

  private:
    std::map<std::string, std::optional<std::string>> m_before;
};

mode_t modeOf(const std::string& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

} // namespace

TEST_CASE("the cache is in the home directory unless another directory was chosen") {
    Surroundings around;
    Surroundings::set("HOME", around.temporary.path());
    const auto settings = Settings::fromEnvironment();
    CHECK(settings.cacheDirectory == around.temporary.file(".cache/rootlayer"));
    CHECK(settings.cacheNotice.empty());
    CHECK_FALSE(std::filesystem::exists(around.fallback()));
}

TEST_CASE("an unusable home directory is reported, and the cache is in a private directory") {
    Surroundings around;
    const auto home = GENERATE("/", "//", "/.", "/no/such/home", "/dev/null", "/proc/self");
    CAPTURE(home);
    Surroundings::set("HOME", home);
    for (int again = 0; again < 2; ++again) {
        const auto settings = Settings::fromEnvironment();
        CHECK(settings.cacheDirectory == around.fallback());
        CHECK(settings.cacheNotice.find(home) != std::string::npos);
        CHECK(settings.cacheNotice.find("--cache-dir") != std::string::npos);
        CHECK(modeOf(around.fallback()) == 0700);
    }
}

TEST_CASE("a chosen cache directory is used, whatever the home directory is") {
    Surroundings around;
    Surroundings::set("HOME", "/");
    std::string given;
    std::string expected = "/chosen";
    SECTION("by an option") {
        given = "/chosen";
    }
    SECTION("by a variable") {
        Surroundings::set("ROOTLAYER_CACHE_DIR", "/chosen");
    }
    SECTION("by XDG") {
        Surroundings::set("XDG_CACHE_HOME", "/chosen");
        expected = "/chosen/rootlayer";
    }
    const auto settings = Settings::fromEnvironment(given);
    CHECK(settings.cacheDirectory == expected);
    CHECK(settings.cacheNotice.empty());
    CHECK_FALSE(std::filesystem::exists(around.fallback()));
}

TEST_CASE("the private directory of the cache is never one that another user made") {
    Surroundings around;
    Surroundings::set("HOME", "/");
    const auto path = around.fallback();
    SECTION("a link") {
        std::filesystem::create_directory(around.temporary.file("target"));
        std::filesystem::create_directory_symlink(around.temporary.file("target"), path);
    }
    SECTION("a file") {
        writeFile(path, "");
    }
    SECTION("a directory of another user") {
        if (::geteuid() != 0) return;
        std::filesystem::create_directory(path);
        REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);
        std::filesystem::permissions(path, std::filesystem::perms::all);
    }
    try {
        (void)Settings::fromEnvironment();
        FAIL("it was taken");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Input);
        CHECK(error.hint().find("--cache-dir") != std::string::npos);
    }
    CHECK(Settings::fromEnvironment("/chosen").cacheDirectory == "/chosen");
}

TEST_CASE("the private directory of the cache is private, whatever it was before") {
    Surroundings around;
    Surroundings::set("HOME", "/");
    std::filesystem::create_directory(around.fallback());
    std::filesystem::permissions(around.fallback(), std::filesystem::perms::all);
    CHECK(Settings::fromEnvironment().cacheDirectory == around.fallback());
    CHECK(modeOf(around.fallback()) == 0700);
}

TEST_CASE("without a cache directory, what needs no cache still works") {
    Surroundings around;
    Surroundings::set("HOME", "/");
    Surroundings::set("TMPDIR", "/no/such/directory");
    CHECK_FALSE(Settings::fromEnvironment().cacheNotice.empty());
}

TEST_CASE("a relative ROOTLAYER_CACHE_DIR counts from the current directory, as --cache-dir does") {
    const Surroundings surroundings;
    Surroundings::set("ROOTLAYER_CACHE_DIR", "some/cache");
    CHECK(Settings::fromEnvironment().cacheDirectory ==
          (std::filesystem::current_path() / "some/cache").string());
    // XDG: a relative path is to be ignored.
    Surroundings::set("XDG_CACHE_HOME", "xdg");
    Surroundings::set("ROOTLAYER_CACHE_DIR", "");
    CHECK(Settings::fromEnvironment().cacheDirectory != "xdg/rootlayer");
}
