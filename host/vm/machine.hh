#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/unique_fd.hh"

namespace rootlayer::vm {

enum class Accelerator { Kvm, Tcg };

/// A file that is shown as a part of a disk: `size` bytes, a multiple of 4096, from the file's start.
struct Extent {
    std::string path; ///< absolute, of our own cache: no blanks, quotes or newlines
    std::uint64_t size = 0;
};

/// All that a machine is made of. The devices are always the same, whatever the run: two disks, one
/// virtio-serial port, one rng; no network.
struct MachineSpec {
    std::string kernel;    ///< path
    std::string initramfs; ///< path
    std::string commandLine;
    std::uint64_t memory = 0; ///< bytes
    unsigned processors = 1;
    std::vector<Extent>
        layers;          ///< /dev/vda: read-only, side by side, with the inputs behind them; at least one
    std::string scratch; ///< /dev/vdb: a raw file, written to, cache=unsafe
    Accelerator accelerator = Accelerator::Tcg;
    std::string directory; ///< this run's own directory: socket, console, descriptor of /dev/vda; short
                           ///< (socket paths)
};

/// A running machine. Its destructor kills it at once; nothing of it is left.
class Machine {
  public:
    virtual ~Machine() = default;
    /// Takes the byte stream to one of its ports (devicesOf()); once each. That it is connected does not mean
    /// that the guest has opened it.
    virtual UniqueFd takePort(std::string_view name) = 0;
    /// False once the machine has stopped or crashed.
    virtual bool running() = 0;
    /// The last lines of the kernel's console and of QEMU's own output, for error reports; not to be trusted.
    virtual std::string consoleTail() = 0;
    /// Stops it now, without asking the guest.
    virtual void kill() noexcept = 0;
};

/// A machine that could go on, but for the disks of a run: those it has hold nothing. It does not move until
/// then. Its destructor kills it.
class PausedMachine {
  public:
    virtual ~PausedMachine() = default;
    /// Gives it the layers of `spec`, the rest of which must be as it was, and lets it go on.
    /// Once. Throws Error{Machine} when it does not; the token must outlive the machine.
    virtual std::unique_ptr<Machine> goOn(const MachineSpec& spec, const CancelToken* cancel) = 0;
};

} // namespace rootlayer::vm
