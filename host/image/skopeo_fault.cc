#include "image/skopeo_fault.hh"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <vector>

#include "base/escape.hh"

namespace rootlayer::image {

namespace {

constexpr std::size_t kTail = 1000;

/// The text of a log line's msg="...", in which logrus has put Go's escapes.
std::string unquoted(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        result += text[at];
    }
    return result;
}

/// What skopeo ended with; all that it said, or the end of that, when it is put in no form that is known.
std::string lastWords(std::string_view said) {
    constexpr std::string_view mark = "level=fatal msg=\"";
    if (const auto at = said.rfind(mark); at != std::string_view::npos)
        return unquoted(said.substr(at + mark.size()));
    while (said.ends_with('\n'))
        said.remove_suffix(1);
    return std::string(said.size() > kTail ? said.substr(said.size() - kTail) : said);
}

/// One way to fail: what skopeo's words then hold, and what to say.
struct Fault {
    std::vector<std::string_view> marks;
    ErrorCode code;
    std::string what; ///< is put before skopeo's words
    std::string hint;
};

std::vector<Fault> faultsOf(const std::string& image) {
    const auto name = image.substr(image.find("//") + 2);
    const auto host = escaped(registryHost(name));
    return {
        {{"no space left on device"},
         ErrorCode::Resource,
         "there is no room for",
         "point TMPDIR to a larger disk"},
        {{"Digest did not match", "does not match provided manifest digest", "verification failed"},
         ErrorCode::Image,
         "the registry sent something else than the digests say for",
         "the registry is broken or lies: do not use what it has"},
        {{"invalid reference format"},
         ErrorCode::Usage,
         "this is no name of an image:",
         "docker://NAME[:TAG|@DIGEST]"},
        {{"unauthorized", "authentication required", "invalid username/password", "denied", "401", "403"},
         ErrorCode::Input,
         fmt::format("the registry {} wants a login for, or does not have,", host),
         fmt::format("skopeo login {}, or REGISTRY_AUTH_FILE with the path of a file that has the login",
                     host)},
        {{"server gave HTTP response to HTTPS client"},
         ErrorCode::Input,
         fmt::format("the registry {} does not speak TLS, as it should for", host),
         "--no-tls-verify, if the registry and the way to it can be trusted"},
        {{"x509:", "tls:", "certificate"},
         ErrorCode::Input,
         fmt::format("the certificate of the registry {} is not trusted, for", host),
         fmt::format("its authority's certificate in /etc/containers/certs.d/{}/ca.crt, or --no-tls-verify",
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
         "check the name and the network; HTTPS_PROXY if there is a proxy"},
        {{"policy.json", "policy"},
         ErrorCode::Input,
         "skopeo's policy does not let in",
         "see containers-policy.json(5); Debian's package golang-github-containers-common has one"},
    };
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
    for (const Fault& fault : faultsOf(image)) {
        const auto found = [&](std::string_view mark) { return words.find(mark) != std::string::npos; };
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
            fmt::format("skopeo inspect {}", escaped(image))};
}

} // namespace rootlayer::image
