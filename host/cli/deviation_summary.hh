#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <rootlayer/verify.hh>

namespace rootlayer::cli {

/// A deviation as one line for people, without a line end.
std::string textOf(const Deviation& deviation);

/// Deviations by rule: the first of each, and how many there are. Memory does not grow with their number.
class DeviationSummary final {
  public:
    void add(const Deviation& deviation);
    /// A line for each broken rule, in the order of first occurrence.
    std::string text() const;
    std::size_t rules() const { return m_rules.size(); }

  private:
    struct Rule {
        Deviation first;
        std::uint64_t count = 1;
    };
    std::vector<Rule> m_rules;
};

} // namespace rootlayer::cli
