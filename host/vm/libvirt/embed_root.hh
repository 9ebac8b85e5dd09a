#pragma once

#include <string>

#include "vm/run_directory.hh"

namespace rootlayer::vm {

/// The directory in which libvirt's embedded driver (libvirt.org/drvqemu.html, "Embedded driver") keeps all
/// it has: one a process, guarded like a run. What libvirt finds out about QEMU, in seconds, is carried over
/// from process to process in the caller's cache: by copies, so that two processes never write the same file.
class EmbedRoot final {
  public:
    /// Made in `parent`, which must be short: libvirt makes sockets deep in it. `cache`: a directory of ours,
    /// made when missing; empty for none. Throws Error{Input}.
    EmbedRoot(const std::string& parent, std::string cache);

    /// "qemu:///embed?root=..."
    std::string uri() const;
    /// Where QEMU's own words go.
    std::string logOf(const std::string& domain) const {
        return m_directory.file("log/qemu/" + domain + ".log");
    }
    /// Where libvirt's own words go.
    std::string libvirtLog() const { return m_directory.file("libvirt.log"); }
    const std::string& path() const { return m_directory.path(); }
    /// Keeps what libvirt has found out; files that are there already stay. Throws when the cache cannot be
    /// written.
    void saveCapabilities() const;

  private:
    void configure() const;
    void loadCapabilities() const;
    std::string capabilities() const { return m_directory.file("cache/qemu/capabilities"); }

    RunDirectory m_directory;
    std::string m_cache;
};

} // namespace rootlayer::vm
