#pragma once

#include <string_view>

#include <rootlayer/error.hh>

namespace rootlayer::cli {

/// Call it first. Descriptors 0 to 2 that are closed are opened on /dev/null, so that no file of rootlayer's
/// gets one of these numbers; reading stdin and writing stdout fail then, as they would have. SIGPIPE and
/// SIGXFSZ are ignored: a failed write is told by its errno.
void prepareStandardStreams();

/// Throws Error when stdout cannot be written at all, before any work is done for it.
void requireStdout();

/// Writes text to stdout, in order, perhaps only at the next flush. Throws Error when that fails.
void toStdout(std::string_view text);
void flushStdout();

/// Writes text to stderr at once. What cannot be written is dropped: nobody can be told.
void toStderr(std::string_view text) noexcept;

/// Whether the error comes of writing to a pipe on stdout whose reader has gone. The command ends in silence
/// then, by SIGPIPE, as other commands do; not where its caller ignores SIGPIPE.
bool isReaderGone(const Error& error);
/// Ends the process by SIGPIPE.
[[noreturn]] void endBySigpipe();

} // namespace rootlayer::cli
