#include <fmt/format.h>
#include <zlib.h>

#include <rootlayer/error.hh>

#include "compress/compressed_input.hh"

namespace rootlayer::compress {

namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;

/// Reads concatenated members (RFC 1952).
class GzipSource final : public Source {
  public:
    explicit GzipSource(CompressedInput input) : m_input(std::move(input)) {
        if (::inflateInit2(&m_stream, kGzipOnly) != Z_OK) {
            throw Error(ErrorCode::Resource, "out of memory for decompression");
        }
    }
    GzipSource(const GzipSource&) = delete;
    ~GzipSource() override { ::inflateEnd(&m_stream); }

    std::size_t read(std::span<char> buffer) override {
        m_stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
        m_stream.avail_out = static_cast<uInt>(std::min<std::size_t>(buffer.size(), 1U << 30U));
        const uInt room = m_stream.avail_out;
        while (m_stream.avail_out == room && (m_inMember || nextMember()))
            inflateSome();
        return room - m_stream.avail_out;
    }

  private:
    bool nextMember() {
        const std::string_view bytes = m_input.peekAtLeast(kGzipMagic.size());
        if (bytes.empty()) return false;
        if (!bytes.starts_with(kGzipMagic)) m_input.failJunk();
        ::inflateReset(&m_stream);
        return m_inMember = true;
    }

    void inflateSome() {
        const std::string_view bytes = m_input.peek();
        if (bytes.empty()) m_input.failTruncated();
        m_stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        m_stream.avail_in = static_cast<uInt>(bytes.size());
        const int result = ::inflate(&m_stream, Z_NO_FLUSH);
        m_input.take(bytes.size() - m_stream.avail_in);
        if (result == Z_STREAM_END) {
            m_inMember = false;
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            m_input.fail(
                fmt::format("is damaged gzip: {}", m_stream.msg != nullptr ? m_stream.msg : "bad data"));
        }
    }

    CompressedInput m_input;
    z_stream m_stream{};
    bool m_inMember = true;
};

} // namespace

std::unique_ptr<Source> decompressGzip(CompressedInput input) {
    return std::make_unique<GzipSource>(std::move(input));
}

} // namespace rootlayer::compress
