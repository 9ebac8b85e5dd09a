#include "compress/compressor.hh"

#include <algorithm>
#include <fmt/format.h>
#include <libdeflate.h>
#include <new>
#include <string>
#include <zstd.h>

#include <rootlayer/error.hh>

namespace rootlayer::compress {

namespace {

class PassOn final : public Compressor {
  public:
    explicit PassOn(Sink& to) : m_to(to) {}
    void write(std::string_view bytes) override { m_to.write(bytes); }
    void finish() override {}

  private:
    Sink& m_to;
};

struct FreeDeflater {
    void operator()(libdeflate_compressor* compressor) const { ::libdeflate_free_compressor(compressor); }
};

/// Compresses one member at a time because libdeflate has no streaming interface. It is three times as fast
/// as zlib at the same ratio.
class Gzip final : public Compressor {
  public:
    explicit Gzip(Sink& to) : m_to(to), m_deflater(::libdeflate_alloc_compressor(kLevel)) {
        if (!m_deflater) throw std::bad_alloc();
        m_packed.resize(::libdeflate_gzip_compress_bound(m_deflater.get(), kMember));
    }

    void write(std::string_view bytes) override {
        while (!bytes.empty()) {
            const auto count = std::min(bytes.size(), kMember - m_plain.size());
            m_plain.append(bytes.substr(0, count));
            bytes.remove_prefix(count);
            if (m_plain.size() == kMember) pack();
        }
    }

    void finish() override {
        if (!m_plain.empty() || !m_any) pack();
    }

  private:
    static constexpr int kLevel = 6;
    static constexpr std::size_t kMember = std::size_t{1} << 20;

    void pack() {
        const auto size = ::libdeflate_gzip_compress(m_deflater.get(), m_plain.data(), m_plain.size(),
                                                     m_packed.data(), m_packed.size());
        if (size == 0) throw Error(ErrorCode::Internal, "libdeflate needs more room than its own bound");
        m_to.write({m_packed.data(), size});
        m_plain.clear();
        m_any = true;
    }

    Sink& m_to;
    std::unique_ptr<libdeflate_compressor, FreeDeflater> m_deflater;
    std::string m_plain;
    std::string m_packed;
    bool m_any = false;
};

struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ::ZSTD_freeCCtx(context); }
};

class Zstd final : public Compressor {
  public:
    explicit Zstd(Sink& to) : m_to(to), m_context(::ZSTD_createCCtx()), m_packed(::ZSTD_CStreamOutSize(), 0) {
        if (!m_context) throw std::bad_alloc();
        // The bytes depend on the job size and on whether there are threads, but not on their number.
        set(ZSTD_c_compressionLevel, 3);
        set(ZSTD_c_checksumFlag, 1);
        if (ZSTD_isError(::ZSTD_CCtx_setParameter(m_context.get(), ZSTD_c_nbWorkers, 2)) != 0) {
            throw Error(ErrorCode::System,
                        "zstd cannot be written by this build: its libzstd has no threads, without which the "
                        "bytes would differ",
                        "use gzip");
        }
        set(ZSTD_c_jobSize, 2 << 20);
    }

    void write(std::string_view bytes) override {
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        while (in.pos < in.size)
            step(in, ZSTD_e_continue);
    }

    void finish() override {
        ZSTD_inBuffer nothing{nullptr, 0, 0};
        while (step(nothing, ZSTD_e_end) != 0) {
        }
    }

  private:
    void set(ZSTD_cParameter parameter, int value) {
        check(::ZSTD_CCtx_setParameter(m_context.get(), parameter, value));
    }

    static std::size_t check(std::size_t result) {
        if (::ZSTD_isError(result) == 0U) return result;
        throw Error(ErrorCode::Internal, fmt::format("zstd: {}", ::ZSTD_getErrorName(result)));
    }

    std::size_t step(ZSTD_inBuffer& in, ZSTD_EndDirective mode) {
        ZSTD_outBuffer out{m_packed.data(), m_packed.size(), 0};
        const auto left = check(::ZSTD_compressStream2(m_context.get(), &out, &in, mode));
        if (out.pos > 0) m_to.write({m_packed.data(), out.pos});
        return left;
    }

    Sink& m_to;
    std::unique_ptr<ZSTD_CCtx, FreeContext> m_context;
    std::string m_packed;
};

} // namespace

std::unique_ptr<Compressor> makeCompressor(Compression kind, Sink& to) {
    switch (kind) {
    case Compression::None:
        return std::make_unique<PassOn>(to);
    case Compression::Gzip:
        return std::make_unique<Gzip>(to);
    case Compression::Zstd:
        return std::make_unique<Zstd>(to);
    case Compression::Xz:
    case Compression::Bzip2:
        break;
    }
    throw Error(ErrorCode::Usage, "this compression can only be read, not written", "none, gzip or zstd");
}

} // namespace rootlayer::compress
