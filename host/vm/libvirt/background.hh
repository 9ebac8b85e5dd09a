#pragma once

#include <exception>
#include <functional>
#include <memory>

#include <rootlayer/cancel.hh>

#include "base/deadline.hh"

namespace rootlayer::vm {

/// A call that cannot be interrupted (libvirt has many), made in a thread of its own, so that the caller need
/// not wait for its end. The thread takes no signals.
class Background final {
  public:
    /// Starts it. The function must own or share all it uses: the thread may outlive this object.
    explicit Background(std::function<void()> call);

    /// True when the call has returned, false when the deadline passed. Throws what the call threw;
    /// Error{Cancelled}.
    bool wait(Deadline deadline, const CancelToken* cancel = nullptr) const;

  private:
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace rootlayer::vm
