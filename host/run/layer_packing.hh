#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>
#include <rootlayer/run_result.hh>
#include <rootlayer/run_spec.hh>

#include "base/deadline.hh"
#include "run/layer_output.hh"
#include "session/session.hh"

namespace rootlayer::run {

/// The end of a run: the guest packs the layer, and the host receives it.
class LayerPacking final {
  public:
    /// Stores references to all arguments; they must outlive the packing.
    LayerPacking(const RunSpec& spec, session::Session& session, LayerOutput& output, Observer& observer,
                 const CancelToken& cancel)
        : m_spec(spec), m_session(session), m_output(output), m_observer(observer), m_cancel(cancel) {}

    /// Reads the content of large files from this scratch disk, where the guest says that it is. Without this
    /// all content comes through the port.
    void readRangesFrom(std::string scratch) { m_scratch = std::move(scratch); }

    /// Receives the layer until `deadline`, and sets the result's digest and counts. Adds warnings about what
    /// is not in the layer. Throws what Session::pack() and LayerOutput throw.
    void receive(Deadline deadline, RunResult& result);

  private:
    protocol::PackRequest request() const;
    session::PackLimits limits(Deadline deadline, std::uint64_t peakDisk) const;
    protocol::PackEnd receiveBytes(const session::PackLimits& limits);
    void noteTraces();
    void notePacked(const protocol::PackEnd& end, RunResult& result);

    const RunSpec& m_spec;
    session::Session& m_session;
    LayerOutput& m_output;
    Observer& m_observer;
    const CancelToken& m_cancel;
    std::string m_scratch; ///< empty: no ranges
};

} // namespace rootlayer::run
