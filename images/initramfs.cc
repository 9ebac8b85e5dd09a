#include "images/initramfs.hh"

#include <fmt/format.h>

#include "images/cpio_writer.hh"
#include "images/module_order.hh"

namespace rootlayer::images {

namespace {

void writeModules(const InitramfsParts& parts, CpioWriter& cpio) {
    cpio.directory("modules");
    std::string order;
    std::string late;
    int number = 0;
    for (const auto& path : parts.modules) {
        const auto name = fmt::format("{:02}-{}.ko", number++, moduleName(path));
        cpio.file("modules/" + name, readModule(parts.modulesDirectory + "/" + path));
        (isLateModule(moduleName(path)) ? late : order) += name + '\n';
    }
    cpio.file("modules/order", order);
    cpio.file("modules/late", late);
}

} // namespace

void writeInitramfs(const InitramfsParts& parts, Sink& out) {
    CpioWriter cpio(out);
    cpio.file("init", parts.agent, true);
    cpio.file("busybox", parts.busybox, true);
    for (const auto* directory : {"dev", "proc", "sys", "run"})
        cpio.directory(directory);
    // PID 1 gets its standard descriptors from this node before anything can be mounted.
    cpio.characterDevice("dev/console", 5, 1);
    writeModules(parts, cpio);
    cpio.finish();
}

} // namespace rootlayer::images
