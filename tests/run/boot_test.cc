#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "run/boot.hh"
#include "tests/support/fake_machine.hh"
#include "tests/support/recorder.hh"

using namespace rootlayer;
using namespace rootlayer::run;
using vm::Accelerator;
using vm::AcceleratorPolicy;

namespace {

/// A machine that starts, but whose agent ends before its hello.
class MuteMachine final : public vm::Machine {
  public:
    UniqueFd takePort(std::string_view /*name*/) override {
        m_pair.guest.reset();
        return std::move(m_pair.host);
    }
    bool running() override { return false; }
    std::string consoleTail() override { return "Kernel panic"; }
    std::string ending() override { return {}; }
    void kill() noexcept override {}

  private:
    test::SocketPair m_pair;
};

vm::KvmProbe goodKvm() {
    return {true, {}};
}

vm::KvmProbe noKvm() {
    return {false, "there is no /dev/kvm"};
}

/// Boots machines that answer with some accelerators only.
struct Bench {
    test::Recorder recorder;
    run::PhaseClock clock{recorder};
    CancelToken cancel;
    std::vector<Accelerator> started;
    int prepared = 0;

    run::BootedMachine boot(vm::AcceleratorChoice& choice, bool kvmWorks, bool tcgWorks) {
        run::Boot bootMachine(
            [&](const vm::MachineSpec& spec, const CancelToken&) -> std::unique_ptr<vm::Machine> {
                started.push_back(spec.accelerator);
                if (spec.accelerator == Accelerator::Kvm ? kvmWorks : tcgWorks)
                    return std::make_unique<test::FakeMachine>(guest::Steps{});
                return std::make_unique<MuteMachine>();
            },
            {}, {}, clock, recorder, cancel);
        auto booted = bootMachine(choice, [&](auto) {
            ++prepared;
            return vm::MachineSpec{};
        });
        booted.connection.reset(); // the fake machine ends when its host is gone
        return booted;
    }
};

/// Boots with a QEMU that does not start, and with a libvirt that starts one.
run::BootedMachine bootWithLibvirt(Bench& bench, AcceleratorPolicy policy, ErrorCode failure) {
    vm::AcceleratorChoice choice(policy, goodKvm, nullptr, "key");
    run::Boot bootMachine(
        [&](const vm::MachineSpec&, const CancelToken&) -> std::unique_ptr<vm::Machine> {
            throw Error(failure, "QEMU has exited");
        },
        [&](const vm::MachineSpec& spec, const CancelToken&) {
            bench.started.push_back(spec.accelerator);
            return std::make_unique<test::FakeMachine>(guest::Steps{});
        },
        {nullptr, "disabled"}, bench.clock, bench.recorder, bench.cancel);
    auto booted = bootMachine(choice, [&](auto) {
        ++bench.prepared;
        return vm::MachineSpec{};
    });
    booted.connection.reset();
    return booted;
}

using Started = std::vector<Accelerator>;

} // namespace

TEST_CASE("a machine whose agent says hello is up") {
    Bench bench;
    vm::AcceleratorChoice choice(AcceleratorPolicy::Auto, goodKvm, nullptr, "key");
    const auto booted = bench.boot(choice, true, true);
    CHECK(booted.hello.kernel == "0.0.0-fake");
    CHECK(booted.reason.empty());
    CHECK(bench.started == Started{Accelerator::Kvm});
    CHECK(bench.recorder.notes.empty());
}

TEST_CASE("if the guest never says hello with KVM, TCG is used, with new disks", "[A13]") {
    Bench bench;
    vm::AcceleratorChoice choice(AcceleratorPolicy::Auto, goodKvm, nullptr, "key");
    const auto booted = bench.boot(choice, false, true);
    CHECK(bench.started == Started{Accelerator::Kvm, Accelerator::Tcg});
    CHECK(bench.prepared == 2);
    CHECK_FALSE(booted.reason.empty());
    REQUIRE(bench.recorder.notes.size() == 1);
    CHECK(bench.recorder.notes[0] == "running without KVM, which is slower: " + booted.reason);
}

TEST_CASE("without KVM the first machine is emulated, and the reason is reported", "[A13]") {
    Bench bench;
    vm::AcceleratorChoice choice(AcceleratorPolicy::Auto, noKvm, nullptr, "key");
    bench.boot(choice, true, true);
    CHECK(bench.started == Started{Accelerator::Tcg});
    CHECK(bench.recorder.notes ==
          std::vector<std::string>{"running without KVM, which is slower: there is no /dev/kvm"});
}

TEST_CASE("if KVM is required, there is no fallback", "[A13]") {
    CHECK_THROWS_AS(vm::AcceleratorChoice(AcceleratorPolicy::Kvm, noKvm, nullptr, "key"), Error);
    Bench bench;
    vm::AcceleratorChoice choice(AcceleratorPolicy::Kvm, goodKvm, nullptr, "key");
    CHECK_THROWS_AS(bench.boot(choice, false, true), Error);
    CHECK(bench.started == Started{Accelerator::Kvm});
}

TEST_CASE("a machine that does not come up is an error with the console's last lines", "[A13]") {
    Bench bench;
    vm::AcceleratorChoice choice(AcceleratorPolicy::Tcg, noKvm, nullptr, "key");
    try {
        bench.boot(choice, true, false);
        FAIL("it came up");
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("the machine did not come up") != std::string::npos);
        CHECK(error.hint().find("Kernel panic") != std::string::npos);
    }
}

TEST_CASE("if QEMU does not start, libvirt starts it, with new disks, and the run says so", "[A13]") {
    for (const auto failure : {ErrorCode::Machine, ErrorCode::System}) {
        Bench bench;
        const auto booted = bootWithLibvirt(bench, AcceleratorPolicy::Tcg, failure);
        CHECK(bench.started == Started{Accelerator::Tcg});
        CHECK(bench.prepared == 2);
        const std::string said = "libvirt started QEMU, because rootlayer could not: QEMU has exited";
        CHECK(booted.coldReason == "disabled; " + said);
        CHECK(bench.recorder.notes == std::vector{said});
    }
}

TEST_CASE("libvirt is not tried with KVM, nor after a failure that is not of the start", "[A13]") {
    Bench bench;
    CHECK_THROWS_AS(bootWithLibvirt(bench, AcceleratorPolicy::Kvm, ErrorCode::Machine), Error);
    CHECK_THROWS_AS(bootWithLibvirt(bench, AcceleratorPolicy::Tcg, ErrorCode::Resource), Error);
    CHECK(bench.started.empty());
}
