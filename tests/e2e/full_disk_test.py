"""Disks of the host that are full: the error comes at once, and says which disk it was and what to set."""
import json
import os
import subprocess
import unittest

import harness
from robust_test import copy_cache


class FullDisk(harness.Machine):
    def on_small_disks(self, sizes, *arguments, script=None, **more):
        """Runs a command with small file systems on some directories, which vanish with it. Returns its stderr."""
        mounts = "".join(f"mount -t tmpfs -o size={size} none {directory} && " for directory, size in sizes.items())
        wrapper = ["unshare", "-m" if os.geteuid() == 0 else "-rm", "sh", "-c", mounts + 'exec "$@"', "sh"]
        if subprocess.run([*wrapper, "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode != 0:
            self.skipTest("no mount namespaces here")
        return self.rootlayer(*arguments, script=script, status=125, wrapper=wrapper, **more).stderr

    def run_on_small_disks(self, sizes, *arguments, **more):
        return self.on_small_disks(sizes, "run", "--metadata-file", self.directory / "run.json", *arguments, **more)

    def assert_resource(self, said, *words):
        self.assertEqual(json.loads((self.directory / "run.json").read_text())["error"]["code"], "resource", said)
        for word in words:
            self.assertIn(word, said)
        self.assertNotIn("guest did not answer", said)

    def test_a_script_that_writes_more_than_fits_under_tmpdir(self):
        """[A9]"""
        for start in ("--template", "--no-template"):
            with self.subTest(start):
                said = self.run_on_small_disks({self.temporary: "20m"}, start, "--from", f"tar:{harness.busybox_root()}",
                                               script="dd if=/dev/zero of=/big bs=1M count=60; sync; sleep 1000\n")
                self.assert_resource(said, f'the disk under "{self.temporary}" is full', "TMPDIR", "--disk-size")

    def test_no_space_for_an_empty_disk(self):
        said = self.run_on_small_disks({self.temporary: "32k"}, script="true\n")
        self.assert_resource(said, "No space left on device", "TMPDIR")

    def test_no_space_for_the_layer(self):
        target = self.directory / "out"
        target.mkdir()
        said = self.run_on_small_disks({target: "8m"}, "--output", target / "layer.tar",
                                       script="head -c 30000000 /dev/urandom > /big\n")
        self.assert_resource(said, "layer.tar", "--output")

    def test_no_space_for_a_base_from_a_pipe(self):
        with open(harness.busybox_root(), "rb") as base, subprocess.Popen(["cat"], stdin=base, stdout=subprocess.PIPE) as cat:
            said = self.run_on_small_disks({self.temporary: "1m"}, "--from", "tar:-", script="true\n", stdin=cat.stdout)
            cat.stdout.close()
        self.assert_resource(said, "No space left on device", "TMPDIR")

    def test_no_space_for_the_data_of_an_export(self):
        said = self.on_small_disks({self.temporary: "1m"}, "export", f"tar:{harness.busybox_root()}", "--output",
                                   self.directory / "tree.tar")
        self.assertIn("No space left on device", said)
        self.assertIn("TMPDIR", said)
        self.assertFalse((self.directory / "tree.tar").exists())

    def test_no_space_in_the_cache(self):
        cache = copy_cache(self.cache, self.directory / "cache")
        (cache / "layers").mkdir(mode=0o700)
        os.chmod(cache, 0o700)
        said = self.run_on_small_disks({cache / "layers": "1m,mode=700"}, "--from", f"tar:{harness.busybox_root()}",
                                       script="true\n", env=self.environment(ROOTLAYER_CACHE_DIR=cache))
        self.assert_resource(said, "the disk is full", "--cache-dir")


if __name__ == "__main__":
    unittest.main()
