#include "network/host_name.hh"

#include <algorithm>

namespace rootlayer::network {

namespace {

constexpr std::size_t kMaxName = 253;
constexpr std::size_t kMaxLabel = 63;

// tolower(3) depends on the locale.
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool isLabel(std::string_view label) {
    return !label.empty() && label.size() <= kMaxLabel && label.front() != '-' && label.back() != '-' &&
           label.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

/// Whether inet_aton(3) takes it for a part of an address.
bool isNumber(std::string_view label) {
    if (label.starts_with("0x"))
        return label.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
    return label.find_first_not_of("0123456789") == std::string_view::npos;
}

} // namespace

std::optional<std::string> canonicalName(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.size() > kMaxName) return std::nullopt;
    std::string canonical(name);
    std::transform(canonical.begin(), canonical.end(), canonical.begin(), lower);
    const std::string_view text = canonical;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find('.', at), text.size());
        if (!isLabel(text.substr(at, end - at))) return std::nullopt;
        at = end + 1;
    }
    if (isNumber(text.substr(text.rfind('.') + 1))) return std::nullopt;
    return canonical;
}

} // namespace rootlayer::network
