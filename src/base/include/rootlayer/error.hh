#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/api.hh>

namespace rootlayer {

/// The kind of a failure, so that a program can tell failures apart without parsing messages.
enum class ErrorCode {
    Usage,     ///< the request makes no sense: an unknown option, a value out of range
    Input,     ///< a file of the caller's is missing, unreadable or malformed
    Image,     ///< an image is malformed, or does not match its digests
    Layer,     ///< a layer breaks the rules: it cannot be written, or was received broken
    Platform,  ///< the image is for another operating system or architecture
    Machine,   ///< the virtual machine could not be started, or died
    Guest,     ///< the agent in the guest reported a failure
    Protocol,  ///< the guest broke the protocol
    Timeout,   ///< a time limit was exceeded
    Cancelled, ///< the caller asked to stop
    Resource,  ///< disk space, memory or another resource ran out
    System,    ///< a system call failed
    Internal,  ///< a bug in rootlayer
};

/// The stable name of a code, as in --metadata-file and in the protocol: "usage", "bad-input", "bad-image",
/// "bad-layer", "wrong-platform", "machine", "guest", "protocol", "timeout", "cancelled", "resource",
/// "system" or "internal".
ROOTLAYER_API std::string_view name(ErrorCode code);

/// The code with a name; Internal for an unknown one, such as that of a newer version.
ROOTLAYER_API ErrorCode errorCodeFromName(std::string_view name);

/// The exception that rootlayer throws for its own failures. The message says what happened, and to what.
/// Callers on the way up can put context in front. The hint says what to try.
class ROOTLAYER_API Error final : public std::exception {
  public:
    /// An error without context.
    Error(ErrorCode code, std::string message, std::string hint = {});

    /// Puts context ("reading base layer 2") in front. Returns this object, to be thrown again.
    Error& addContext(std::string context);

    /// Sets the hint, unless there is one. Returns this object, to be thrown again.
    Error& addHint(std::string hint);

    /// The kind of the failure.
    ErrorCode code() const { return m_code; }
    /// Without context and hint.
    const std::string& message() const { return m_message; }
    /// What to try; empty if nothing is known.
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
