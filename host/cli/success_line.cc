#include "cli/success_line.hh"

#include <cstdint>
#include <fmt/format.h>

#include "base/escape.hh"
#include "base/units.hh"

namespace rootlayer::cli {

namespace {

std::string shownPlace(const Product& product) {
    if (product.place == "-") return "standard output";
    return product.place.empty() ? product.kind : escaped(product.place);
}

std::string shownNames(const Product& image) {
    std::string text;
    for (const auto& name : image.names)
        text += " " + escaped(name);
    return text;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view several) {
    return fmt::format("{} {}", count, count == 1 ? one : several);
}

std::string shown(const Product& product) {
    const auto size = humanSize(product.bytes);
    if (product.kind != "image")
        return fmt::format("{}: {}, {}", shownPlace(product), size,
                           counted(product.entries, "entry", "entries"));
    return fmt::format("{}: image{} {}, {}, {}", shownPlace(product), shownNames(product), product.digest,
                       counted(product.entries, "layer", "layers"), size);
}

} // namespace

std::string successLine(const Outcome& outcome, std::chrono::microseconds elapsed) {
    std::string line;
    for (const auto& product : outcome.products)
        line += (line.empty() ? "" : "; ") + shown(product);
    if (line.empty()) return line;
    return line + fmt::format(", in {:.1f} s", std::chrono::duration<double>(elapsed).count());
}

} // namespace rootlayer::cli
