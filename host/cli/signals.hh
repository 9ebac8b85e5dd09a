#pragma once

#include <rootlayer/cancel.hh>

namespace rootlayer::cli {

/// During its lifetime SIGINT, SIGTERM and SIGHUP cancel the token; a second signal ends the process at once.
/// Only one may exist at a time.
class SignalGuard final {
  public:
    explicit SignalGuard(CancelToken token);
    ~SignalGuard();
    SignalGuard(const SignalGuard&) = delete;
    SignalGuard& operator=(const SignalGuard&) = delete;

    /// The first signal received, or 0.
    static int received();
};

} // namespace rootlayer::cli
