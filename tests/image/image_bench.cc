#include <chrono>
#include <cstdint>
#include <exception>
#include <fmt/format.h>

#include "base/units.hh"
#include "image/base_image.hh"

using namespace rootlayer;

namespace {

double seconds(std::chrono::steady_clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

void measure(const char* reference) {
    image::OpenOptions options;
    const auto start = std::chrono::steady_clock::now();
    const auto base = image::openBase(oci::Reference::parse(reference), options);
    const auto opened = std::chrono::steady_clock::now();
    std::uint64_t bytes = 0;
    FunctionSink count([&](std::string_view piece) { bytes += piece.size(); });
    for (const image::BaseLayer& layer : base->layers())
        copy(*layer.open(), count);
    const auto read = std::chrono::steady_clock::now();
    fmt::print("{}: {} layers, {}; open {:.3f} s, read {:.3f} s ({}/s)\n", reference, base->layers().size(),
               humanSize(bytes), seconds(opened - start), seconds(read - opened),
               humanSize(static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds(read - opened))));
}

} // namespace

/// image_bench REF...: how long it takes to open each base, and to read its layers with all checks.
int main(int argc, char** argv) try {
    for (int i = 1; i < argc; ++i)
        measure(argv[i]);
    return 0;
} catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
}
