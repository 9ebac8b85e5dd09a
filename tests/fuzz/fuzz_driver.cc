// The fuzz target without a fuzzer: the same mutations of the same tar at every run. Arguments are files to
// try instead.

#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "base/file.hh"
#include "layer_fuzz_mutator.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::uint64_t kRounds = 20'000;
constexpr std::uint64_t kMaxInput = 1 << 24;

void tryOne(const std::string& tar) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(tar.data()), tar.size());
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: layer_validator_fuzz FILE... | --mutate FILE\n";
        return EXIT_FAILURE;
    }
    if (argc == 3 && std::string_view(argv[1]) == "--mutate") {
        const auto original = readFile(argv[2], "corpus file", kMaxInput);
        tryOne(original);
        for (std::uint64_t round = 0; round < kRounds; ++round) {
            auto tar = original;
            Dice dice(round);
            mutate(tar, dice);
            tryOne(tar);
        }
        return EXIT_SUCCESS;
    }
    for (int i = 1; i < argc; ++i)
        tryOne(readFile(argv[i], "corpus file", kMaxInput));
    return EXIT_SUCCESS;
}
