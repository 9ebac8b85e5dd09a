#include "builder/presets.hh"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <filesystem>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"

namespace rootlayer::builder {

namespace {

using layer::EntryType;

constexpr std::array kNames = {"shadow", "nss", "sh", "env", "ca-certificates"};
constexpr std::array kBusyboxes = {"/bin/busybox", "/usr/bin/busybox"};
constexpr const char* kCertificates = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20;
constexpr std::uint32_t kReadable = 0644;
constexpr std::uint32_t kSecret = 0600;
constexpr std::uint32_t kProgram = 0755;

PresetFile file(const std::string& path, std::string bytes, std::uint32_t mode = kReadable) {
    PresetFile result;
    result.entry = {.path = path, .mode = mode, .size = bytes.size()};
    result.bytes = std::move(bytes);
    return result;
}

PresetFile link(const std::string& path, const std::string& target) {
    return {{.path = path, .type = EntryType::Symlink, .mode = 0777, .linkTarget = target}, {}};
}

/// Whether a program needs others to start: an interpreter in its program headers.
bool isDynamic(const std::string& elf) {
    Elf64_Ehdr header;
    if (elf.size() < sizeof header) return true;
    std::memcpy(&header, elf.data(), sizeof header);
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
        return true;
    for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment;
        const auto at = header.e_phoff + i * sizeof segment;
        if (at > elf.size() || elf.size() - at < sizeof segment) return true;
        std::memcpy(&segment, elf.data() + at, sizeof segment);
        if (segment.p_type == PT_INTERP) return true;
    }
    return false;
}

std::string hostBusybox(const std::string& preset) {
    for (const char* path : kBusyboxes) {
        if (!std::filesystem::exists(path)) continue;
        auto bytes = readFile(path, "busybox", kMostBytes);
        if (!isDynamic(bytes)) return bytes;
    }
    throw Error(ErrorCode::Input, fmt::format("--preset {} needs a static busybox on the host", preset),
                fmt::format("apt-get install busybox-static, or --preset {}=FILE", preset));
}

std::vector<PresetFile> program(const Preset& preset, const std::string& path, const std::string& target) {
    if (!preset.file.empty()) return {file(path, readFile(preset.file, "--preset", kMostBytes), kProgram)};
    return {link(path, target), file("bin/busybox", hostBusybox(preset.name), kProgram)};
}

std::vector<PresetFile> certificates(const Preset& preset) {
    if (preset.file.empty() && !std::filesystem::exists(kCertificates)) {
        throw Error(ErrorCode::Input,
                    fmt::format("--preset {} needs the host's {}", preset.name, quote(kCertificates)),
                    "apt-get install ca-certificates, or --preset ca-certificates=FILE");
    }
    return {file("etc/ssl/certs/ca-certificates.crt",
                 readFile(preset.file.empty() ? kCertificates : preset.file, "--preset", kMostBytes)),
            link("etc/ssl/certs/ca-bundle.crt", "ca-certificates.crt"),
            link("etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt")};
}

std::vector<PresetFile> shadow() {
    return {file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
            file("etc/group", "root:x:0:\n"),
            file("etc/shadow", "root:!:::::::\n", kSecret),
            file("etc/gshadow", "root:!::\n", kSecret),
            file("etc/login.defs", ""),
            file("etc/pam.d/other", "auth sufficient pam_rootok.so\n"
                                    "auth required pam_unix.so\n"
                                    "account required pam_unix.so\n"
                                    "password required pam_unix.so sha512\n"
                                    "session required pam_unix.so\n")};
}

std::vector<PresetFile> nss() {
    return {file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"
                               "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"),
            file("etc/group", "root:x:0:\nnobody:x:65534:\n"),
            file("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")};
}

} // namespace

Preset parsePreset(const std::string& text) {
    const auto equals = std::min(text.find('='), text.size());
    Preset preset{text.substr(0, equals), equals < text.size() ? text.substr(equals + 1) : ""};
    const bool known = std::find(kNames.begin(), kNames.end(), preset.name) != kNames.end();
    const bool takesFile = known && preset.name != "shadow" && preset.name != "nss";
    if (known && (equals == text.size() || (takesFile && !preset.file.empty()))) return preset;
    throw Error(ErrorCode::Usage, fmt::format("--preset does not take {}", quote(text)),
                "shadow, nss, sh, env or ca-certificates; the last three also as NAME=FILE");
}

bool usesBusybox(const Preset& preset) {
    return preset.file.empty() && (preset.name == "sh" || preset.name == "env");
}

std::vector<PresetFile> presetFiles(const Preset& preset) {
    if (preset.name == "shadow") return shadow();
    if (preset.name == "nss") return nss();
    if (preset.name == "sh") return program(preset, "bin/sh", "busybox");
    if (preset.name == "env") return program(preset, "usr/bin/env", "/bin/busybox");
    return certificates(preset);
}

} // namespace rootlayer::builder
