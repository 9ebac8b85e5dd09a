#include "run/layer_output.hh"

#include "layer/debian_traces.hh"
#include "layer/whiteout.hh"

namespace rootlayer::run {

LayerOutput::LayerOutput(std::uint64_t most)
    : m_validator({.maxBytes = most}, [this](const layer::Entry& entry) { onEntry(entry); }) {}

void LayerOutput::addFile(const std::string& path) {
    m_files.emplace_back(path);
}

void LayerOutput::addStream(int fd) {
    m_stream.emplace(fd, "the output");
}

void LayerOutput::write(std::string_view bytes) {
    // Validate first, so that bytes that violate the rules are not passed on.
    m_validator.write(bytes);
    if (!m_hashing) m_hashing.emplace(m_hash);
    m_hashing->write(bytes);
    for (auto& file : m_files)
        file.write(bytes);
    if (m_stream) m_stream->write(bytes);
    for (Sink* sink : m_sinks)
        sink->write(bytes);
}

void LayerOutput::onEntry(const layer::Entry& entry) {
    if (entry.type != layer::EntryType::File || layer::isWhiteoutPath(entry.path)) return;
    if (!layer::isDebianTrace(entry.path)) return;
    if (entry.path == layer::kMachineId && entry.size == 0) return;
    if (m_traces++ == 0) m_firstTrace = entry.path;
}

layer::LayerSummary LayerOutput::finish() {
    const auto summary = m_validator.finish();
    if (m_hashing) m_hashing->finish();
    m_diffId = m_hash.finish();
    return summary;
}

void LayerOutput::prepare() {
    for (auto& file : m_files)
        file.prepare();
}

void LayerOutput::commit() {
    for (auto& file : m_files)
        file.commit();
}

} // namespace rootlayer::run
