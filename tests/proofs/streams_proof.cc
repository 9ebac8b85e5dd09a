#include <cstdint>
#include <map>
#include <sys/socket.h>
#include <unistd.h>

#include "streams/multiplexer.hh"
#include "tests/proofs/inputs.hh"
#include "tests/support/socket_pair.hh"

using namespace rootlayer;
using namespace rootlayer::proofs;

namespace {

constexpr std::int64_t kWindow = 262144;
constexpr std::int64_t kPiece = 65536;

/// Something that happens at a port: a frame of the peer, or a call of this end's owner.
struct Event {
    std::string name;
    bool ours = false;
    unsigned type = 0; ///< of the frame; ours: 1 open, 2 data, 3 end, 4 reset, 5 grant
    unsigned id = 0;
    unsigned flags = 0;
    std::int64_t size = 0; ///< of the data, credit or other payload
    bool shortCredit = false;
};

/// What docs/protocol.md, "Streams", says, with nothing but numbers.
class Model {
  public:
    explicit Model(bool accepts) : m_accepts(accepts) {}

    /// What the handler is told, "error", or nothing.
    std::string take(const Event& event) { return event.ours ? call(event) : frame(event); }
    std::int64_t room(unsigned id) const {
        const auto found = m_streams.find(id);
        return found == m_streams.end() || found->second.ended ? 0 : std::min(kPiece, found->second.maySend);
    }
    std::size_t open() const { return m_streams.size(); }

  private:
    struct Stream {
        std::int64_t maySend = kWindow;
        std::int64_t mayReceive = kWindow;
        std::int64_t used = 0;
        bool ended = false;
        bool peerEnded = false;
    };

    std::string frame(const Event& event) {
        const auto id = event.id;
        if (event.type == 0 || event.type > 6 || (event.flags != 0 && event.type != 1)) return "error";
        if (event.type == 1) {
            if (!m_accepts || id <= m_last || event.flags < 1 || event.flags > 3 || event.size > 300)
                return "error";
            m_last = id;
            m_streams[id];
            return "open";
        }
        if (event.type == 6) return m_accepts && id == 0 && event.size == 0 ? "bye" : "error";
        if (id == 0 || id > m_last) return "error";
        if (!m_streams.contains(id)) return "";
        auto& stream = m_streams[id];
        switch (event.type) {
        case 2:
            if (event.size < 1 || event.size > kPiece || stream.peerEnded || event.size > stream.mayReceive)
                return "error";
            stream.mayReceive -= event.size;
            return "data";
        case 3:
            if (event.size != 0 || stream.peerEnded) return "error";
            stream.peerEnded = true;
            if (stream.ended) m_streams.erase(id);
            return "end";
        case 4:
            if (event.size != 0) return "error";
            m_streams.erase(id);
            return "reset";
        default:
            if (event.shortCredit || stream.maySend + event.size > kWindow) return "error";
            stream.maySend += event.size;
            return "";
        }
    }

    std::string call(const Event& event) {
        if (event.type == 1) {
            m_streams[++m_last];
            return "";
        }
        if (!m_streams.contains(event.id)) return "";
        auto& stream = m_streams[event.id];
        switch (event.type) {
        case 2:
            stream.maySend -= room(event.id);
            return "";
        case 3:
            stream.ended = true;
            if (stream.peerEnded) m_streams.erase(event.id);
            return "";
        case 4:
            m_streams.erase(event.id);
            return "";
        default:
            if (stream.peerEnded) return "";
            stream.used += event.size;
            if (stream.used >= kPiece) stream.mayReceive += std::exchange(stream.used, 0);
            return "";
        }
    }

    bool m_accepts;
    unsigned m_last = 0;
    std::map<unsigned, Stream> m_streams;
};

struct Handler final : streams::Multiplexer::Handler {
    std::string told;
    void onOpen(streams::StreamId, protocol::StreamKind, std::string_view) override { told = "open"; }
    void onData(streams::StreamId, std::string_view) override { told = "data"; }
    void onEnd(streams::StreamId) override { told = "end"; }
    void onReset(streams::StreamId) override { told = "reset"; }
    void onBye() override { told = "bye"; }
};

class Port {
  public:
    explicit Port(bool accepts)
        : m_streams(std::move(m_pair.host), "the guest",
                    accepts ? streams::Multiplexer::Role::Accepts : streams::Multiplexer::Role::Opens,
                    m_handler) {}

    std::string take(const Event& event) {
        m_handler.told.clear();
        if (event.ours) {
            call(event);
            m_streams.flush();
            drain();
            return m_handler.told;
        }
        sendFrame(event);
        try {
            m_streams.receive();
        } catch (const Error& error) {
            return error.code() == ErrorCode::Protocol ? "error" : "another error";
        }
        return m_handler.told;
    }
    const streams::Multiplexer& streams() const { return m_streams; }

  private:
    void call(const Event& event) {
        switch (event.type) {
        case 1:
            m_streams.open(protocol::StreamKind::Tcp, "1 a");
            return;
        case 2:
            return m_streams.data(event.id, std::string(m_streams.room(event.id), 'x'));
        case 3:
            return m_streams.end(event.id);
        case 4:
            return m_streams.reset(event.id);
        default:
            return m_streams.grant(event.id, static_cast<std::size_t>(event.size));
        }
    }

