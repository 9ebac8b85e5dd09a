#include "image/skopeo_settings.hh"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <unistd.h>

#include "base/installation.hh"

namespace rootlayer::image {

namespace {

constexpr const char* kPolicy = "/etc/containers/policy.json";
constexpr const char* kUsersPolicy = "/.config/containers/policy.json";
/// Where skopeo, a Go program, looks (crypto/x509).
constexpr std::array kCertificates{"/etc/ssl/certs/ca-certificates.crt",
                                   "/etc/pki/tls/certs/ca-bundle.crt",
                                   "/etc/ssl/ca-bundle.pem",
                                   "/etc/pki/tls/cacert.pem",
                                   "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                                   "/etc/ssl/cert.pem"};

bool isThere(const std::string& path) {
    return ::access(path.c_str(), R_OK) == 0;
}

std::string variable(const char* name) {
    const char* value = ::getenv(name);
    return value != nullptr ? value : "";
}

std::vector<std::string> ownEnvironment() {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry)
        all.emplace_back(*entry);
    return all;
}

} // namespace

void supplySettings(Command& skopeo) {
    const auto shared = installedDirectory() + "/share/";
    const auto policy = shared + "containers/policy.json";
    const auto certificates = shared + "ssl/ca-certificates.crt";
    if (!isThere(kPolicy) && !isThere(variable("HOME") + kUsersPolicy) && isThere(policy))
        skopeo.argv.insert(skopeo.argv.begin() + 1, {"--policy", policy});
    const bool trusts = !variable("SSL_CERT_FILE").empty() || !variable("SSL_CERT_DIR").empty() ||
                        std::any_of(kCertificates.begin(), kCertificates.end(), isThere);
    if (trusts || !isThere(certificates)) return;
    if (!skopeo.environment) skopeo.environment = ownEnvironment();
    skopeo.environment->push_back("SSL_CERT_FILE=" + certificates);
}

} // namespace rootlayer::image
