#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include <rootlayer/error.hh>

#include "base/json.hh"

using rootlayer::Error;
using rootlayer::Json;

namespace {

std::string failure(std::string_view bytes) {
    try {
        Json::parse(bytes, "config");
    } catch (const Error& error) {
        CHECK(error.code() == rootlayer::ErrorCode::Image);
        return error.message();
    }
    return "accepted";
}

std::string repeated(std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i)
        out += text;
    return out;
}

} // namespace

TEST_CASE("numbers and strings keep their spelling, members their order", "[I2][I4]") {
    const std::string text =
        R"({"z":1e3,"a":-0,"big":12345678901234567890123,"f":1.50,"s":"\u003cb\u003e \/ \ud83d\ude00"})";
    CHECK(Json::parse(text, "config").write() == text);
}

TEST_CASE("blanks between values are all that is lost") {
    CHECK(Json::parse(" { \"a\" : [ 1 ,\n\t2 ] , \"b\" : { } , \"c\":[ ] }\r\n", "config").write() ==
          R"({"a":[1,2],"b":{},"c":[]})");
}

TEST_CASE("one field changed leaves every other byte alone", "[I2]") {
    Json json = Json::parse(R"({"x":1.0,"Env":["A=\u0041"],"y":"\u0026"})", "config");
    json.set("Env", Json::strings({"B=2"}));
    json.set("new", Json::number(-7));
    CHECK(json.write() == R"({"x":1.0,"Env":["B=2"],"y":"\u0026","new":-7})");
    json.erase("x");
    CHECK(json.write() == R"({"Env":["B=2"],"y":"\u0026","new":-7})");
}

TEST_CASE("strings are decoded, surrogate pairs too") {
    CHECK(Json::parse(R"("a\n\t\"\\\/\u00e9\ud83d\ude00")", "x").string() == "a\n\t\"\\/\u00e9\U0001F600");
}

TEST_CASE("what is written can be read again") {
    const std::string odd = "\x01\"\\\n\t\r\x7f é 😀";
    CHECK(Json::parse(Json::string(odd).write(), "x").string() == odd);
    CHECK_THROWS_AS(Json::string("\xff"), Error);
}

TEST_CASE("a name twice in one object is refused, however it is spelled", "[I4][A7]") {
    CHECK_THAT(failure(R"({"a":1,"b":2,"a":3})"), Catch::Contains("\"a\" appears twice"));
    CHECK_THAT(failure(R"({"layers":1,"\u006cayers":3})"), Catch::Contains("twice"));
    CHECK(failure(R"([{"a":1},{"a":1}])") == "accepted");
}

TEST_CASE("JSON 100 levels deep is refused", "[A7]") {
    CHECK_THAT(failure(repeated("[", 100) + repeated("]", 100)), Catch::Contains("levels deep"));
    CHECK(failure(repeated("[", 64) + repeated("]", 64)) == "accepted");
}

TEST_CASE("a million array elements are refused", "[A7]") {
    CHECK_THAT(failure("[0" + repeated(",0", 1'000'000) + "]"), Catch::Contains("values"));
}

TEST_CASE("a document that is too large is refused before it is read", "[A7]") {
    CHECK_THAT(failure(std::string(9 * 1024 * 1024, ' ')), Catch::Contains("at most"));
}

TEST_CASE("what is not JSON is refused, naming the byte") {
    for (const char* text : {"",
                             " ",
                             "{",
                             "[1,]",
                             "{\"a\"}",
                             "{\"a\":1,}",
                             "{a:1}",
                             "01",
                             "+1",
                             "1.",
                             ".5",
                             "1e",
                             "-",
                             "nul",
                             "true false",
                             "'a'",
                             "\"\n\"",
                             "\"\\x\"",
                             "\"\\u12g4\"",
                             "\"\\ud800\"",
                             "\"\\ude00\"",
                             "\"\\ud800\\u0041\"",
                             "\"abc",
                             "\"\\",
                             "[1 2]",
                             "NaN",
                             "Infinity",
                             "// x\n1",
                             "\xef\xbb\xbf{}",
                             "\"\xff\"",
                             "\"\xc0\x80\"",
                             "\"\xed\xa0\x80\"",
                             "{}x"}) {
        INFO(text);
        CHECK_THAT(failure(text), Catch::Contains("not valid JSON") && Catch::Contains("(line 1, column "));
    }
}

TEST_CASE("another parser accepts what we accept, and nothing crashes on damaged documents") {
    const std::string good =
        R"({"schemaVersion":2,"list":[1,-2.5e+3,true,false,null,"\u00e9\n"],"o":{"p":{"q":["x",{}]}},"t":"é"})";
    std::mt19937 random(1); // NOLINT: the same damage every time
    for (int round = 0; round < 20'000; ++round) {
        std::string text = good;
        for (unsigned flips = 1 + random() % 3; flips > 0; --flips)
            text[random() % text.size()] = static_cast<char>(random());
        if (random() % 4 == 0) text.resize(random() % text.size());
        if (failure(text) != "accepted") continue;
        INFO(text);
        REQUIRE(nlohmann::json::accept(text));
        REQUIRE(nlohmann::json::parse(text) == nlohmann::json::parse(Json::parse(text, "x").write()));
    }
}

TEST_CASE("the values of a document are counted as its limit counts them", "[A7]") {
    const std::string text = R"({"a":[1,"2",null,{}],"b":{"c":true}})";
    const Json json = Json::parse(text, "config");
    CHECK(json.valueCount() == 8);
    CHECK_NOTHROW(Json::parse(text, "config", {.values = 8}));
    CHECK_THROWS_AS(Json::parse(text, "config", {.values = 7}), Error);
}
