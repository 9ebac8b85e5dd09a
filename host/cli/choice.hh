#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::cli {

/// One of the values that an option takes.
template <typename Value>
struct Choice {
    std::string_view name;
    Value value;
};

/// "text, json or none"
std::string inWords(const std::vector<std::string>& names);

/// Throws Error{Usage}: the option does not take the value, but these, one of which may be meant.
[[noreturn]] void refuseValue(std::string_view option, const std::string& value,
                              const std::vector<std::string>& names);

template <typename Value, std::size_t N>
std::vector<std::string> namesOf(const std::array<Choice<Value>, N>& choices) {
    std::vector<std::string> names;
    for (const auto& choice : choices)
        names.emplace_back(choice.name);
    return names;
}

/// What an option's help calls its value: "text|json".
template <typename Value, std::size_t N>
std::string placeholderOf(const std::array<Choice<Value>, N>& choices) {
    std::string text;
    for (const auto& choice : choices)
        text += (text.empty() ? "" : "|") + std::string(choice.name);
    return text;
}

/// The value with this name. Throws Error{Usage} for another name.
template <typename Value, std::size_t N>
Value chosenFrom(const std::array<Choice<Value>, N>& choices, const std::string& name,
                 std::string_view option) {
    for (const auto& choice : choices) {
        if (choice.name == name) return choice.value;
    }
    refuseValue(option, name, namesOf(choices));
}

} // namespace rootlayer::cli
