#pragma once

#include <chrono>
#include <functional>

#include <rootlayer/cancel.hh>

namespace rootlayer::api {

/// Calls `act` with a token that is cancelled when the caller's is, or when the time has passed. In the
/// second case its Error{Cancelled} becomes Error{Timeout} with --deadline in its hint. 0: no limit.
void withinTime(std::chrono::milliseconds limit, const CancelToken& cancel,
                const std::function<void(const CancelToken&)>& act);

} // namespace rootlayer::api
