#include <algorithm>
#include <bzlib.h>

#include <rootlayer/error.hh>

#include "compress/compressed_input.hh"

namespace rootlayer::compress {

namespace {

/// Reads concatenated streams, as bzip2(1) and pbzip2(1) write them.
class Bzip2Source final : public Source {
  public:
    explicit Bzip2Source(CompressedInput input) : m_input(std::move(input)) { begin(); }
    Bzip2Source(const Bzip2Source&) = delete;
    ~Bzip2Source() override { ::BZ2_bzDecompressEnd(&m_stream); }

    std::size_t read(std::span<char> buffer) override {
        const auto room = static_cast<unsigned>(std::min<std::size_t>(buffer.size(), 1U << 30U));
        m_stream.next_out = buffer.data();
        m_stream.avail_out = room;
        while (m_stream.avail_out == room && (m_inStream || nextStream()))
            decodeSome();
        return room - m_stream.avail_out;
    }

  private:
    void begin() {
        if (::BZ2_bzDecompressInit(&m_stream, 0, 0) != BZ_OK) {
            throw Error(ErrorCode::Resource, "out of memory for decompression");
        }
    }

    bool nextStream() {
        const std::string_view bytes = m_input.peekAtLeast(kBzip2Magic.size());
        if (bytes.empty()) return false;
        if (!bytes.starts_with(kBzip2Magic)) m_input.failJunk();
        char* const out = m_stream.next_out;
        const unsigned room = m_stream.avail_out;
        ::BZ2_bzDecompressEnd(&m_stream);
        m_stream = {};
        begin();
        m_stream.next_out = out;
        m_stream.avail_out = room;
        return m_inStream = true;
    }

    void decodeSome() {
        const std::string_view bytes = m_input.peek();
        if (bytes.empty()) m_input.failTruncated();
        m_stream.next_in = const_cast<char*>(bytes.data());
        m_stream.avail_in = static_cast<unsigned>(bytes.size());
        const int result = ::BZ2_bzDecompress(&m_stream);
        m_input.take(bytes.size() - m_stream.avail_in);
        if (result == BZ_STREAM_END) {
            m_inStream = false;
        } else if (result != BZ_OK) {
            m_input.fail("is damaged bzip2");
        }
    }

    CompressedInput m_input;
    bz_stream m_stream{};
    bool m_inStream = true;
};

} // namespace

std::unique_ptr<Source> decompressBzip2(CompressedInput input) {
    return std::make_unique<Bzip2Source>(std::move(input));
}

} // namespace rootlayer::compress
