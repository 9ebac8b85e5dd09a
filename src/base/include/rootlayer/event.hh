#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <rootlayer/api.hh>

namespace rootlayer {

/// The library's only way to say anything while it works. Rendering is the observer's.
struct Event {
    enum class Kind {
        PhaseStarted,  ///< `phase` began
        PhaseFinished, ///< `phase` ended after `elapsed`
        Progress,      ///< `done` of `total` bytes of `phase` (total 0: unknown)
        Output,  ///< the script wrote `text` to `stream` (1 stdout, 2 stderr); raw bytes, not to be trusted
        Warning, ///< something the user should know, in `text`
        Note,    ///< something the user may like to know, in `text`
    };

    Kind kind;
    std::string_view phase = {};
    std::string_view text = {};
    int stream = 0;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    std::chrono::microseconds elapsed{0};
};

/// Receives events, in the thread that called the library. The views in an event live only for the call.
class ROOTLAYER_API Observer {
  public:
    virtual ~Observer() = default;
    virtual void onEvent(const Event& event) = 0;
};

} // namespace rootlayer
