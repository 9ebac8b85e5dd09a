#include "build/layer_output.hh"

#include "layer/debian_traces.hh"
#include "layer/whiteout.hh"

namespace rootlayer::build {

LayerOutput::LayerOutput(const RunSpec& spec, std::uint64_t most)
    : m_validator({.maxBytes = most}, [this](const layer::Entry& entry) { onEntry(entry); }) {
    if (spec.outputFd >= 0) {
        m_stream.emplace(spec.outputFd, "the output");
    } else if (!spec.output.empty()) {
        m_file.emplace(spec.output);
    }
}

void LayerOutput::write(std::string_view bytes) {
    // Validated first: not a byte of a layer that breaks the rules is passed on.
    m_validator.write(bytes);
    m_hash.write(bytes);
    if (m_file) m_file->write(bytes);
    if (m_stream) m_stream->write(bytes);
}

void LayerOutput::onEntry(const layer::Entry& entry) {
    if (entry.type != layer::EntryType::File || layer::isWhiteoutPath(entry.path)) return;
    if (!layer::isDebianTrace(entry.path)) return;
    if (entry.path == layer::kMachineId && entry.size == 0) return;
    if (m_traces++ == 0) m_firstTrace = entry.path;
}

layer::LayerSummary LayerOutput::finish() {
    const auto summary = m_validator.finish();
    m_diffId = m_hash.finish();
    return summary;
}

void LayerOutput::commit() {
    if (m_file) m_file->commit();
}

} // namespace rootlayer::build
