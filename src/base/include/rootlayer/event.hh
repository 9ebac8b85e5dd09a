#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/api.hh>

namespace rootlayer {

class Error;

/// One thing that a call made and put in its place.
struct Product {
    std::string kind;          ///< "layer", "image", "tar", "directory" or "disk"
    std::string place;         ///< a path or a reference, as it was given; empty: a descriptor, or nowhere
    std::string digest;        ///< "sha256:...": a layer's diff_id, an image's manifest, else of the tar
    std::uint64_t bytes = 0;   ///< of the tar; of an image's layers as they are stored
    std::uint64_t entries = 0; ///< of the tar, or layers of an image
    std::vector<std::string> names; ///< of an image
};

/// What a call came to.
struct Outcome {
    int exitStatus = 0;            ///< the script's
    std::string exitReason;        ///< when it is not 0; printable
    std::string exitHint;          ///< what to try, if something is known
    std::vector<Product> products; ///< none when the status is not 0
};

/// The library's only way to say anything while it works. Rendering is the observer's (docs/events.md).
struct Event {
    enum class Kind {
        PhaseStarted,  ///< `phase` began
        PhaseFinished, ///< `phase` ended after `elapsed`
        Progress,      ///< `done` of `total` bytes of `phase` (total 0: unknown)
        Output,   ///< the script wrote `text` to `stream` (1 stdout, 2 stderr); raw bytes, not to be trusted
        Warning,  ///< something the user should know, in `text`
        Note,     ///< something the user may like to know, in `text`
        Finished, ///< the last event of a call that returns: its `outcome`, and how long it took in `elapsed`
        Failed,   ///< the last event of a call that throws: its `error`, `elapsed` likewise
    };

    Kind kind;
    std::string_view phase = {};
    std::string_view text = {};
    int stream = 0;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    std::chrono::microseconds elapsed{0};
    const Outcome* outcome = nullptr; ///< of Finished
    const Error* error = nullptr;     ///< of Failed
    std::chrono::system_clock::time_point time = std::chrono::system_clock::now();
};

/// Receives events, in the thread that called the library. The views in an event live only for the call.
class ROOTLAYER_API Observer {
  public:
    virtual ~Observer() = default;
    virtual void onEvent(const Event& event) = 0;
};

} // namespace rootlayer
