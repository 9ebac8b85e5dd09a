#include <bzlib.h>
#include <cstdint>
#include <lzma.h>
#include <stdexcept>
#include <zlib.h>
#include <zstd.h>

#include "support/image_builder.hh"

namespace rootlayer::test {

namespace {

void require(bool fine) {
    if (!fine) throw std::logic_error("a compressor failed");
}

} // namespace

std::string gzipped(std::string_view bytes) {
    z_stream stream{};
    require(::deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(::deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    require(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    ::deflateEnd(&stream);
    return out;
}

std::string zstdCompressed(std::string_view bytes, int windowLog) {
    ZSTD_CCtx* context = ::ZSTD_createCCtx();
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, windowLog);
    std::string out(::ZSTD_compressBound(bytes.size()), '\0');
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    // As a stream of unknown length, or the frame would say that it needs no window.
    require(::ZSTD_isError(::ZSTD_compressStream2(context, &to, &in, ZSTD_e_flush)) == 0U);
    require(::ZSTD_compressStream2(context, &to, &in, ZSTD_e_end) == 0);
    ::ZSTD_freeCCtx(context);
    out.resize(to.pos);
    return out;
}

std::string xzCompressed(std::string_view bytes) {
    std::string out(::lzma_stream_buffer_bound(bytes.size()), '\0');
    std::size_t size = 0;
    require(::lzma_easy_buffer_encode(
                1, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                bytes.size(), reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size()) == LZMA_OK);
    out.resize(size);
    return out;
}

std::string bzip2Compressed(std::string_view bytes) {
    std::string out(bytes.size() + bytes.size() / 100 + 600, '\0');
    auto size = static_cast<unsigned>(out.size());
    require(::BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(bytes.data()),
                                       static_cast<unsigned>(bytes.size()), 1, 0, 0) == BZ_OK);
    out.resize(size);
    return out;
}

} // namespace rootlayer::test
