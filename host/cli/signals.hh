#pragma once

#include <rootlayer/cancel.hh>

namespace rootlayer::cli {

/// While it lives, SIGINT, SIGTERM and SIGHUP cancel the token; a second one ends the process at once. One at
/// a time.
class SignalGuard final {
  public:
    explicit SignalGuard(CancelToken token);
    ~SignalGuard();
    SignalGuard(const SignalGuard&) = delete;
    SignalGuard& operator=(const SignalGuard&) = delete;

    /// The signal that came first, or 0.
    static int received();
};

} // namespace rootlayer::cli
