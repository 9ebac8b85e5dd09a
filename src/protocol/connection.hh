#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/deadline.hh"
#include "base/unique_fd.hh"
#include "protocol/frame.hh"

namespace rootlayer::protocol {

/// One end of the byte stream between host and guest (docs/protocol.md); both sides use this class. The peer
/// is not trusted: lengths are checked before use. Not thread-safe.
class Connection final {
  public:
    /// Takes a stream descriptor (socket or virtio port) and makes it non-blocking. `peer` names the other
    /// end in errors: "the guest". The token, if given, must outlive the connection; cancelling it ends every
    /// wait with Error{Cancelled}.
    Connection(UniqueFd fd, std::string peer, const CancelToken* cancel = nullptr);

    /// Limits each poll(2) to this time: for a descriptor whose driver may fail to wake a waiter.
    void setRepollInterval(std::chrono::milliseconds interval) { m_repollInterval = interval; }

    /// Calls `ready` when the descriptor is readable while this end waits for the peer or receives a lot from
    /// it. What `ready` throws ends the wait. May be called for several descriptors.
    void alsoWatch(int fd, std::function<void()> ready);
    /// Ends that; also from within `ready`.
    void stopWatching(int fd);

    /// Sends one frame. Throws Error{Timeout} if the peer does not read it in time, Error{Protocol} if the
    /// peer is gone.
    void send(std::uint8_t type, std::string_view payload, Deadline deadline, std::uint8_t flags = 0);
    template <typename Type>
    requires std::is_enum_v<Type>
    void send(Type type, std::string_view payload, Deadline deadline, std::uint8_t flags = 0) {
        send(static_cast<std::uint8_t>(type), payload, deadline, flags);
    }

    /// Sends as much of encoded frames (appendFrame()) as the peer takes now, and returns the number of
    /// bytes. Does not wait. Throws Error{Protocol} if the peer is gone. Must not be mixed with send().
    std::size_t trySend(std::string_view encoded);

    /// Returns the next complete frame. Throws Error{Timeout}; Error{Protocol} at the end of the stream or
    /// for a malformed frame.
    Frame receive(Deadline deadline);

    /// Returns a complete frame if one has arrived, else nullopt. Does not wait. Throws Error{Protocol} like
    /// receive().
    std::optional<Frame> poll();

    /// True after an operation found that the peer has closed its end or died.
    bool ended() const { return m_ended; }

    /// For callers that also poll(2) other descriptors. Call poll() first: a frame may already be in the
    /// buffer.
    int fd() const { return m_fd.get(); }

  private:
    std::optional<Frame> takeFrame();
    bool fill();
    std::size_t write(std::string_view front, std::string_view back);
    void waitFor(short events, Deadline deadline);
    void checkAlsoWatched();
    void callReady(const std::vector<pollfd>& polled);

    UniqueFd m_fd;
    std::string m_peer;
    const CancelToken* m_cancel;
    std::string m_buffer; ///< never shrinks, since growing a string zeroes the new part
    std::size_t m_start = 0;
    std::size_t m_end = 0; ///< the bytes from m_start to m_end are not yet consumed
    bool m_ended = false;
    std::optional<std::chrono::milliseconds> m_repollInterval;
    struct Watched {
        int fd = -1;
        std::function<void()> ready;
    };
    std::vector<Watched> m_alsoWatched;
    unsigned m_received = 0; ///< frames
};

} // namespace rootlayer::protocol
