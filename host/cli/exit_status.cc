#include "cli/exit_status.hh"

#include <csignal>
#include <fmt/format.h>

#include "cli/signals.hh"
#include "cli/standard_streams.hh"

namespace rootlayer::cli {

int exitStatusOf(const Error& error) {
    if (isReaderGone(error)) return 128 + SIGPIPE;
    const int signal = SignalGuard::received();
    return error.code() == ErrorCode::Cancelled && signal != 0 ? 128 + signal : kFailed;
}

void report(const Error& error) {
    toStderr(fmt::format("rootlayer: {}\n", error.what()));
    if (!error.hint().empty()) toStderr(fmt::format("  try: {}\n", error.hint()));
}

} // namespace rootlayer::cli
