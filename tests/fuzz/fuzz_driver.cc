// A fuzz target without a fuzzer: its seeds, and mutations of them, the same at every run.
//
//     NAME_fuzz [--tar] [--mutate COUNT] [--words FILE] FILE|DIRECTORY...
//
//   --mutate COUNT  that many mutations of the seeds, in turn, after the seeds themselves
//   --tar           the inputs are tars: mutates blocks, and corrects checksums
//   --words FILE    a dictionary

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "byte_mutator.hh"
#include "fuzz.hh"
#include "tar_mutator.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;

namespace {

constexpr std::uint64_t kMaxInput = 1 << 24;

struct Options {
    bool tar = false;
    std::uint64_t mutations = 0;
    std::vector<std::string> words;
    std::vector<std::string> seeds; ///< their bytes
};

void addSeeds(Options& options, const std::string& path) {
    if (!std::filesystem::is_directory(path)) {
        options.seeds.push_back(readFile(path, "seed", kMaxInput));
        return;
    }
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(path))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files)
        addSeeds(options, file);
}

Options parse(const std::vector<std::string>& arguments) {
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto value = [&] { return i + 1 < arguments.size() ? arguments[++i] : std::string(); };
        if (arguments[i] == "--tar") {
            options.tar = true;
        } else if (arguments[i] == "--mutate") {
            options.mutations = std::stoull("0" + value());
        } else if (arguments[i] == "--words") {
            options.words = parseDictionary(readFile(value(), "dictionary", kMaxInput));
        } else {
            addSeeds(options, arguments[i]);
        }
    }
    return options;
}

/// An input that ends the process is left here.
const char* crashFile() {
    const char* name = std::getenv("FUZZ_CRASH_FILE");
    return name == nullptr ? "" : name;
}

void tryOne(const std::string& input) {
    static const std::string keep = crashFile();
    if (!keep.empty()) std::ofstream(keep, std::ios::binary) << input;
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

void run(const Options& options) {
    for (const auto& seed : options.seeds)
        tryOne(seed);
    for (std::uint64_t round = 0; round < options.mutations; ++round) {
        Dice dice(round);
        auto input = options.seeds[round % options.seeds.size()];
        if (options.tar)
            mutateTar(input, dice);
        else
            mutateBytes(input, options.words, options.seeds[dice.roll(options.seeds.size())], dice);
        tryOne(input);
    }
    std::cout << options.seeds.size() << " seeds, " << options.mutations << " mutations\n";
}

} // namespace

int main(int argc, char** argv) {
    try {
        const auto options = parse({argv + 1, argv + argc});
        if (options.seeds.empty()) throw Error(ErrorCode::Usage, "no seeds are given");
        run(options);
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << argv[0] << ": " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
