#pragma once

#include <string>

#include "base/file.hh"
#include "base/temp_dir.hh"

namespace rootlayer::images {

/// A lib/modules/RELEASE with a few modules in it, as depmod leaves it.
inline std::string makeModules(const TempDir& temp) {
    const auto directory = temp.file("modules");
    makeDirectories(directory + "/kernel/drivers/virtio");
    makeDirectories(directory + "/kernel/fs");
    const std::string virtio = "kernel/drivers/virtio/";
    for (const auto* name : {"virtio.ko", "virtio_ring.ko", "virtio_pci.ko", "virtio_blk.ko",
                             "virtio_console.ko", "virtio-rng.ko"}) {
        writeFile(directory + "/" + virtio + name, std::string("code of ") + name);
    }
    writeFile(directory + "/kernel/fs/overlay.ko", "code of overlay.ko");
    writeFile(directory + "/modules.dep",
              virtio + "virtio_pci.ko: " + virtio + "virtio_ring.ko " + virtio + "virtio.ko\n" + virtio +
                  "virtio_ring.ko: " + virtio + "virtio.ko\n" + virtio + "virtio.ko:\n" + virtio +
                  "virtio_blk.ko: " + virtio + "virtio.ko " + virtio + "virtio_ring.ko\n" + virtio +
                  "virtio_console.ko: " + virtio + "virtio.ko\n" + virtio + "virtio-rng.ko: " + virtio +
                  "virtio.ko\n" + "kernel/fs/overlay.ko:\n");
    writeFile(directory + "/modules.builtin", "kernel/fs/ext4/ext4.ko\nkernel/fs/squashfs/squashfs.ko\n");
    return directory;
}

/// The smallest file that is accepted as a static program.
inline std::string staticProgram() {
    std::string elf(64, '\0');
    elf.replace(0, 4,
                "\x7f"
                "ELF");
    elf[4] = 2;
    return elf;
}

} // namespace rootlayer::images
