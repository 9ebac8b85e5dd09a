#include "run/layer_output.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/units.hh"
#include "layer/debian_traces.hh"
#include "layer/whiteout.hh"

namespace rootlayer::run {

namespace {

[[noreturn]] void tooLarge(std::uint64_t limit) {
    throw Error(ErrorCode::Resource, fmt::format("the layer is larger than {}", humanSize(limit)),
                "a larger --max-layer-size, or remove what the image does not need in the script");
}

constexpr std::uint64_t kBlock = 512;
constexpr std::uint64_t kLeastSize = std::uint64_t{1} << 30;
/// Smaller files are not worth a question about the free space.
constexpr std::uint64_t kLarge = std::uint64_t{1} << 20;

} // namespace

LayerLimits LayerLimits::of(const RunSpec& spec) {
    const auto usual = std::max(spec.machine.diskSize, kLeastSize);
    return {spec.maxLayerSize == 0 ? usual : spec.maxLayerSize, spec.maxEntries};
}

// The validator's own limits are above these, so that the errors name the options.
LayerOutput::LayerOutput(const LayerLimits& limits)
    : m_limits(limits), m_validator({.maxEntries = ~std::uint64_t{0}, .maxBytes = ~std::uint64_t{0} >> 1},
                                    [this](const layer::Entry& entry) { onEntry(entry); }) {}

void LayerOutput::addFile(const std::string& path) {
    m_files.emplace_back(path);
}

void LayerOutput::addStream(int fd) {
    m_stream.emplace(fd, "the output");
}

void LayerOutput::write(std::string_view bytes) {
    // Validate first, so that bytes that violate the rules are not passed on.
    m_bytes += bytes.size();
    if (m_bytes > m_limits.bytes) tooLarge(m_limits.bytes);
    m_validator.write(bytes);
    if (!m_hashing) m_hashing.emplace(m_hash);
    m_hashing->write(bytes);
    for (auto& file : m_files)
        file.write(bytes);
    if (m_stream) m_stream->write(bytes);
    for (Sink* sink : m_sinks)
        sink->write(bytes);
}

void LayerOutput::checkLimits(const layer::Entry& entry) {
    if (++m_entries > m_limits.entries) {
        throw Error(ErrorCode::Resource, fmt::format("the layer has more than {} entries", m_limits.entries),
                    "a larger --max-entries, or remove what the image does not need in the script");
    }
    m_announced += kBlock + (entry.size + kBlock - 1) / kBlock * kBlock;
    if (m_announced <= m_limits.bytes) return;
    if (entry.size < kLarge) tooLarge(m_limits.bytes);
    throw Error(ErrorCode::Resource,
                fmt::format("its {} take the layer above the limit of {}", humanSize(entry.size),
                            humanSize(m_limits.bytes)),
                "a larger --max-layer-size; a layer has a sparse file in its full size");
}

void LayerOutput::checkSpace(const layer::Entry& entry) const {
    if (!m_stored || entry.size < kLarge) return;
    const auto needed = std::min(entry.size, *m_stored);
    for (const auto& file : m_files) {
        const auto room = file.room();
        if (!room || *room >= needed) continue;
        throw Error(ErrorCode::Resource,
                    fmt::format("its {} do not fit in the file system of {}, where {} are free",
                                humanSize(needed), quote(file.path()), humanSize(*room)),
                    "free some space there, or name a file on another file system with --output");
    }
}

void LayerOutput::onEntry(const layer::Entry& entry) {
    checkLimits(entry);
    checkSpace(entry);
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
