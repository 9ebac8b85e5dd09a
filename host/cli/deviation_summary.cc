#include "cli/deviation_summary.hh"

#include <algorithm>
#include <fmt/format.h>

#include "base/escape.hh"

namespace rootlayer::cli {

std::string textOf(const Deviation& deviation) {
    std::string text;
    if (deviation.layer != 0) text += fmt::format("layer {} ", deviation.layer);
    if (deviation.entry != 0) text += fmt::format("entry {} ", deviation.entry);
    if (!deviation.name.empty()) text += quote(deviation.name) + " ";
    return text + fmt::format("[{}] {}", deviation.rule, deviation.message);
}

void DeviationSummary::add(const Deviation& deviation) {
    const auto known = std::find_if(m_rules.begin(), m_rules.end(),
                                    [&](const Rule& rule) { return rule.first.rule == deviation.rule; });
    if (known == m_rules.end()) {
        m_rules.push_back({deviation});
    } else {
        ++known->count;
    }
}

std::string DeviationSummary::text() const {
    std::string text;
    for (const auto& rule : m_rules) {
        text += textOf(rule.first);
        if (rule.count > 1) text += fmt::format("; and {} more of {}", rule.count - 1, rule.first.rule);
        text += '\n';
    }
    return text;
}

} // namespace rootlayer::cli
