"""What is kept between runs: listed, bounded, looked after, and left alone while a run uses it."""
import shutil
import signal
import unittest

import harness


class Cache(harness.Machine):
    def setUp(self):
        """A cache of its own; the kernel is not fetched again."""
        super().setUp()
        shared = self.cache
        self.cache = self.folder / "cache"
        self.cache.mkdir(mode=0o700)
        for part in ("kernel", "libvirt"):
            if (shared / part).is_dir():
                shutil.copytree(shared / part, self.cache / part, ignore=shutil.ignore_patterns("*.partial"))
        self.base = f"tar:{harness.busybox_root()}"

    def listed(self):
        """The kinds of what there is, sorted."""
        lines = self.rootlayer("cache", "ls").stdout.decode().splitlines()[1:]
        return sorted(line.split()[0] for line in lines)

    def prune(self, size):
        return self.rootlayer("cache", "prune", "--max-size", size).stdout.decode().splitlines()

    def test_a_run_keeps_what_it_uses_though_the_cache_is_pruned(self):
        self.layer("--from", self.base, script="echo a >/a\n")
        (self.folder / "slow").write_text("echo it runs; sleep 1000\n")
        run = self.start("run", "--from", self.base, "--accel", self.accel, "--script", self.folder / "slow",
                         "--progress", "plain")
        self.addCleanup(run.kill)
        said = b""
        while b"it runs" not in said:
            line = run.stderr.readline()
            self.assertTrue(line, said.decode(errors="replace"))
            said += line
        self.prune("0")
        kept = self.listed()
        self.assertIn("layer", kept)
        self.assertIn("guest-image", kept)
        self.assertNotIn("kernel", kept, "nobody uses it once the guest image is made")
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=harness.LONG)
        self.prune("0")
        self.assertEqual(self.listed(), [])

    def test_a_pruned_cache_fills_again(self):
        _, before = self.layer("--from", self.base, script="echo a >/a\n")
        gone = self.prune("40M")
        self.assertTrue(any(line.startswith(("guest-image", "template")) for line in gone), gone)
        _, after = self.layer("--from", self.base, script="echo a >/a\n")
        self.assertEqual(after, before)

    def test_the_limit_is_kept_after_a_run(self):
        self.layer("--from", self.base, script="echo a >/a\n", env=self.environment(ROOTLAYER_CACHE_LIMIT="1"))
        self.assertEqual(self.listed(), [])

    def test_a_damaged_layer_is_found_and_made_again(self):
        _, before = self.layer("--from", self.base, script="echo a >/a\n")
        disk, = self.cache.glob("layers/*1-*/disk.squashfs")
        with open(disk, "r+b") as file:
            file.seek(5000)
            file.write(b"damage")
        said = self.rootlayer("cache", "verify", status=1).stdout.decode().splitlines()
        self.assertEqual(len(said), 1, said)
        self.assertRegex(said[0], r"\Alayer .*; removed\Z")
        self.assertEqual(self.rootlayer("cache", "verify").stdout, b"")
        _, after = self.layer("--from", self.base, script="echo a >/a\n")
        self.assertEqual(after, before)


if __name__ == "__main__":
    unittest.main()
