#include "image/skopeo_fault.hh"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>
#include <vector>

#include "base/escape.hh"

namespace rootlayer::image {

namespace {

constexpr std::size_t kTail = 1000;

/// Undoes Go's escapes in the msg="..." of a logrus line. Line ends and tabs become one blank.
std::string unquoted(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size() && text[at] != '"'; ++at) {
        const bool isEscape = text[at] == '\\' && at + 1 < text.size();
        if (isEscape) ++at;
        const bool isBlank = isEscape && std::string_view("ntr").find(text[at]) != std::string_view::npos;
        if (!isBlank) {
            result += text[at];
        } else if (!result.ends_with(' ')) {
            result += ' ';
        }
    }
    return result;
}

/// skopeo's final error message. If its format is unknown, the end of all its output.
std::string lastWords(std::string_view said) {
    constexpr std::string_view mark = "level=fatal msg=\"";
    if (const auto at = said.rfind(mark); at != std::string_view::npos)
        return unquoted(said.substr(at + mark.size()));
    while (said.ends_with('\n'))
        said.remove_suffix(1);
    return std::string(said.size() > kTail ? said.substr(said.size() - kTail) : said);
}

/// A known failure: texts in skopeo's message, any of which identifies it, and our message.
struct Fault {
    std::vector<std::string_view> marks;
    ErrorCode code;
    std::string what; ///< followed by the image and skopeo's message
    std::string hint;
};

std::vector<Fault> faultsOf(const std::string& image) {
    const auto name = image.substr(image.find("//") + 2);
    const auto host = escaped(registryHost(name));
    return {
        {{"no space left on device"},
         ErrorCode::Resource,
         "no space left for",
         "set TMPDIR to a directory with more space"},
        {{"Digest did not match", "does not match provided manifest digest", "verification failed"},
         ErrorCode::Image,
         "the registry sent data that does not match its digests for",
         "the registry is broken or malicious: do not use its images"},
        {{"invalid reference format"},
         ErrorCode::Usage,
         "not a valid image name:",
         "docker://NAME[:TAG|@DIGEST]"},
        {{"reading JSON file"},
         ErrorCode::Input,
         "the file with the logins for registries cannot be read for",
         "set XDG_RUNTIME_DIR to a directory of yours, or REGISTRY_AUTH_FILE to the path of a file with the "
         "login"},
        {{"unauthorized", "authentication required", "invalid username/password", "denied", "401", "403"},
         ErrorCode::Input,
         fmt::format("the registry {} requires a login for, or does not have,", host),
         fmt::format("run skopeo login {}, or set REGISTRY_AUTH_FILE to the path of a file with the login",
                     host)},
        {{"server gave HTTP response to HTTPS client"},
         ErrorCode::Input,
         fmt::format("the registry {} does not use TLS, which is required for", host),
         "use --no-tls-verify if you trust the registry and the network"},
        {{"x509:", "tls:", "certificate"},
         ErrorCode::Input,
         fmt::format("the certificate of the registry {} is not trusted for", host),
         fmt::format(
             "install the CA's certificate as /etc/containers/certs.d/{}/ca.crt, or use --no-tls-verify",
             host)},
        {{"manifest unknown", "name unknown", "not found", "404"},
         ErrorCode::Input,
         fmt::format("the registry {} does not have", host),
         fmt::format("check the name and the tag: skopeo list-tags docker://{}",
                     escaped(name.substr(0, name.find_last_of(":@"))))},
        {{"connection refused", "no such host", "i/o timeout", "no route to host", "network is unreachable",
          "connection reset", "dial tcp", "EOF", "context deadline exceeded"},
         ErrorCode::System,
         fmt::format("the registry {} cannot be reached for", host),
         "check the name and the network; set HTTPS_PROXY if there is a proxy"},
        {{"policy.json", "policy"},
         ErrorCode::Input,
         "skopeo's policy does not allow",
         "see containers-policy.json(5); Debian's package golang-github-containers-common has one"},
    };
}

bool isWordAt(std::string_view text, std::size_t at, std::size_t size) {
    const auto joins = [&](std::size_t place) {
        return place < text.size() && std::isalnum(static_cast<unsigned char>(text[place])) != 0;
    };
    return !(at > 0 && joins(at - 1)) && !joins(at + size);
}

void removeWords(std::string& text, const std::string& part) {
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at)) {
        if (isWordAt(text, at, part.size()))
            text.erase(at, part.size());
        else
            ++at;
    }
}

/// skopeo's message without the image's name: a port, a tag or a digest can look like an HTTP status, and an
/// image can be called "denied".
std::string withoutNames(std::string words, const std::string& image) {
    const auto name = image.substr(image.find("//") + 2);
    const auto tagged = name.substr(0, name.find('@'));
    const auto colon = tagged.rfind(':');
    const bool hasTag = colon != std::string::npos && tagged.find('/', colon) == std::string::npos;
    const auto path = hasTag ? tagged.substr(0, colon) : tagged;
    for (const auto& part : {name, tagged, path, "docker.io/library/" + path, registryHost(name)}) {
        // A bare word is also one of skopeo's own.
        if (part.find_first_of("/:.") != std::string::npos) removeWords(words, part);
    }
    return words;
}

/// An HTTP status is a word of its own: "StatusCode: 401", "status 404 (Not Found)".
bool holds(std::string_view words, std::string_view mark) {
    const bool number = mark.find_first_not_of("0123456789") == std::string_view::npos;
    for (auto at = words.find(mark); at != std::string_view::npos; at = words.find(mark, at + 1)) {
        if (!number) return true;
        const bool begins = at == 0 || words[at - 1] == ' ' || words[at - 1] == '(';
        if (begins && isWordAt(words, at, mark.size())) return true;
    }
    return false;
}

} // namespace

std::string registryHost(std::string_view name) {
    const auto first = name.substr(0, name.find('/'));
    const bool isHost = first.size() < name.size() &&
                        (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
    return std::string(isHost ? first : "docker.io");
}

std::optional<Error> knownSkopeoFault(const std::string& image, std::string_view said) {
    const auto words = lastWords(said);
    const auto matched = withoutNames(words, image);
    for (const Fault& fault : faultsOf(image)) {
        const auto found = [&](std::string_view mark) { return holds(matched, mark); };
        if (!std::any_of(fault.marks.begin(), fault.marks.end(), found)) continue;
        return Error(fault.code, fmt::format("{} {}: {}", fault.what, quote(image), escaped(words)),
                     fault.hint);
    }
    return std::nullopt;
}

Error skopeoFault(const std::string& image, std::string_view said) {
    if (auto known = knownSkopeoFault(image, said)) return *std::move(known);
    const auto shown = escaped(lastWords(said));
    return {ErrorCode::System, fmt::format("skopeo cannot fetch {}: {}", quote(image), shown),
            fmt::format("try skopeo inspect {}", escaped(image))};
}

} // namespace rootlayer::image
