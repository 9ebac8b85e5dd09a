#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/digest.hh"
#include "base/stream.hh"

namespace rootlayer::audit {

/// One thing in which a layer is not canonical.
struct LayerFault {
    std::uint64_t entry = 0; ///< counts from 1; 0: the tar as a whole
    std::string path;        ///< bytes; the canonical path, empty where there is none
    std::string rule;        ///< "T3"
    std::string message;
};

/// What was read.
struct LayerAudit {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    std::uint64_t faults = 0; ///< 0: layer::TarValidator accepts these bytes, every one
    Digest diffId;
};

/// Reads any tar to its end and reports each rule that each of its entries breaks as a layer of ours
/// (docs/rules.md). Where the next entry cannot be found the last fault says so, and the rest is only hashed.
/// Memory is bounded. Throws what the source throws.
LayerAudit auditLayer(Source& tar, const std::function<void(const LayerFault&)>& report,
                      const CancelToken& cancel = {});

/// Reads any tar to its end for its digest, and reports alone when its end is missing or followed by
/// something that no tool reads (B14, B17). Throws what the source throws.
LayerAudit auditEnd(Source& tar, const std::function<void(const LayerFault&)>& report,
                    const CancelToken& cancel = {});

} // namespace rootlayer::audit
