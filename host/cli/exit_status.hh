#pragma once

#include <rootlayer/error.hh>

namespace rootlayer::cli {

/// docs of the command, "Exit status": 125 for what rootlayer failed at, 128+N after signal N, which is
/// SIGPIPE when nobody reads what it prints. The script's own statuses pass through.
constexpr int kFailed = 125;

/// The exit status for an error that ends the command.
int exitStatusOf(const Error& error);

/// Prints "rootlayer: what happened" and "  try: what to try" on stderr.
void report(const Error& error);

} // namespace rootlayer::cli
