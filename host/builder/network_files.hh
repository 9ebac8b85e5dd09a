#pragma once

#include <optional>

#include <rootlayer/run_result.hh>
#include <rootlayer/run_spec.hh>

#include "base/output_file.hh"

namespace rootlayer::builder {

/// The files about a script's connections: the log, and the --allow options of an audit. Both are kept even
/// if the script fails.
class NetworkFiles final {
  public:
    /// Throws like OutputFile.
    explicit NetworkFiles(const RunSpec& spec);

    /// nullptr: none is wanted.
    OutputFile* log() { return m_log ? &*m_log : nullptr; }
    /// After a run that did not come to its end.
    void keepLog();
    void keep(const RunResult& result);

  private:
    std::optional<OutputFile> m_log;
    std::optional<OutputFile> m_allow;
};

} // namespace rootlayer::builder
