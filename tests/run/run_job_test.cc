#include <catch2/catch.hpp>
#include <cstdint>

#include <filesystem>
#include <poll.h>
#include <sys/eventfd.h>
#include <thread>

#include <rootlayer/error.hh>

#include "image/loaded_image.hh"
#include "run/run_job.hh"
#include "tests/support/bench.hh"

using namespace rootlayer;

namespace {

struct Run {
    explicit Run(test::Bench& bench) : m_bench(bench) {
        spec.script = {"script", "true\n", true};
        spec.machine.acceleration = Acceleration::Tcg;
        output.addSink(bytes);
    }

    RunResult operator()() {
        return run::RunJob(m_bench.engine, spec, base, output, clock, m_bench.observer, m_bench.cancel).run();
    }
    ErrorCode failure() {
        try {
            (*this)();
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::Internal;
    }

    RunSpec spec;
    StringSink bytes;
    run::LayerOutput output{run::LayerLimits{std::uint64_t{1} << 20}};

  private:
    test::Bench& m_bench;
    image::LoadedImage base{oci::ImageConfig::empty({}), {}};
    run::PhaseClock clock{m_bench.observer};
};

/// A machine whose scratch disk the host's disk fails when the test says so.
class FailingDisk final : public vm::Machine {
  public:
    FailingDisk(guest::Steps steps, std::shared_ptr<UniqueFd> fault, vm::DiskFault what)
        : m_machine(std::move(steps)), m_fault(std::move(fault)), m_what(std::move(what)) {}

    UniqueFd takePort(std::string_view name) override { return m_machine.takePort(name); }
    bool running() override { return m_machine.running(); }
    std::string consoleTail() override { return m_machine.consoleTail(); }
    std::string ending() override { return m_machine.ending(); }
    void kill() noexcept override { m_machine.kill(); }
    int faultFd() override { return m_fault->get(); }
    std::optional<vm::DiskFault> diskFault() override {
        pollfd ready{m_fault->get(), POLLIN, 0};
        return ::poll(&ready, 1, 0) == 1 ? std::optional(m_what) : std::nullopt;
    }

  private:
    test::FakeMachine m_machine;
    std::shared_ptr<UniqueFd> m_fault;
    vm::DiskFault m_what;
};

/// A bench whose next machine has such a disk. fail() is for the guest's steps.
struct FailingBench : test::Bench {
    explicit FailingBench(vm::DiskFault what) {
        engine.startMachine = [this, what](const vm::MachineSpec&, const CancelToken&) {
            return std::make_unique<FailingDisk>(steps, m_fault, what);
        };
    }
    void fail() { ::eventfd_write(m_fault->get(), 1); }
    /// What a guest does whose machine was stopped in the middle of a write.
    void failAndStop(guest::HostLink& link) {
        fail();
        pollfd gone{link.fd(), POLLIN, 0};
        ::poll(&gone, 1, -1);
        throw Error(ErrorCode::Protocol, "the host is gone");
    }

