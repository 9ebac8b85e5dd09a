#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include <rootlayer/error.hh>

#include "base/threaded_sink.hh"

using namespace rootlayer;

namespace {

std::string someBytes(std::size_t count) {
    std::string bytes(count, '\0');
    for (std::size_t i = 0; i < count; ++i)
        bytes[i] = static_cast<char>(i * 31 % 251);
    return bytes;
}

constexpr std::size_t kManyPieces = 5'000'000;

} // namespace

TEST_CASE("a threaded sink passes on every byte, in order") {
    StringSink target;
    const auto bytes = someBytes(kManyPieces);
    {
        ThreadedSink sink(target, 2);
        for (std::size_t at = 0; at < bytes.size(); at += 70'001)
            sink.write(std::string_view(bytes).substr(at, 70'001));
        sink.finish();
    }
    CHECK((target.bytes() == bytes));
}

TEST_CASE("a threaded sink passes on in another thread") {
    std::thread::id seen;
    FunctionSink target([&](std::string_view) { seen = std::this_thread::get_id(); });
    ThreadedSink sink(target);
    sink.write("x");
    sink.finish();
    CHECK(seen != std::this_thread::get_id());
}

TEST_CASE("an exception of the other thread is rethrown to the writer") {
    FunctionSink target([](std::string_view) { throw Error(ErrorCode::Resource, "the disk is full"); });
    SECTION("at the end") {
        ThreadedSink sink(target);
        sink.write("x");
        CHECK_THROWS_WITH(sink.finish(), "the disk is full");
    }
    SECTION("while it goes on writing") {
        ThreadedSink sink(target, 2);
        CHECK_THROWS_WITH(sink.write(someBytes(kManyPieces)), "the disk is full");
        CHECK_THROWS_WITH(sink.finish(), "the disk is full");
    }
}
