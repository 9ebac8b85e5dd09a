// The fuzz target of the layer validator, for libFuzzer. Any bytes must be refused with an Error, or the
// writer must produce the same bytes from what was read.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <rootlayer/error.hh>

#include "base/stream.hh"
#include "layer/tar_validator.hh"
#include "layer/tar_writer.hh"

using namespace rootlayer;
using namespace rootlayer::layer;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

/// Reads the bytes and writes them again. False if they are refused.
bool copyLayer(std::string_view tar, std::size_t piece, std::string& copied) {
    StringSink sink;
    TarWriter writer(sink);
    TarValidator validator(
        {.maxBytes = 1 << 24}, [&](const Entry& entry) { writer.add(entry); },
        [&](std::string_view bytes) { writer.data(bytes); });
    try {
        for (; !tar.empty(); tar.remove_prefix(std::min(piece, tar.size())))
            validator.write(tar.substr(0, piece));
        validator.finish();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Layer || std::string_view(error.what()).starts_with("cannot write"))
            std::abort();
        return false;
    }
    writer.finish();
    copied = sink.take();
    return true;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view tar(reinterpret_cast<const char*>(data), size);
    std::string whole;
    std::string pieces;
    const bool accepted = copyLayer(tar, size + 1, whole);
    if (accepted && whole != tar) std::abort();
    if (copyLayer(tar, 1 + size % 700, pieces) != accepted || pieces != whole) std::abort();
    return 0;
}
