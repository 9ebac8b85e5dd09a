#pragma once

#include <optional>
#include <string>

#include "base/deadline.hh"
#include "base/unique_fd.hh"
#include "guest-agent/link/host_link.hh"
#include "protocol/control.hh"

namespace rootlayer::guest {

/// One of the script's output streams on its way to the host.
class ScriptOutput final {
  public:
    /// With `wholeLines` what is sent ends with a line, but for what waits longer than `kHold` for its end,
    /// or is long; for two streams that are put together again.
    ScriptOutput(protocol::Stream stream, bool wholeLines);

    static constexpr std::chrono::milliseconds kHold{500};

    Pipe& pipe() { return m_pipe; }
    /// -1 once all who could write have closed it.
    int fd() const { return m_pipe.reader ? m_pipe.reader.get() : -1; }
    /// Sends what is there: without `wholeLines` at most 1 MiB at once, so that the clock is not forgotten;
    /// with it 64 KiB, so that the other stream has its turn.
    void take(HostLink& link);
    /// Sends what was held back too.
    void flush(HostLink& link);

  private:
    void send(std::string_view bytes, HostLink& link);

    protocol::Stream m_stream;
    bool m_wholeLines;
    Pipe m_pipe = makePipe();
    std::string m_held; ///< the beginning of a line
    std::optional<Deadline> m_holdUntil;
    std::string m_buffer;
};

} // namespace rootlayer::guest
