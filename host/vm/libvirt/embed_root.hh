#pragma once

#include <string>

#include "vm/run_directory.hh"

namespace rootlayer::vm {

/// The root directory of libvirt's embedded driver (libvirt.org/drvqemu.html, "Embedded driver"). There is
/// one for each process, with a guardian like a run's. Probing QEMU takes libvirt seconds, so its results are
/// kept in the cache between processes. They are copied, so that two processes never write the same file.
class EmbedRoot final {
  public:
    /// Created in `parent`, whose path must be short, because libvirt creates sockets deep inside. `cache` is
    /// our own directory, created if missing; empty for none. Throws Error{Input}.
    EmbedRoot(const std::string& parent, std::string cache);

    /// "qemu:///embed?root=..."
    std::string uri() const;
    /// The path of QEMU's log.
    std::string logOf(const std::string& domain) const {
        return m_directory.file("log/qemu/" + domain + ".log");
    }
    /// The path of libvirt's log.
    std::string libvirtLog() const { return m_directory.file("libvirt.log"); }
    const std::string& path() const { return m_directory.path(); }
    /// Copies libvirt's capabilities of QEMU to the cache. Throws if the cache cannot be written.
    void saveCapabilities() const;

  private:
    void configure() const;
    void loadCapabilities() const;
    std::string capabilities() const { return m_directory.file("cache/qemu/capabilities"); }

    RunDirectory m_directory;
    std::string m_cache;
};

} // namespace rootlayer::vm
