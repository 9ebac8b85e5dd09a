#include <catch2/catch.hpp>
#include <thread>
#include <unistd.h>
#include <vector>

#include <rootlayer/error.hh>

#include "vm/qemu/supervised_process.hh"

using namespace rootlayer;
using namespace rootlayer::vm;

namespace {

Command sleeper() {
    Command command;
    command.argv = {"sleep", "1000"};
    return command;
}

} // namespace

TEST_CASE("a process is killed when its owner no longer needs it, whoever else waits for it", "[A12]") {
    SupervisedProcess process(sleeper(), {"/nowhere/console.log"});
    CHECK(process.running());
    CHECK_FALSE(process.ending(Deadline::after(std::chrono::milliseconds(1))));
}

TEST_CASE("a process that ends is seen to end, with its status", "[A13]") {
    Command command;
    command.argv = {"sh", "-c", "exit 7"};
    SupervisedProcess process(command, {});
    const auto status = process.ending(Deadline::never());
    REQUIRE(status);
    CHECK(status->code == 7);
    CHECK_FALSE(process.running());
}

TEST_CASE("a program that is missing is an error in the thread that wanted it", "[A13]") {
    Command command;
    command.argv = {"rootlayer-no-such-program"};
    CHECK_THROWS_AS(SupervisedProcess(command, {}), Error);
}

TEST_CASE("processes start and end in several threads at once", "[A12]") {
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([] {
            SupervisedProcess process(sleeper(), {});
            process.running();
        });
    }
    for (auto& thread : threads)
        thread.join();
}
