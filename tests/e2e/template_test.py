"""Machines restored from a template: the same layers, faster, and nothing shared between runs."""
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

import harness

PARTIAL = shutil.ignore_patterns("*.partial")  # another test is creating it
SCRIPT = """set -e
head -c16 /dev/urandom | od -An -tx1 >&2
echo "now $(date +%s)" >&2
mkdir -p /made/deep && echo text >/made/deep/file && ln /made/deep/file /made/link
rm -f /etc/group
grep -c ^processor /proc/cpuinfo >/made/processors
"""


class Template(harness.Machine):
    def setUp(self):
        """A cache of its own, without templates; the kernel is not fetched again."""
        super().setUp()
        shared = self.cache
        self.cache = self.directory / "cache"
        self.cache.mkdir(mode=0o700)
        for part in ("kernel", "libvirt", "version"):
            if (shared / part).is_dir():
                shutil.copytree(shared / part, self.cache / part, ignore=PARTIAL)
            elif (shared / part).exists():
                shutil.copy2(shared / part, self.cache / part)
        self.base = f"tar:{harness.busybox_root()}"

    def environment(self, **more):
        env = super().environment(**more)
        env.pop("ROOTLAYER_TEMPLATE", None)
        return env

    def run_once(self, *arguments, script=SCRIPT, name="layer.tar"):
        """Returns (diff_id, the metadata's "machine", the output of the script)."""
        done = self.rootlayer("run", "--from", self.base, "--output", self.directory / name, "--metadata-file",
                              self.directory / "metadata.json", *arguments, script=script)
        machine = json.loads((self.directory / "metadata.json").read_text())["machine"]
        return done.stdout.decode().strip(), machine, done.stderr

    def templates(self):
        directory = self.cache / "templates"
        found = directory.iterdir() if directory.exists() else []
        return [entry for entry in found if (entry / "memory").exists() and not entry.name.endswith(".partial")]

    def test_a_layer_is_the_same_from_a_template_and_from_a_boot(self):
        cold, machine, _ = self.run_once("--no-template")
        self.assertEqual((machine["start"], machine["startReason"]), ("cold", "disabled"))
        by_libvirt, machine, _ = self.run_once("--connect", "qemu:///embed")
        self.assertEqual((machine["start"], machine["startReason"]), ("cold", "not supported with --connect"))
        self.assertEqual(by_libvirt, cold)
        self.assertEqual(self.templates(), [])
        for _ in range(3):
            diff_id, machine, _ = self.run_once()
            self.assertEqual((machine["start"], machine["startReason"]), ("template", ""))
            self.assertEqual(diff_id, cold)
        self.assertEqual(len(self.templates()), 1)

    def test_another_size_or_number_of_processors_is_another_template(self):
        for number, arguments in enumerate((("--memory", "256M"), ("--memory", "3G"), ("--cpus", "2")), start=1):
            _, first, _ = self.run_once(*arguments)
            diff_id, again, _ = self.run_once(*arguments)
            self.assertEqual((first["start"], again["start"]), ("template", "template"), arguments)
            self.assertEqual(len(self.templates()), number)
            self.assertEqual(self.run_once("--no-template", *arguments)[0], diff_id)
        self.assertEqual(harness.content(self.directory / "layer.tar", "made/processors"), b"2\n")

    def test_runs_share_neither_random_numbers_nor_the_time_of_the_boot(self):
        self.run_once()
        said = set()
        for _ in range(3):
            before = time.time()
            lines = self.run_once()[2].splitlines()
            now = next(int(line.split()[1]) for line in lines if line.startswith("now "))
            # A guest's clock depends on the host's only at the moment of waking.
            self.assertTrue(int(before) <= now <= time.time() + 1, f"{before} {now} {time.time()}")
            said.add(lines[[line.startswith("now ") for line in lines].index(True) - 1])
        self.assertEqual(len(said), 3, said)

    def test_what_a_run_writes_is_not_in_the_template(self):
        self.run_once()
        memory = self.templates()[0] / "memory"
        before = subprocess.run(["sha256sum", memory], check=True, capture_output=True).stdout
        self.run_once(script="dd if=/dev/urandom of=/big bs=1M count=64 2>/dev/null\n")
        self.assertEqual(subprocess.run(["sha256sum", memory], check=True, capture_output=True).stdout, before)

    def test_a_damaged_template_is_made_again(self):
        expected, _, _ = self.run_once()
        template = self.templates()[0]

        def cut_memory():
            with open(template / "memory", "r+b") as file:
                file.truncate(1 << 20)

        def empty_memory():
            with open(template / "memory", "r+b") as file:
                file.truncate(0)
                file.truncate(1 << 30)

        def spoil_state():
            size = (template / "state").stat().st_size
            (template / "state").write_bytes(b"\xa5" * size)

        def cut_state():
            (template / "state").write_bytes((template / "state").read_bytes()[:1000])

        def spoil_seal():
            (template / "seal").write_text("nonsense\n")

        for damage in (cut_memory, empty_memory, spoil_state, cut_state, spoil_seal):
            with self.subTest(damage.__name__):
                damage()
                diff_id, machine, _ = self.run_once()
                self.assertEqual(diff_id, expected)
                self.assertEqual(machine["start"], "template", machine)

    def test_two_first_runs_at_once_make_one_template(self):
        (self.directory / "script").write_text(SCRIPT)
        runs = [self.start("run", "--from", self.base, "--accel", self.accel, "--script", self.directory / "script",
                           "--output", self.directory / f"layer-{i}.tar") for i in range(2)]
        ids = []
        for run in runs:
            out, err = run.communicate(timeout=harness.LONG)
            self.assertEqual(run.returncode, 0, err.decode(errors="replace"))
            ids.append(out)
        self.assertEqual(ids[0], ids[1])
        self.assertEqual(len(self.templates()), 1)

    def test_kill_9_while_a_template_is_made_leaves_no_machine_and_no_template(self):
        """[A12]"""
        (self.directory / "script").write_text(SCRIPT)
        process = self.start("run", "--from", self.base, "--accel", self.accel, "--script", self.directory / "script")
        directory = self.cache / "templates"
        self.wait_until(lambda: any(directory.glob("*.partial/memory")) and self.processes(), "a template is being made")
        process.kill()
        process.communicate(timeout=harness.LONG)
        self.wait_until(lambda: not self.processes() and not any(self.temporary.iterdir()), "nothing is left")
        self.assertEqual(self.templates(), [])
        self.assertEqual(self.run_once()[1]["start"], "template")
        self.assertEqual(list(directory.glob("*.partial")), [])

    def test_a_machine_that_is_killed_while_it_is_frozen_is_no_reason_against_the_next(self):
        (self.directory / "script").write_text(SCRIPT)
        process = self.start("run", "--from", self.base, "--accel", self.accel, "--script", self.directory / "script",
                             "--metadata-file", self.directory / "metadata.json")
        machine = []
        def in_the_making():
            machine[:] = [line for line in self.processes() if "share=on" in line]
            return machine
        self.wait_until(in_the_making, "a template is being made")
        os.kill(int(machine[0].split(":")[0]), signal.SIGKILL)
        _, err = process.communicate(timeout=harness.LONG)
        self.assertEqual(process.returncode, 0, err.decode(errors="replace"))
        said = json.loads((self.directory / "metadata.json").read_text())["machine"]
        self.assertEqual(said["start"], "cold")
        self.assertNotEqual(said["startReason"], "")
        self.assertEqual(self.run_once()[1]["start"], "template")

    def test_a_run_that_cannot_freeze_a_machine_boots_one_and_says_why(self):
        (self.cache / "templates").write_text("no directory\n")
        _, machine, _ = self.run_once()
        self.assertEqual(machine["start"], "cold")
        self.assertNotEqual(machine["startReason"], "")


if __name__ == "__main__":
    unittest.main()
