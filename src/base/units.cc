#include "base/units.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <optional>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer {

namespace {

[[noreturn]] void refuse(std::string_view option, std::string_view text, std::string hint) {
    throw Error(ErrorCode::Usage, fmt::format("{} does not take {}", option, quote(text)), std::move(hint));
}

using Wide = unsigned __int128;

/// Decimals that count; a double would round sizes from 2^53 on and durations such as 1.001s.
constexpr std::size_t kDecimals = 9;
constexpr Wide kOne = 1'000'000'000;
constexpr Wide kMostSize = 9'000'000'000'000'000'000U;
constexpr Wide kMostMilliseconds = 1'000'000'000'000'000U;

/// A number in 10^-9.
struct Decimal {
    Wide value = 0;
    /// At most one above kMostSize, so that sums of these do not overflow.
    Wide times(std::uint64_t factor) const {
        return value > (kMostSize + 1) * kOne / factor ? (kMostSize + 1) * kOne : value * factor;
    }
};

std::string_view takeDigits(std::string_view& text) {
    const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
    text.remove_prefix(digits.size());
    return digits;
}

/// Consumes "12", "1.5", "1." or ".5"; nullopt if none of them is at the front.
std::optional<Decimal> takeDecimal(std::string_view& text) {
    const auto whole = takeDigits(text);
    std::string_view fraction;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        fraction = takeDigits(text);
    }
    if (whole.empty() && fraction.empty()) return std::nullopt;
    Decimal number;
    for (const char digit : whole)
        number.value = std::min(number.value * 10 + static_cast<unsigned>(digit - '0'), kMostSize + 1);
    for (std::size_t i = 0; i < kDecimals; ++i)
        number.value =
            number.value * 10 + (i < fraction.size() ? static_cast<unsigned>(fraction[i] - '0') : 0U);
    return number;
}

int powerOf(std::string_view suffix) {
    constexpr std::string_view letters = "KMGT";
    if (suffix.empty() || suffix == "B") return 0;
    const auto letter = static_cast<char>(suffix[0] & ~0x20);
    const auto at = letters.find(letter);
    const auto rest = suffix.substr(1);
    const bool known = rest.empty() || rest == "B" || rest == "iB" || rest == "b" || rest == "ib";
    return at == std::string_view::npos || !known ? -1 : static_cast<int>(at) + 1;
}

} // namespace

std::uint64_t parseSize(std::string_view text, std::string_view option) {
    const char* hint = "a size is a number, optionally with K, M, G or T, such as 512M";
    auto rest = text;
    const auto number = takeDecimal(rest);
    const int power = powerOf(rest);
    if (!number || power < 0) refuse(option, text, hint);
    const Wide bytes = number->times(std::uint64_t{1} << (10U * static_cast<unsigned>(power)));
    if (bytes > kMostSize * kOne) refuse(option, text, "it is too large");
    return static_cast<std::uint64_t>(bytes / kOne);
}

std::chrono::milliseconds parseDuration(std::string_view text, std::string_view option) {
    static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 6> units{
        {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}, {"", 1000}}};
    const char* hint = "a duration is a number with ms, s, m, h or d, such as 90s or 1h30m";
    if (text.empty()) refuse(option, text, hint);
    Wide total = 0;
    for (auto rest = text; !rest.empty();) {
        const auto number = takeDecimal(rest);
        const auto unit = rest.substr(0, rest.find_first_of("0123456789."));
        rest.remove_prefix(unit.size());
        const auto* const known =
            std::find_if(units.begin(), units.end(), [&](const auto& each) { return each.first == unit; });
        // "1.5.5" is not two numbers.
        if (!number || known == units.end() || (unit.empty() && !rest.empty())) refuse(option, text, hint);
        total += number->times(known->second);
        if (total > kMostMilliseconds * kOne) refuse(option, text, hint);
    }
    return std::chrono::milliseconds(static_cast<std::int64_t>(total / kOne));
}

std::int64_t parseInteger(std::string_view text, std::string_view option, std::int64_t least,
                          std::int64_t most) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
        refuse(option, text, fmt::format("it takes a whole number from {} to {}", least, most));
    }
    return number;
}

std::string humanDuration(std::chrono::milliseconds duration) {
    constexpr std::int64_t second = 1000;
    constexpr std::int64_t minute = 60 * second;
    constexpr std::int64_t hour = 60 * minute;
    const auto time = duration.count();
    const auto both = [&](std::int64_t unit, const char* name, std::int64_t small, const char* smallName) {
        const auto rest = time % unit / small;
        const auto whole = fmt::format("{} {}", time / unit, name);
        return rest == 0 ? whole : fmt::format("{} {} {}", whole, rest, smallName);
    };
    if (time < second) return fmt::format("{} ms", time);
    if (time < 2 * minute) return fmt::format("{:g} s", static_cast<double>(time) / second);
    return time < hour ? both(minute, "min", second, "s") : both(hour, "h", minute, "min");
}

std::string humanSize(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    // From here on one decimal would be shown as 1024.0.
    constexpr double most = 1023.95;
    while (value >= (unit == 0 ? 1024 : most) && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

} // namespace rootlayer
