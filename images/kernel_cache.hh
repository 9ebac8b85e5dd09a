#pragma once

#include <string>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>

#include "base/directory_cache.hh"
#include "images/kernel_package.hh"

namespace rootlayer::images {

/// Debian's kernel with the modules that we need, fetched once and kept in CACHE/kernel.
struct CachedKernel {
    KernelFiles files;
    std::string identity; ///< tells it from any other kernel
};

/// `refresh` fetches it even if it is there. Errors as fetchKernelPackage().
CachedKernel cachedKernel(const std::string& cacheDirectory, bool refresh, Observer* observer = nullptr,
                          const CancelToken* cancel = nullptr);

/// The guest's own kernel, with its modules. Built only if `build`, for it takes minutes; then where
/// `refresh` even if it is there; otherwise Error{Machine} says how to make it. Errors as buildTunedKernel().
CachedKernel cachedTunedKernel(const std::string& cacheDirectory, bool build, bool refresh,
                               Observer* observer = nullptr, const CancelToken* cancel = nullptr);

/// Debian's with all of its modules, in a lib/modules/RELEASE: 110 MB, for machines that are not ours.
/// Fetched apart, and kept as long as `hold` lives.
struct WholeKernel {
    KernelFiles files;
    CacheHold hold;
};
WholeKernel cachedWholeKernel(const std::string& cacheDirectory, Observer* observer = nullptr,
                              const CancelToken* cancel = nullptr);

/// Each reads all of what is kept: is it as it was fetched, or built?
bool cachedKernelIntact(const std::string& cacheDirectory);
bool cachedTunedKernelIntact(const std::string& cacheDirectory);

} // namespace rootlayer::images
