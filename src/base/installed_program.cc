#include "base/installed_program.hh"

#include <fmt/format.h>
#include <unistd.h>

#include "base/installation.hh"

namespace rootlayer {

namespace {

constexpr const char* kLoader = "ld-linux-x86-64.so.2";

const std::string& installed() {
    static const std::string directory = installedDirectory();
    return directory;
}

} // namespace

std::optional<std::string> installedProgram(std::string_view name) {
    if (installed().empty()) return std::nullopt;
    for (const char* directory : {"bin", "tools"}) {
        auto candidate = fmt::format("{}/{}/{}", installed(), directory, name);
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return std::nullopt;
}

std::string loadedBy(const std::string& program, std::vector<std::string>& argv) {
    const auto tools = installed() + "/tools";
    if (installed().empty() || program.substr(0, program.rfind('/')) != tools) return program;
    argv.insert(argv.begin() + 1, {"--inhibit-cache", "--library-path", tools, "--argv0", argv[0], program});
    return fmt::format("{}/{}", tools, kLoader);
}

} // namespace rootlayer
