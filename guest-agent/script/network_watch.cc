#include "guest-agent/script/network_watch.hh"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace rootlayer::guest {

namespace {

std::string_view takeUntil(std::string_view& text, char end) {
    const auto at = std::min(text.find(end), text.size());
    const auto taken = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return taken;
}

std::uint64_t numberOf(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// Finds a figure in a table of line pairs "Udp: NAME...", "Udp: FIGURE...".
std::uint64_t figureIn(std::string_view table, std::string_view protocol, std::string_view name) {
    while (!table.empty()) {
        auto names = takeUntil(table, '\n');
        if (!names.starts_with(protocol)) continue;
        auto figures = takeUntil(table, '\n');
        while (!names.empty()) {
            const auto figure = takeUntil(figures, ' ');
            if (takeUntil(names, ' ') == name) return numberOf(figure);
        }
    }
    return 0;
}

/// Finds a figure in lines of the form "NAME FIGURE", with spaces or tabs between them.
std::uint64_t figureIn(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        const auto line = takeUntil(list, '\n');
        const auto end = line.find_first_of(" \t");
        if (line.substr(0, end) == name && end != std::string_view::npos)
            return numberOf(line.substr(line.find_last_of(" \t") + 1));
    }
    return 0;
}

std::string contentOf(const UniqueFd& file) {
    std::string text(16384, '\0');
    const ssize_t got = file ? ::pread(file.get(), text.data(), text.size(), 0) : 0;
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

} // namespace

std::uint64_t unreachableIn(std::string_view snmp, std::string_view snmp6) {
    return figureIn(snmp, "Ip:", "OutNoRoutes") + figureIn(snmp, "Udp:", "NoPorts") +
           figureIn(snmp6, "Ip6OutNoRoutes") + figureIn(snmp6, "Udp6NoPorts");
}

NetworkWatch NetworkWatch::ofThisNamespace() {
    NetworkWatch watch;
    // The open files stay those of the current namespace.
    watch.m_snmp = UniqueFd(::open("/proc/thread-self/net/snmp", O_RDONLY | O_CLOEXEC));
    watch.m_snmp6 = UniqueFd(::open("/proc/thread-self/net/snmp6", O_RDONLY | O_CLOEXEC));
    return watch;
}

std::uint64_t NetworkWatch::count() const {
    return unreachableIn(contentOf(m_snmp), contentOf(m_snmp6));
}

} // namespace rootlayer::guest
