#include "run/output_limit.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/units.hh"

namespace rootlayer::run {

void OutputLimit::onEvent(const Event& event) {
    if (event.kind != Event::Kind::Output || m_most == 0) return m_observer.onEvent(event);
    const auto fits = std::min<std::uint64_t>(event.text.size(), m_most - m_bytes);
    m_bytes += fits;
    auto shown = event;
    shown.text = event.text.substr(0, static_cast<std::size_t>(fits));
    if (fits > 0) m_observer.onEvent(shown);
    if (fits == event.text.size()) return;
    throw Error(ErrorCode::Resource,
                fmt::format("{} was stopped: it wrote more than {} of output", m_script, humanSize(m_most)),
                "let it write to a file or /dev/null, or use a larger --max-output");
}

} // namespace rootlayer::run
