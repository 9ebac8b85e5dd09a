#pragma once

#include <string>
#include <vector>

#include <rootlayer/run_spec.hh>

#include "protocol/messages.hh"

namespace rootlayer::build {

/// What the base's config says of how things are run in it (OCI config.md).
struct BaseDefaults {
    std::vector<std::string> env;
    std::string workdir;
    std::string user;
};

/// The run request: the spec's choices over the base's. In Env each name stands once, the later one wins, and
/// a PATH is always there.
protocol::RunRequest makeRunRequest(const RunSpec& spec, const BaseDefaults& base, protocol::Section script);

/// Env of `base` with `child` over it, each name once, in the order of first appearance ([I2]).
std::vector<std::string> mergeEnvironment(const std::vector<std::string>& base,
                                          const std::vector<std::string>& child);

} // namespace rootlayer::build
