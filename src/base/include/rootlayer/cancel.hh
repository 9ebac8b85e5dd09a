#pragma once

#include <memory>

#include <rootlayer/api.hh>

namespace rootlayer {

/// A request to stop, shared by the caller and the library. Copies are the same token. After cancel() a call
/// that has the token soon throws Error{Cancelled}, and undoes what it began.
class ROOTLAYER_API CancelToken {
  public:
    /// Makes a new token, which is not cancelled. Throws Error if there is no descriptor for it.
    CancelToken();

    /// Requests the stop. Safe in a signal handler and from any thread; may be called again.
    void cancel() const noexcept;
    /// Whether cancel() was called.
    bool cancelled() const noexcept;
    /// Throws Error{Cancelled} if cancel() was called.
    void check() const;
    /// A descriptor that polls as readable (POLLIN) once the token is cancelled. It belongs to the token; do
    /// not read or close it.
    int pollFd() const noexcept;

  private:
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace rootlayer
