#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.hh"

namespace rootlayer::guest {

/// The directory of a shell script as a FUSE file system of the agent. The first process that opens the
/// script for reading, not for execution, is its shell, and gets one line per read(2). A shell reads on only
/// after it has run what it has read, so the last line that it got shows its position. The script has the
/// same name, content and permissions as on a tmpfs, and can be removed; nothing in the shell is changed. On
/// a kernel without FUSE nothing is watched.
class WatchedScript final {
  public:
    /// The bytes of the script must outlive this object.
    explicit WatchedScript(std::string_view script);

    /// To be mounted by the script's first process, and then polled; -1 if nothing is watched.
    int fd() const { return m_device.get(); }
    /// Mounts it; called in another process. False if it cannot be mounted.
    static bool mount(int device, const std::string& directory);

    /// Answers all waiting requests; never blocks.
    void serve();
    /// The line, from 1, where the command ends that the shell ran last; 0 if unknown.
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
    bool m_shellGone = false;   ///< the shell closed its handle
    std::uint64_t m_reads = 0;  ///< number of reads by the shell
    std::uint64_t m_end = 0;    ///< end of the shell's last read
};

} // namespace rootlayer::guest
