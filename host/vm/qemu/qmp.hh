#pragma once

#include <string>

#include <rootlayer/cancel.hh>

#include "base/deadline.hh"
#include "base/unique_fd.hh"

namespace rootlayer::vm {

/// A conversation with QEMU's monitor (QEMU Machine Protocol: one JSON object a line). Events are passed
/// over. QEMU is believed as little as the guest that may have taken it over: lines are bounded.
class Qmp final {
  public:
    /// Takes our end of the monitor's socket. The token, if given, must outlive it.
    explicit Qmp(UniqueFd socket, const CancelToken* cancel = nullptr);

    /// From now on this token ends the waits.
    void listenTo(const CancelToken* cancel) { m_cancel = cancel; }

    /// Reads the greeting and leaves the negotiation. Throws like command().
    void greet(Deadline deadline);
    /// Runs a command; `arguments` is the text of a JSON object. A descriptor, if given, goes with it
    /// ("getfd"). Returns the text of the JSON value that QEMU answers. Throws Error{Machine} with QEMU's
    /// words when it refuses or is gone, Error{Timeout}, Error{Cancelled}.
    std::string command(const std::string& name, const std::string& arguments, Deadline deadline,
                        int descriptor = -1);
    /// The status of the migration that is under way: "active", "completed", "failed"...
    std::string migrationStatus(Deadline deadline);

    /// Never waits: has QEMU said that the machine stops, or gone? It says so before it closes anything else.
    bool machineEnded();

  private:
    bool fill();
    std::string line(Deadline deadline);
    void send(const std::string& text, int descriptor);

    UniqueFd m_socket;
    const CancelToken* m_cancel;
    std::string m_buffer;
    bool m_ended = false;
};

} // namespace rootlayer::vm
