#pragma once

#include <string>

#include <rootlayer/error.hh>

namespace rootlayer::cli {

/// The exit status when rootlayer itself failed. After signal N it is 128+N, with SIGPIPE when nobody reads
/// stdout. The script's own status passes through.
constexpr int kFailed = 125;

/// The exit status for an error that ends the command.
int exitStatusOf(const Error& error);

/// Prints "rootlayer: MESSAGE" and, if there is a hint, "  try: HINT" on stderr.
void report(const Error& error);

} // namespace rootlayer::cli
