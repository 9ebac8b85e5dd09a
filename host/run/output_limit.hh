#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <rootlayer/event.hh>

namespace rootlayer::run {

/// Passes events on, and ends a script that writes too much output.
class OutputLimit final : public Observer {
  public:
    /// `most`: bytes; 0: no limit. The observer is not owned.
    OutputLimit(Observer& observer, std::uint64_t most) : m_observer(observer), m_most(most) {}

    /// The script whose output comes now, for the error.
    void setScript(std::string title) { m_script = std::move(title); }
    /// Throws Error{Resource} for output above the limit, after passing on what is below it.
    void onEvent(const Event& event) override;

  private:
    Observer& m_observer;
    std::uint64_t m_most;
    std::uint64_t m_bytes = 0;
    std::string m_script = "the script";
};

} // namespace rootlayer::run
