#pragma once

#include <cstdint>
#include <string_view>

#include <rootlayer/event.hh>

#include "base/stream.hh"

namespace rootlayer {

/// Tells an observer how many bytes of something are done: every 8 MiB, and at the end.
class ByteProgress final {
  public:
    /// `phase` is a literal; `total` is 0 where nobody knows it. The observer may be null.
    ByteProgress(Observer* observer, std::string_view phase, std::uint64_t total = 0)
        : m_observer(observer), m_phase(phase), m_total(total) {}

    void add(std::uint64_t bytes) { reach(m_done + bytes); }
    /// So many are done now.
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

/// Passes bytes on, and counts them.
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
