// The fuzz target of QEMU's monitor. A guest may have taken QEMU over, and what it answers may be any bytes.
// A command must return JSON, or throw an Error that fits on a terminal, and QEMU's end must be seen.

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "fuzz.hh"
#include "vm/qemu/qmp.hh"
#include "wire.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;

namespace {

void checkError(const std::optional<Error>& error) {
    if (!error) return;
    require(error->code() == ErrorCode::Machine);
    require(fitsTerminal(error->what()) && std::string_view(error->what()).size() < 4000);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = text(data, std::min(size, Wire::kMost));
    Wire wire(bytes);
    wire.end();
    vm::Qmp monitor(wire.take());
    const auto deadline = Deadline::after(std::chrono::seconds(60));
    const auto error = refusal([&] {
        if (size % 8 != 0) monitor.greet(deadline);
        require(nlohmann::json::accept(monitor.command("stop", "{}", deadline)));
        monitor.migrationStatus(deadline);
    });
    checkError(error);
    bool ended = false;
    checkError(refusal([&] { ended = monitor.machineEnded(); }));
    // What is left may have lines that are no messages, each of which is refused once.
    for (std::size_t left = bytes.size(); !ended && left > 0; --left)
        checkError(refusal([&] { ended = monitor.machineEnded(); }));
    require(ended);
    return 0;
}
