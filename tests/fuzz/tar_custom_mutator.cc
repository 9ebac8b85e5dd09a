// libFuzzer's own mutations, with corrected checksums.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "tar_mutator.hh"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t maxSize);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t maxSize,
                                               unsigned seed);

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t maxSize,
                                    unsigned seed) {
    rootlayer::fuzz::Dice dice(seed);
    std::string tar(reinterpret_cast<const char*>(data), size);
    if (dice.roll(2) == 0) {
        size = LLVMFuzzerMutate(data, size, maxSize);
        tar.assign(reinterpret_cast<const char*>(data), size);
        rootlayer::fuzz::resealAll(tar);
    } else {
        rootlayer::fuzz::mutateTar(tar, dice);
    }
    tar.resize(std::min(tar.size(), maxSize));
    std::memcpy(data, tar.data(), tar.size());
    return tar.size();
}
