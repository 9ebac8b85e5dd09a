#include "build/layer_output.hh"

namespace rootlayer::build {

LayerOutput::LayerOutput(const RunSpec& spec, std::uint64_t most) : m_validator({.maxBytes = most}) {
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

layer::LayerSummary LayerOutput::finish() {
    const auto summary = m_validator.finish();
    m_diffId = m_hash.finish();
    return summary;
}

void LayerOutput::commit() {
    if (m_file) m_file->commit();
}

} // namespace rootlayer::build
