#pragma once

#include <string>
#include <utility>

#include <rootlayer/error.hh>

namespace rootlayer::layer {

/// Throws Error{Layer}. Whoever knows the entry puts it in front as context.
[[noreturn]] inline void refuse(std::string message, std::string hint = {}) {
    throw Error(ErrorCode::Layer, std::move(message), std::move(hint));
}

} // namespace rootlayer::layer
