#include "vm/qemu/supervised_process.hh"

#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "vm/console_tail.hh"

#include "base/no_signals.hh"

namespace rootlayer::vm {

namespace {
constexpr std::chrono::seconds kInterval{1};
} // namespace

struct SupervisedProcess::State {
    std::vector<std::string> logs;
    std::mutex mutex;
    std::condition_variable changed;
    bool over = false;
    std::optional<Child> child; ///< started by the thread
    std::thread thread;

    void keep(const Command& command, std::promise<void> started) noexcept {
        try {
            child.emplace(Child::start(command));
            started.set_value();
        } catch (...) {
            started.set_exception(std::current_exception());
            return;
        }
        std::unique_lock lock(mutex);
        while (!changed.wait_for(lock, kInterval, [this] { return over; })) {
            for (const auto& log : logs)
                boundConsole(log);
        }
    }
};

SupervisedProcess::SupervisedProcess(const Command& command, std::vector<std::string> logs)
    : m_state(std::make_unique<State>()) {
    m_state->logs = std::move(logs);
    std::promise<void> promise;
    auto started = promise.get_future();
    {
        const NoSignals blocked;
        m_state->thread =
            std::thread([state = m_state.get(), &command, promise = std::move(promise)]() mutable {
                state->keep(command, std::move(promise));
            });
    }
    try {
        started.get();
    } catch (...) {
        m_state->thread.join();
        throw;
    }
}

SupervisedProcess::~SupervisedProcess() {
    m_state->child->kill();
    {
        const std::lock_guard lock(m_state->mutex);
        m_state->over = true;
    }
    m_state->changed.notify_all();
    m_state->thread.join();
}

std::optional<ExitStatus> SupervisedProcess::ending(Deadline deadline) {
    return m_state->child->wait(deadline);
}

bool SupervisedProcess::running() {
    return m_state->child->running();
}

} // namespace rootlayer::vm
