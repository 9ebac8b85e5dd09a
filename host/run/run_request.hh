#pragma once

#include <string>
#include <vector>

#include <rootlayer/run_spec.hh>

#include "protocol/messages.hh"

namespace rootlayer::run {

/// What the base's config says of how things are run in it (OCI config.md).
struct BaseDefaults {
    std::vector<std::string> env;
    std::string workdir;
    std::string user;
};

/// The run request: the spec's choices over the base's. In Env each name stands once, the later one wins, and
/// a PATH is always there. Throws Error{Input} for what no Linux would take: a user or group number that is
/// too large, too long an argument, variable or working directory, too many of them, a NUL byte.
protocol::RunRequest makeRunRequest(const RunSpec& spec, const BaseDefaults& base, protocol::Section script);

/// The request's arguments and environment as text for the layer disk, when a frame cannot hold the request;
/// else empty.
std::string wordsApart(const protocol::RunRequest& request);

/// Env of `base` with `child` over it, each name once, in the order of first appearance ([I2]).
std::vector<std::string> mergeEnvironment(const std::vector<std::string>& base,
                                          const std::vector<std::string>& child);

} // namespace rootlayer::run
