#include "cli/suggestion.hh"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace rootlayer::cli {

namespace {

constexpr std::size_t kMaxWordLength = 64;

// Names in docker, podman and package tools, and ours.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kElsewhere{{
    {"rm", "prune"},
    {"remove", "prune"},
    {"clean", "prune"},
    {"clear", "prune"},
    {"gc", "prune"},
    {"list", "ls"},
    {"check", "verify"},
    {"show", "inspect"},
    {"save", "export"},
    {"exec", "run"},
    {"--image", "--from"},
    {"--base", "--from"},
    {"--tag", "--name"},
    {"--out", "--output"},
    {"--copy", "--contents"},
    {"--command", "--cmd"},
}};

/// Optimal string alignment distance: insertions, deletions, replacements and swaps of adjacent letters.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before;
    std::vector<std::size_t> last(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::vector<std::size_t> row(b.size() + 1, i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before = std::exchange(last, std::move(row));
    }
    return last.back();
}

std::string_view lettersOf(std::string_view word) {
    return word.substr(std::min(word.find_first_not_of('-'), word.size()));
}

/// The greatest distance at which a word is still the same one, misspelt.
std::size_t mostOf(std::string_view word) {
    const auto letters = lettersOf(word).size();
    return letters < 2 ? 0 : letters < 6 ? 1 : letters < 9 ? 2 : 3;
}

/// Of two letters, the first is a right one: rn is run, and not ls.
bool canMean(std::string_view word, std::string_view candidate) {
    return lettersOf(word).size() > 2 || lettersOf(word).substr(0, 1) == lettersOf(candidate).substr(0, 1);
}

} // namespace

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
    if (word.size() > kMaxWordLength) return {};
    const auto has = [&](std::string_view wanted) {
        return std::find(candidates.begin(), candidates.end(), wanted) != candidates.end();
    };
    for (const auto& [other, ours] : kElsewhere) {
        if (word == other && has(ours)) return std::string(ours);
    }
    std::string best;
    std::size_t least = mostOf(word) + 1;
    for (const auto& candidate : candidates) {
        const auto difference = distance(word, candidate);
        if (difference >= least || !canMean(word, candidate)) continue;
        least = difference;
        best = candidate;
    }
    if (!best.empty() || mostOf(word) == 0) return best;
    const auto begins = [&](const std::string& candidate) { return candidate.starts_with(word); };
    const auto longer = std::find_if(candidates.begin(), candidates.end(), begins);
    return longer == candidates.end() ? "" : *longer;
}

std::string didYouMean(std::string_view word, const std::vector<std::string>& candidates,
                       const std::string& otherwise) {
    const auto meant = suggestion(word, candidates);
    return meant.empty() ? otherwise : "did you mean " + meant + "?";
}

} // namespace rootlayer::cli
