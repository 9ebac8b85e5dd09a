#include "builder/open_base.hh"

#include <algorithm>
#include <filesystem>

#include <rootlayer/error.hh>

#include "base/cache_directory.hh"
#include "base/escape.hh"
#include "disk/appliance_cache.hh"
#include "disk/disk_format.hh"
#include "disk/disk_reader.hh"
#include "image/single_layer.hh"
#include "image/spool.hh"
#include "store/flat_tree.hh"

namespace rootlayer::builder {

namespace {

constexpr std::string_view kFound = "lost+found";

/// The directories of fsck(8), one in each file system: "lost+found", "home/lost+found".
std::vector<std::string> foundDirectories(const std::vector<std::string>& mountPoints) {
    std::vector<std::string> directories;
    for (const auto& point : mountPoints) {
        auto path = point.substr(std::min(point.find_first_not_of('/'), point.size()));
        while (path.ends_with('/'))
            path.pop_back();
        directories.push_back(path.empty() ? std::string(kFound) : path + "/" + std::string(kFound));
    }
    return directories;
}

std::string_view plain(std::string_view path) {
    while (path.starts_with("./"))
        path.remove_prefix(2);
    while (path.ends_with('/'))
        path.remove_suffix(1);
    return path;
}

bool isIn(std::string_view path, const std::vector<std::string>& directories) {
    path = plain(path);
    return std::any_of(directories.begin(), directories.end(), [&](const std::string& directory) {
        return path == directory || path.starts_with(directory + "/");
    });
}

image::Spool treeOf(const std::string& path, const image::OpenOptions& options, const Settings& settings) {
    disk::checkedDiskFormat(path); // before a machine is started for it
    const auto cached = disk::cachedAppliance(settings, options.observer, options.cancel);
    disk::DiskReader disk(path, cached.appliance, std::filesystem::absolute(options.workspace.directory),
                          options.cancel);
    const auto found = foundDirectories(disk.mountPoints());
    store::FileSpool data(options.workspace.directory);
    store::FlatTree tree(&data, &options.cancel);
    const auto end = tree.add(disk, {}, [&](const layer::Entry& entry) { return !isIn(entry.path, found); });
    tar::requireNothingAfter(end);
    if (end.missing()) throw Error(ErrorCode::Image, "the tar of the disk " + quote(path) + " was cut off");
    image::Spool spool(options.workspace.directory, "the tree of the disk " + quote(path));
    tree.write(spool);
    spool.finish();
    return spool;
}

image::OpenOptions openOptions(const OpenRequest& request, const Settings& settings) {
    image::OpenOptions options;
    options.platform = request.platform;
    options.transport.tlsVerify = request.tlsVerify;
    options.workspace.directory = settings.temporaryDirectory;
    options.workspace.standardInput = settings.standardInput;
    if (request.useDigestCache)
        options.workspace.digestCache = CacheDirectory(settings.cacheDirectory).digests();
    options.cancel = request.cancel;
    options.observer = request.observer;
    return options;
}

} // namespace

std::unique_ptr<image::BaseImage> openBase(const std::string& text, const OpenRequest& request,
                                           const Settings& settings) {
    const auto reference = oci::Reference::parse(text);
    const auto options = openOptions(request, settings);
    if (reference.kind != oci::ReferenceKind::Disk) return image::openBase(reference, options);
    return image::openSpooled(treeOf(reference.path, options, settings), options);
}

} // namespace rootlayer::builder
