#include "builder/network_files.hh"

namespace rootlayer::builder {

NetworkFiles::NetworkFiles(const RunSpec& spec) {
    if (!spec.network.log.empty()) m_log.emplace(spec.network.log, "--network-log");
    if (!spec.network.allowFile.empty()) m_allow.emplace(spec.network.allowFile, "--network-allow-file");
}

void NetworkFiles::keepLog() {
    if (m_log) m_log->commit();
    m_log.reset();
}

void NetworkFiles::keep(const RunResult& result) {
    keepLog();
    if (!m_allow) return;
    for (const auto& allow : result.neededAllows)
        m_allow->write(allow + "\n");
    m_allow->commit();
    m_allow.reset();
}

} // namespace rootlayer::builder
