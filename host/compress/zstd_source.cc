#include <fmt/format.h>
#include <new>
#include <zstd.h>

#include "compress/compressed_input.hh"

namespace rootlayer::compress {

namespace {

constexpr int kWindowLogMax = 27; // 128 MiB

struct FreeContext {
    void operator()(ZSTD_DCtx* context) const { ::ZSTD_freeDCtx(context); }
};

/// Reads concatenated frames (RFC 8878).
class ZstdSource final : public Source {
  public:
    explicit ZstdSource(CompressedInput input) : m_input(std::move(input)), m_context(::ZSTD_createDCtx()) {
        if (!m_context) throw std::bad_alloc();
        ::ZSTD_DCtx_setParameter(m_context.get(), ZSTD_d_windowLogMax, kWindowLogMax);
    }

    std::size_t read(std::span<char> buffer) override {
        ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
        while (out.pos == 0) {
            const std::string_view bytes = m_input.peek();
            // The decoder may still hold output after it has taken all input.
            if (bytes.empty() && !m_flush) {
                if (m_inFrame) m_input.failTruncated();
                break;
            }
            decompressSome(bytes, out);
        }
        return out.pos;
    }

  private:
    void decompressSome(std::string_view bytes, ZSTD_outBuffer& out) {
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        const std::size_t result = ::ZSTD_decompressStream(m_context.get(), &out, &in);
        if (::ZSTD_isError(result) != 0U) {
            m_input.fail(fmt::format("is zstd that cannot be read: {}", ::ZSTD_getErrorName(result)));
        }
        m_input.take(in.pos);
        m_inFrame = result != 0;
        m_flush = out.pos == out.size && m_inFrame;
    }

    CompressedInput m_input;
    std::unique_ptr<ZSTD_DCtx, FreeContext> m_context;
    bool m_inFrame = true;
    bool m_flush = false;
};

} // namespace

std::unique_ptr<Source> decompressZstd(CompressedInput input) {
    return std::make_unique<ZstdSource>(std::move(input));
}

} // namespace rootlayer::compress
