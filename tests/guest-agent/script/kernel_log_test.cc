#include <catch2/catch.hpp>

#include "guest-agent/script/kernel_log.hh"

using rootlayer::guest::oomVictim;

TEST_CASE("the process that was killed for lack of memory is named as the kernel names it") {
    CHECK(
        oomVictim("3,345,8215,-;Memory cgroup out of memory: Killed process 71 (python3) total-vm:905004kB, "
                  "anon-rss:1kB\n") == "python3");
    CHECK(oomVictim("3,9,1,-;Out of memory: Killed process 8 (a) total-vm (b) total-vm:1kB\n") ==
          "a) total-vm (b");
    CHECK(oomVictim("3,9,1,-;Out of memory: Killed process 8 () total-vm:1kB\n") == "");
}

TEST_CASE("other kernel messages name no process") {
    for (const auto* record : {"", "6,1,0,-;Linux version", "Killed process ", "Killed process 1 ) total-vm:",
                               "x (y) total-vm:1kB", "(y) total-vm: Killed process 5 "})
        CHECK_FALSE(oomVictim(record));
}
