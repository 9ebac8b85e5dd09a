#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.hh"

namespace rootlayer::guest {

/// The directory of a shell's script as a file system of the agent's own (FUSE). Who opens the script first,
/// other than to execute it, is its shell, and gets one line a read(2): a shell reads on when it has done
/// what it has read, so the last line that it got is where it is. The script has the same name, bytes and
/// rights as it has on a tmpfs, and can be removed there; nothing of the shell's is changed. A kernel without
/// FUSE watches nothing.
class WatchedScript final {
  public:
    /// The bytes must outlive it.
    explicit WatchedScript(std::string_view script);

    /// For the script's first process to mount, and to be polled once it has; -1: nothing is watched.
    int fd() const { return m_device.get(); }
    /// Mounts it, in another process. False when that cannot be.
    static bool mount(int device, const std::string& directory);

    /// Answers all that waits; never blocks.
    void serve();
    /// Where the command ends that the shell ran last, from 1; 0: not known.
    std::uint64_t line() const;

  private:
    struct Request;
    void answer(const Request& request);
    void open(const Request& request);
    void read(const Request& request);
    void list(const Request& request);
    void lookUp(const Request& request);
    void remove(const Request& request);
    void reply(const Request& request, std::string_view body);
    void refuse(const Request& request, int error);
    std::string attributes(std::uint64_t node) const;

    std::string_view m_script;
    UniqueFd m_device;
    std::string m_buffer;
    std::int64_t m_madeAt;
    bool m_removed = false;
    std::uint64_t m_opened = 0; ///< handles given so far
    std::uint64_t m_shell = 0;  ///< the shell's handle
    bool m_shellGone = false;   ///< it was closed
    std::uint64_t m_reads = 0;  ///< of the shell
    std::uint64_t m_end = 0;    ///< of what it read last
};

} // namespace rootlayer::guest
