#pragma once

#include <string>
#include <vector>

#include <rootlayer/network_options.hh>

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// The options of `run` and `build` for the script's network, as text; options() checks the values.
struct NetworkFlags {
    std::string mode; ///< empty: none, or allow if there are values of --allow or --permit
    std::vector<std::string> allow;
    std::vector<std::string> permit;
    std::vector<std::string> addHosts;
    std::vector<std::string> dnsServers;
    std::string proxy;
    std::string maxConnections;
    std::string maxBytes;
    std::string log;
    std::string allowFile;

    void addTo(CLI::App& command);
    /// Reads the files that --allow @FILE names. Throws Error{Usage} or Error{Input} naming the option.
    NetworkOptions options() const;
};

} // namespace rootlayer::cli
