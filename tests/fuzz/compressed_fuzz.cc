// The fuzz target of compressed sources. Any bytes must be refused with Error{Image}, or give the same bytes
// however they are read; and what our compressors write must come back. Reading ends after 8 MiB.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/digest.hh"
#include "compress/compression.hh"
#include "compress/compressor.hh"
#include "fuzz.hh"

using namespace rootlayer;
using namespace rootlayer::compress;
using namespace rootlayer::fuzz;

namespace {

constexpr std::uint64_t kMost = std::uint64_t{8} << 20;

/// Gives at most `piece` bytes at a time.
class Drip final : public Source {
  public:
    Drip(std::string_view bytes, std::size_t piece) : m_bytes(bytes), m_piece(piece) {}
    std::size_t read(std::span<char> buffer) override {
        const auto some = std::min({buffer.size(), m_piece, m_bytes.size()});
        m_bytes.copy(buffer.data(), some);
        m_bytes.remove_prefix(some);
        return some;
    }
    std::size_t left() const { return m_bytes.size(); }

  private:
    std::string_view m_bytes;
    std::size_t m_piece;
};

struct Reading {
    Digest digest;
    std::uint64_t bytes = 0;
    std::string error;
    friend bool operator==(const Reading&, const Reading&) = default;
};

Reading read(std::string_view stored, std::size_t inPieces, std::size_t outPieces) {
    Reading reading;
    Sha256 hash;
    const auto error = refusal([&] {
        auto drip = std::make_unique<Drip>(stored, inPieces);
        const auto& input = *drip;
        const auto source = decompress(std::move(drip), "the input");
        std::string buffer(outPieces, '\0');
        while (reading.bytes <= kMost) {
            const auto got = source->read(buffer);
            require(got <= buffer.size());
            if (got == 0) return require(input.left() == 0 && source->read(buffer) == 0);
            hash.write(std::string_view(buffer).substr(0, got));
            reading.bytes += got;
        }
        throw Error(ErrorCode::Image, "more than the limit");
    });
    if (error) {
        require(error->code() == ErrorCode::Image);
        reading = {{}, 0, error->what()};
    } else {
        reading.digest = hash.finish();
    }
    return reading;
}

void roundTrip(std::string_view bytes, Compression kind) {
    StringSink stored;
    const auto compressor = makeCompressor(kind, stored);
    const auto half = bytes.size() / 2;
    compressor->write(bytes.substr(0, half));
    compressor->write(bytes.substr(half));
    compressor->finish();
    require(detectCompression(stored.bytes()) == kind);
    const auto source = decompress(std::make_unique<StringSource>(stored.bytes()), "a round trip");
    require(readAll(*source, kMost, "a round trip") == bytes);
    // All of it, or nothing: no stream is taken for whole that is not.
    const std::string cut = stored.bytes().substr(0, stored.bytes().size() - 1 - bytes.size() % 4);
    require(!read(cut, cut.size(), 4096).error.empty());
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = text(data, size);
    const auto whole = read(bytes, std::max<std::size_t>(size, 1), std::size_t{256} << 10);
    const auto dripped = read(bytes, 1 + size % 97, 1 + size % 5000);
    require(whole.digest == dripped.digest && whole.error.empty() == dripped.error.empty());
    if (detectCompression(bytes) == Compression::None) {
        require(whole.bytes == size && whole.digest == sha256(bytes));
        roundTrip(bytes, size % 2 == 0 ? Compression::Gzip : Compression::Zstd);
    }
    return 0;
}
