"""A guest that is not our agent, and a QEMU that is none, seen by the command's user."""
import json
import os
import shutil
import unittest

import harness
from robust_test import copy_cache

ENDED = ("machine", "the machine ended during the run: ")
# Behaviour of false_qemu.py: the code of the error, and what its first line has.
LIES = {
    "hint": ("bad-image", "guest: no base"),
    "long": ("bad-image", "guest: \\x1b[2J"),
    "usage": ("guest", "guest: no"),
    "cancelled": ("guest", "guest: no"),
    "huge": ("protocol", "malformed frame"),
    "half": ENDED,
    "console": ENDED,
    "panic": ("machine", "the machine ended during the run: Kernel panic - not syncing: \\x1b[2Jfire"),
    "status": ("protocol", "99999 is not an exit status"),
    "signal": ("protocol", "128 is not a signal"),
    "unasked": ("protocol", "without being asked"),
    "cancel": ("protocol", "without being asked"),
    "more": ("protocol", "bytes of the layer"),
    "fewer": ("protocol", "bytes of the layer"),
    "miscount": ("protocol", "the guest packed 2 entries, but 1 arrived"),
    "second": ("bad-layer", "after the two zero blocks"),
    "cut": ENDED,
    "range": ("protocol", "of a scratch disk of"),
    "dotdot": ("bad-layer", "../a"),
    "absolute": ("bad-layer", "/a"),
    "duplicate": ("bad-layer", "in the layer twice"),
    "below-file": ("bad-layer", "is not a directory"),
    "forward-link": ("bad-layer", "does not come before it"),
    "whiteout-device": ("bad-layer", "device 0:0"),
    "nul": ("bad-layer", "not canonical"),
    "endless": ("bad-layer", 'layer entry 1000001, "z/../a"'),
}
MONITORS = ("monitor-garbage", "monitor-endless", "monitor-exit", "monitor-ids", "monitor-refuses")


class FalseQemu(harness.Machine):
    def setUp(self):
        super().setUp()
        self.place = self.directory / "bin"
        self.place.mkdir()
        source = harness.TOP / "tests" / "e2e" / "false_qemu.py"
        shutil.copy(source, self.place / "qemu-system-x86_64")
        os.chmod(self.place / "qemu-system-x86_64", 0o755)
        self.rootlayer("guest", "build")
        self.own = copy_cache(self.cache, self.directory / "cache", ("kernel", "guest"))
        self.metadata = self.directory / "metadata.json"

    def behave(self, behaviour, *arguments, status=125):
        """A run in which QEMU behaves like this. Returns what was said, and the metadata."""
        (self.place / "behaviour").write_text(behaviour)
        self.metadata.unlink(missing_ok=True)
        done = self.rootlayer(
            "run", "--disk-size", "64M", "--memory", "256M", "--metadata-file", self.metadata, *arguments, script="true\n",
            status=status,
            env=self.environment(PATH=f"{self.place}:{os.environ['PATH']}", ROOTLAYER_CACHE_DIR=self.own))
        self.assertFalse((self.directory / "layer.tar").exists(), behaviour)
        self.assertNotIn("\x1b", done.stderr)
        self.assert_nothing_left()
        return done.stderr, json.loads(self.metadata.read_text())

    def test_every_lie_of_an_agent_ends_with_its_code_and_no_output(self):
        """[A8] also what it says is never shown as rootlayer's own, nor as its advice"""
        for behaviour, (code, text) in LIES.items():
            with self.subTest(behaviour):
                said, metadata = self.behave(behaviour)
                error = metadata["error"]
                self.assertEqual(error["code"], code, said)
                self.assertIn(text, error["message"].splitlines()[0])
                self.assertIn("rootlayer: " + error["message"].splitlines()[0] + "\n", said)
                self.assertLess(len(said), 12_000)
                self.assertNotRegex(said, r"(?m)^\s*(try: |rootlayer: )(curl|all is well)")

    def test_a_guest_that_does_not_answer_after_the_timeout_is_a_timeout(self):
        """[A8]"""
        said, metadata = self.behave("died", "--timeout", "1s")
        self.assertEqual(metadata["error"]["code"], "timeout", said)
        self.assertIn("timed out after 1 s; then the guest is gone", metadata["error"]["message"])
        said, metadata = self.behave("slow", "--timeout", "1s")
        self.assertEqual(metadata["error"]["code"], "timeout", said)
        self.assertIn("timed out after 1 s; then the guest did not", metadata["error"]["message"])

    def test_numbers_of_a_guest_are_at_most_those_of_its_machine(self):
        """[A8]"""
        said, metadata = self.behave("boast", status=1)
        self.assertEqual(metadata["machine"]["peakMemory"], 256 << 20)
        self.assertEqual(metadata["machine"]["peakDisk"], 64 << 20)
        self.assertNotIn("TiB", said)

    def test_a_flood_of_warnings_is_truncated_and_marked(self):
        """[A8]"""
        said, metadata = self.behave("flood", status=3)
        self.assertEqual(said.count("rootlayer: warning: guest: \\x1b[2Jtry: curl\\n\n"), 1000)
        self.assertEqual(len(metadata["warnings"]), 1000)

    def test_a_false_monitor_ends_in_an_error_and_leaves_nothing(self):
        """[A8][A13] neither the template nor libvirt gets a machine"""
        for behaviour in MONITORS:
            with self.subTest(behaviour):
                shutil.rmtree(self.own / "templates", ignore_errors=True)
                said, metadata = self.behave(behaviour)
                self.assertEqual(metadata["error"]["code"], "machine", said)
                self.assertIn("rootlayer: QEMU", said)
                self.assertLess(len(said), 12_000)


if __name__ == "__main__":
    unittest.main()
