#include "streams/multiplexer.hh"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <limits>
#include <poll.h>

#include <rootlayer/error.hh>

namespace rootlayer::streams {

namespace {

using protocol::kMaxStreamPiece;
using protocol::kMaxStreams;
using protocol::kMaxStreamTarget;
using protocol::kStreamWindow;
using protocol::StreamFrame;
using protocol::StreamKind;

constexpr std::size_t kIdSize = 4;
/// Data is queued up to this length, so that a stream that waits for its turn is not far behind.
constexpr std::size_t kMaxQueuedData = std::size_t{256} * 1024;
/// From this length on nothing is read: a peer that does not read what it asks for has to wait.
constexpr std::size_t kMaxQueue = std::size_t{1024} * 1024;
constexpr int kFramesAtOnce = 64;
/// Credit is told in steps of a quarter of the window.
constexpr std::size_t kCreditStep = kStreamWindow / 4;

std::array<char, kIdSize> encoded(std::uint32_t number) {
    std::array<char, kIdSize> bytes{};
    for (unsigned i = 0; i < kIdSize; ++i)
        bytes.at(i) = static_cast<char>((number >> (8U * i)) & 0xFFU);
    return bytes;
}

std::uint32_t decoded(std::string_view bytes) {
    std::uint32_t number = 0;
    for (std::size_t i = kIdSize; i-- > 0;)
        number = (number << 8U) | static_cast<unsigned char>(bytes[i]);
    return number;
}

bool isKind(std::uint8_t kind) {
    return kind >= static_cast<std::uint8_t>(StreamKind::Tcp) &&
           kind <= static_cast<std::uint8_t>(StreamKind::RefusedTcp);
}

} // namespace

Multiplexer::Multiplexer(UniqueFd port, std::string peer, Role role, Handler& handler)
    : m_connection(std::move(port), peer), m_peer(std::move(peer)), m_role(role), m_handler(handler) {}

void Multiplexer::refuse(std::string_view what) const {
    throw Error(ErrorCode::Protocol, fmt::format("{} sent {} on the streams' port", m_peer, what));
}

short Multiplexer::events() const {
    const int in = queued() < kMaxQueue ? POLLIN : 0;
    return static_cast<short>(in | (queued() > 0 ? POLLOUT : 0));
}

void Multiplexer::receive() {
    // Frames may be in the connection's buffer, which poll(2) knows nothing of.
    m_more = true;
    for (int frames = 0; frames < kFramesAtOnce && queued() < kMaxQueue; ++frames) {
        const auto frame = m_connection.poll();
        if (!frame) {
            m_more = false;
            return;
        }
        handle(*frame);
    }
}

bool Multiplexer::hasMore() const {
    return m_more && queued() < kMaxQueue;
}

void Multiplexer::flush() {
    while (m_sent < m_queue.size()) {
        const auto sent = m_connection.trySend(std::string_view(m_queue).substr(m_sent));
        if (sent == 0) break;
        m_sent += sent;
    }
    if (m_sent == m_queue.size()) {
        m_queue.clear();
        m_sent = 0;
    } else if (m_sent > kMaxQueuedData) {
        m_queue.erase(0, m_sent);
        m_sent = 0;
    }
}

void Multiplexer::put(StreamFrame type, StreamId id, std::string_view payload, std::uint8_t flags) {
    const auto front = encoded(id);
    protocol::appendFrame(m_queue, static_cast<std::uint8_t>(type), flags, {front.data(), front.size()},
                          payload);
}

void Multiplexer::handle(const protocol::Frame& frame) {
    if (frame.payload.size() < kIdSize) refuse("a frame without an id");
    const StreamId id = decoded(frame.payload);
    const auto payload = std::string_view(frame.payload).substr(kIdSize);
    const auto type = static_cast<StreamFrame>(frame.type);
    if (frame.flags != 0 && type != StreamFrame::Open) refuse("unknown flags");
    if (type == StreamFrame::Open) return handleOpen(id, frame.flags, payload);
    if (type == StreamFrame::Bye) {
        if (m_role != Role::Accepts || id != 0 || !payload.empty()) refuse("a malformed goodbye");
        return m_handler.onBye();
    }
    if (id == 0 || id > m_last) refuse("a frame for a stream that was never open");
    const auto found = m_streams.find(id);
    if (frame.type < static_cast<std::uint8_t>(StreamFrame::Data) ||
        frame.type > static_cast<std::uint8_t>(StreamFrame::Credit))
        refuse("a frame of an unknown type");
    // We gave it up, and the peer did not know that yet.
    if (found == m_streams.end()) return;
    switch (type) {
    case StreamFrame::Data:
        return handleData(id, found->second, payload);
    case StreamFrame::End:
        if (!payload.empty()) refuse("a malformed end");
        return handleEnd(id, found->second);
    case StreamFrame::Credit:
        return handleCredit(found->second, payload);
    default:
        if (!payload.empty()) refuse("a malformed reset");
        m_streams.erase(found);
        m_handler.onReset(id);
    }
}

void Multiplexer::handleOpen(StreamId id, std::uint8_t kind, std::string_view target) {
    if (m_role != Role::Accepts) refuse("an unexpected stream");
    if (id <= m_last) refuse("the id of an earlier stream");
    if (!isKind(kind)) refuse("a stream of an unknown kind");
    if (target.size() > kMaxStreamTarget) refuse("a target that is too long");
    if (m_streams.size() == kMaxStreams) refuse("more than 256 streams");
    m_last = id;
    m_streams.emplace(id, Stream{});
    m_handler.onOpen(id, static_cast<StreamKind>(kind), target);
}

void Multiplexer::handleData(StreamId id, Stream& stream, std::string_view bytes) {
    if (bytes.empty() || bytes.size() > kMaxStreamPiece) refuse("a piece of a wrong size");
    if (stream.peerEnded) refuse("data after the end of its stream");
    if (bytes.size() > stream.window) refuse("more data than it has credit for");
    stream.window -= bytes.size();
    m_handler.onData(id, bytes);
}

void Multiplexer::handleEnd(StreamId id, Stream& stream) {
    if (stream.peerEnded) refuse("the end of a stream twice");
    stream.peerEnded = true;
    m_handler.onEnd(id);
    forgetIfOver(id);
}

void Multiplexer::handleCredit(Stream& stream, std::string_view payload) {
    if (payload.size() != kIdSize) refuse("malformed credit");
    const std::size_t more = decoded(payload);
    if (more > kStreamWindow - stream.credit) refuse("more credit than was used");
    stream.credit += more;
}

void Multiplexer::forgetIfOver(StreamId id) {
    const auto found = m_streams.find(id);
    if (found != m_streams.end() && found->second.ended && found->second.peerEnded) m_streams.erase(found);
}

std::optional<StreamId> Multiplexer::open(StreamKind kind, std::string_view target) {
    if (m_streams.size() == kMaxStreams || queued() >= kMaxQueue) return std::nullopt;
    if (m_last == std::numeric_limits<StreamId>::max())
        throw Error(ErrorCode::Resource, "the script opened too many connections");
    m_streams.emplace(++m_last, Stream{});
    put(StreamFrame::Open, m_last, target, static_cast<std::uint8_t>(kind));
    return m_last;
}

std::size_t Multiplexer::room(StreamId id) const {
    const auto found = m_streams.find(id);
    if (found == m_streams.end() || found->second.ended || queued() >= kMaxQueuedData) return 0;
    return std::min({found->second.credit, kMaxStreamPiece, kMaxQueuedData - queued()});
}

void Multiplexer::data(StreamId id, std::string_view bytes) {
    const auto found = m_streams.find(id);
    if (found == m_streams.end() || bytes.empty()) return;
    found->second.credit -= bytes.size();
    put(StreamFrame::Data, id, bytes);
}

void Multiplexer::end(StreamId id) {
    const auto found = m_streams.find(id);
    if (found == m_streams.end() || found->second.ended) return;
    found->second.ended = true;
    put(StreamFrame::End, id);
    forgetIfOver(id);
}

void Multiplexer::reset(StreamId id) {
    if (m_streams.erase(id) != 0) put(StreamFrame::Reset, id);
}

void Multiplexer::grant(StreamId id, std::size_t bytes) {
    const auto found = m_streams.find(id);
    if (found == m_streams.end() || found->second.peerEnded) return;
    auto& stream = found->second;
    stream.used += bytes;
    if (stream.used < kCreditStep) return;
    const auto told = encoded(static_cast<std::uint32_t>(stream.used));
    stream.window += stream.used;
    stream.used = 0;
    put(StreamFrame::Credit, id, {told.data(), told.size()});
}

void Multiplexer::bye() {
    put(StreamFrame::Bye, 0);
}

} // namespace rootlayer::streams
