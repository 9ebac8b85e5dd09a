#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/api.hh>
#include <rootlayer/script_failure.hh>

namespace rootlayer {

class Error;

/// One thing that a call produced, at one place.
struct Product {
    /// "layer", "image", "tar", "directory" or "disk".
    std::string kind;
    /// The path or reference as given; "-" for a descriptor; empty if nothing was written.
    std::string place;
    /// "sha256:...": a layer's diff_id, the digest of an image's manifest, else the digest of the tar.
    std::string digest;
    /// Size of the tar; for an image, of all its layers as stored.
    std::uint64_t bytes = 0;
    /// Number of entries in the tar; for an image, number of its layers.
    std::uint64_t entries = 0;
    /// Names of an image.
    std::vector<std::string> names;
};

/// The result of a call.
struct Outcome {
    int exitStatus = 0;                          ///< the script's; 0 without a script
    std::string exitReason;                      ///< what happened, printable; empty if the status is 0
    std::string exitHint;                        ///< what to try; empty if nothing is known
    std::vector<Product> products;               ///< empty if the status is not 0
    ScriptFailure failure = ScriptFailure::None; ///< why the script failed
};

/// Reports what the library is doing (docs/events.md). The library prints nothing; showing events is up to
/// the observer. Fields that do not belong to an event's kind keep their defaults.
struct Event {
    /// What happened.
    enum class Kind {
        PhaseStarted,  ///< `phase` began
        PhaseFinished, ///< `phase` ended after `elapsed`
        Progress,      ///< `done` of `total` bytes of `phase` are done
        Output,        ///< the script of `phase` wrote `text` to `stream`; arbitrary bytes, not to be trusted
        Warning,       ///< `text` is something that the user should know
        Note,          ///< `text` is something that may interest the user
        Finished,      ///< last event of a call that returns, with `outcome` and `elapsed`
        Failed,        ///< last event of a call that throws, with `error` and `elapsed`
    };

    Kind kind;                   ///< what happened
    std::string_view phase = {}; ///< as in PhaseTime::phase; of Progress also "fetch", "compress", "unpack"
    std::string_view text = {};  ///< of Output, Warning and Note
    int stream = 0;              ///< of Output: 1 stdout, 2 stderr
    std::uint64_t done = 0;      ///< of Progress: bytes
    std::uint64_t total = 0;     ///< of Progress: bytes, 0 if unknown
    std::chrono::microseconds elapsed{0}; ///< since the phase, or the call, began
    const Outcome* outcome = nullptr;     ///< of Finished; not owned
    const Error* error = nullptr;         ///< of Failed; not owned
    /// When it happened.
    std::chrono::system_clock::time_point time = std::chrono::system_clock::now();
};

/// Receives the events of a call. Views and pointers in an event are valid only during onEvent().
class ROOTLAYER_API Observer {
  public:
    virtual ~Observer() = default;
    /// Called in the thread that called the library, which waits until it returns.
    virtual void onEvent(const Event& event) = 0;
};

} // namespace rootlayer
