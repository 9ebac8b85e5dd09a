#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/process.hh"

namespace rootlayer::vm {

/// A child with fewer powers than ours, and the thread that started it, which lives as long: the kernel kills
/// the child when that thread ends. The thread also cuts the logs that the child lets grow.
class SupervisedProcess final {
  public:
    /// Starts it. As root the child keeps only the capability to read files (limitCapabilities). `logs` are
    /// looked at once a second (boundConsole). Throws what Child::start() does.
    SupervisedProcess(const Command& command, std::vector<std::string> logs);
    /// Kills the child and reaps it.
    ~SupervisedProcess();
    SupervisedProcess(const SupervisedProcess&) = delete;
    SupervisedProcess& operator=(const SupervisedProcess&) = delete;

    bool running();
    /// How it ended; waits until then, or the deadline.
    std::optional<ExitStatus> ending(Deadline deadline);

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace rootlayer::vm
