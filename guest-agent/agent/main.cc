#include <cstdio>
#include <exception>
#include <poll.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "guest-agent/agent/agent.hh"
#include "guest-agent/agent/boot.hh"
#include "guest-agent/agent/machine_steps.hh"
#include "guest-agent/agent/modules.hh"
#include "guest-agent/agent/watchdog.hh"
#include "guest-agent/assemble/disk_driver.hh"
#include "guest-agent/base/layout.hh"
#include "guest-agent/link/port.hh"
#include "protocol/connection.hh"
#include "protocol/control.hh"

namespace {

using namespace rootlayer;

constexpr std::chrono::seconds kPortTimeout{60};
constexpr int kLastWords = 300; // ms
// Linux' virtio_console does not wake a reader if another process's poll(2) has already taken the buffer from
// the queue. The watchdog polls the same port, so with two processors a request could wait for ever
// (docs/protocol.md).
constexpr std::chrono::milliseconds kRepollInterval{20};

/// The last reply may still be inside QEMU; the host closes its end when it has it.
void waitForHostToLeave(int port) {
    pollfd wait{port, 0, 0};
    ::poll(&wait, 1, kLastWords);
}

void serveHost() {
    guest::prepareMachine();
    guest::loadModules(guest::kModules, guest::kOrder);
    guest::leaveDisksAlone();
    guest::loadModules(guest::kModules, guest::kLateOrder);
    UniqueFd port = guest::openPort(protocol::kPortName, Deadline::after(kPortTimeout));
    guest::watchHost(port.get());
    const int fd = port.get();
    protocol::Connection connection(std::move(port), "the host");
    connection.setRepollInterval(kRepollInterval);
    guest::Agent(connection, guest::machineSteps()).serve(guest::machineHello(ROOTLAYER_VERSION));
    waitForHostToLeave(fd);
}

} // namespace

/// Process 1 of the guest. It never returns: the kernel panics if process 1 exits.
int main() {
    if (::getpid() != 1) {
        std::fputs("rootlayer-agent runs only as process 1 of rootlayer's guest\n", stderr);
        return 125;
    }
    try {
        serveHost();
    } catch (const Error& error) {
        std::fprintf(stderr, "rootlayer-agent: %s\n", error.what());
        if (!error.hint().empty()) std::fprintf(stderr, "rootlayer-agent: hint: %s\n", error.hint().c_str());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "rootlayer-agent: %s\n", error.what());
    }
    guest::powerOff();
}
