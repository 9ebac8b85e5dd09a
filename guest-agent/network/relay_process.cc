#include "guest-agent/network/relay_process.hh"

#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.hh"
#include "base/stream.hh"
#include "base/system_error.hh"
#include "guest-agent/link/port.hh"
#include "guest-agent/network/relay.hh"
#include "protocol/hints.hh"

namespace rootlayer::guest {

namespace {

constexpr std::chrono::seconds kPortTimeout{30};
constexpr std::chrono::seconds kFinishTimeout{20};

IpPrefix prefixOf(const std::string& text) {
    const auto prefix = IpPrefix::parse(text);
    if (!prefix) throw Error(ErrorCode::Protocol, "the host sent a malformed range of addresses");
    return *prefix;
}

void openRanges(TcpSteering& steering, const protocol::NetworkRequest& request) {
    for (const auto& range : request.open)
        steering.open(prefixOf(range.prefix), range.ports);
    for (const auto& prefix : request.closed)
        steering.close(prefixOf(prefix));
}

[[noreturn]] void relay(UniqueFd port, ScriptNetwork& network, int lifeline) noexcept {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_NAME, "network");
    int status = 0;
    try {
        Relay(std::move(port), network).run(lifeline);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "rootlayer-agent: the script's network: %s\n", error.what());
        status = 1;
    }
    ::_exit(status);
}

} // namespace

RelayProcess::RelayProcess(ScriptNetwork& network, const protocol::NetworkRequest& request) {
    if (network.names() == nullptr || network.steering() == nullptr) {
        throw Error(ErrorCode::Machine,
                    fmt::format("the guest's kernel cannot give the script a network: {}", network.failure()),
                    protocol::kHintNetworkKernel);
    }
    openRanges(*network.steering(), request);
    auto port = openPort(protocol::kStreamsPortName, Deadline::after(kPortTimeout));
    Pipe lifeline = makePipe();
    m_pid = ::fork();
    if (m_pid < 0) throw systemError("cannot start the script's network");
    if (m_pid == 0) {
        lifeline.writer.reset();
        relay(std::move(port), network, lifeline.reader.get());
    }
    m_lifeline = std::move(lifeline.writer);
}

RelayProcess::~RelayProcess() {
    if (m_pid <= 0) return;
    ::kill(m_pid, SIGKILL);
    ::waitpid(m_pid, nullptr, 0);
}

bool RelayProcess::running() {
    if (m_pid > 0 && ::waitpid(m_pid, nullptr, WNOHANG) == m_pid) m_pid = 0;
    return m_pid > 0;
}

void RelayProcess::finish(const std::function<void()>& tick) {
    m_lifeline.reset();
    const auto limit = Deadline::after(kFinishTimeout);
    while (running() && !limit.expired()) {
        const timespec pause{0, 2'000'000};
        ::nanosleep(&pause, nullptr);
        tick();
    }
}

} // namespace rootlayer::guest
