#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/file.hh"
#include "tests/vm/hanging_kernel.hh"
#include "vm/machine.hh"
#include "vm/run_directory.hh"

namespace rootlayer::vm::test {

/// A machine whose guest loops for ever and does not notice if the host ends.
inline MachineSpec hangingSpec(const RunDirectory& directory) {
    MachineSpec spec;
    spec.directory = directory.path();
    spec.kernel = directory.file("kernel");
    spec.initramfs = directory.file("initramfs");
    spec.scratch = directory.file("scratch");
    spec.layers = {{directory.file("layer"), 4096}, {directory.file("inputs"), 4096}};
    spec.memory = std::uint64_t{64} << 20;
    writeFile(spec.kernel, hangingKernel());
    for (const auto& file : {spec.initramfs, spec.scratch, spec.layers[0].path, spec.layers[1].path}) {
        writeFile(file, std::string(4096, '\0'));
    }
    return spec;
}

inline std::string commandLine(const std::filesystem::path& process) {
    std::ifstream file(process / "cmdline", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The processes that have the directory on their command line; zombies have none.
inline std::vector<pid_t> processesNaming(const std::string& directory) {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto pid = std::atoi(entry.path().filename().c_str());
        if (pid > 0 && commandLine(entry.path()).find(directory) != std::string::npos) found.push_back(pid);
    }
    return found;
}

} // namespace rootlayer::vm::test
