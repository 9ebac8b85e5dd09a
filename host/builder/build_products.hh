#pragma once

#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>
#include <rootlayer/event.hh>

namespace rootlayer::builder {

/// The products of a build, in the order of its outputs: layers first, then images. None if the script
/// failed.
Outcome outcomeOf(const BuildSpec& spec, const BuildResult& result);

} // namespace rootlayer::builder
