#pragma once

#include <cstdint>

namespace rootlayer::network {

/// Counts what a run transfers against its limits; 0: no limit.
class Traffic final {
  public:
    Traffic(std::uint64_t maxConnections, std::uint64_t maxBytes)
        : m_maxConnections(maxConnections), m_maxBytes(maxBytes) {}

    /// Counts a connection; false: it is one too many, or no bytes are left for it.
    bool admitConnection() {
        const bool bytesLeft = m_bytes < m_maxBytes || m_maxBytes == 0;
        return (++m_connections <= m_maxConnections || m_maxConnections == 0) && bytesLeft;
    }
    /// Counts bytes; false: there were too many.
    bool admitBytes(std::uint64_t bytes) {
        m_bytes += bytes;
        return m_bytes <= m_maxBytes || m_maxBytes == 0;
    }

  private:
    std::uint64_t m_maxConnections;
    std::uint64_t m_maxBytes;
    std::uint64_t m_connections = 0;
    std::uint64_t m_bytes = 0;
};

} // namespace rootlayer::network
