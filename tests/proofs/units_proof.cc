#include <cstdint>
#include <regex>

#include "base/units.hh"
#include "tests/proofs/inputs.hh"

using namespace rootlayer;
using namespace rootlayer::proofs;

namespace {

/// A number with a unit, in whole parts of that unit's size: exact, rounded down.
__int128 wholeParts(const std::string& whole, std::string fraction, std::int64_t unit) {
    fraction.resize(9, '0');
    __int128 number = 0;
    for (const char c : whole + fraction)
        number = number * 10 + (c - '0');
    return number * unit; // of 10^-9
}

constexpr __int128 kBillion = 1'000'000'000;

std::optional<std::uint64_t> sizeOf(const std::string& text) {
    static const std::regex form(R"((?:([0-9]+)\.?([0-9]*)|\.([0-9]+))(?:B|([KMGT])(?:i?b)?)?)",
                                 std::regex::icase);
    static const std::regex small("[0-9.]+b");
    std::smatch match;
    if (!std::regex_match(text, match, form) || std::regex_match(text, small)) return std::nullopt;
    // "iB" and "ib", but not "Ib".
    if (text.find('I') != std::string::npos) return std::nullopt;
    const std::string letters = "KMGT";
    unsigned power = 0;
    if (match[4].matched)
        power = static_cast<unsigned>(letters.find(static_cast<char>(std::toupper(match[4].str()[0])))) + 1;
    const auto bytes =
        wholeParts(match[1].str(), match[2].str() + match[3].str(), std::int64_t{1} << 10 * power) / kBillion;
    if (bytes > 9'000'000'000'000'000'000) return std::nullopt;
    return static_cast<std::uint64_t>(bytes);
}

std::optional<std::int64_t> millisecondsOf(const std::string& text) {
    static const std::regex form(R"((?:([0-9]+)\.?([0-9]*)|\.([0-9]+))(ms|s|m|h|d|(?!.)))");
    std::string rest = text;
    __int128 sum = 0;
    if (rest.empty()) return std::nullopt;
    while (!rest.empty()) {
        std::smatch match;
        if (!std::regex_search(rest, match, form, std::regex_constants::match_continuous))
            return std::nullopt;
        const auto unit = match[4].str();
        const std::int64_t size = unit == "ms"  ? 1
                                  : unit == "m" ? 60'000
                                  : unit == "h" ? 3'600'000
                                  : unit == "d" ? 86'400'000
                                                : 1000;
        sum += wholeParts(match[1].str(), match[2].str() + match[3].str(), size);
        rest = match.suffix();
    }
    return static_cast<std::int64_t>(sum / kBillion);
}

void checkSize(const std::string& text) {
    const auto read = unlessRefused(ErrorCode::Usage, [&] { return parseSize(text, "--memory"); });
    holds(read == sizeOf(text), [&] { return text; });
}

void checkDuration(const std::string& text) {
    const auto read =
        unlessRefused(ErrorCode::Usage, [&] { return parseDuration(text, "--timeout").count(); });
    holds(read == millisecondsOf(text), [&] { return text; });
}

} // namespace

TEST_CASE("every size of up to six characters is read exactly, or refused") {
    eachTextUpTo("19.KiBe", 5, checkSize);
    eachTextUpTo("0-+ 1mb", 4, checkSize);
    for (const auto border : borders64()) {
        checkSize(std::to_string(border));
        for (const auto* unit : {"K", "MiB", "gb", "T", ".5K", ".001G", ".000000001T"})
            checkSize(std::to_string(border % 100'000'000) + unit);
    }
    for (int thousandths = 0; thousandths < 1000; ++thousandths)
        checkSize(std::to_string(thousandths / 1000.0).substr(0, 5) + "G");
}

TEST_CASE("every duration of up to six characters, and each of a thousand milliseconds, is read exactly") {
    eachTextUpTo("19.smh", 5, checkDuration);
    eachTextUpTo("0d- +e", 4, checkDuration);
    for (int time = 0; time < 10'000; ++time) {
        char text[32];
        std::snprintf(text, sizeof text, "%d.%03ds", time / 1000, time % 1000);
        checkDuration(text);
    }
}

TEST_CASE("every size at a border of a unit is shown as a number below 1024") {
    const auto shown = [](std::uint64_t bytes) {
        const auto text = humanSize(bytes);
        char unit[8] = {};
        double number = 0;
        const bool read = std::sscanf(text.c_str(), "%lf %7s", &number, unit) == 2;
        const std::string name = unit;
        const double size = name == "B"     ? 1
                            : name == "KiB" ? 1024.
                            : name == "MiB" ? 1048576.
                            : name == "GiB" ? 1073741824.
                            : name == "TiB" ? 1099511627776.
                                            : 0;
        const double off = number * size - static_cast<double>(bytes);
        holds(read && size > 0 && (number < 1024 || name == "TiB") && std::abs(off) <= size * 0.0501,
              [&] { return std::to_string(bytes) + " as " + text; });
    };
    for (const auto border : borders64()) {
        for (std::uint64_t near = 0; near < 200; ++near) {
            shown(border - near * (border >> 14));
            shown(border / 1024 * 1000 + near);
        }
    }
    for (std::uint64_t bytes = 0; bytes < 70'000; ++bytes)
        shown(bytes);
}
