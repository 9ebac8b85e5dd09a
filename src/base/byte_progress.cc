#include "base/byte_progress.hh"

#include <algorithm>
#include <cstdint>

namespace rootlayer {

namespace {

constexpr std::uint64_t kStep = std::uint64_t{8} << 20;

} // namespace

void ByteProgress::reach(std::uint64_t done) {
    m_done = done;
    if (m_done >= m_told + kStep) tell(m_total == 0 ? 0 : std::max(m_total, m_done));
}

void ByteProgress::finish() {
    tell(m_done);
}

void ByteProgress::tell(std::uint64_t total) {
    m_told = m_done;
    if (m_observer == nullptr) return;
    m_observer->onEvent({.kind = Event::Kind::Progress, .phase = m_phase, .done = m_done, .total = total});
}

std::size_t ReportingSource::read(std::span<char> buffer) {
    const auto got = m_source.read(buffer);
    m_progress.add(got);
    if (got == 0) m_progress.finish();
    return got;
}

} // namespace rootlayer
