#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "cli/option_file.hh"
#include "cli/output_options.hh"

using namespace rootlayer;
using Words = std::vector<std::string>;

namespace {

bool anything(const std::string&) {
    return true;
}

Words options(const std::string& json) {
    return cli::optionsOf(json, "image.json", [](const std::string& name) { return name != "bogus"; });
}

} // namespace

TEST_CASE("a file can contain any option") {
    CHECK(options(R"({"from":"scratch","cpus":2,"squash":true,"keep-times":false,"user":null})") ==
          Words{"--from=scratch", "--cpus=2", "--squash"});
    CHECK(options(R"({"env":{"A":"1","B":"x y"},"label":["k=v"],"expose":[80,"53/udp"]})") ==
          Words{"--env=A=1", "--env=B=x y", "--label=k=v", "--expose=80", "--expose=53/udp"});
    CHECK(options(R"({"cmd":["a","b \"c\""],"entrypoint":"x y"})") ==
          Words{R"(--cmd=["a","b \"c\""])", "--entrypoint=x y"});
    CHECK(options(R"({"commands":["a b","c"],"user":""})") == Words{"--commands=a b\nc\n", "--user="});
    CHECK(options(R"({"$schema":"build-file.schema.json"})").empty());
}

TEST_CASE("an invalid file is refused, naming the field") {
    for (const auto* json : {R"({"bogus":1})", R"({"cpus":[[1]]})", R"({"env":{"A":["x"]}})", "[]", "{",
                             R"({"a":1,"a":2})", R"({"file":"x"})"}) {
        INFO(json);
        try {
            options(json);
            FAIL("it was taken");
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::Usage);
            CHECK_THAT(error.what(), Catch::Contains("image.json"));
        }
    }
}

TEST_CASE("options on the command line come after the file, and win") {
    const TempDir directory("/tmp");
    writeFile(directory.file("f"), R"({"from":"scratch"})");
    CHECK(cli::withOptionFiles({"build", "-f", directory.file("f"), "--from", "x"}, anything) ==
          Words{"build", "--from=scratch", "-f", directory.file("f"), "--from", "x"});
    CHECK(cli::withOptionFiles({"build", "--file=" + directory.file("f")}, anything)[1] == "--from=scratch");
    CHECK(cli::withOptionFiles({"run", "-f", "/no/such"}, anything) == Words{"run", "-f", "/no/such"});
    CHECK_THROWS_AS(cli::withOptionFiles({"build", "-f", "/no/such"}, anything), Error);
}

TEST_CASE("contents are a source, a destination and fields") {
    const auto plain = cli::contentsOption("src");
    CHECK(plain.source == "src");
    CHECK(plain.destination.empty());
    const auto all = cli::contentsOption("a:b:/opt/x,uid=5,gid=6,mode=0644,unpack=no");
    CHECK(all.source == "a:b");
    CHECK(all.destination == "/opt/x");
    CHECK(all.uid == 5);
    CHECK(all.gid == 6);
    CHECK(all.mode == 0644);
    CHECK_FALSE(all.unpack);
    for (const auto* bad :
         {"", ":/x", "a,uid=x", "a,uid=4294967295", "a,mode=9", "a,mode=17777", "a,color=red", "a,"}) {
        INFO(bad);
        CHECK_THROWS_AS(cli::contentsOption(bad), Error);
    }
}
