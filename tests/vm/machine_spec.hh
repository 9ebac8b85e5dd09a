#pragma once

#include <cstdint>

#include "vm/machine.hh"

namespace rootlayer::vm::test {

/// A machine as a run would request it, with fixed names.
inline MachineSpec exampleSpec() {
    MachineSpec spec;
    spec.kernel = "/cache/guest/vmlinuz";
    spec.initramfs = "/cache/guest/initramfs.img";
    spec.commandLine = "console=ttyS0 quiet panic=-1";
    spec.memory = std::uint64_t{1} << 30;
    spec.processors = 2;
    spec.layers = {{"/cache/layers/a.squashfs", 8192}, {"/cache/layers/b.squashfs", 4096}};
    spec.scratch = "/run/rootlayer-abcdef/scratch";
    spec.directory = "/run/rootlayer-abcdef";
    return spec;
}

} // namespace rootlayer::vm::test
