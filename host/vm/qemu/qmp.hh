#pragma once

#include <optional>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/deadline.hh"
#include "base/unique_fd.hh"
#include "vm/machine.hh"

namespace rootlayer::vm {

/// A client of QEMU's monitor (QEMU Machine Protocol: one JSON object for each line). Of the events only two
/// are kept. QEMU is not trusted, because the guest may have taken it over: the length of lines is bounded.
class Qmp final {
  public:
    /// Takes our end of the monitor's socket. The token, if given, must outlive this object.
    explicit Qmp(UniqueFd socket, const CancelToken* cancel = nullptr);

    /// Replaces the token that cancels waits.
    void listenTo(const CancelToken* cancel) { m_cancel = cancel; }

    /// Reads the greeting and ends capabilities negotiation. Throws like command().
    void greet(Deadline deadline);
    /// QEMU's version as its greeting has it: "7.2.22 (Debian 1:7.2+...)"; empty before. Safe to show.
    const std::string& version() const { return m_version; }
    /// Runs a command. `arguments` is the text of a JSON object. If `descriptor` is given, it is sent along
    /// ("getfd"). Returns the text of the JSON value that QEMU returns. Throws Error{Machine} with QEMU's
    /// message if QEMU refuses or has exited, Error{Timeout}, Error{Cancelled}.
    std::string command(const std::string& name, const std::string& arguments, Deadline deadline,
                        int descriptor = -1);
    /// The status of the current migration: "active", "completed", "failed", ...; "none" if there is none.
    std::string migrationStatus(Deadline deadline);

    /// Whether QEMU has reported a shutdown or has exited. Never waits. QEMU reports a shutdown before it
    /// closes anything else.
    bool machineEnded();
    /// Why, in QMP's words ("guest-reset"); empty if QEMU has not said.
    const std::string& shutdownReason() const { return m_shutdownReason; }
    /// The first write of the guest that the host's disk refused (BLOCK_IO_ERROR), if any. Never waits.
    const std::optional<DiskFault>& writeFault();
    /// Readable when the two above may have changed, and from QEMU's exit on.
    int fd() const { return m_socket.get(); }

  private:
    void readEvents();
    bool fill();
    std::string line(Deadline deadline);
    void keep(const std::string& line);
    void send(const std::string& text, int descriptor);

    UniqueFd m_socket;
    const CancelToken* m_cancel;
    std::string m_buffer;
    std::optional<DiskFault> m_writeFault;
    bool m_ended = false;
    std::string m_shutdownReason;
    std::string m_version;
};

} // namespace rootlayer::vm
