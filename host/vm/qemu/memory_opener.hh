#pragma once

#include <thread>

#include "base/unique_fd.hh"

namespace rootlayer::vm {

/// Opens a machine's memory for QEMU, read-only. QEMU maps it privately, so it does not need more, but QEMU
/// before 8.2 opens the file for writing; and later runs use the same file. The filter of its system calls
/// reports that call here (seccomp_unotify(2)), and the answer is a read-only descriptor.
class MemoryOpener final {
  public:
    /// Answers in a thread of its own until QEMU ends or this object is destroyed.
    MemoryOpener(UniqueFd listener, UniqueFd memory);
    ~MemoryOpener();
    MemoryOpener(const MemoryOpener&) = delete;
    MemoryOpener& operator=(const MemoryOpener&) = delete;

  private:
    void answerAll() const noexcept;
    bool answer() const noexcept;

    UniqueFd m_listener;
    UniqueFd m_memory;
    UniqueFd m_end;
    std::thread m_thread;
};

} // namespace rootlayer::vm
