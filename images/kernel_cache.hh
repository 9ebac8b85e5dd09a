#pragma once

#include <string>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>

#include "base/directory_cache.hh"
#include "images/kernel_package.hh"

namespace rootlayer::images {

/// Debian's kernel with the modules that the guest needs, fetched once and kept in CACHE/kernel.
struct CachedKernel {
    KernelFiles files;
    std::string identity; ///< differs for every other kernel
};

/// With `refresh` it is fetched even if it is cached. Throws like fetchKernelPackage().
CachedKernel cachedKernel(const std::string& cacheDirectory, bool refresh, Observer* observer = nullptr,
                          const CancelToken* cancel = nullptr);

/// The guest's own kernel, with its modules. With `build` it is built if it is not cached, or always with
/// `refresh`; this takes minutes. Without `build` the cached one is returned, or Error{Machine} says how to
/// build it. Throws like buildTunedKernel().
CachedKernel cachedTunedKernel(const std::string& cacheDirectory, bool build, bool refresh,
                               Observer* observer = nullptr, const CancelToken* cancel = nullptr);

/// Debian's kernel with all its modules, in a lib/modules/RELEASE: 110 MB, for libguestfs' machine. Cached as
/// a separate entry, and kept while `hold` lives.
struct WholeKernel {
    KernelFiles files;
    CacheHold hold;
};
WholeKernel cachedWholeKernel(const std::string& cacheDirectory, Observer* observer = nullptr,
                              const CancelToken* cancel = nullptr);

/// Reads the whole cached kernel: is it unchanged?
bool cachedKernelIntact(const std::string& cacheDirectory);
bool cachedTunedKernelIntact(const std::string& cacheDirectory);

} // namespace rootlayer::images
