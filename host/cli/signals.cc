#include "cli/signals.hh"

#include <array>
#include <atomic>
#include <csignal>
#include <unistd.h>

namespace rootlayer::cli {

namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};

// A signal handler can use only globals.
std::atomic<const CancelToken*> g_token{nullptr};
std::atomic<int> g_received{0};

void onSignal(int number) {
    int none = 0;
    if (!g_received.compare_exchange_strong(none, number)) ::_exit(128 + number);
    if (const CancelToken* token = g_token) token->cancel();
}

void install(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    for (const int number : kSignals)
        ::sigaction(number, &action, nullptr);
}

} // namespace

SignalGuard::SignalGuard(CancelToken token) {
    g_token = new CancelToken(std::move(token));
    install(onSignal);
}

SignalGuard::~SignalGuard() {
    install(SIG_DFL);
    delete g_token.exchange(nullptr);
}

int SignalGuard::received() {
    return g_received;
}

} // namespace rootlayer::cli
