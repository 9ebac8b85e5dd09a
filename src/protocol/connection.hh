#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <rootlayer/cancel.hh>

#include "base/deadline.hh"
#include "base/unique_fd.hh"
#include "protocol/frame.hh"

namespace rootlayer::protocol {

/// One end of the byte stream between host and guest (docs/protocol.md), the same class on both sides.
/// Believes nothing that arrives: types and lengths are checked before they are used. Not for several
/// threads.
class Connection final {
  public:
    /// Takes a stream descriptor (socket or virtio port) and makes it non-blocking. `peer` names the other
    /// end in errors: "the guest". The token, if given, must outlive the connection; each wait ends when it
    /// is cancelled.
    Connection(UniqueFd fd, std::string peer, const CancelToken* cancel = nullptr);

    /// No wait sleeps longer than this without asking the descriptor anew: for one whose driver may forget to
    /// wake who waits.
    void setRepollInterval(std::chrono::milliseconds interval) { m_repollInterval = interval; }

    /// Sends one frame. Throws Error{Timeout} when the peer does not take it in time, Error{Protocol} when it
    /// is gone.
    void send(std::uint8_t type, std::string_view payload, Deadline deadline, std::uint8_t flags = 0);
    template <typename Type>
    requires std::is_enum_v<Type>
    void send(Type type, std::string_view payload, Deadline deadline, std::uint8_t flags = 0) {
        send(static_cast<std::uint8_t>(type), payload, deadline, flags);
    }

    /// The next frame, whole. Throws Error{Timeout}; Error{Protocol} at the end of the stream or for a
    /// malformed frame.
    Frame receive(Deadline deadline);

    /// What has arrived already, without waiting: a whole frame or nullopt. Throws like receive() otherwise.
    std::optional<Frame> poll();

    /// True once the peer has closed its end, or died.
    bool ended() const { return m_ended; }

    /// For poll(2), by who waits for other things too. Call poll() first: a frame may be in the buffer.
    int fd() const { return m_fd.get(); }

  private:
    std::optional<Frame> takeFrame();
    bool fill();
    void waitFor(short events, Deadline deadline);

    UniqueFd m_fd;
    std::string m_peer;
    const CancelToken* m_cancel;
    std::string m_buffer; ///< grows to its most, and stays: what is made larger is cleared first
    std::size_t m_start = 0;
    std::size_t m_end = 0; ///< what came and was not taken lies between the two
    bool m_ended = false;
    std::optional<std::chrono::milliseconds> m_repollInterval;
};

} // namespace rootlayer::protocol
