#include "layer/tar_writer.hh"

#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/pax.hh"
#include "layer/refuse.hh"
#include "layer/rules.hh"
#include "layer/ustar.hh"

namespace rootlayer::layer {

namespace {

constexpr std::size_t kMinPiece = 32 * 1024;
constexpr std::size_t kBufferSize = 256 * 1024;

} // namespace

TarWriter::TarWriter(Sink& sink) : m_sink(sink) {
    m_buffer.reserve(kBufferSize + kMinPiece);
}

void TarWriter::add(const Entry& entry) {
    checkReady();
    check(entry);
    appendHeaders(entry);
    ++m_entries;
    m_missing = entry.size;
    m_padding = paddingAfter(entry.size);
    if (m_missing > 0) m_path = entry.path;
    flushWhenFull();
}

void TarWriter::takeData(std::uint64_t bytes) {
    if (bytes > m_missing)
        refuse(fmt::format("cannot write the layer: {} bytes too many for {}; it may have grown meanwhile",
                           bytes - m_missing, quote(m_path)));
    m_missing -= bytes;
    m_bytes += bytes;
}

void TarWriter::dataElsewhere(std::uint64_t bytes) {
    takeData(bytes);
    flush();
    if (m_missing == 0) appendZeros(std::exchange(m_padding, 0));
}

void TarWriter::data(std::string_view bytes) {
    takeData(bytes.size());
    if (bytes.size() >= 2 * kMinPiece) {
        // Copy only enough to make the buffer a large enough piece; the rest is one by itself.
        const auto top = m_buffer.empty() || m_buffer.size() >= kMinPiece ? 0 : kMinPiece - m_buffer.size();
        m_buffer.append(bytes.substr(0, top));
        flush();
        m_sink.write(bytes.substr(top));
    } else {
        m_buffer.append(bytes);
    }
    if (m_missing == 0) appendZeros(std::exchange(m_padding, 0));
    flushWhenFull();
}

void TarWriter::finish() {
    checkReady();
    appendZeros(2 * kBlockSize);
    flush();
    m_finished = true;
}

void TarWriter::checkReady() const {
    if (m_finished) refuse("cannot write the layer: it is finished already");
    if (m_missing > 0)
        refuse(fmt::format("cannot write the layer: {} bytes of {} are missing; it may have shrunk meanwhile",
                           m_missing, quote(m_path)));
}

void TarWriter::check(const Entry& entry) {
    try {
        checkEntry(entry);
        m_order.next(entry);
        if (auto fault = m_acls.fault(entry); !fault.empty()) refuse(std::move(fault));
    } catch (Error& error) {
        error.addContext(fmt::format("cannot write layer entry {}, {}", m_entries + 1, quote(entry.path)));
        throw;
    }
}

void TarWriter::appendHeaders(const Entry& entry) {
    const auto before = m_buffer.size();
    m_records.clear();
    appendPaxRecords(m_records, entry);
    if (m_records.size() > kMaxPaxHeader)
        refuse(fmt::format(
            "cannot write layer entry {}, {}: its names and extended attributes take {} bytes, more than "
            "1 MiB",
            m_entries + 1, quote(entry.path), m_records.size()));
    if (!m_records.empty()) {
        appendPaxBlock(m_buffer, m_records.size());
        m_buffer.append(m_records).append(paddingAfter(m_records.size()), '\0');
    }
    appendUstarHeader(m_buffer, entry);
    m_bytes += m_buffer.size() - before;
}

void TarWriter::appendZeros(std::size_t count) {
    m_buffer.append(count, '\0');
    m_bytes += count;
}

void TarWriter::flushWhenFull() {
    if (m_buffer.size() >= kBufferSize) flush();
}

void TarWriter::flush() {
    if (!m_buffer.empty()) m_sink.write(m_buffer);
    m_buffer.clear();
}

} // namespace rootlayer::layer
