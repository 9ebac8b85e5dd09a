#pragma once

#include <string>
#include <vector>

#include <rootlayer/run_spec.hh>

#include "protocol/messages.hh"

namespace rootlayer::run {

/// Defaults from the base's image config (OCI config.md).
struct BaseDefaults {
    std::vector<std::string> env;
    std::string workdir;
    std::string user;
};

/// Creates the run request. The spec takes precedence over the base. In Env each name occurs once, the last
/// one wins, and there is always a PATH. Throws Error{Input} for what Linux does not accept: a user or group
/// number that is too large; a word or path that is too long; too many words; a NUL byte.
protocol::RunRequest makeRunRequest(const RunSpec& spec, const BaseDefaults& base, protocol::Section script);

/// The request's arguments and environment, encoded for the input disk, if the request is too large for a
/// frame; else empty.
std::string wordsApart(const protocol::RunRequest& request);

/// Merges two environments: `child` takes precedence. Each name occurs once, in the order of its first
/// occurrence (rule I2).
std::vector<std::string> mergeEnvironment(const std::vector<std::string>& base,
                                          const std::vector<std::string>& child);

} // namespace rootlayer::run
