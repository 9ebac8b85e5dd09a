#pragma once

#include <cstdint>
#include <string_view>

#include <rootlayer/event.hh>

#include "base/stream.hh"

namespace rootlayer {

/// Reports to an observer how many bytes of a phase are done: every 8 MiB, and at the end.
class ByteProgress final {
  public:
    /// `phase` must be a string literal. `total` is 0 when it is not known. The observer may be null.
    ByteProgress(Observer* observer, std::string_view phase, std::uint64_t total = 0)
        : m_observer(observer), m_phase(phase), m_total(total) {}

    void add(std::uint64_t bytes) { reach(m_done + bytes); }
    /// Sets the number of bytes done so far.
    void reach(std::uint64_t done);
    void finish();

  private:
    void tell(std::uint64_t total);

    Observer* m_observer;
    std::string_view m_phase;
    std::uint64_t m_total;
    std::uint64_t m_done = 0;
    std::uint64_t m_told = 0;
};

/// Passes bytes through and reports their number.
class ReportingSource final : public Source {
  public:
    /// The source is not owned.
    ReportingSource(Source& source, Observer* observer, std::string_view phase, std::uint64_t total = 0)
        : m_source(source), m_progress(observer, phase, total) {}
    std::size_t read(std::span<char> buffer) override;

  private:
    Source& m_source;
    ByteProgress m_progress;
};

} // namespace rootlayer
