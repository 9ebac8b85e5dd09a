#pragma once

#include <cstdint>
#include <string>

#include <rootlayer/settings.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "layer/tar_writer.hh"
#include "run/run_job.hh"
#include "tests/images/fake_kernel.hh"
#include "tests/support/fake_machine.hh"
#include "tests/support/recorder.hh"

namespace rootlayer::test {

/// A layer with some files.
inline std::string layerOf(const std::vector<std::pair<std::string, std::string>>& files) {
    StringSink bytes;
    layer::TarWriter tar(bytes);
    for (const auto& [path, data] : files) {
        tar.add({.path = path, .size = data.size(), .mtime = 1});
        tar.data(data);
    }
    tar.finish();
    return bytes.bytes();
}

/// Everything that a run needs except QEMU: a guest image of fake parts, and machines in threads, with agents
/// that do what the test defines.
struct Bench {
    Bench() {
        writeFile(directory.file("vmlinuz"), std::string(0x202, '\0') + "HdrS" + std::string(600, '\0'));
        writeFile(directory.file("busybox"), images::staticProgram());
        makeDirectories(directory.file("tmp"));
        engine.settings.cacheDirectory = directory.file("cache");
        engine.settings.temporaryDirectory = directory.file("tmp");
        engine.settings.kernel = directory.file("vmlinuz");
        engine.settings.modules = images::makeModules(directory);
        engine.settings.busybox = directory.file("busybox");
        engine.startMachine = [this](const vm::MachineSpec&, const CancelToken&) {
            ++machines;
            return std::make_unique<FakeMachine>(steps);
        };
        steps.assemble = [this](const protocol::AssembleRequest& request, guest::HostLink&) {
            assembled = request;
        };
        steps.run = [this](const protocol::RunRequest&, guest::HostLink&) {
            return protocol::RunReply{protocol::RunReply::How::Exited, status, "", 1, 2, 3, 0};
        };
        steps.pack = [this](const protocol::PackRequest& request, Sink& sink, guest::HostLink&) {
            packed = request;
            sink.write(layer);
            return protocol::PackEnd{layer.size(), entries};
        };
    }

    TempDir directory{"/tmp"};
    guest::Steps steps;
    int status = 0;                            ///< that the script ends with
    std::string layer = layerOf({{"a", "1"}}); ///< that the guest sends
    std::uint64_t entries = 1;                 ///< that it says it has sent
    protocol::PackRequest packed;              ///< the last request
    protocol::AssembleRequest assembled;       ///< the last request
    int machines = 0;                          ///< that were started
    vm::AcceleratorCache accelerators{CachePart(directory.file("accelerators"))};
    run::Engine engine{{}, {}, accelerators};
    Recorder observer;
    CancelToken cancel;
};

} // namespace rootlayer::test
