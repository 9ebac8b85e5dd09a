#include "run/layer_packing.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <optional>

#include <rootlayer/error.hh>

#include "base/byte_progress.hh"
#include "base/escape.hh"
#include "run/pack_notes.hh"
#include "vm/scratch_reader.hh"

namespace rootlayer::run {

namespace {

// One second after the epoch, as in dockerTools of nixpkgs: some tools take 0 for "unknown".
constexpr std::int64_t kDefaultEpoch = 1;
/// Bytes a millisecond that any host's disk can write: 16 MB/s.
constexpr std::uint64_t kSlowestDisk = 16'000;

void putZeros(std::uint64_t size, Sink& to, const CancelToken& cancel) {
    const std::string zeros(std::size_t{1} << 20, '\0');
    for (std::uint64_t left = size; left > 0;) {
        cancel.check();
        const auto some = std::min<std::uint64_t>(left, zeros.size());
        to.write({zeros.data(), static_cast<std::size_t>(some)});
        left -= some;
    }
}

} // namespace

protocol::PackRequest LayerPacking::request() const {
    protocol::PackRequest request;
    request.clampMtime = m_spec.sourceDateEpoch;
    // Also with a clamp: the host's clock may be behind the given time.
    if (!m_spec.keepTimes) request.resetTo = m_spec.sourceDateEpoch.value_or(kDefaultEpoch);
    request.scrub = m_spec.scrub;
    request.ranges = request.zeros = !m_scratch.empty();
    return request;
}

/// What the script wrote may still be in the guest's memory. The guest says how much it is, and can only lie
/// up to the size of the disk.
session::PackLimits LayerPacking::limits(Deadline deadline, std::uint64_t peakDisk) const {
    const auto dirty = std::min(peakDisk, m_spec.machine.diskSize);
    return {deadline, std::chrono::milliseconds(dirty / kSlowestDisk)};
}

protocol::PackEnd LayerPacking::receiveBytes(const session::PackLimits& limits) {
    ByteProgress progress(&m_observer, "pack");
    FunctionSink layer([&](std::string_view bytes) {
        m_output.write(bytes);
        progress.add(bytes.size());
    });
    session::Session::ReadRange readRange;
    std::optional<vm::ScratchReader> disk;
    if (!m_scratch.empty()) {
        disk.emplace(m_scratch);
        m_output.setStored(disk->allocated());
        readRange = [&](const protocol::Range& range, Sink& to) {
            if (range.isZeros()) return putZeros(range.size, to, m_cancel);
            disk->read(range, to, m_cancel);
        };
    }
    auto end = m_session.pack(request(), layer, readRange, limits);
    progress.finish();
    return end;
}

void LayerPacking::noteTraces() {
    if (!m_spec.scrub.empty() || m_output.traces() == 0) return;
    const auto text = fmt::format("the layer has {} files that differ from run to run, such as {}; "
                                  "--scrub debian leaves them out",
                                  m_output.traces(), quote(m_output.firstTrace()));
    m_observer.onEvent({.kind = Event::Kind::Note, .text = text});
}

void LayerPacking::notePacked(const protocol::PackEnd& end, RunResult& result) {
    // A name takes more than 64 bytes of a tmpfs, and an inode of the scratch disk still more.
    constexpr std::uint64_t smallest = 64;
    const auto said = PackNotes::of(end, (m_spec.machine.memory + m_spec.machine.diskSize) / smallest);
    for (const auto& text : said.warnings)
        m_observer.onEvent({.kind = Event::Kind::Warning, .text = text});
    for (const auto& text : said.notes)
        m_observer.onEvent({.kind = Event::Kind::Note, .text = text});
    result.warnings.insert(result.warnings.end(), said.warnings.begin(), said.warnings.end());
}

void LayerPacking::receive(Deadline deadline, RunResult& result) {
    const auto end = receiveBytes(limits(deadline, result.peakDisk));
    const auto summary = m_output.finish();
    if (end.entries != summary.entries) {
        throw Error(ErrorCode::Protocol,
                    fmt::format("the guest packed {} entries, but {} arrived", end.entries, summary.entries));
    }
    noteTraces();
    notePacked(end, result);
    result.diffId = m_output.diffId().str();
    result.bytes = summary.bytes;
    result.entries = summary.entries;
}

} // namespace rootlayer::run
