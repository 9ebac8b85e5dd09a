#pragma once

#include <string_view>

#include <rootlayer/error.hh>

namespace rootlayer::cli {

/// To be called first. Opens closed descriptors 0 to 2 on /dev/null, so that no other file gets one of these
/// numbers; reading stdin and writing stdout still fail. Ignores SIGPIPE and SIGXFSZ: failed writes set
/// errno.
void prepareStandardStreams();

/// Throws Error if stdout cannot be written to at all; to be called before any work is done for it.
void requireStdout();

/// Writes text to stdout, buffered until the next flush. Throws Error if that fails.
void toStdout(std::string_view text);
void flushStdout();

/// Writes text to stderr, unbuffered. Drops what cannot be written.
void toStderr(std::string_view text) noexcept;

/// Whether the error is that of a write to a pipe on stdout without a reader. The command then ends silently
/// by SIGPIPE, as others do. False if the caller ignores SIGPIPE.
bool isReaderGone(const Error& error);
/// Ends the process by SIGPIPE.
[[noreturn]] void endBySigpipe();

} // namespace rootlayer::cli
