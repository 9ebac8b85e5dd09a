#pragma once

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

/// A machine that waits, in a directory of its own.
struct PreparedMachine {
    std::unique_ptr<vm::RunDirectory> directory; ///< gone after the machine
    std::unique_ptr<vm::PausedMachine> machine;
};

/// Where one machine waits for the next run of a builder, prepared by a thread of its own. What goes wrong
/// there is nobody's error: then there is no machine. Not for several threads at once; in a process that was
/// forked from ours it is empty, and its end leaves ours alone.
class StandbySlot final {
  public:
    /// Called in the thread; the token is cancelled when nobody wants the machine any more.
    using Make = std::function<PreparedMachine(const CancelToken&)>;

    explicit StandbySlot(const StandbyMachine& limits);
    /// Ends what is under way, and the machine that waits.
    ~StandbySlot();
    StandbySlot(const StandbySlot&) = delete;
    StandbySlot& operator=(const StandbySlot&) = delete;

    /// Nothing was prepared, or it was taken.
    bool empty() const { return m_visit == nullptr; }
    /// May a machine with this memory wait?
    bool admits(std::uint64_t memory) const;
    /// Begins to make a machine for whoever asks for `key`; one that waits for another is ended. Does
    /// nothing if there is such a one. `make` must own or outlive (the room) all it uses.
    void prepare(const std::string& key, Make make) noexcept;
    /// Ends the machine that waits, if any: what it was made of is damaged.
    void clear() noexcept;
    /// The machine that was prepared for `key`, once it is ready; one for another key is ended. Throws
    /// Error{Cancelled}.
    std::optional<PreparedMachine> take(const std::string& key, const CancelToken& cancel);

  private:
    bool isOurs() const;

    class Visit;
    StandbyMachine m_limits;
    pid_t m_owner;
    std::unique_ptr<Visit> m_visit;
};

} // namespace rootlayer::run
