#pragma once

#include <memory>

#include <rootlayer/api.hh>

namespace rootlayer {

/// A request to stop, shared by who asks and who works. Copies are the same token. Every wait of the library
/// ends soon after cancel(), with Error{Cancelled}; what was begun is undone.
class ROOTLAYER_API CancelToken {
  public:
    CancelToken();

    /// Safe in a signal handler and from any thread; idempotent.
    void cancel() const noexcept;
    bool cancelled() const noexcept;
    /// Throws Error{Cancelled} if cancel() was called.
    void check() const;
    /// Readable (POLLIN) once cancelled; owned by the token, never to be read.
    int pollFd() const noexcept;

  private:
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace rootlayer
