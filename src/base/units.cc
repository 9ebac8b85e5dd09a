#include "base/units.hh"

#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer {

namespace {

[[noreturn]] void refuse(std::string_view option, std::string_view text, std::string hint) {
    throw Error(ErrorCode::Usage, fmt::format("{} does not take {}", option, quote(text)), std::move(hint));
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
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || !std::isfinite(number) || number < 0) refuse(option, text, hint);
    const int power = powerOf(text.substr(static_cast<std::size_t>(end - text.data())));
    if (power < 0) refuse(option, text, hint);
    const double bytes = number * std::pow(1024.0, power);
    if (bytes > 9.0e18) refuse(option, text, "it is too large");
    return static_cast<std::uint64_t>(bytes);
}

std::chrono::milliseconds parseDuration(std::string_view text, std::string_view option) {
    using std::chrono::milliseconds;
    static constexpr std::array<std::pair<std::string_view, double>, 6> units{
        {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}, {"", 1e3}}};
    const char* hint = "a duration is a number with ms, s, m, h or d, such as 90s or 1h30m";
    if (text.empty()) refuse(option, text, hint);
    double total = 0;
    for (auto rest = text; !rest.empty();) {
        double number = 0;
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        if (error != std::errc() || !std::isfinite(number) || number < 0) refuse(option, text, hint);
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
        const auto unit = rest.substr(0, rest.find_first_of("0123456789."));
        bool known = false;
        for (const auto& [suffix, factor] : units) {
            if (suffix != unit) continue;
            total += number * factor;
            known = true;
            break;
        }
        if (!known || total > 1e15) refuse(option, text, hint);
        rest.remove_prefix(unit.size());
    }
    return milliseconds(static_cast<std::int64_t>(total));
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
    while (value >= 1024 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

} // namespace rootlayer
