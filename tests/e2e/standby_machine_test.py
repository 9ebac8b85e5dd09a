"""A program that calls the library repeatedly: a machine waits for its next run, and nothing else is different."""
import os
import signal
import subprocess
import unittest

import harness

CALLER = harness.BUILD / "tests" / "e2e" / "caller"
GIB = 1 << 30


class StandbyMachine(harness.Machine):
    def environment(self, **more):
        env = super().environment(**more)
        env.pop("ROOTLAYER_TEMPLATE", None)
        return env

    def caller(self, most=GIB, seconds=600):
        process = subprocess.Popen([CALLER, f"tar:{harness.busybox_root()}", str(most), str(seconds)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
                                   env=self.environment())
        for cleanup in (process.stdout.close, process.stdin.close, process.wait, process.kill):
            self.addCleanup(cleanup)
        return process

    def run_once(self, caller, number, memory=GIB):
        """One run with its own content. Returns (how its machine was started, diff_id)."""
        (self.directory / "script").write_text(f"echo {number} >/file-{number}; cat /proc/sys/kernel/random/uuid >/tmp/x\n")
        caller.stdin.write(f"{self.directory}/script {self.directory}/layer-{number}.tar {memory}\n")
        start, diff_id, _ = caller.stdout.readline().split()
        self.assertEqual(list(harness.members(self.directory / f"layer-{number}.tar")), [f"file-{number}"])
        return start, diff_id

    def end(self, caller):
        caller.stdin.close()
        self.assertEqual(caller.wait(timeout=harness.LONG), 0)

    def waiting(self):
        """The machines that have read their state and have no base yet."""
        return [line for line in self.processes() if "driver=raw,node-name=disk0" in line and "-incoming" in line]

    def test_the_second_run_finds_a_machine_and_makes_the_same_layers(self):
        without = self.caller(most=0)
        expected = [self.run_once(without, number) for number in range(4)]
        self.assertEqual({start for start, _ in expected}, {"template"})
        self.end(without)
        self.assert_nothing_left()

        caller = self.caller()
        made = [self.run_once(caller, number) for number in range(4)]
        self.assertEqual([start for start, _ in made], ["template"] + ["waiting"] * 3)
        self.assertEqual([diff_id for _, diff_id in made], [diff_id for _, diff_id in expected])
        self.assertLessEqual(len(self.processes()), 1)
        self.end(caller)
        self.assert_nothing_left()

    def test_a_run_that_wants_another_machine_gets_another(self):
        caller = self.caller()
        self.run_once(caller, 0)
        self.wait_until(self.waiting, "a machine waits")
        self.assertEqual(self.run_once(caller, 1, memory=GIB // 2)[0], "template")
        self.assertEqual(self.run_once(caller, 2, memory=GIB // 2)[0], "waiting")
        self.assertEqual(self.run_once(caller, 3, memory=2 * GIB)[0], "template")
        self.assertEqual(self.waiting(), [], "a machine larger than the limit waits")
        self.end(caller)

    def test_kill_9_while_a_machine_waits_leaves_nothing(self):
        """[A12]"""
        caller = self.caller()
        self.run_once(caller, 0)
        self.wait_until(self.waiting, "a machine waits")
        caller.kill()
        self.wait_until(lambda: not self.processes() and not any(self.temporary.iterdir()), "nothing is left")

    def test_a_machine_that_died_while_it_waited_is_not_missed(self):
        caller = self.caller()
        _, expected = self.run_once(caller, 0)
        self.wait_until(self.waiting, "a machine waits")
        os.kill(int(self.waiting()[0].split(":")[0]), signal.SIGKILL)
        self.assertEqual(self.run_once(caller, 0), ("template", expected))
        self.end(caller)

    def test_a_machine_that_nobody_comes_for_is_ended(self):
        caller = self.caller(seconds=1)
        self.run_once(caller, 0)
        self.wait_until(lambda: not self.processes() and not any(self.temporary.iterdir()), "it is ended")
        self.assertEqual(self.run_once(caller, 1)[0], "template")
        self.end(caller)


if __name__ == "__main__":
    unittest.main()
