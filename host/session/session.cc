#include "session/session.hh"

#include <array>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "protocol/control.hh"

namespace rootlayer::session {

namespace {

using protocol::Frame;
using protocol::FrameType;
using protocol::Stream;

// Our agent never exceeds these limits.
constexpr std::size_t kMaxWarnings = 1000;
constexpr std::size_t kMaxVersion = 100;
constexpr std::uint64_t kMaxEvents = 10'000'000;
constexpr std::uint64_t kMaxRefused = 10'000;

// The codes that a failure of the guest may have, by request. Others would be about the host or its caller.
constexpr std::array kBootClaims{ErrorCode::Machine, ErrorCode::Resource, ErrorCode::System};
constexpr std::array kAssembleClaims{ErrorCode::Image, ErrorCode::Machine, ErrorCode::Resource,
                                     ErrorCode::System};
constexpr std::array kRunClaims{ErrorCode::Input, ErrorCode::Image, ErrorCode::Machine, ErrorCode::Resource,
                                ErrorCode::System};
constexpr std::array kPackClaims{ErrorCode::Layer, ErrorCode::Resource, ErrorCode::System};

std::span<const ErrorCode> claimsOf(const protocol::Request& request) {
    if (std::holds_alternative<protocol::AssembleRequest>(request)) return kAssembleClaims;
    if (std::holds_alternative<protocol::RunRequest>(request)) return kRunClaims;
    if (std::holds_alternative<protocol::PackRequest>(request)) return kPackClaims;
    return kBootClaims;
}

/// A text of the guest, as it is shown: never as if it were rootlayer's own.
std::string saidByGuest(std::string_view text) {
    return "guest: " + escapedStart(text, protocol::kMaxText);
}

[[noreturn]] void refuse(const Frame& frame) {
    throw Error(ErrorCode::Protocol,
                fmt::format("the guest sent an unexpected frame of type {}", static_cast<int>(frame.type)));
}

Stream streamOf(const Frame& frame) {
    if (frame.flags > static_cast<std::uint8_t>(Stream::Stderr)) refuse(frame);
    return static_cast<Stream>(frame.flags);
}

Error packedTooLong() {
    return Error(ErrorCode::Timeout, "the time limit passed while the layer was packed",
                 "use a longer --timeout: it is for the script and its layer together");
}

protocol::Hello checkedHello(std::string_view payload) {
    auto hello = protocol::decodeHello(payload);
    if (hello.protocol != protocol::kVersion) {
        throw Error(ErrorCode::Protocol,
                    fmt::format("the guest's agent uses protocol version {}, this rootlayer uses {}",
                                hello.protocol, protocol::kVersion),
                    "rebuild the guest image: rootlayer guest build");
    }
    hello.kernel = escapedStart(hello.kernel, kMaxVersion);
    return hello;
}

} // namespace

Session::Session(protocol::Connection& connection, Observer& observer, Timeouts timeouts)
    : m_connection(connection), m_observer(observer), m_timeouts(timeouts) {}

protocol::Hello Session::hello() {
    const Frame frame = m_connection.receive(Deadline::after(m_timeouts.hello));
    if (frame.type == FrameType::Failure) throw protocol::decodeFailure(frame.payload, kBootClaims);
    if (frame.type != FrameType::Hello) refuse(frame);
    return checkedHello(frame.payload);
}

protocol::Hello Session::wake() {
    const auto limit = Deadline::after(m_timeouts.hello);
    m_connection.send(FrameType::Request, protocol::encode(protocol::WakeRequest{}), limit);
    const Frame frame = m_connection.receive(limit);
    if (frame.type == FrameType::Failure) throw protocol::decodeFailure(frame.payload, kBootClaims);
    if (frame.type != FrameType::Reply) refuse(frame);
    return checkedHello(frame.payload);
}

void Session::handleEvent(std::string_view payload) {
    if (++m_events > kMaxEvents) throw Error(ErrorCode::Protocol, "the guest sent too many events");
    const auto message = protocol::decodeEvent(payload);
    if (message.kind == protocol::EventMessage::Kind::Heartbeat) return;
    if (message.kind == protocol::EventMessage::Kind::Refused) {
        if (m_onRefused && ++m_refused <= kMaxRefused) m_onRefused(message.text, message.port);
        return;
    }
    const auto text = saidByGuest(message.text);
    if (message.kind == protocol::EventMessage::Kind::Note) {
        if (++m_notes > kMaxWarnings) return;
        m_observer.onEvent({.kind = Event::Kind::Note, .text = text});
        return;
    }
    if (m_warnings.size() == kMaxWarnings) return;
    m_warnings.push_back(text);
    m_observer.onEvent({.kind = Event::Kind::Warning, .text = text});
}

/// Receives a frame. A guest that is alive but makes no progress ends the patience.
Frame Session::receive(Deadline limit, Patience* patience) {
    if (patience == nullptr) return m_connection.receive(limit);
    const auto began = std::chrono::steady_clock::now();
    const auto spend = [&] { patience->waited(std::chrono::steady_clock::now() - began); };
    try {
        Frame frame = m_connection.receive(limit.sooner(patience->end()));
        spend();
        if (!patience->ended()) return frame;
    } catch (const Error& error) {
        spend();
        if (error.code() != ErrorCode::Timeout || !patience->ended()) throw;
    }
    throw Error(ErrorCode::Timeout, "the guest makes too little progress with the layer");
}

Frame Session::exchange(const protocol::Request& request, FrameType answer, Deadline total,
                        std::chrono::milliseconds silence, const OnData& onData, const OnRange& onRange,
                        Patience* patience) {
    m_connection.send(FrameType::Request, protocol::encode(request), Deadline::after(silence));
    for (;;) {
        Frame frame = receive(total.sooner(Deadline::after(silence)), patience);
        if (frame.type == answer) return frame;
        switch (static_cast<FrameType>(frame.type)) {
        case FrameType::Failure:
            throw protocol::decodeFailure(frame.payload, claimsOf(request));
        case FrameType::Event:
            handleEvent(frame.payload);
            break;
        case FrameType::Data:
            onData(streamOf(frame), frame.payload);
            break;
        case FrameType::Range:
            if (!onRange) refuse(frame);
            onRange(protocol::decodeRange(frame.payload));
            break;
        default:
            refuse(frame);
        }
        // Checked here too: receive() never waits if the guest never pauses.
        if (total.expired()) throw Error(ErrorCode::Timeout, "the guest did not finish in time");
    }
}

void Session::assemble(const protocol::AssembleRequest& request) {
    exchange(
        request, FrameType::Reply, Deadline::after(m_timeouts.assemble), m_timeouts.assemble,
        [](Stream, std::string_view) { throw Error(ErrorCode::Protocol, "the guest sent unexpected data"); });
}

protocol::RunReply Session::run(const protocol::RunRequest& request) {
    const auto total = request.timeout == 0
                           ? Deadline::never()
                           : Deadline::after(std::chrono::milliseconds(request.timeout) + m_timeouts.grace);
    const Frame reply = exchange(
        request, FrameType::Reply, total, m_timeouts.silence, [&](Stream stream, std::string_view bytes) {
            if (stream == Stream::Layer)
                throw Error(ErrorCode::Protocol, "the guest sent an unexpected layer");
            m_observer.onEvent({.kind = Event::Kind::Output,
                                .phase = protocol::nameOf(request.step),
                                .text = bytes,
                                .stream = static_cast<int>(stream)});
        });
    auto result = protocol::decodeRunReply(reply.payload);
    using How = protocol::RunReply::How;
    // Nothing of what the host sends makes our agent cancel a script or end it early.
    if (result.how == How::Cancelled || (result.how == How::TimedOut && request.timeout == 0))
        throw Error(ErrorCode::Protocol, "the guest ended the script without being asked to");
    result.message = escapedStart(result.message, protocol::kMaxText);
    return result;
}

protocol::PackEnd Session::pack(const protocol::PackRequest& request, Sink& layer, const ReadRange& readRange,
                                const PackLimits& limits) {
    std::uint64_t received = 0;
    Patience patience(m_timeouts.pack + limits.flushing);
    FunctionSink counted([&](std::string_view bytes) {
        // A range may be gigabytes.
        if (limits.total.expired()) throw packedTooLong();
        received += bytes.size();
        patience.delivered(bytes.size());
        layer.write(bytes);
    });
    OnRange onRange;
    if (readRange) onRange = [&](const protocol::Range& range) { readRange(range, counted); };
    const auto onData = [&](Stream stream, std::string_view bytes) {
        if (stream == Stream::Layer) counted.write(bytes); // the script's last output is dropped
    };
    Frame last;
    try {
        last =
            exchange(request, FrameType::End, limits.total, m_timeouts.silence, onData, onRange, &patience);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Timeout && limits.total.expired()) throw packedTooLong();
        throw;
    }
    auto end = protocol::decodePackEnd(last.payload);
    if (end.bytes != received) {
        throw Error(ErrorCode::Protocol,
                    fmt::format("the guest sent {} bytes of the layer but reports {}", received, end.bytes));
    }
    return end;
}

} // namespace rootlayer::session
