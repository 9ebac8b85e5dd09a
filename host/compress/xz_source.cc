#include <cstdint>
#include <fmt/format.h>
#include <lzma.h>

#include <rootlayer/error.hh>

#include "compress/compressed_input.hh"

namespace rootlayer::compress {

namespace {

constexpr std::uint64_t kMemoryLimit = std::uint64_t{129} << 20U; // a dictionary of 128 MiB plus the decoder

std::string_view reason(lzma_ret result) {
    switch (result) {
    case LZMA_MEMLIMIT_ERROR:
        return "its dictionary is larger than 128 MiB";
    case LZMA_FORMAT_ERROR:
        return "there is data after its end";
    case LZMA_OPTIONS_ERROR:
        return "it uses unsupported options";
    default:
        return "bad data";
    }
}

/// Reads concatenated streams with padding between them (The .xz File Format).
class XzSource final : public Source {
  public:
    explicit XzSource(CompressedInput input) : m_input(std::move(input)) {
        if (::lzma_stream_decoder(&m_stream, kMemoryLimit, LZMA_CONCATENATED) != LZMA_OK) {
            throw Error(ErrorCode::Resource, "out of memory for decompression");
        }
    }
    XzSource(const XzSource&) = delete;
    ~XzSource() override { ::lzma_end(&m_stream); }

    std::size_t read(std::span<char> buffer) override {
        m_stream.next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
        m_stream.avail_out = buffer.size();
        while (m_stream.avail_out == buffer.size() && !m_ended)
            decodeSome();
        return buffer.size() - m_stream.avail_out;
    }

  private:
    void decodeSome() {
        const std::string_view bytes = m_input.peek();
        m_stream.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
        m_stream.avail_in = bytes.size();
        const lzma_ret result = ::lzma_code(&m_stream, bytes.empty() ? LZMA_FINISH : LZMA_RUN);
        m_input.take(bytes.size() - m_stream.avail_in);
        if (result == LZMA_STREAM_END) {
            m_ended = true;
        } else if (result == LZMA_BUF_ERROR && bytes.empty()) {
            m_input.failTruncated();
        } else if (result != LZMA_OK && result != LZMA_BUF_ERROR) {
            m_input.fail(fmt::format("is xz that cannot be read: {}", reason(result)));
        }
    }

    CompressedInput m_input;
    lzma_stream m_stream = LZMA_STREAM_INIT;
    bool m_ended = false;
};

} // namespace

std::unique_ptr<Source> decompressXz(CompressedInput input) {
    return std::make_unique<XzSource>(std::move(input));
}

} // namespace rootlayer::compress
