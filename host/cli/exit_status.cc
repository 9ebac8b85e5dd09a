#include "cli/exit_status.hh"

#include <cstdio>
#include <fmt/format.h>

#include "cli/signals.hh"

namespace rootlayer::cli {

int exitStatusOf(const Error& error) {
    const int signal = SignalGuard::received();
    return error.code() == ErrorCode::Cancelled && signal != 0 ? 128 + signal : kFailed;
}

void report(const Error& error) {
    fmt::print(stderr, "rootlayer: {}\n", error.what());
    if (!error.hint().empty()) fmt::print(stderr, "  try: {}\n", error.hint());
}

} // namespace rootlayer::cli
