#include "images/kernel_cache.hh"

#include <filesystem>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/cache_directory.hh"
#include "base/directory_cache.hh"
#include "base/temp_dir.hh"
#include "images/module_order.hh"
#include "images/tuned_kernel.hh"

namespace rootlayer::images {

namespace {

// Increase the number whenever wantedModules() or usefulModules() grow: an older entry lacks the new module.
constexpr const char* kEntry = "debian-cloud-2";
constexpr const char* kWholeEntry = "debian-cloud-whole-1";
constexpr const char* kImage = "vmlinuz";
constexpr const char* kModules = "modules";

DirectoryCache kernels(const std::string& cacheDirectory) {
    return DirectoryCache(CacheDirectory(cacheDirectory).kernels());
}

/// The name depends on the kernel's options.
std::string tunedEntry() {
    return fmt::format("tuned-{}", sha256(tunedKernelConfig()).hex().substr(0, 16));
}

void keepFile(const std::string& from, const std::string& directory, const std::string& name) {
    const auto target = directory + "/" + name;
    makeDirectories(target.substr(0, target.rfind('/')));
    std::filesystem::rename(from, target);
}

// Keeps only the few modules that are loaded, out of 90 MB.
Seal keepKernel(const KernelFiles& kernel, const std::string& directory) {
    Seal seal;
    seal.facts["release"] = kernel.release;
    auto modules = moduleOrder(kernel.modules, wantedModules(), usefulModules());
    modules.insert(modules.end(), {"modules.dep", "modules.builtin"});
    keepFile(kernel.image, directory, kImage);
    for (const auto& path : modules)
        keepFile(kernel.modules + "/" + path, directory, fmt::format("{}/{}", kModules, path));
    seal.add(directory, kImage);
    for (const auto& path : modules)
        seal.add(directory, fmt::format("{}/{}", kModules, path));
    return seal;
}

Seal keepWholeKernel(const KernelFiles& kernel, const std::string& directory) {
    Seal seal;
    seal.facts["release"] = kernel.release;
    keepFile(kernel.image, directory, kImage);
    // Programs search for modules in a directory with the name of the release.
    const auto modules = "lib/modules/" + kernel.release;
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kernel.modules)) {
        if (entry.is_regular_file() && !entry.is_symlink())
            files.push_back(entry.path().lexically_relative(kernel.modules).string());
    }
    for (const auto& path : files)
        keepFile(kernel.modules + "/" + path, directory, modules + "/" + path);
    seal.add(directory, kImage);
    for (const auto& path : files)
        seal.add(directory, modules + "/" + path);
    return seal;
}

CachedKernel describe(const DirectoryCache& cache, const std::string& entry, const Seal& seal) {
    const auto directory = cache.path(entry);
    const auto release = seal.fact("release");
    return {{release, directory + "/" + kImage, directory + "/" + kModules},
            fmt::format("{} {}", release, seal.file(kImage).digest.hex())};
}

/// Does not read the files: they are read when a guest image is made of them (cachedKernelIntact()). A
/// damaged kernel must not stop users who have a guest image, since a new one may need the network.
Seal kept(const DirectoryCache& cache, const std::string& entry, const DirectoryCache::Fill& fill,
          bool refresh, const CancelToken* cancel) {
    if (refresh) return cache.replace(entry, fill, cancel);
    if (auto seal = cache.use(entry)) return *std::move(seal);
    return cache.ensure(entry, fill, cancel);
}

} // namespace

CachedKernel cachedKernel(const std::string& cacheDirectory, bool refresh, Observer* observer,
                          const CancelToken* cancel) {
    const auto cache = kernels(cacheDirectory);
    const auto fill = [&](const std::string& directory) {
        const TempDir work(directory);
        return keepKernel(fetchKernelPackage(work.path(), observer, cancel), directory);
    };
    return describe(cache, kEntry, kept(cache, kEntry, fill, refresh, cancel));
}

CachedKernel cachedTunedKernel(const std::string& cacheDirectory, bool build, bool refresh,
                               Observer* observer, const CancelToken* cancel) {
    const auto cache = kernels(cacheDirectory);
    const auto entry = tunedEntry();
    if (!build) {
        const auto seal = cache.use(entry);
        if (seal && !refresh) return describe(cache, entry, *seal);
        throw Error(ErrorCode::Machine,
                    fmt::format("the guest's own kernel {}", seal || !cache.damage(entry).empty()
                                                                 ? "is damaged in the cache"
                                                                 : "is not in the cache"),
                    "build it: rootlayer guest build --tuned; or leave --kernel out, for Debian's");
    }
    const auto fill = [&](const std::string& directory) {
        const TempDir work(directory);
        return keepKernel(buildTunedKernel(work.path(), observer, cancel), directory);
    };
    return describe(cache, entry, kept(cache, entry, fill, refresh, cancel));
}

WholeKernel cachedWholeKernel(const std::string& cacheDirectory, Observer* observer,
                              const CancelToken* cancel) {
    const auto cache = kernels(cacheDirectory);
    const auto fill = [&](const std::string& directory) {
        const TempDir work(directory);
        return keepWholeKernel(fetchKernelPackage(work.path(), observer, cancel), directory);
    };
    const auto seal = cache.ensure(kWholeEntry, fill, cancel);
    const auto directory = cache.path(kWholeEntry);
    const auto release = seal.fact("release");
    return {{release, directory + "/" + kImage, directory + "/lib/modules/" + release}, seal.hold};
}

bool cachedKernelIntact(const std::string& cacheDirectory) {
    return kernels(cacheDirectory).intact(kEntry);
}

bool cachedTunedKernelIntact(const std::string& cacheDirectory) {
    return kernels(cacheDirectory).intact(tunedEntry());
}

} // namespace rootlayer::images
