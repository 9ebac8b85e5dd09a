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

/// A connection to libvirt that stays open for the life of the process: the embedded driver allows one root
/// for each process, and fails after 16 openings even if all were closed. A thread handles libvirt's events.
class LibvirtConnection final {
  public:
    /// The process's connection to the URI (empty: embedded). It is opened at the first call and then shared;
    /// later calls ignore the directories. Throws Error{Machine}, Error{Timeout}, Error{Cancelled}. After a
    /// timeout or cancellation the opening continues, and the next call waits for it.
    static std::shared_ptr<LibvirtConnection> get(const std::string& uri, const std::string& runtimeDirectory,
                                                  const std::string& capabilityCache, Deadline deadline,
                                                  const CancelToken* cancel);

    virConnectPtr raw() const { return m_connect; }
    bool embedded() const { return m_root.has_value(); }
    const std::optional<EmbedRoot>& root() const { return m_root; }
    /// The options for domains on this connection.
    const DomainOptions& domainOptions() const { return m_options; }
    /// Returns the pending warning and clears it; empty if there is none.
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
