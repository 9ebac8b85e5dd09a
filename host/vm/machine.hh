#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/unique_fd.hh"
#include "vm/isolation.hh"

namespace rootlayer::vm {

enum class Accelerator { Kvm, Tcg };

/// A part of a disk: the first `size` bytes of a file.
struct Extent {
    std::string path;       ///< absolute
    std::uint64_t size = 0; ///< a multiple of 4096
};

/// The definition of a machine. Every machine has the same devices: two disks, two virtio-serial ports, one
/// rng, no network card.
struct MachineSpec {
    std::string kernel;    ///< path
    std::string initramfs; ///< path
    std::string commandLine;
    std::uint64_t memory = 0; ///< bytes
    unsigned processors = 1;
    /// /dev/vda, read-only: the layers side by side, then the inputs. At least one.
    std::vector<Extent> layers;
    /// /dev/vdb, writable: a raw file, cache=unsafe.
    std::string scratch;
    Accelerator accelerator = Accelerator::Tcg;
    /// The run's own directory for socket, console and the descriptor of /dev/vda. Its path must be short
    /// because it contains sockets.
    std::string directory;
    /// The QEMU that runs it: a path; empty: the one in PATH.
    std::string qemu = {};
};

/// The host's disk failed the machine's scratch disk.
struct DiskFault {
    bool full = false;  ///< there is no space left
    std::string reason; ///< in words; empty if QEMU does not say. Safe to show.
};

/// A QEMU that ran a machine.
struct QemuInfo {
    std::string path;    ///< empty if it is not known
    std::string version; ///< "7.2.22 (Debian 1:7.2+...)"; empty if it is not known. Safe to show.
};

/// A running machine. The destructor kills it at once.
class Machine {
  public:
    virtual ~Machine() = default;
    /// Takes the byte stream to one of its ports (devicesOf()). May be called once for each. The guest may
    /// not have opened it yet.
    virtual UniqueFd takePort(std::string_view name) = 0;
    /// False if the machine has stopped or crashed.
    virtual bool running() = 0;
    /// Becomes readable when there may be a diskFault(), and when the machine has ended. Only poll it. -1:
    /// the machine reports none.
    virtual int faultFd() { return -1; }
    /// The first failed access to the scratch disk, if any. If the disk is full, QEMU has stopped the machine
    /// in the middle of the write, and it does not answer any more. Never waits.
    virtual std::optional<DiskFault> diskFault() { return std::nullopt; }
    /// The last lines of the kernel's console and of QEMU's output, for error messages. Not trusted.
    virtual std::string consoleTail() = 0;
    /// How its process is confined.
    virtual Isolation isolation() const { return {}; }
    /// The QEMU that runs it.
    virtual QemuInfo qemu() const { return {}; }
    /// How a machine that has ended did: "the guest powered itself off". Empty if it is not known.
    virtual std::string ending() = 0;
    /// Stops the machine without asking the guest.
    virtual void kill() noexcept = 0;
};

/// A machine that was restored but does not execute yet: it waits for the disks of a run and has blank ones
/// until then. The destructor kills it.
class PausedMachine {
  public:
    virtual ~PausedMachine() = default;
    /// Attaches the layers of `spec` and resumes the machine. The rest of `spec` must be what it was prepared
    /// with. May be called once. Throws Error{Machine} if it fails; the token must outlive the machine.
    virtual std::unique_ptr<Machine> goOn(const MachineSpec& spec, const CancelToken* cancel) = 0;
};

} // namespace rootlayer::vm
