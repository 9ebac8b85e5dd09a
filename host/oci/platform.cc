#include "oci/platform.hh"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer::oci {

namespace {

constexpr std::array kArchitectures = {"386",      "amd64", "arm",     "arm64",   "loong64", "mips64",
                                       "mips64le", "ppc64", "ppc64le", "riscv64", "s390x"};
constexpr std::array kOtherNames = {
    std::pair("x86_64", "amd64"),   std::pair("x86-64", "amd64"),  std::pair("i386", "386"),
    std::pair("i686", "386"),       std::pair("aarch64", "arm64"), std::pair("arm64v8", "arm64"),
    std::pair("arm32v7", "arm/v7"), std::pair("armv7l", "arm/v7"), std::pair("armhf", "arm/v7"),
};

std::string architectureHint(std::string_view text) {
    for (const auto& [other, own] : kOtherNames) {
        if (text == other) return fmt::format("images use Go's name '{}'", own);
    }
    return fmt::format("known architectures: {}", fmt::join(kArchitectures, ", "));
}

void requireKnown(const Platform& platform, std::string_view text) {
    const auto known = [&](const char* name) { return platform.architecture == name; };
    if (std::none_of(kArchitectures.begin(), kArchitectures.end(), known)) {
        throw Error(ErrorCode::Usage, fmt::format("the platform {} has an unknown architecture", quote(text)),
                    architectureHint(platform.architecture));
    }
    if (platform.os != "linux") {
        throw Error(ErrorCode::Usage, fmt::format("the platform {} is not Linux", quote(text)),
                    "rootlayer runs Linux images: --platform linux/amd64");
    }
}

std::string_view plainVariant(const Platform& platform) {
    return platform.architecture == "arm64" && platform.variant == "v8" ? std::string_view()
                                                                        : platform.variant;
}

} // namespace

std::string Platform::str() const {
    return os + "/" + architecture + (variant.empty() ? "" : "/" + variant);
}

Platform Platform::parse(std::string_view text) {
    const auto slash = text.find('/');
    Platform result;
    std::string_view rest = text;
    if (slash != std::string_view::npos) {
        result.os = text.substr(0, slash);
        rest = text.substr(slash + 1);
    }
    const auto second = rest.find('/');
    result.architecture = rest.substr(0, second);
    if (second != std::string_view::npos) result.variant = rest.substr(second + 1);
    requireKnown(result, text);
    return result;
}

bool matches(const Platform& offered, const Platform& wanted) {
    if (offered.os != wanted.os || offered.architecture != wanted.architecture) return false;
    const std::string_view a = plainVariant(offered);
    const std::string_view b = plainVariant(wanted);
    return a.empty() || b.empty() || a == b;
}

} // namespace rootlayer::oci
