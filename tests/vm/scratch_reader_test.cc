#include <catch2/catch.hpp>
#include <cstdint>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "vm/scratch_reader.hh"

using namespace rootlayer;
using vm::ScratchReader;

namespace {

struct Disk {
    Disk() { writeFile(path, bytes); }
    std::string read(const protocol::Range& range, const CancelToken& cancel = {}) const {
        StringSink sink;
        ScratchReader(path).read(range, sink, cancel);
        return sink.take();
    }
    TempDir directory{"/tmp"};
    std::string path = directory.path() + "/scratch";
    std::string bytes = "0123456789" + std::string(1'000'000, 'x') + "end";
};

} // namespace

TEST_CASE("a range of the scratch disk is read unchanged") {
    const Disk disk;
    CHECK(disk.read({2, 3}) == "234");
    CHECK(disk.read({0, disk.bytes.size()}) == disk.bytes);
    CHECK(disk.read({disk.bytes.size() - 3, 3}) == "end");
}

TEST_CASE("a range that is not within the scratch disk is refused", "[A8]") {
    const Disk disk;
    CHECK_THROWS_AS(disk.read({disk.bytes.size(), 1}), Error);
    CHECK_THROWS_AS(disk.read({0, disk.bytes.size() + 1}), Error);
    CHECK_THROWS_AS(disk.read({std::uint64_t{1} << 62, 1}), Error);
    CHECK_THROWS_AS(disk.read({1, ~std::uint64_t{0}}), Error);
}

TEST_CASE("reading a long range can be cancelled") {
    const Disk disk;
    CancelToken cancel;
    cancel.cancel();
    try {
        disk.read({0, disk.bytes.size()}, cancel);
        FAIL("it went on");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Cancelled);
    }
}
