#include "builder/popularity.hh"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace rootlayer::builder {

namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
    return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max()
                                                             : a + b;
}

/// The strongly connected components of a graph, by Tarjan's algorithm with a stack of its own.
class Components final {
  public:
    explicit Components(const References& graph)
        : m_graph(graph), m_number(graph.size(), kNone), m_lowest(graph.size()), m_of(graph.size(), kNone) {
        for (std::uint32_t node = 0; node < graph.size(); ++node) {
            if (m_number[node] == kNone) walk(node);
        }
    }

    std::uint32_t count() const { return m_count; }
    /// A component has a higher number than those that it refers to.
    std::uint32_t of(std::uint32_t node) const { return m_of[node]; }

  private:
    struct Visit {
        std::uint32_t node;
        std::size_t next; ///< the reference to follow next
    };

    void enter(std::uint32_t node) {
        m_number[node] = m_lowest[node] = m_numbers++;
        m_open.push_back(node);
        m_visits.push_back({node, 0});
    }

    void walk(std::uint32_t start) {
        enter(start);
        while (!m_visits.empty()) {
            auto& [node, next] = m_visits.back();
            if (next == m_graph[node].size()) {
                leave();
                continue;
            }
            const auto to = m_graph[node][next++];
            if (m_number[to] == kNone) {
                enter(to);
            } else if (m_of[to] == kNone) { // still open
                m_lowest[node] = std::min(m_lowest[node], m_number[to]);
            }
        }
    }

    void leave() {
        const auto node = m_visits.back().node;
        m_visits.pop_back();
        if (!m_visits.empty()) {
            auto& lowest = m_lowest[m_visits.back().node];
            lowest = std::min(lowest, m_lowest[node]);
        }
        if (m_lowest[node] == m_number[node]) close(node);
    }

    void close(std::uint32_t first) {
        for (std::uint32_t node = kNone; node != first;) {
            node = m_open.back();
            m_open.pop_back();
            m_of[node] = m_count;
        }
        ++m_count;
    }

    const References& m_graph;
    std::vector<std::uint32_t> m_number;
    std::vector<std::uint32_t> m_lowest;
    std::vector<std::uint32_t> m_of;
    std::vector<std::uint32_t> m_open;
    std::vector<Visit> m_visits;
    std::uint32_t m_numbers = 0;
    std::uint32_t m_count = 0;
};

std::vector<std::vector<std::uint32_t>> membersOf(const Components& components, std::size_t nodes) {
    std::vector<std::vector<std::uint32_t>> members(components.count());
    for (std::uint32_t node = 0; node < nodes; ++node)
        members[components.of(node)].push_back(node);
    return members;
}

} // namespace

std::vector<std::uint64_t> popularityOf(const References& references) {
    const Components components(references);
    const auto members = membersOf(components, references.size());
    std::vector<std::uint64_t> chains(components.count(), 0);
    std::vector<std::uint64_t> result(references.size());
    for (auto at = components.count(); at-- > 0;) { // referrers first
        const auto own = std::max<std::uint64_t>(chains[at], 1);
        for (const auto node : members[at]) {
            result[node] = own;
            for (const auto to : references[node]) {
                const auto other = components.of(to);
                if (other != at) chains[other] = sum(chains[other], own);
            }
        }
    }
    return result;
}

} // namespace rootlayer::builder
