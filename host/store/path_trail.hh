#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::store {

/// The length of what two paths have in common from their start.
inline std::size_t commonPrefix(std::string_view a, std::string_view b) {
    constexpr std::size_t step = 64; // most of a path is compared by memcmp(3)
    const auto shorter = std::min(a.size(), b.size());
    std::size_t at = 0;
    while (shorter - at >= step && std::memcmp(a.data() + at, b.data() + at, step) == 0)
        at += step;
    while (at < shorter && a[at] == b[at])
        ++at;
    return at;
}

/// What was found at each directory on the way to the path that was looked up last. Consecutive paths mostly
/// share their directories, so the next one is looked up from the deepest of these, not from the root.
template <typename Found>
class PathTrail final {
  public:
    /// Forgets what is not on the way to `path`. Returns the size of the part of `path` that is known: the
    /// state of last(), 0 for the root.
    std::size_t rewind(std::string_view path) {
        const auto common = commonPrefix(m_path, path);
        while (!m_steps.empty() && !leads(m_steps.back().end, common, path))
            m_steps.pop_back();
        m_path = path;
        return m_steps.empty() ? 0 : m_steps.back().end;
    }
    /// Adds what was found at the first `end` bytes of the path that was given to rewind().
    void push(std::size_t end, Found found) { m_steps.push_back({end, std::move(found)}); }
    /// Null: nothing is known below the root.
    const Found* last() const { return m_steps.empty() ? nullptr : &m_steps.back().found; }
    void clear() {
        m_path.clear();
        m_steps.clear();
    }

  private:
    struct Step {
        std::size_t end;
        Found found;
    };

    static bool leads(std::size_t end, std::size_t common, std::string_view path) {
        return end <= common && (end == path.size() || path[end] == '/');
    }

    std::string m_path;
    std::vector<Step> m_steps;
};

} // namespace rootlayer::store
