#include "cli/image_options.hh"

#include <CLI/CLI.hpp>

#include "cli/option.hh"

namespace rootlayer::cli {

void ImageOptions::addTo(CLI::App& command) {
    command
        .add_option("IMAGE", reference,
                    "docker-archive:FILE[:NAME:TAG], oci:DIR[:TAG], oci-archive:FILE[:TAG],\n"
                    "dir:ROOTFS, tar:ROOTFS.tar, disk:FILE, docker://NAME[:TAG|@DIGEST] or\n"
                    "scratch; FILE may be - for standard input, except for disk:")
        ->type_name("IMAGE")
        ->required();
    addPlatform(command, platform);
    addTlsVerify(command, tlsVerify);
}

void addPlatform(CLI::App& command, std::string& platform) {
    beginGroup(command, "Base");
    addOption(command, "--platform OS/ARCH", platform,
              "platform to choose if there are several (default: linux/amd64)");
}

void addTlsVerify(CLI::App& command, bool& tlsVerify) {
    beginGroup(command, "Other");
    command
        .add_flag("--tls-verify,!--no-tls-verify", tlsVerify,
                  "verify the TLS certificates of registries (default); --no-tls-verify accepts\n"
                  "any certificate and plain HTTP")
        ->envname("ROOTLAYER_TLS_VERIFY");
}

} // namespace rootlayer::cli
