#pragma once

#include <string>

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// The image that a command reads.
struct ImageOptions {
    std::string reference;
    std::string platform = "linux/amd64";
    bool tlsVerify = true;

    /// Adds the argument IMAGE and its options.
    void addTo(CLI::App& command);
};

/// Adds --platform.
void addPlatform(CLI::App& command, std::string& platform);

/// Adds --tls-verify and --no-tls-verify.
void addTlsVerify(CLI::App& command, bool& tlsVerify);

} // namespace rootlayer::cli
