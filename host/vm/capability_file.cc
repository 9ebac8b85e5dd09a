#include "vm/capability_file.hh"

#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/digest.hh"
#include "base/file.hh"
#include "base/output_file.hh"

namespace rootlayer::vm {

namespace {

constexpr std::uint64_t kMax = std::uint64_t{8} << 20;

std::string lastLine(const std::string& xml) {
    return fmt::format("<!-- {} -->\n", sha256(xml).str());
}

} // namespace

std::optional<std::string> readCapabilityFile(const std::string& path) {
    try {
        auto text = readFile(path, "capabilities of QEMU", kMax);
        const auto at = text.rfind("<!-- sha256:");
        if (at == std::string::npos || text.substr(at) != lastLine(text.substr(0, at))) return std::nullopt;
        text.resize(at);
        return text;
    } catch (const Error&) {
        return std::nullopt;
    }
}

void writeCapabilityFile(const std::string& path, const std::string& xml) {
    if (readCapabilityFile(path) == xml) return;
    OutputFile file(path);
    file.write(xml);
    file.write(lastLine(xml));
    file.commit();
}

} // namespace rootlayer::vm
