#pragma once

#include <chrono>
#include <type_traits>

#include <rootlayer/error.hh>
#include <rootlayer/event.hh>

namespace rootlayer::api {

/// Runs one library call and reports its end to the observer. `describe` converts the result to an Outcome.
template <typename Act, typename Describe>
auto observedCall(Observer& observer, const Act& act, const Describe& describe) -> std::invoke_result_t<Act> {
    using std::chrono::steady_clock;
    const auto began = steady_clock::now();
    const auto elapsed = [&] {
        return std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
    };
    try {
        auto result = act();
        const Outcome outcome = describe(result);
        observer.onEvent({.kind = Event::Kind::Finished, .elapsed = elapsed(), .outcome = &outcome});
        return result;
    } catch (const Error& error) {
        observer.onEvent({.kind = Event::Kind::Failed, .elapsed = elapsed(), .error = &error});
        throw;
    }
}

} // namespace rootlayer::api
