#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/digest.hh"
#include "base/stream.hh"

namespace rootlayer::audit {

/// One way in which a layer is not canonical.
struct LayerFault {
    std::uint64_t entry = 0; ///< counted from 1; 0: the tar as a whole
    std::string path;        ///< canonical, raw bytes; empty if there is none
    std::string rule;        ///< "T3"
    std::string message;
};

/// Totals of an audit.
struct LayerAudit {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    std::uint64_t faults = 0; ///< after auditLayer(), 0 means that layer::TarValidator accepts the layer
    Digest diffId;
};

/// Reads any tar to its end and reports every rule for canonical layers that an entry breaks (docs/rules.md).
/// If the next entry cannot be found, the last fault says so and the rest is only hashed. Needs up to 110
/// bytes of memory for each entry. Throws what the source throws.
LayerAudit auditLayer(Source& tar, const std::function<void(const LayerFault&)>& report,
                      const CancelToken& cancel = {});

/// Reads any tar to its end for its digest. Reports only a missing end, or data after the end, which no tool
/// reads (B14, B17). Throws what the source throws.
LayerAudit auditEnd(Source& tar, const std::function<void(const LayerFault&)>& report,
                    const CancelToken& cancel = {});

} // namespace rootlayer::audit
