#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>

#include "base/unique_fd.hh"
#include "guest-agent/pack/layer_packer.hh"
#include "layer/tar_writer.hh"
#include "tests/guest-agent/tree.hh"

// Of the address sanitizer, whose malloc keeps no figures for mallinfo2(); null without it.
extern "C" __attribute__((weak)) std::size_t __sanitizer_get_current_allocated_bytes();

using namespace rootlayer;
using namespace rootlayer::guest;

namespace {

std::size_t allocated() {
    if (__sanitizer_get_current_allocated_bytes != nullptr) return __sanitizer_get_current_allocated_bytes();
    const auto figures = ::mallinfo2();
    return figures.uordblks + figures.hblkhd;
}

/// Peak memory, in bytes, of packing a directory with this many files.
std::size_t memoryToPack(int files) {
    Trees trees;
    for (int number = 0; number < files; ++number) {
        const auto path = trees.upper.at(fmt::format("a-file-whose-name-has-forty-bytes-{:06}", number));
        REQUIRE(UniqueFd(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644)));
    }
    const UniqueFd upper(::open(trees.upper.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const UniqueFd lower(::open(trees.lower.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    FunctionSink nowhere([](std::string_view) {});
    layer::TarWriter writer(nowhere);
    const std::size_t before = allocated();
    std::size_t most = before;
    packLayer(upper.get(), lower.get(), {}, writer,
              {[](std::string_view) {}, [&] { most = std::max(most, allocated()); }});
    CHECK(writer.entries() == static_cast<std::uint64_t>(files));
    return most - before;
}

} // namespace

TEST_CASE("files of one directory need less than 80 bytes each, their names of 40 included", "[memory]") {
    // The difference leaves out what does not grow, such as the buffers for file contents.
    constexpr int few = 1000;
    constexpr int many = 11000;
    CHECK(memoryToPack(many) - memoryToPack(few) < std::size_t{80} * (many - few));
}
