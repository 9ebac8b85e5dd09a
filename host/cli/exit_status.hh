#pragma once

#include <string>

#include <rootlayer/error.hh>

namespace rootlayer::cli {

/// The exit status when rootlayer itself failed. After signal N it is 128+N, with SIGPIPE when nobody reads
/// stdout. The script's own status passes through.
constexpr int kFailed = 125;

/// The end of a command's help: these examples, a line each, and its exit statuses. `own` are the statuses
/// other than those that every command has.
std::string helpFooter(const std::string& examples, const std::string& own = "0 success");
/// `own` of the commands that run a script.
constexpr const char* kScriptStatuses =
    "the script's own; 126 the script could not be executed;\n127 its interpreter was not found";

/// The exit status for an error that ends the command.
int exitStatusOf(const Error& error);

/// Prints "rootlayer: MESSAGE" and, if there is a hint, "  try: HINT" on stderr.
void report(const Error& error);

} // namespace rootlayer::cli
