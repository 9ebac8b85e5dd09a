#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/deadline.hh"
#include "vm/libvirt/background.hh"
#include "vm/libvirt/domain_xml.hh"
#include "vm/libvirt/embed_root.hh"
#include "vm/libvirt/libvirt_handles.hh"

namespace rootlayer::vm {

/// One connection to libvirt, open for the life of the process: the embedded driver takes one root a process,
/// and refuses after 16 openings even when all were closed. libvirt's events are handled in a thread of their
/// own.
class LibvirtConnection final {
  public:
    /// The process's connection to that URI (empty: embedded), opened on first use and shared from then on;
    /// later calls do not look at the directories. Throws Error{Machine}, Error{Timeout}, Error{Cancelled};
    /// an opening that was given up goes on, and the next call waits for it.
    static std::shared_ptr<LibvirtConnection> get(const std::string& uri, const std::string& runtimeDirectory,
                                                  const std::string& capabilityCache, Deadline deadline,
                                                  const CancelToken* cancel);

    virConnectPtr raw() const { return m_connect; }
    bool embedded() const { return m_root.has_value(); }
    const std::optional<EmbedRoot>& root() const { return m_root; }
    /// How to tell this libvirt whom QEMU runs as.
    const DomainOptions& domainOptions() const { return m_options; }
    /// What went wrong and did not matter; once.
    std::string takeWarning();

    LibvirtConnection(std::string uri, const std::string& runtimeDirectory,
                      const std::string& capabilityCache);
    ~LibvirtConnection();
    LibvirtConnection(const LibvirtConnection&) = delete;
    LibvirtConnection& operator=(const LibvirtConnection&) = delete;

  private:
    void open();
    void saveCapabilities();

    std::string m_uri;
    std::optional<EmbedRoot> m_root;
    virConnectPtr m_connect = nullptr;
    DomainOptions m_options;
    std::mutex m_mutex;
    std::string m_warning;
};

} // namespace rootlayer::vm
