#pragma once

#include <string>
#include <utility>

#include <rootlayer/error.hh>

namespace rootlayer::layer {

/// Throws Error{Layer}. Callers that know the entry add it as context.
[[noreturn]] inline void refuse(std::string message, std::string hint = {}) {
    throw Error(ErrorCode::Layer, std::move(message), std::move(hint));
}

} // namespace rootlayer::layer
