#pragma once

#include <string>

#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>

namespace rootlayer::builder {

/// An in-toto statement (in-toto Statement v1, SLSA Provenance v1; docs/provenance.md) of a build that came
/// to an end: what it made, of what, with which options, on which machine. Without times or names of hosts:
/// the same build says the same.
std::string provenanceOf(const BuildSpec& spec, const BuildResult& result);

} // namespace rootlayer::builder
