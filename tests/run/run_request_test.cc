#include <catch2/catch.hpp>

#include "run/run_request.hh"

using namespace rootlayer;
using namespace rootlayer::run;

namespace {

using Strings = std::vector<std::string>;

const protocol::Section kScript{4096, 12};
const std::string kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

} // namespace

TEST_CASE("each name occurs once in the environment, and the later value wins", "[I2]") {
    CHECK(run::mergeEnvironment({"A=1", "B=2"}, {"C=3", "A=4"}) == Strings{"A=4", "B=2", "C=3"});
    CHECK(run::mergeEnvironment({"A=1", "A=2"}, {}) == Strings{"A=2"});
    CHECK(run::mergeEnvironment({}, {"A=", "A==="}) == Strings{"A==="});
}

TEST_CASE("a name that begins like another is another", "[I2]") {
    CHECK(run::mergeEnvironment({"PATH=1"}, {"PATHS=2", "PAT=3"}) == Strings{"PATH=1", "PATHS=2", "PAT=3"});
    CHECK(run::mergeEnvironment({"A"}, {"A=1"}) == Strings{"A=1"});
}

TEST_CASE("there is always a PATH, and the base's or the caller's is kept") {
    CHECK(run::makeRunRequest({}, {}, kScript).env == Strings{kPath});
    CHECK(run::makeRunRequest({}, {.env = {"PATH=/base"}}, kScript).env == Strings{"PATH=/base"});
    RunSpec spec;
    spec.env = {"PATH=/mine"};
    CHECK(run::makeRunRequest(spec, {.env = {"PATH=/base"}}, kScript).env == Strings{"PATH=/mine"});
}

TEST_CASE("the script gets SOURCE_DATE_EPOCH, unless it has one of its own") {
    RunSpec spec;
    spec.sourceDateEpoch = 1700000000;
    CHECK(run::makeRunRequest(spec, {}, kScript).env == Strings{kPath, "SOURCE_DATE_EPOCH=1700000000"});
    spec.env = {"SOURCE_DATE_EPOCH=5"};
    CHECK(run::makeRunRequest(spec, {}, kScript).env == Strings{kPath, "SOURCE_DATE_EPOCH=5"});
}

TEST_CASE("directory and user are the caller's, else the base's, else the root's", "[I2]") {
    const run::BaseDefaults base{{}, "/srv", "www-data"};
    CHECK(run::makeRunRequest({}, {}, kScript).workdir == "/");
    CHECK(run::makeRunRequest({}, {}, kScript).user.empty());
    CHECK(run::makeRunRequest({}, base, kScript).workdir == "/srv");
    CHECK(run::makeRunRequest({}, base, kScript).user == "www-data");
    RunSpec spec;
    spec.workdir = "/opt";
    spec.user = "0:0";
    CHECK(run::makeRunRequest(spec, base, kScript).workdir == "/opt");
    CHECK(run::makeRunRequest(spec, base, kScript).user == "0:0");
}

TEST_CASE("script, arguments, shell and timeout are passed on as they are") {
    RunSpec spec;
    spec.args = {"", "a b", "-x"};
    spec.shell = "/bin/bash";
    spec.timeout = std::chrono::milliseconds(1500);
    const auto request = run::makeRunRequest(spec, {}, kScript);
    CHECK(request.script == kScript);
    CHECK(request.args == spec.args);
    CHECK(request.shell == "/bin/bash");
    CHECK(request.timeout == 1500);
}

TEST_CASE("what Linux does not accept is refused before there is a machine") {
    const auto refused = [](const RunSpec& spec, const char* what) {
        CHECK_THROWS_WITH(run::makeRunRequest(spec, {}, kScript), Catch::Contains(what));
    };
    RunSpec spec;
    spec.env = {"LONG=" + std::string(131072 - 5, 'x')};
    refused(spec, "the variable \"LONG\" has 131072 bytes");
    spec.env[0].pop_back();
    CHECK(run::makeRunRequest(spec, {}, kScript).env.back().size() == 131071);
    for (char name = 'A'; name < 'A' + 17; ++name)
        spec.env.push_back(std::string(1, name) + "=" + std::string(130000, 'x'));
    refused(spec, "at most 2097152");
    spec.env = {std::string("A=\0", 3)};
    refused(spec, "NUL");
    spec.env.clear();
    spec.workdir = "/" + std::string(4096, 'x');
    refused(spec, "working directory");
}

TEST_CASE("a user number must be one that Linux accepts") {
    RunSpec spec;
    for (const auto* good : {"0", "4294967294:4294967294", "name", "1x", ":5", ""}) {
        spec.user = good;
        CHECK(run::makeRunRequest(spec, {}, kScript).user == good);
    }
    for (const auto* bad : {"4294967295", "99999999999", "0:4294967295", "99999999999999999999999:0"}) {
        spec.user = bad;
        CHECK_THROWS_WITH(run::makeRunRequest(spec, {}, kScript), Catch::Contains("out of range"));
    }
    CHECK_THROWS_WITH(run::makeRunRequest({}, {.user = "4294967295"}, kScript),
                      Catch::Contains("out of range"));
}

TEST_CASE("words that do not fit in a frame are sent separately, others are not") {
    protocol::RunRequest request;
    request.env = {"A=1"};
    CHECK(run::wordsApart(request).empty());
    for (int i = 0; i < 12; ++i)
        request.env.push_back("V=" + std::string(100'000, '\xff'));
    request.args = {"one"};
    const auto words = protocol::decodeRunWords(run::wordsApart(request));
    CHECK(words.env == request.env);
    CHECK(words.args == request.args);
}
