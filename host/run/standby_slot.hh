#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>

#include <rootlayer/cancel.hh>
#include <rootlayer/standby_machine.hh>

#include "vm/machine.hh"
#include "vm/run_directory.hh"

namespace rootlayer::run {

/// A standby machine and its own directory.
struct PreparedMachine {
    std::unique_ptr<vm::RunDirectory> directory; ///< destroyed after the machine
    std::unique_ptr<vm::PausedMachine> machine;
};

/// Keeps one machine ready for the next run of a builder. A thread of its own prepares it. Errors during
/// preparation are ignored: the next run starts without it. Not thread-safe. After a fork(2) the slot of the
/// child has no machine, and its destructor does not touch the parent's.
class StandbySlot final {
  public:
    /// Called in the thread. The token is cancelled if the machine is no longer needed.
    using Make = std::function<PreparedMachine(const CancelToken&)>;

    explicit StandbySlot(const StandbyMachine& limits);
    /// Cancels a preparation and ends the machine.
    ~StandbySlot();
    StandbySlot(const StandbySlot&) = delete;
    StandbySlot& operator=(const StandbySlot&) = delete;

    /// True if no machine was prepared since the last take() or clear().
    bool empty() const { return m_visit == nullptr; }
    /// Whether a machine with this memory, in bytes, may wait.
    bool admits(std::uint64_t memory) const;
    /// Starts to prepare a machine for `key` and ends one for another key. Does nothing if there is a machine
    /// for `key` already. What `make` uses must outlive the slot or be owned by `make`.
    void prepare(const std::string& key, Make make) noexcept;
    /// Ends the machine, if any. For a machine that was made from damaged files.
    void clear() noexcept;
    /// Waits for the machine that is prepared for `key` and returns it. Ends one for another key. nullopt if
    /// there is none or its preparation failed. Throws Error{Cancelled}.
    std::optional<PreparedMachine> take(const std::string& key, const CancelToken& cancel);

  private:
    bool isOurs() const;

    class Visit;
    StandbyMachine m_limits;
    pid_t m_owner;
    std::unique_ptr<Visit> m_visit;
};

} // namespace rootlayer::run
