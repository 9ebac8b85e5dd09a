#include "guest-agent/script/script_output.hh"
#include "protocol/control.hh"

#include <fcntl.h>
#include <unistd.h>

namespace rootlayer::guest {

namespace {

constexpr std::size_t kPiece = 65536;
constexpr int kMaxPieces = 16;

} // namespace

ScriptOutput::ScriptOutput(protocol::Stream stream, bool wholeLines)
    : m_stream(stream), m_wholeLines(wholeLines), m_buffer(kPiece, '\0') {
    ::fcntl(m_pipe.reader.get(), F_SETFL, O_NONBLOCK);
}

void ScriptOutput::take(HostLink& link) {
    for (int pieces = 0; m_pipe.reader && pieces < (m_wholeLines ? 1 : kMaxPieces); ++pieces) {
        const ssize_t got = ::read(m_pipe.reader.get(), m_buffer.data(), m_buffer.size());
        if (got > 0) send(std::string_view(m_buffer).substr(0, static_cast<std::size_t>(got)), link);
        if (got == 0) m_pipe.reader.reset();
        if (got <= 0) break;
    }
    if (!m_pipe.reader || (m_holdUntil && m_holdUntil->expired())) flush(link);
}

void ScriptOutput::send(std::string_view bytes, HostLink& link) {
    if (!m_wholeLines) return link.data(m_stream, bytes);
    const auto end = bytes.rfind('\n');
    if (end != std::string_view::npos) {
        m_held += bytes.substr(0, end + 1);
        flush(link);
        bytes.remove_prefix(end + 1);
    }
    if (bytes.empty()) return;
    if (m_held.empty()) m_holdUntil = Deadline::after(kHold);
    m_held += bytes;
    if (m_held.size() >= kPiece) flush(link);
}

void ScriptOutput::flush(HostLink& link) {
    if (!m_held.empty()) link.data(m_stream, m_held);
    m_held.clear();
    m_holdUntil.reset();
}

} // namespace rootlayer::guest
