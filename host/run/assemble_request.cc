#include "run/assemble_request.hh"

#include <chrono>
#include <cstdint>
#include <string>
#include <sys/random.h>

#include "base/system_error.hh"

namespace rootlayer::run {

namespace {

constexpr std::size_t kEntropy = 64;

std::int64_t clockNow() {
    return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string freshEntropy() {
    std::string bytes(kEntropy, '\0');
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        throw systemError("cannot get random bytes");
    }
    return bytes;
}

} // namespace

protocol::AssembleRequest makeAssembleRequest(const std::vector<store::LayerDisk>& disks) {
    protocol::AssembleRequest request;
    std::uint64_t offset = 0;
    for (const auto& disk : disks) {
        request.layers.push_back({offset, disk.size, disk.directories});
        offset += disk.size;
    }
    request.clock = clockNow();
    request.entropy = freshEntropy();
    return request;
}

} // namespace rootlayer::run
