#pragma once

#include <memory>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "guest-agent/agent/agent.hh"
#include "protocol/control.hh"
#include "tests/support/socket_pair.hh"
#include "vm/machine.hh"

namespace rootlayer::test {

/// A fake machine: the agent's own loop in a thread, connected by a socket pair.
class FakeMachine final : public vm::Machine {
  public:
    explicit FakeMachine(guest::Steps steps,
                         protocol::Hello hello = {protocol::kVersion, "fake", "0.0.0-fake"}) {
        m_thread = std::thread([steps = std::move(steps), hello = std::move(hello),
                                fd = std::make_shared<UniqueFd>(std::move(m_pair.guest))] {
            try {
                protocol::Connection connection(std::move(*fd), "the host");
                guest::Agent(connection, steps).serve(hello);
            } catch (const Error&) { // the host is gone: the machine powers off
                return;
            }
        });
    }

    ~FakeMachine() override { kill(); }

    UniqueFd takePort(std::string_view /*name*/) override { return std::move(m_pair.host); }
    bool running() override { return m_thread.joinable(); }
    std::string consoleTail() override { return "a fake console"; }
    std::string ending() override { return {}; }
    /// Like a real machine: the holder of the port sees end of file.
    void kill() noexcept override {
        ::shutdown(m_port.get(), SHUT_RDWR);
        if (m_thread.joinable()) m_thread.join();
    }

  private:
    SocketPair m_pair;
    UniqueFd m_port{::dup(m_pair.host.get())};
    std::thread m_thread;
};

} // namespace rootlayer::test
