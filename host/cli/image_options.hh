#pragma once

#include <string>

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// Which image a command reads.
struct ImageOptions {
    std::string reference;
    std::string platform = "linux/amd64";
    bool tlsVerify = true;

    /// The argument IMAGE, and the options that go with it.
    void addTo(CLI::App& command);
};

/// --tls-verify and --no-tls-verify, of registries.
void addTlsVerify(CLI::App& command, bool& tlsVerify);

} // namespace rootlayer::cli
