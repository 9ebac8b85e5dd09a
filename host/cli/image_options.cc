#include "cli/image_options.hh"

#include <CLI/CLI.hpp>

namespace rootlayer::cli {

void ImageOptions::addTo(CLI::App& command) {
    command
        .add_option("IMAGE", reference,
                    "docker-archive:FILE[:NAME:TAG], oci:DIR[:TAG], oci-archive:FILE[:TAG], dir:ROOTFS,\n"
                    "tar:ROOTFS.tar, disk:FILE, docker://NAME[:TAG|@DIGEST] or scratch; FILE may be -,\n"
                    "but for a disk")
        ->required();
    command.add_option("--platform", platform, "which image, where there are several (default: linux/amd64)")
        ->envname("ROOTLAYER_PLATFORM");
    addTlsVerify(command, tlsVerify);
}

void addTlsVerify(CLI::App& command, bool& tlsVerify) {
    command
        .add_flag("--tls-verify,!--no-tls-verify", tlsVerify,
                  "--no-tls-verify: registries without TLS too, and with any certificate")
        ->envname("ROOTLAYER_TLS_VERIFY");
}

} // namespace rootlayer::cli
