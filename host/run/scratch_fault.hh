#pragma once

#include <string>

#include <rootlayer/error.hh>

#include "vm/machine.hh"

namespace rootlayer::run {

/// The Error{Resource} for a scratch disk that the host's disk has failed. `directory`: where it is.
Error scratchError(const vm::DiskFault& fault, const std::string& directory);

} // namespace rootlayer::run
