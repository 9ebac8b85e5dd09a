#include <catch2/catch.hpp>
#include <cstdint>

#include <atomic>
#include <future>
#include <poll.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/temp_dir.hh"
#include "protocol/control.hh"
#include "run/boot.hh"
#include "run/standby_slot.hh"
#include "tests/support/fake_machine.hh"
#include "tests/support/recorder.hh"

using namespace rootlayer;
using namespace rootlayer::run;

namespace {

constexpr std::uint64_t kGib = std::uint64_t{1} << 30;
const StandbyMachine kHour{kGib, std::chrono::hours(1)};

/// A fake machine whose agent said hello before it was frozen.
class Awake final : public vm::Machine {
  public:
    Awake() : m_port(m_machine.takePort(protocol::kPortName)) {
        protocol::Connection(UniqueFd(::dup(m_port.get())), "the guest").receive(Deadline::never());
    }
    UniqueFd takePort(std::string_view /*name*/) override { return std::move(m_port); }
    bool running() override { return m_machine.running(); }
    std::string consoleTail() override { return m_machine.consoleTail(); }
    std::string ending() override { return m_machine.ending(); }
    void kill() noexcept override { m_machine.kill(); }

  private:
    test::FakeMachine m_machine{guest::Steps{}};
    UniqueFd m_port;
};

/// Counts the existing ones. Resumes as a fake machine, or fails to.
class FakePaused final : public vm::PausedMachine {
  public:
    FakePaused(std::atomic<int>& there, bool good) : m_there(there), m_good(good) { ++m_there; }
    ~FakePaused() override { --m_there; }
    std::unique_ptr<vm::Machine> goOn(const vm::MachineSpec&, const CancelToken*) override {
        if (!m_good) throw Error(ErrorCode::Machine, "QEMU ended");
        return std::make_unique<Awake>();
    }

  private:
    std::atomic<int>& m_there;
    bool m_good;
};

struct Bench {
    std::atomic<int> there{0};
    CancelToken cancel;

    run::StandbySlot::Make make(bool good = true) {
        return [this, good](const CancelToken&) {
            return run::PreparedMachine{nullptr, std::make_unique<FakePaused>(there, good)};
        };
    }
    /// A preparation that only ends when the slot cancels it.
    static run::PreparedMachine makeForEver(const CancelToken& token) {
        pollfd wait{token.pollFd(), POLLIN, 0};
        ::poll(&wait, 1, -1);
        token.check();
        return {};
    }
};

} // namespace

TEST_CASE("a machine waits for one run with the same key") {
    Bench bench;
    run::StandbySlot room(kHour);
    CHECK_FALSE(room.take("key", bench.cancel));
    room.prepare("key", bench.make());
    room.prepare("key",
                 [](const CancelToken&) -> run::PreparedMachine { throw std::logic_error("made twice"); });
    {
        const auto machine = room.take("key", bench.cancel);
        REQUIRE(machine);
        CHECK(bench.there == 1);
        CHECK_FALSE(room.take("key", bench.cancel));
    }
    CHECK(bench.there == 0);
}

TEST_CASE("a machine is ended when a run asks for another key") {
    Bench bench;
    run::StandbySlot room(kHour);
    room.prepare("key", bench.make());
    CHECK_FALSE(room.take("another", bench.cancel));
    CHECK(bench.there == 0);
    CHECK_FALSE(room.take("key", bench.cancel));
    room.prepare("key", bench.make());
    room.prepare("another", bench.make());
    CHECK(room.take("another", bench.cancel));
}

TEST_CASE("a run waits for its machine while that is being prepared") {
    Bench bench;
    run::StandbySlot room(kHour);
    std::promise<void> begun;
    std::promise<void> mayEnd;
    room.prepare("key", [&](const CancelToken& token) {
        begun.set_value();
        mayEnd.get_future().wait();
        return bench.make()(token);
    });
    begun.get_future().wait();
    auto taken = std::async(std::launch::async, [&] { return room.take("key", bench.cancel).has_value(); });
    mayEnd.set_value();
    CHECK(taken.get());
}

TEST_CASE("a cancelled run does not wait for its machine") {
    Bench bench;
    run::StandbySlot room(kHour);
    room.prepare("key", Bench::makeForEver);
    bench.cancel.cancel();
    CHECK_THROWS_AS(room.take("key", bench.cancel), Error);
}

