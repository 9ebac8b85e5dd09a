#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <rootlayer/cancel.hh>
#include <rootlayer/network_options.hh>

#include "base/deadline.hh"
#include "base/process.hh"
#include "base/unique_fd.hh"

namespace rootlayer::network {

/// The process that makes a run's connections: the only part of rootlayer that connects to anything for a
/// script. It is confined (helper/confinement.hh), and what it says is checked, since a guest may have taken
/// it over. The destructor kills it.
class HelperProcess final {
  public:
    using Record = std::function<void(NetworkConnection)>;

    /// Starts it at the host's end of the streams' port. `directory` is the run's: the guardian kills the
    /// helper with it. Its last words go to a file there. Throws Error{System}.
    HelperProcess(const NetworkOptions& options, UniqueFd port, const std::string& directory, Record record);

    /// Readable when take() has something to read.
    int fd() const { return m_records.get(); }
    /// Reports the records that have arrived. Does not wait. False: the helper has ended.
    bool take();
    /// Tells it that the script has ended, and takes its last records. Returns why it failed; empty: it did
    /// not. Throws Error{Cancelled}.
    std::string finish(const CancelToken& cancel);
    /// The same without waiting for what the script has sent to be delivered, in a second at most.
    std::string abandon();

  private:
    void takeLines();
    void takeAll(Deadline limit, const CancelToken* cancel);
    std::string lastWords() const;

    Record m_record;
    std::string m_log;
    UniqueFd m_control;
    UniqueFd m_records;
    std::string m_buffer;
    std::uint64_t m_maxRecords;
    std::uint64_t m_count = 0;
    bool m_overflow = false; ///< it said more than a helper of ours
    std::optional<Child> m_child;
};

} // namespace rootlayer::network