  private:
    std::shared_ptr<UniqueFd> m_fault = std::make_shared<UniqueFd>(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
};

Error failureOf(Run& run) {
    try {
        run();
    } catch (const Error& error) {
        return error;
    }
    FAIL("the run went through");
    return Error(ErrorCode::Internal, "");
}

} // namespace

TEST_CASE("a run returns the layer that the guest sends, and how the script ended") {
    test::Bench bench;
    Run run(bench);
    const auto result = run();
    CHECK(result.exitStatus == 0);
    CHECK(run.bytes.bytes() == bench.layer);
    CHECK(result.diffId == sha256(bench.layer).str());
    CHECK(result.entries == 1);
    CHECK(result.start == "cold");
    CHECK(result.accelerator == "tcg");
    CHECK(bench.machines == 1);
    CHECK(std::filesystem::is_empty(bench.engine.settings.temporaryDirectory));
}

TEST_CASE("a script that fails gives its status and no layer") {
    test::Bench bench;
    bench.status = 3;
    Run run(bench);
    CHECK(run().exitStatus == 3);
    CHECK(run.bytes.bytes().empty());
}

TEST_CASE("a layer that breaks the rules ends the run", "[A8]") {
    test::Bench bench;
    bench.layer.replace(257, 5, "USTAR");
    Run run(bench);
    CHECK(run.failure() == ErrorCode::Layer);
    CHECK(std::filesystem::is_empty(bench.engine.settings.temporaryDirectory));
}

TEST_CASE("a guest that miscounts what it sends ends the run", "[A8]") {
    test::Bench bench;
    bench.entries = 2;
    CHECK(Run(bench).failure() == ErrorCode::Protocol);
}

TEST_CASE("a step that fails in the guest ends the run with the guest's error") {
    test::Bench bench;
    bench.steps.assemble = [](const protocol::AssembleRequest&, guest::HostLink&) {
        throw Error(ErrorCode::Image, "cannot mount the base");
    };
    Run run(bench);
    CHECK_THROWS_WITH(run(), Catch::Contains("cannot mount the base"));
    CHECK(std::filesystem::is_empty(bench.engine.settings.temporaryDirectory));
}

TEST_CASE("warnings of the guest are in the result and shown") {
    test::Bench bench;
    bench.steps.run = [](const protocol::RunRequest&, guest::HostLink& link) {
        link.warn("mind the gap");
        return protocol::RunReply{protocol::RunReply::How::Exited, 0, "", 1, 2, 3, 0};
    };
    const auto result = Run(bench)();
    CHECK(result.warnings == std::vector<std::string>{"guest: mind the gap"});
    CHECK(bench.observer.warnings == result.warnings);
}

TEST_CASE("times within the run are reset unless they are kept, and later ones cut to the epoch", "[T12]") {
    test::Bench bench;
    Run run(bench);
    SECTION("neither") {
        run();
        CHECK_FALSE(bench.packed.clampMtime);
        CHECK(bench.packed.resetTo == 1);
    }
    SECTION("an epoch") {
        run.spec.sourceDateEpoch = 5;
        run();
        CHECK(bench.packed.clampMtime == 5);
        CHECK(bench.packed.resetTo == 5);
    }
    SECTION("kept") {
        run.spec.keepTimes = true;
        run();
        CHECK_FALSE(bench.packed.clampMtime);
        CHECK_FALSE(bench.packed.resetTo);
    }
    SECTION("kept, and an epoch") {
        run.spec.keepTimes = true;
        run.spec.sourceDateEpoch = 5;
        run();
        CHECK(bench.packed.clampMtime == 5);
        CHECK_FALSE(bench.packed.resetTo);
    }
}

TEST_CASE("a script whose time is up stays a timeout, whatever the guest does then", "[A8]") {
    test::Bench bench;
    Run run(bench);
    run.spec.timeout = std::chrono::milliseconds(1);
    bench.steps.run = [](const protocol::RunRequest&, guest::HostLink&) -> protocol::RunReply {
        std::this_thread::sleep_for(std::chrono::milliseconds(2)); // past the limit
        throw Error(ErrorCode::Guest, "lost my way");
    };
    CHECK_THROWS_WITH(run(), "the script \"script\" timed out after 1 ms; then guest: lost my way");
    CHECK(run.failure() == ErrorCode::Timeout);
}

TEST_CASE("a full disk under TMPDIR ends a run in every phase at once, and says where and what to set",
          "[A9]") {
    FailingBench bench({true, "No space left on device"});
    SECTION("assemble") {
        bench.steps.assemble = [&](const protocol::AssembleRequest&, guest::HostLink& link) {
            bench.failAndStop(link);
        };
    }
    SECTION("the script") {
        bench.steps.run = [&](const protocol::RunRequest&, guest::HostLink& link) {
            bench.failAndStop(link);
            return protocol::RunReply{};
        };
    }
    SECTION("pack") {
        bench.steps.pack = [&](const protocol::PackRequest&, Sink&, guest::HostLink& link) {
            bench.failAndStop(link);
            return protocol::PackEnd{};
        };
    }
    Run run(bench);
    const auto error = failureOf(run);
    CHECK(error.code() == ErrorCode::Resource);
    CHECK_THAT(error.what(), Catch::Contains("is full") && Catch::Contains(bench.directory.file("tmp")));
    CHECK_THAT(error.hint(), Catch::Contains("TMPDIR") && Catch::Contains("--disk-size"));
    CHECK(std::filesystem::is_empty(bench.engine.settings.temporaryDirectory));
}

TEST_CASE("a disk that fails under a guest that goes on gives no layer, whatever the guest says", "[A9]") {
    FailingBench bench({false, "Disk quota exceeded"});
    SECTION("a script that fails") {
        bench.steps.run = [&](const protocol::RunRequest&, guest::HostLink&) {
            bench.fail();
            return protocol::RunReply{protocol::RunReply::How::Exited, 1, "", 1, 2, 3, 0};
        };
    }
    SECTION("a script that did not notice") {
        bench.steps.run = [&](const protocol::RunRequest&, guest::HostLink&) {
            bench.fail();
            return protocol::RunReply{protocol::RunReply::How::Exited, 0, "", 1, 2, 3, 0};
        };
    }
    SECTION("an agent that cannot pack") {
        bench.steps.pack = [&](const protocol::PackRequest&, Sink&, guest::HostLink&) -> protocol::PackEnd {
            bench.fail();
            throw Error(ErrorCode::System, "cannot write 'x' to the scratch disk: Input/output error");
        };
    }
    SECTION("an agent that packs what it has") {
        bench.steps.pack = [&](const protocol::PackRequest&, Sink& sink, guest::HostLink&) {
            bench.fail();
            sink.write(bench.layer);
            return protocol::PackEnd{bench.layer.size(), 1};
        };
    }
    Run run(bench);
    const auto error = failureOf(run);
    CHECK(error.code() == ErrorCode::Resource);
    CHECK_THAT(error.what(), Catch::Contains("Disk quota exceeded"));
}

TEST_CASE("the script's time limit bounds the packing of its layer too, whatever the guest sends", "[A8]") {
    test::Bench bench;
    bench.steps.pack = [&](const protocol::PackRequest&, Sink&, guest::HostLink& link) -> protocol::PackEnd {
        for (;;)
            link.data(protocol::Stream::Stdout, "still here"); // until the host is gone
    };
    Run run(bench);
    run.spec.timeout = std::chrono::milliseconds(300);
    const auto error = failureOf(run);
    CHECK(error.code() == ErrorCode::Timeout);
    CHECK_THAT(error.hint(), Catch::Contains("--timeout"));
    CHECK(std::filesystem::is_empty(bench.engine.settings.temporaryDirectory));
}

TEST_CASE("a script that writes too much output is stopped, and what it wrote before is shown", "[A9]") {
    test::Bench bench;
    bench.steps.run = [](const protocol::RunRequest&, guest::HostLink& link) -> protocol::RunReply {
        for (;;)
            link.data(protocol::Stream::Stdout, "yes\n"); // until the host is gone
    };
    Run run(bench);
    run.spec.maxOutput = 1001;
    const auto error = failureOf(run);
    CHECK(error.code() == ErrorCode::Resource);
    CHECK_THAT(error.hint(), Catch::Contains("--max-output"));
    CHECK(bench.observer.out.size() == 1001);
    CHECK(std::filesystem::is_empty(bench.engine.settings.temporaryDirectory));
}

TEST_CASE("output up to the limit, and any amount without one, does not stop a script") {
    test::Bench bench;
    bench.steps.run = [](const protocol::RunRequest&, guest::HostLink& link) {
        link.data(protocol::Stream::Stdout, std::string(500, 'o'));
        link.data(protocol::Stream::Stderr, std::string(500, 'e'));
        return protocol::RunReply{protocol::RunReply::How::Exited, 0, "", 1, 2, 3, 0};
    };
    Run run(bench);
    run.spec.maxOutput = GENERATE(0, 1000);
    run();
    CHECK(bench.observer.out.size() + bench.observer.err.size() == 1000);
}
