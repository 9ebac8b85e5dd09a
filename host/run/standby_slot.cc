#include "run/standby_slot.hh"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

#include "base/no_signals.hh"
#include "base/poll.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace rootlayer::run {

/// One machine in the slot, from its preparation to its end.
class StandbySlot::Visit final {
  public:
    Visit(std::string key, Make make, std::chrono::seconds maxWait)
        : m_key(std::move(key)), m_make(std::move(make)), m_maxWait(maxWait) {
        if (!m_ready) throw systemError("cannot create an eventfd");
        const NoSignals blocked;
        m_thread = std::thread([this] { stay(); });
    }
    ~Visit() {
        m_cancel.cancel();
        end();
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    /// Whether the machine cannot be taken any more.
    bool over() const {
        const std::lock_guard lock(m_mutex);
        return m_over;
    }
    bool isFor(const std::string& key) const { return m_key == key && !over(); }

    std::optional<PreparedMachine> take(const CancelToken& cancel) {
        std::array<pollfd, 2> waits{{{m_ready.get(), POLLIN, 0}, {cancel.pollFd(), POLLIN, 0}}};
        while (waits[0].revents == 0) {
            pollFiles(waits, -1);
            cancel.check();
        }
        end();
        return std::move(m_machine);
    }

  private:
    void stay() noexcept {
        try {
            m_machine.emplace(m_make(m_cancel));
        } catch (...) {
            // The next run starts without the machine, and reports the error if it has it too.
        }
        m_make = nullptr;
        ::eventfd_write(m_ready.get(), 1);
        std::unique_lock lock(m_mutex);
        if (m_machine && m_changed.wait_for(lock, m_maxWait, [this] { return m_over; })) return;
        m_over = true;
        m_machine.reset();
    }

    void end() {
        {
            const std::lock_guard lock(m_mutex);
            m_over = true;
        }
        m_changed.notify_all();
        if (m_thread.joinable()) m_thread.join();
    }

    const std::string m_key;
    Make m_make;
    const std::chrono::seconds m_maxWait;
    const CancelToken m_cancel;
    const UniqueFd m_ready{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_over = false;                      ///< taken, cancelled, expired or failed
    std::optional<PreparedMachine> m_machine; ///< belongs to the thread until that has ended
    std::thread m_thread;
};

// A longer time would overflow the clock, so that the wait ended at once.
constexpr std::chrono::hours kMaxWait{24 * 365};

StandbySlot::StandbySlot(const StandbyMachine& limits) : m_limits(limits), m_owner(::getpid()) {
    m_limits.maxWait = std::min<std::chrono::seconds>(m_limits.maxWait, kMaxWait);
}

StandbySlot::~StandbySlot() {
    // A forked child has no such thread, and the machine is the parent's.
    if (!isOurs()) static_cast<void>(m_visit.release());
}

bool StandbySlot::isOurs() const {
    return ::getpid() == m_owner;
}

bool StandbySlot::admits(std::uint64_t memory) const {
    return memory <= m_limits.maxMemory && isOurs();
}

void StandbySlot::prepare(const std::string& key, Make make) noexcept {
    if (!isOurs() || (m_visit && m_visit->isFor(key))) return;
    m_visit.reset();
    try {
        m_visit = std::make_unique<Visit>(key, std::move(make), m_limits.maxWait);
    } catch (const std::exception&) {
        // Out of memory, threads or descriptors: there is no standby machine.
    }
}

void StandbySlot::clear() noexcept {
    if (isOurs()) m_visit.reset();
}

std::optional<PreparedMachine> StandbySlot::take(const std::string& key, const CancelToken& cancel) {
    if (!isOurs() || !m_visit) return std::nullopt;
    const auto visit = std::move(m_visit);
    if (!visit->isFor(key)) return std::nullopt;
    return visit->take(cancel);
}

} // namespace rootlayer::run
