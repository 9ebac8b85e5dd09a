#include "guest-agent/link/host_link.hh"

#include <cstdint>
#include <fmt/format.h>
#include <poll.h>

#include "protocol/control.hh"
#include "protocol/messages.hh"

namespace rootlayer::guest {

namespace {

using protocol::EventMessage;
using protocol::FrameType;

// The protocol requires one every 5 s; a machine short of processors needs some slack.
constexpr std::chrono::seconds kHeartbeat{2};
// A host with a paused terminal or a slow disk is still there. A host that has died shows as the end of the
// stream.
constexpr std::chrono::minutes kSlowHost{10};
// A range is a few bytes on the port but may be gigabytes for the host, whose output may be a slow pipe.
constexpr std::uint64_t kSlowestBytesPerMs = 64;
constexpr std::size_t kMaxWarnings = 200;

} // namespace

HostLink::HostLink(protocol::Connection& connection)
    : m_connection(connection), m_nextHeartbeat(Deadline::after(kHeartbeat)) {}

void HostLink::send(FrameType type, std::string_view payload, std::uint8_t flags) {
    m_connection.send(type, payload, Deadline::after(timeout()), flags);
    m_nextHeartbeat = Deadline::after(kHeartbeat);
}

void HostLink::data(protocol::Stream stream, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, protocol::kMaxPayload);
        send(FrameType::Data, piece, static_cast<std::uint8_t>(stream));
        bytes.remove_prefix(piece.size());
    }
}

std::chrono::milliseconds HostLink::timeout() const {
    return kSlowHost + std::chrono::milliseconds(m_named / kSlowestBytesPerMs);
}

void HostLink::range(const protocol::Range& range) {
    m_named += range.size;
    send(FrameType::Range, protocol::encode(range));
}

void HostLink::warn(std::string_view text) {
    if (++m_warnings > kMaxWarnings) return;
    send(FrameType::Event, protocol::encode(EventMessage{EventMessage::Kind::Warning, std::string(text)}));
}

void HostLink::refused(std::string_view host, std::uint16_t port) {
    send(FrameType::Event,
         protocol::encode(EventMessage{EventMessage::Kind::Refused, std::string(host), port}));
}

void HostLink::endOfWarnings() {
    const std::size_t count = std::exchange(m_warnings, 0);
    if (count <= kMaxWarnings) return;
    send(FrameType::Event,
         protocol::encode(EventMessage{EventMessage::Kind::Warning,
                                       fmt::format("and {} more warnings", count - kMaxWarnings)}));
}

void HostLink::tick() {
    if (!m_nextHeartbeat.expired()) return;
    send(FrameType::Event, protocol::encode(EventMessage{EventMessage::Kind::Heartbeat, {}}));
}

bool HostLink::cancelled() {
    pollfd wait{fd(), POLLIN, 0};
    if (m_cancelled || ::poll(&wait, 1, 0) <= 0) return m_cancelled;
    while (const auto frame = m_connection.poll()) {
        if (frame->type != FrameType::Cancel) {
            throw Error(ErrorCode::Protocol,
                        fmt::format("the host sent a frame of type {} while a request was under way",
                                    static_cast<int>(frame->type)));
        }
        m_cancelled = true;
    }
    return m_cancelled;
}

} // namespace rootlayer::guest
