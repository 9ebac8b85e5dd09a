#include "oci/reference.hh"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer::oci {

namespace {

struct Prefix {
    std::string_view text;
    ReferenceKind kind;
    bool hasSelector;
};

constexpr std::array kPrefixes = {
    Prefix{"docker-archive:", ReferenceKind::DockerArchive, true},
    Prefix{"oci:", ReferenceKind::OciLayout, true},
    Prefix{"oci-archive:", ReferenceKind::OciArchive, true},
    Prefix{"dir:", ReferenceKind::Directory, false},
    Prefix{"tar:", ReferenceKind::Tar, false},
    Prefix{"disk:", ReferenceKind::Disk, false},
    Prefix{"docker://", ReferenceKind::Registry, true},
};

constexpr std::string_view kForms =
    "an image is one of docker-archive:FILE[:NAME:TAG], oci:DIR[:TAG], oci-archive:FILE[:TAG], dir:ROOTFS, "
    "tar:ROOTFS.tar, disk:FILE, docker://NAME[:TAG|@DIGEST], scratch";

/// Whether it looks like an image name in a registry: debian:12, ghcr.io/owner/app@sha256:...
bool looksLikeName(std::string_view text) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789._-/:@";
    return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos &&
           std::isalnum(static_cast<unsigned char>(text.front())) != 0 && text.back() != ':' &&
           !text.ends_with(".tar") && text.find("//") == std::string_view::npos;
}

/// A hint for another tool's prefix, or for one of ours in the wrong case.
std::string hintForPrefix(std::string_view text) {
    std::string lower(text.substr(0, text.find(':')));
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    const auto rest = escaped(text.substr(std::min(lower.size() + 1, text.size())));
    const auto wanted = std::find_if(kPrefixes.begin(), kPrefixes.end(), [&](const Prefix& known) {
        return known.text.substr(0, known.text.find(':')) == lower && known.kind != ReferenceKind::Registry;
    });
    if (text.find(':') == std::string_view::npos) return lower == "scratch" ? "did you mean scratch?" : "";
    if (wanted != kPrefixes.end()) return fmt::format("did you mean {}{}?", wanted->text, rest);
    if (lower == "docker-daemon")
        return fmt::format("docker save {} | rootlayer ... --from docker-archive:-", rest);
    if (lower == "containers-storage")
        return fmt::format("podman save {} | rootlayer ... --from docker-archive:-", rest);
    if (lower == "docker") {
        const auto name = rest.find_first_not_of('/');
        return fmt::format("did you mean docker://{}?",
                           name == std::string::npos ? "NAME" : rest.substr(name));
    }
    if (lower == "http" || lower == "https") return "an image in a registry is docker://HOST/NAME[:TAG]";
    return {};
}

std::string hintFor(std::string_view text) {
    const std::string path(text);
    struct stat status {};
    if (path.empty()) return std::string(kForms);
    if (::stat(path.c_str(), &status) != 0) {
        auto hint = hintForPrefix(text);
        if (hint.empty() && looksLikeName(text)) hint = fmt::format("did you mean docker://{}?", text);
        return hint.empty() ? std::string(kForms) : hint;
    }
    const bool layout = ::access((path + "/oci-layout").c_str(), F_OK) == 0;
    if (S_ISDIR(status.st_mode)) {
        return fmt::format("the directory exists: did you mean {}:{}?", layout ? "oci" : "dir",
                           escaped(path));
    }
    return fmt::format(
        "the file exists: did you mean docker-archive:{0} (from 'docker save'), oci-archive:{0}, or "
        "tar:{0} (a root file system)?",
        escaped(path));
}

[[noreturn]] void refuse(std::string_view text, std::string_view why,
                         std::string hint = std::string(kForms)) {
    throw Error(ErrorCode::Usage, fmt::format("the image reference {} {}", quote(text), why),
                std::move(hint));
}

bool looksLikeDigest(std::string_view text) {
    const std::string_view algorithm = text.substr(0, text.find(':'));
    return algorithm.size() < text.size() && algorithm.find('/') == std::string_view::npos &&
           (algorithm.starts_with("sha") || algorithm.starts_with("SHA") || algorithm == "md5");
}

std::optional<Digest> takeDigest(std::string_view& rest, std::string_view text) {
    const auto at = rest.rfind('@');
    if (at == std::string_view::npos || !looksLikeDigest(rest.substr(at + 1))) return std::nullopt;
    const std::string_view digits = rest.substr(at + 1);
    rest = rest.substr(0, at);
    try {
        return Digest::parse(digits);
    } catch (Error& error) {
        refuse(text, "has an unusable digest: " + error.message(), error.hint());
    }
}

// A registry's port also follows a colon: only a colon after the last slash starts a tag.
std::size_t selectorAt(std::string_view rest, ReferenceKind kind) {
    if (kind != ReferenceKind::Registry) return rest.find(':');
    const auto slash = rest.rfind('/');
    return rest.find(':', slash == std::string_view::npos ? 0 : slash);
}

Reference parseRest(std::string_view rest, const Prefix& prefix, std::string_view text) {
    Reference result;
    result.kind = prefix.kind;
    if (prefix.hasSelector) {
        result.digest = takeDigest(rest, text);
        const auto colon = selectorAt(rest, prefix.kind);
        if (colon != std::string_view::npos) {
            result.selector = rest.substr(colon + 1);
            if (result.selector.empty())
                refuse(text, "ends with a colon but no name after it",
                       fmt::format("remove the colon: {}{}", prefix.text, escaped(rest.substr(0, colon))));
            rest = rest.substr(0, colon);
        }
    }
    if (rest.empty()) {
        const bool registry = prefix.kind == ReferenceKind::Registry;
        refuse(text, registry ? "names no image" : "names no file",
               fmt::format("{}{}", prefix.text,
                           registry                                  ? "NAME[:TAG]"
                           : prefix.kind == ReferenceKind::OciLayout ? "DIR[:TAG]"
                           : prefix.kind == ReferenceKind::Directory ? "ROOTFS"
                                                                     : "FILE"));
    }
    result.path = rest;
    return result;
}

} // namespace

Reference Reference::parse(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) refuse(text, "contains a NUL byte");
    if (text == "scratch") return {};
    for (const Prefix& prefix : kPrefixes) {
        if (text.starts_with(prefix.text)) return parseRest(text.substr(prefix.text.size()), prefix, text);
    }
    refuse(text, "does not say what kind of image it is", hintFor(text));
}

std::string Reference::str() const {
    if (kind == ReferenceKind::Scratch) return "scratch";
    const auto prefix = std::find_if(kPrefixes.begin(), kPrefixes.end(),
                                     [&](const Prefix& known) { return known.kind == kind; });
    return std::string(prefix->text) + path + (selector.empty() ? "" : ":" + selector) +
           (digest ? "@" + digest->str() : "");
}

} // namespace rootlayer::oci
