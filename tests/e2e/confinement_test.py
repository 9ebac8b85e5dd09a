"""How QEMU runs on this host, seen from outside: /proc of running machines (docs/threat-model.md)."""
import os
import pathlib
import unittest

import harness


def status(process):
    """The lines of /proc/PID/status that say what a process may do."""
    lines = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines() if ":\t" in line)
    return {key: lines[key].strip() for key in ("Uid", "Groups", "CapPrm", "CapEff", "CapInh", "CapAmb", "CapBnd",
                                               "NoNewPrivs", "Seccomp")}


class Confinement(harness.Machine):
    def machine(self):
        """The QEMU of the run, once it has its files."""
        found = [line.split(":")[0] for line in self.processes() if "qemu-system" in line.split()[1]]
        return pathlib.Path("/proc", found[0]) if found else None

    def examined(self, *arguments):
        """What `look` sees of QEMU while a script runs that waits for its end."""
        script = self.directory / "script"
        script.write_text("echo started >&2; while :; do sleep 0.1; done\n")
        leaked = os.open(script, os.O_RDONLY)
        self.addCleanup(os.close, leaked)
        os.set_inheritable(leaked, True)
        running = self.start("run", "--accel", "tcg", "--output", self.directory / "layer.tar", "--script", script,
                             *arguments, pass_fds=[leaked])
        for stream in (running.stdout, running.stderr):
            self.addCleanup(stream.close)
        try:
            for line in running.stderr:
                if b"started" in line:
                    break
            process = self.machine()
            files = {os.readlink(each): each.name for each in (process / "fd").iterdir()}
            modes = {name: int((process / "fdinfo" / number).read_text().split("flags:\t")[1].split()[0], 8)
                     for name, number in files.items()}
            limits = (process / "limits").read_text()
            return status(process), modes, limits
        finally:
            running.terminate()
            running.wait(timeout=harness.LONG)

    def check(self, state, modes):
        for key in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
            self.assertEqual(int(state[key], 16), 0, key)
        self.assertEqual((state["NoNewPrivs"], state["Seccomp"]), ("1", "2"))
        self.assertNotIn(str(self.directory / "script"), modes, "QEMU has a descriptor of the caller")
        kept = str(harness.KEPT)
        written = [name for name, flags in modes.items() if name.startswith(kept) and flags & os.O_ACCMODE]
        self.assertEqual(written, [], "QEMU can write to the cache")

    def test_the_machines_of_a_run_are_confined(self):
        """[A11]"""
        with self.subTest("from a template"):
            state, modes, limits = self.examined()
            self.check(state, modes)
            self.assertRegex(limits, r"Max core file size +0 +0 ")
            if os.geteuid() == 0:
                self.assertNotIn("0", state["Uid"].split())
                self.assertEqual((state["Groups"], int(state["CapBnd"], 16)), ("", 0))
        with self.subTest("booted"):
            state, modes, limits = self.examined("--no-template")
            self.check(state, modes)
            self.assertRegex(limits, r"Max core file size +0 +0 ")
            if os.geteuid() == 0:
                self.assertNotIn("0", state["Uid"].split())
                self.assertEqual((state["Groups"], int(state["CapBnd"], 16)), ("", 0))
        with self.subTest("started by libvirt"):
            state, modes, _ = self.examined("--connect", "qemu:///embed")
            # The tests' cache is our own, so no capability is needed to read it.
            self.check(state, modes)

    def test_less_isolation_than_was_asked_for_is_an_error_before_the_script_runs(self):
        done = self.rootlayer("run", "--min-isolation", "confined", "--output", self.directory / "layer.tar",
                              "--metadata-file", self.directory / "metadata", script="touch /x\n")
        self.assertIn("/layer.tar:", done.stderr)
        done = self.rootlayer("run", "--min-isolation", "kvm", "--output", self.directory / "other.tar",
                              script="echo it ran\n", status=125)
        self.assertIn("--min-isolation is kvm", done.stderr)
        self.assertNotIn("it ran", done.stderr)
        self.assertFalse((self.directory / "other.tar").exists())


if __name__ == "__main__":
    unittest.main()
