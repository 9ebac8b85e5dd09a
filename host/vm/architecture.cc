#include "vm/architecture.hh"

#include <chrono>

#include "base/process.hh"

namespace rootlayer::vm {

std::string qemuVersion() {
    const auto said =
        requireCommand({.argv = {std::string(architecture().qemuProgram), "--version"}},
                       Deadline::after(std::chrono::seconds(10)), "asking QEMU for its version");
    return said.substr(0, said.find('\n'));
}

} // namespace rootlayer::vm
