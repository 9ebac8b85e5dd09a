#include "cli/image_options.hh"

#include <CLI/CLI.hpp>

namespace rootlayer::cli {

void ImageOptions::addTo(CLI::App& command) {
    command
        .add_option("IMAGE", reference,
                    "docker-archive:FILE[:NAME:TAG], oci:DIR[:TAG], oci-archive:FILE[:TAG],\n"
                    "dir:ROOTFS, tar:ROOTFS.tar, disk:FILE, docker://NAME[:TAG|@DIGEST] or\n"
                    "scratch; FILE may be - for standard input, except for disk:")
        ->required();
    command
        .add_option("--platform", platform, "platform to choose if there are several (default: linux/amd64)")
        ->envname("ROOTLAYER_PLATFORM");
    addTlsVerify(command, tlsVerify);
}

void addTlsVerify(CLI::App& command, bool& tlsVerify) {
    command
        .add_flag("--tls-verify,!--no-tls-verify", tlsVerify,
                  "verify the TLS certificates of registries (default); --no-tls-verify accepts\n"
                  "any certificate and plain HTTP")
        ->envname("ROOTLAYER_TLS_VERIFY");
}

} // namespace rootlayer::cli