TEST_CASE("errors during preparation are ignored") {
    Bench bench;
    run::StandbySlot room(kHour);
    room.prepare("key", [](const CancelToken&) -> run::PreparedMachine {
        throw Error(ErrorCode::Resource, "no room in the temporary directory");
    });
    CHECK_FALSE(room.take("key", bench.cancel));
    room.prepare("key", bench.make());
    CHECK(room.take("key", bench.cancel));
}

TEST_CASE("a machine that no run takes is ended after its maximum wait") {
    Bench bench;
    run::StandbySlot room({kGib, std::chrono::seconds(0)});
    std::promise<void> made;
    room.prepare("key", [&](const CancelToken& token) {
        auto machine = bench.make()(token);
        made.set_value();
        return machine;
    });
    made.get_future().wait();
    while (bench.there != 0)
        std::this_thread::yield();
    CHECK_FALSE(room.take("key", bench.cancel));
}

TEST_CASE("destroying the slot ends its machine and a preparation in progress") {
    Bench bench;
    {
        run::StandbySlot room(kHour);
        room.prepare("key", bench.make());
    }
    CHECK(bench.there == 0);
    run::StandbySlot(kHour).prepare("key", Bench::makeForEver);
}

TEST_CASE("only machines within the memory limit may wait, and none by default") {
    CHECK(run::StandbySlot(kHour).admits(kGib));
    CHECK_FALSE(run::StandbySlot(kHour).admits(kGib + 1));
    CHECK_FALSE(run::StandbySlot(StandbyMachine{}).admits(kGib));
}

TEST_CASE("in a forked child the slot has no machine, and the parent keeps its own") {
    Bench bench;
    auto room = std::make_unique<run::StandbySlot>(kHour);
    room->prepare("key", bench.make());
    // A running thread may hold locks, such as that of the allocator, which stay locked in a forked child.
    while (bench.there == 0)
        ::sched_yield();
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20);
        const bool empty = !room->admits(kGib) && !room->take("key", bench.cancel);
        room.reset();
        ::_exit(empty ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    CHECK(room->take("key", bench.cancel));
}

namespace {

/// Boots machines with a standby slot. Templates are refused, so that all other machines boot cold.
struct BootBench : Bench {
    TempDir directory{"/tmp"};
    vm::TemplateStore store{CachePart(directory.file("templates")), directory.path()};
    test::Recorder recorder;
    run::PhaseClock clock{recorder};
    run::StandbySlot room{kHour};
    int prepared = 0;

    run::BootedMachine boot() {
        run::TemplateUse use;
        use.store = &store;
        use.waiting = &room;
        store.refuse(key(), "not here");
        run::Boot bootMachine(
            [](const auto&, const auto&) { return std::make_unique<test::FakeMachine>(guest::Steps{}); }, {},
            use, clock, recorder, cancel);
        vm::AcceleratorChoice choice(
            vm::AcceleratorPolicy::Tcg, [] { return vm::KvmProbe{}; }, nullptr, "key");
        auto booted = bootMachine(choice, [&](auto) {
            ++prepared;
            return vm::MachineSpec{};
        });
        booted.connection.reset();
        return booted;
    }
    std::string key() const { return store.keyOf({}, {}); }
};

} // namespace

TEST_CASE("a run uses the machine that waits for it") {
    BootBench bench;
    bench.room.prepare(run::standbyKey(bench.key(), 0), bench.make());
    CHECK(bench.boot().waited);
    CHECK(bench.prepared == 1);
    CHECK_FALSE(bench.boot().waited);
}

TEST_CASE("if the waiting machine fails, the run gets another one with new disks") {
    BootBench bench;
    bench.room.prepare(run::standbyKey(bench.key(), 0), bench.make(false));
    const auto booted = bench.boot();
    CHECK_FALSE(booted.waited);
    CHECK(booted.coldReason == "not here");
    CHECK(bench.prepared == 2);
    CHECK(bench.there == 0);
}

TEST_CASE("a machine with a scratch disk of another size is not used") {
    BootBench bench;
    bench.room.prepare(run::standbyKey(bench.key(), 1), bench.make());
    CHECK_FALSE(bench.boot().waited);
}
