#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/process.hh"

namespace rootlayer::vm {

/// A child process, and a thread that starts it and lives as long as the child: the
/// kernel kills the child when the thread that started it ends (PR_SET_PDEATHSIG). The thread also limits the
/// size of the child's logs.
class SupervisedProcess final {
  public:
    /// Starts the child. `logs` are checked once a second (boundConsole()). Throws like Child::start().
    SupervisedProcess(const Command& command, std::vector<std::string> logs);
    /// Kills the child and reaps it.
    ~SupervisedProcess();
    SupervisedProcess(const SupervisedProcess&) = delete;
    SupervisedProcess& operator=(const SupervisedProcess&) = delete;

    bool running();
    /// Waits for the child to exit; nullopt if the deadline passes first.
    std::optional<ExitStatus> ending(Deadline deadline);

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace rootlayer::vm
