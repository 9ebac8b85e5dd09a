// The fuzz target of the streams' port, for libFuzzer. The input is what a peer sends, once to the host's end
// and once to the guest's. Any bytes must be handled within the bounds, or refused with an Error{Protocol};
// and in pieces as at once.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <sys/socket.h>

#include <rootlayer/error.hh>

#include "protocol/stream_messages.hh"
#include "streams/multiplexer.hh"

using namespace rootlayer;
using namespace rootlayer::streams;
using protocol::StreamKind;
using Role = Multiplexer::Role;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kMaxQueue = std::size_t{1} << 20;
constexpr std::size_t kMaxAnswer = std::size_t{256} << 10;

void require(bool holds) {
    if (!holds) std::abort();
}

/// One end of the port, which answers as the helper does: connections are echoes.
class End final : private Multiplexer::Handler {
  public:
    End(UniqueFd port, Role role) : m_role(role), m_streams(std::move(port), "the peer", role, *this) {
        if (role == Role::Accepts) return;
        for (const auto* target : {"80 a.example", "443 b.example", "443 2001:db8::1"})
            m_streams.data(m_streams.open(StreamKind::Tcp, target).value(), target);
    }

    /// Handles what has arrived. False: it was refused.
    bool work(int peer) {
        try {
            do {
                m_streams.receive();
                require(m_streams.queued() < kMaxQueue + kMaxAnswer);
                require(m_streams.openStreams() <= protocol::kMaxStreams);
                drain(peer);
            } while (m_streams.hasMore());
            return true;
        } catch (const Error& error) {
            require(error.code() == ErrorCode::Protocol);
            m_log += error.what();
            return false;
        }
    }
    /// What the peer did.
    const std::string& log() const { return m_log; }

  private:
    void onOpen(StreamId id, StreamKind kind, std::string_view target) override {
        require(m_role == Role::Accepts && m_streams.isOpen(id) &&
                target.size() <= protocol::kMaxStreamTarget);
        require(m_unused.emplace(id, 0).second);
        note('o', id, target);
        if (kind == StreamKind::Name) {
            m_streams.data(
                id, protocol::encode(protocol::NameAnswer{protocol::NameAnswer::Verdict::Allowed, {80}}));
            m_streams.end(id);
        } else if (kind == StreamKind::Tcp && !protocol::decodeTcpTarget(target)) {
            m_streams.reset(id);
        }
    }
    void onData(StreamId id, std::string_view bytes) override {
        require(m_streams.isOpen(id) && !bytes.empty() && bytes.size() <= protocol::kMaxStreamPiece);
        auto& unused = m_unused[id];
        unused += bytes.size();
        require(unused <= protocol::kStreamWindow);
        note('d', id, bytes);
        // Some are used at once, and some at the end.
        if (id % 2 == 0) m_streams.grant(id, std::exchange(unused, 0));
        const auto room = std::min(m_streams.room(id), bytes.size());
        if (room > 0) m_streams.data(id, bytes.substr(0, room));
    }
    void onEnd(StreamId id) override {
        note('e', id, {});
        m_streams.end(id);
    }
    void onReset(StreamId id) override {
        note('r', id, {});
        require(!m_streams.isOpen(id) && m_streams.room(id) == 0);
    }
    void onBye() override {
        require(m_role == Role::Accepts);
        note('b', 0, {});
    }
    void note(char what, StreamId id, std::string_view bytes) {
        m_log += what + std::to_string(id) + ' ';
        m_log.append(bytes) += '\n';
    }
    /// The peer reads all.
    void drain(int peer) {
        static char buffer[std::size_t{1} << 16];
        while (m_streams.queued() > 0) {
            m_streams.flush();
            while (::recv(peer, buffer, sizeof buffer, MSG_DONTWAIT) > 0) {
            }
        }
    }

    Role m_role;
    std::map<StreamId, std::size_t> m_unused;
    std::string m_log;
    Multiplexer m_streams;
};

/// What one end makes of the bytes, which arrive in pieces.
std::string logOf(Role role, std::string_view bytes, std::size_t piece) {
    int ends[2];
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    const UniqueFd peer(ends[0]);
    End end(UniqueFd(ends[1]), role);
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
        const auto part = bytes.substr(0, piece);
        require(::send(peer.get(), part.data(), part.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(part.size()));
        if (!end.work(peer.get())) break;
    }
    return end.log();
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t most = std::size_t{1} << 15; // a socket takes it at once
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto log = logOf(Role::Accepts, bytes, most);
    // One of the two: the buffers of a connection take their time.
    if (size > 0 && data[size / 2] % 2 == 0) {
        logOf(Role::Opens, bytes, most);
    } else {
        require(logOf(Role::Accepts, bytes, 1 + size % 700) == log);
    }
    return 0;
}
