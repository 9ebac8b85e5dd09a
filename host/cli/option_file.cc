#include "cli/option_file.hh"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/json.hh"

namespace rootlayer::cli {

namespace {

constexpr std::uint64_t kMaxFile = std::uint64_t{1} << 20;
// A list is one value of these.
constexpr std::array kCommands = {"entrypoint", "cmd", "healthcheck"};
constexpr std::string_view kLines = "commands"; // a list holds the lines of its text

class OptionFile final {
  public:
    explicit OptionFile(const std::string& file) : m_file(file) {}

    void add(const std::string& name, const Json& value) {
        const bool command = std::find(kCommands.begin(), kCommands.end(), name) != kCommands.end();
        if (value.isArray() && command) {
            put(name, value.write());
        } else if (value.isArray() && name == kLines) {
            std::string lines;
            for (const auto& item : value.items())
                lines += scalar(name, item) + "\n";
            put(name, lines);
        } else if (value.isArray()) {
            for (const auto& item : value.items())
                put(name, scalar(name, item));
        } else if (value.isObject()) {
            for (const auto& member : value.members())
                put(name, member.name + "=" + scalar(name, member.value));
        } else if (value.kind() == Json::Kind::Boolean) {
            if (value.text() == "true") m_options.push_back("--" + name);
        } else if (!value.isNull()) {
            put(name, scalar(name, value));
        }
    }

    std::vector<std::string> take() { return std::move(m_options); }

    [[noreturn]] void refuse(const std::string& name, std::string_view why) const {
        throw Error(ErrorCode::Usage, fmt::format("{}: the field {} {}", quote(m_file), quote(name), why),
                    "rootlayer build --help, or docs/build-file.md");
    }

  private:
    void put(const std::string& name, const std::string& value) {
        m_options.push_back(fmt::format("--{}={}", name, value));
    }

    std::string scalar(const std::string& name, const Json& value) const {
        if (value.isString()) return value.string();
        if (value.kind() == Json::Kind::Number) return std::string(value.text());
        refuse(name, fmt::format("has a value of type {}, not string or number", kindName(value.kind())));
    }

    std::string m_file;
    std::vector<std::string> m_options;
};

} // namespace

std::vector<std::string> optionsOf(const std::string& json, const std::string& file,
                                   const std::function<bool(const std::string& name)>& known) {
    try {
        const Json document = Json::parse(json, quote(file));
        if (!document.isObject())
            throw Error(ErrorCode::Usage, fmt::format("{} is not a JSON object", quote(file)),
                        R"({"from": "scratch", "output": "docker-archive:image.tar"})");
        OptionFile options(file);
        for (const auto& member : document.members()) {
            if (member.name == "$schema") continue;
            if (!known(member.name) || member.name == "file")
                options.refuse(member.name, "is not an option of build");
            options.add(member.name, member.value);
        }
        return options.take();
    } catch (const Error& error) {
        throw Error(ErrorCode::Usage, error.message(), error.hint());
    }
}

std::vector<std::string> withOptionFiles(std::vector<std::string> arguments,
                                         const std::function<bool(const std::string& name)>& known) {
    if (arguments.empty() || arguments[0] != "build") return arguments;
    constexpr std::string_view longForm = "--file=";
    std::vector<std::string> options;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        std::string file;
        if ((arguments[i] == "-f" || arguments[i] == "--file") && i + 1 < arguments.size()) {
            file = arguments[i + 1];
        } else if (arguments[i].starts_with(longForm)) {
            file = arguments[i].substr(longForm.size());
        }
        if (file.empty()) continue;
        const auto more = optionsOf(readFile(file, "build file", kMaxFile), file, known);
        options.insert(options.end(), more.begin(), more.end());
    }
    arguments.insert(arguments.begin() + 1, options.begin(), options.end());
    return arguments;
}

} // namespace rootlayer::cli
