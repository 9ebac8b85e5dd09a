#pragma once

#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>
#include <rootlayer/event.hh>

namespace rootlayer::builder {

/// What a build made, in the order of its outputs: bare layers first, then images.
Outcome outcomeOf(const BuildSpec& spec, const BuildResult& result);

} // namespace rootlayer::builder
