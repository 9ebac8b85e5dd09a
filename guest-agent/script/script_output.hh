#pragma once

#include <optional>
#include <string>

#include "base/deadline.hh"
#include "base/unique_fd.hh"
#include "guest-agent/link/host_link.hh"
#include "protocol/control.hh"

namespace rootlayer::guest {

/// Forwards one of the script's output streams to the host.
class ScriptOutput final {
  public:
    /// With `wholeLines` each piece ends at the end of a line, unless the line is long or incomplete for more
    /// than `kHold`. This is for two streams that the reader merges again.
    ScriptOutput(protocol::Stream stream, bool wholeLines);

    static constexpr std::chrono::milliseconds kHold{500};

    Pipe& pipe() { return m_pipe; }
    /// -1 once all writers have closed it.
    int fd() const { return m_pipe.reader ? m_pipe.reader.get() : -1; }
    /// Sends what is available: at most 1 MiB per call, so that timeouts are noticed; with `wholeLines` at
    /// most 64 KiB, so that the other stream gets its turn.
    void take(HostLink& link);
    /// Also sends what was held back.
    void flush(HostLink& link);

  private:
    void send(std::string_view bytes, HostLink& link);

    protocol::Stream m_stream;
    bool m_wholeLines;
    Pipe m_pipe = makePipe();
    std::string m_held; ///< an incomplete line
    std::optional<Deadline> m_holdUntil;
    std::string m_buffer;
};

} // namespace rootlayer::guest
