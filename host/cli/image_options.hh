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

} // namespace rootlayer::cli
