#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.hh"
#include "protocol/connection.hh"
#include "protocol/streams.hh"

namespace rootlayer::streams {

using StreamId = std::uint32_t;

/// Many byte streams over one port (docs/protocol.md, "Streams"). Never waits: the owner polls the port and
/// calls receive() and flush(). The peer is not trusted: what it may make this end remember is bounded by 256
/// streams of 256 KiB, and a frame that breaks the rules is Error{Protocol}, after which the port is useless.
class Multiplexer final {
  public:
    /// Who opens streams, and who answers.
    enum class Role { Opens, Accepts };

    /// Is told what the peer does. May call the multiplexer, and may throw.
    class Handler {
      public:
        virtual ~Handler() = default;
        /// The peer opened a stream (role Accepts).
        virtual void onOpen(StreamId id, protocol::StreamKind kind, std::string_view target) = 0;
        /// At most kStreamWindow bytes arrive before grant() is called.
        virtual void onData(StreamId id, std::string_view bytes) = 0;
        /// The peer sends no more data.
        virtual void onEnd(StreamId id) = 0;
        /// The stream is over, and already forgotten here.
        virtual void onReset(StreamId id) = 0;
        /// Nothing more will come from the peer.
        virtual void onBye() = 0;
    };

    /// The handler must outlive the multiplexer. `peer` names the other end in errors.
    Multiplexer(UniqueFd port, std::string peer, Role role, Handler& handler);

    int fd() const { return m_connection.fd(); }
    /// The events to poll(2) the port for. 0: receive() has work to do without any.
    short events() const;
    /// Handles frames that have arrived, a bounded number at a call. Throws Error{Protocol}, and what the
    /// handler throws.
    void receive();
    /// Whether receive() stopped at a bound, and can go on: call it again without waiting.
    bool hasMore() const;
    /// Writes queued frames as far as the port takes them.
    void flush();
    /// Bytes that are queued.
    std::size_t queued() const { return m_queue.size() - m_sent; }

    /// Opens a stream (role Opens). nullopt if 256 are open, or the queue is full.
    std::optional<StreamId> open(protocol::StreamKind kind, std::string_view target);
    /// How many bytes data() may be given now. 0 for a stream that is not open.
    std::size_t room(StreamId id) const;
    void data(StreamId id, std::string_view bytes);
    /// No more data() follows.
    void end(StreamId id);
    /// Gives the stream up. Nothing is reported of it any more.
    void reset(StreamId id);
    /// So many bytes of onData() were used, and may come again.
    void grant(StreamId id, std::size_t bytes);
    /// Tells the peer that nothing more follows (role Opens).
    void bye();

    bool isOpen(StreamId id) const { return m_streams.contains(id); }
    std::size_t openStreams() const { return m_streams.size(); }

  private:
    struct Stream {
        std::size_t credit = protocol::kStreamWindow; ///< what we may send
        std::size_t window = protocol::kStreamWindow; ///< what the peer may send
        std::size_t used = 0;                         ///< granted, but not yet told
        bool ended = false;                           ///< we send no more
        bool peerEnded = false;
    };

    void handle(const protocol::Frame& frame);
    void handleOpen(StreamId id, std::uint8_t kind, std::string_view target);
    void handleData(StreamId id, Stream& stream, std::string_view bytes);
    void handleEnd(StreamId id, Stream& stream);
    void handleCredit(Stream& stream, std::string_view payload);
    void put(protocol::StreamFrame type, StreamId id, std::string_view payload = {}, std::uint8_t flags = 0);
    void forgetIfOver(StreamId id);
    [[noreturn]] void refuse(std::string_view what) const;

    protocol::Connection m_connection;
    std::string m_peer;
    Role m_role;
    Handler& m_handler;
    std::map<StreamId, Stream> m_streams;
    StreamId m_last = 0; ///< ids up to this one were used, and are not used again
    std::string m_queue;
    std::size_t m_sent = 0; ///< of m_queue
    bool m_more = false;
};

} // namespace rootlayer::streams
