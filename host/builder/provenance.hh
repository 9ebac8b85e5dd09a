#pragma once

#include <string>

#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>

namespace rootlayer::builder {

/// The in-toto statement (in-toto Statement v1, SLSA Provenance v1; docs/provenance.md) of a successful
/// build: its products, inputs, options and machine. It has no times or host names, so that the same build
/// gives the same statement.
std::string provenanceOf(const BuildSpec& spec, const BuildResult& result);

} // namespace rootlayer::builder