    void sendFrame(const Event& event) {
        std::string payload;
        for (unsigned i = 0; i < 4; ++i)
            payload += static_cast<char>(event.id >> 8 * i & 0xff);
        if (event.type == 5) {
            for (unsigned i = 0; i < (event.shortCredit ? 3 : 4); ++i)
                payload += static_cast<char>(event.size >> 8 * i & 0xff);
        } else {
            payload.append(static_cast<std::size_t>(event.size), 'y');
        }
        std::string bytes;
        for (unsigned i = 0; i < 4; ++i)
            bytes += static_cast<char>(payload.size() >> 8 * i & 0xff);
        bytes += static_cast<char>(event.type);
        bytes += static_cast<char>(event.flags);
        bytes.append(2, '\0').append(payload);
        if (::write(m_pair.guest.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
            FAIL("the socket takes no frame");
    }

    void drain() {
        char buffer[65536];
        while (::recv(m_pair.guest.get(), buffer, sizeof buffer, MSG_DONTWAIT) > 0) {
        }
    }

    test::SocketPair m_pair;
    Handler m_handler;
    streams::Multiplexer m_streams;
};

Event frame(std::string name, unsigned type, unsigned id, std::int64_t size = 0, unsigned flags = 0,
            bool shortCredit = false) {
    return {std::move(name), false, type, id, flags, size, shortCredit};
}
Event call(std::string name, unsigned type, std::int64_t size = 0) {
    return {std::move(name), true, type, 1, 0, size, false};
}

void check(bool accepts, const std::vector<Event>& before, const std::vector<Event>& events) {
    Port port(accepts);
    Model model(accepts);
    std::string history;
    auto all = before;
    all.insert(all.end(), events.begin(), events.end());
    for (const auto& event : all) {
        history += event.name + "; ";
        const auto expected = model.take(event);
        const auto told = port.take(event);
        bool same = told == expected;
        if (told != "error") {
            same &= port.streams().openStreams() == model.open();
            for (const unsigned id : {1U, 2U})
                same &= static_cast<std::int64_t>(port.streams().room(id)) == model.room(id);
        }
        holds(same, [&] { return history + "expected: " + expected + ", told: " + told; });
        if (told == "error") return;
    }
}

/// What a peer may send, and what this end's owner may do.
std::vector<Event> alphabet() {
    return {frame("Open 1", 1, 1, 3, 1),
            frame("Open 2", 1, 2, 3, 2),
            frame("Data 1, a piece", 2, 1, kPiece),
            frame("Data 1, a byte", 2, 1, 1),
            frame("End 1", 3, 1),
            frame("Reset 1", 4, 1),
            frame("Credit 1, a byte", 5, 1, 1),
            frame("Credit 1, a piece", 5, 1, kPiece),
            frame("Data 2, a byte", 2, 2, 1),
            frame("Bye", 6, 0),
            call("we send a piece", 2),
            call("we end", 3),
            call("we reset", 4),
            call("we use a piece", 5, kPiece)};
}

/// Frames that are wrong at all times, or only by a little.
std::vector<Event> oddFrames() {
    return {frame("no type", 0, 1),
            frame("type 7", 7, 1),
            frame("Open 0", 1, 0, 3, 1),
            frame("Open, kind 0", 1, 3, 3, 0),
            frame("Open, kind 4", 1, 3, 3, 4),
            frame("Open, 300 bytes", 1, 3, 300, 3),
            frame("Open, 301 bytes", 1, 3, 301, 3),
            frame("Data 1, nothing", 2, 1, 0),
            frame("Data 1, too much", 2, 1, kPiece + 1),
            frame("Data 1, flags", 2, 1, 1, 1),
            frame("End 1, a payload", 3, 1, 1),
            frame("Reset 1, a payload", 4, 1, 1),
            frame("Credit 1, nothing", 5, 1, 0),
            frame("Credit 1, 3 bytes", 5, 1, 0, 0, true),
            frame("Credit 1, 2^32 - 1", 5, 1, UINT32_MAX),
            frame("Credit 1, a window", 5, 1, kWindow),
            frame("End 0", 3, 0),
            frame("End 2^32 - 1", 3, UINT32_MAX),
            frame("Bye 1", 6, 1),
            frame("Bye, a payload", 6, 0, 1)};
}

} // namespace

TEST_CASE("every four events on a stream lead where the protocol says, or to an error", "[A8]") {
    const auto open = frame("Open 1", 1, 1, 3, 1);
    eachList(alphabet(), 3, [](const std::vector<Event>& events) { check(true, {}, events); });
    eachList(alphabet(), 3, [&](const std::vector<Event>& events) { check(true, {open}, events); });
    eachList(alphabet(), 2, [&](const std::vector<Event>& events) {
        check(false, {call("we open", 1)}, events);
        for (const auto& odd : oddFrames()) {
            auto list = events;
            list.push_back(odd);
            check(true, {open}, list);
            check(false, {call("we open", 1)}, list);
        }
    });
}

TEST_CASE("no peer gets more than its window, however pieces and credit follow one another", "[A8]") {
    const std::vector<Event> letters{frame("Data 1, a piece", 2, 1, kPiece),
                                     call("we use a piece", 5, kPiece), call("we use a byte", 5, 1)};
    eachList(letters, 7,
             [](const std::vector<Event>& events) { check(true, {frame("Open 1", 1, 1, 3, 1)}, events); });
    const std::vector<Event> ours{call("we send a piece", 2), frame("Credit 1, a piece", 5, 1, kPiece),
                                  frame("Credit 1, a byte", 5, 1, 1)};
    eachList(ours, 7,
             [](const std::vector<Event>& events) { check(true, {frame("Open 1", 1, 1, 3, 1)}, events); });
}
