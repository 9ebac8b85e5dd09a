#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <rootlayer/verify.hh>

namespace rootlayer::cli {

/// A deviation in one line for people, without its line end.
std::string textOf(const Deviation& deviation);

/// Deviations by rule: how many there are of each, and the first. Memory does not grow with their number.
class DeviationSummary final {
  public:
    void add(const Deviation& deviation);
    /// A line for each rule, in the order in which they were first broken.
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
