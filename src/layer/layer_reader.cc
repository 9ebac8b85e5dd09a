#include "layer/layer_reader.hh"

#include <utility>

namespace rootlayer::layer {

namespace {

constexpr std::size_t kPiece = 64 * 1024;

} // namespace

LayerReader::LayerReader(Source& source, ValidatorLimits limits)
    : m_source(source), m_validator(
                            limits, [this](const Entry& entry) { begin(entry); },
                            [this](std::string_view bytes) { m_content->write(bytes); }),
      m_buffer(kPiece) {}

std::optional<DigestedEntry> LayerReader::next() {
    while (m_ready.empty() && !m_ended)
        readMore();
    if (m_ready.empty()) return std::nullopt;
    auto entry = std::move(m_ready.front());
    m_ready.pop_front();
    return entry;
}

void LayerReader::readMore() {
    const auto count = m_source.read(m_buffer);
    m_validator.write({m_buffer.data(), count});
    if (count > 0) return;
    m_validator.finish();
    closeOpen();
    m_ended = true;
}

void LayerReader::begin(const Entry& entry) {
    closeOpen();
    m_open = entry;
    if (entry.type == EntryType::File) m_content.emplace();
}

void LayerReader::closeOpen() {
    if (!m_open) return;
    m_ready.push_back({std::move(*m_open), m_content ? m_content->finish() : Digest()});
    m_open.reset();
    m_content.reset();
}

} // namespace rootlayer::layer
