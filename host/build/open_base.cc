#include "build/open_base.hh"

#include <algorithm>
#include <filesystem>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "build/appliance.hh"
#include "image/single_layer.hh"
#include "image/spool.hh"
#include "store/flat_tree.hh"
#include "vm/disk_format.hh"
#include "vm/disk_reader.hh"

namespace rootlayer::build {

namespace {

constexpr std::string_view kFound = "lost+found";

/// The names that fsck(8) keeps for itself, one in each file system: "lost+found", "home/lost+found".
std::vector<std::string> foundFolders(const std::vector<std::string>& mountPoints) {
    std::vector<std::string> folders;
    for (const auto& point : mountPoints) {
        auto path = point.substr(std::min(point.find_first_not_of('/'), point.size()));
        while (path.ends_with('/'))
            path.pop_back();
        folders.push_back(path.empty() ? std::string(kFound) : path + "/" + std::string(kFound));
    }
    return folders;
}

std::string_view plain(std::string_view path) {
    while (path.starts_with("./"))
        path.remove_prefix(2);
    while (path.ends_with('/'))
        path.remove_suffix(1);
    return path;
}

bool isIn(std::string_view path, const std::vector<std::string>& folders) {
    path = plain(path);
    return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
        return path == folder || path.starts_with(folder + "/");
    });
}

image::Spool treeOf(const std::string& path, const image::OpenOptions& options, const Settings& settings,
                    Observer* observer) {
    vm::checkedDiskFormat(path); // before a machine is made for it
    const auto cached = cachedAppliance(settings, observer, options.cancel);
    vm::DiskReader disk(path, cached.appliance, std::filesystem::absolute(options.temporaryFolder),
                        options.cancel);
    const auto found = foundFolders(disk.mountPoints());
    store::FileSpool data(options.temporaryFolder);
    store::FlatTree tree(&data, &options.cancel);
    const auto end = tree.add(disk, {}, [&](const layer::Entry& entry) { return !isIn(entry.path, found); });
    store::requireNothingAfter(end);
    if (end.missing()) throw Error(ErrorCode::Image, "the tar of the disk " + quote(path) + " was cut off");
    image::Spool spool(options.temporaryFolder, "the tree of the disk " + quote(path));
    tree.write(spool);
    spool.finish();
    return spool;
}

} // namespace

std::unique_ptr<image::BaseImage> openBase(const oci::Reference& reference, const image::OpenOptions& options,
                                           const Settings& settings, Observer* observer) {
    if (reference.kind != oci::ReferenceKind::Disk) return image::openBase(reference, options);
    return image::openSpooled(treeOf(reference.path, options, settings, observer), options);
}

} // namespace rootlayer::build
