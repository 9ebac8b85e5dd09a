#pragma once

#include <exception>
#include <functional>
#include <memory>

#include <rootlayer/cancel.hh>

#include "base/deadline.hh"

namespace rootlayer::vm {

/// Runs a call that cannot be interrupted, as libvirt has many, in its own thread, so that the caller need
/// not wait for its end. The thread blocks all signals.
class Background final {
  public:
    /// Starts the call. The function must own or share all that it uses: the thread may outlive this object.
    explicit Background(std::function<void()> call);

    /// True if the call has returned, false if the deadline passed first. Throws what the call threw, and
    /// Error{Cancelled}.
    bool wait(Deadline deadline, const CancelToken* cancel = nullptr) const;

  private:
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace rootlayer::vm
