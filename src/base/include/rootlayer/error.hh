#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/api.hh>

namespace rootlayer {

/// What kind of thing failed, so that a program can tell failures apart without reading messages.
enum class ErrorCode {
    Usage,     ///< the request makes no sense: an unknown option, a missing argument
    Input,     ///< a file of the caller's is missing, unreadable or not what it should be
    Image,     ///< a base image is malformed, or not what its digests say
    Layer,     ///< a layer breaks the rules: it cannot be written, or what arrived is not one
    Platform,  ///< the image is for another operating system or architecture
    Machine,   ///< the virtual machine could not be started, or died
    Guest,     ///< the agent in the guest reported a failure
    Protocol,  ///< what came over the wire was not the protocol
    Timeout,   ///< a deadline passed
    Cancelled, ///< the caller asked to stop
    Resource,  ///< no space, no memory, or a limit was reached
    System,    ///< the operating system refused something
    Internal,  ///< a fault of rootlayer's own
};

/// The stable name of a code, as it stands in `--metadata-file` and on the wire: "bad-image", "timeout", ...
ROOTLAYER_API std::string_view name(ErrorCode code);

/// The code with that name; Internal for a name that is unknown (a newer peer's).
ROOTLAYER_API ErrorCode errorCodeFromName(std::string_view name);

/// The only exception that rootlayer throws. The message says what happened and to what; each caller on the
/// way up may put its context before it; the hint says what to try.
class ROOTLAYER_API Error final : public std::exception {
  public:
    Error(ErrorCode code, std::string message, std::string hint = {});

    /// Puts a context in front ("reading base layer 2"); returns itself, to be thrown again.
    Error& addContext(std::string context);

    /// Says what to try, unless that is known already; returns itself.
    Error& addHint(std::string hint);

    ErrorCode code() const { return m_code; }
    const std::string& message() const { return m_message; }
    const std::string& hint() const { return m_hint; }
    /// Outermost first.
    const std::vector<std::string>& context() const { return m_context; }

    /// "context: context: message", without the hint.
    const char* what() const noexcept override { return m_what.c_str(); }

  private:
    ErrorCode m_code;
    std::string m_message;
    std::string m_hint;
    std::vector<std::string> m_context;
    std::string m_what;
};

} // namespace rootlayer
