"""Runs with a guest image that was made before: no cache of one, no download, and the same layer."""
import json
import os
import shutil
import subprocess
import unittest

import harness

SCRIPT = "mkdir -p /etc && uname -a >/etc/kernel && ls / >/etc/root && cat /proc/cmdline >/etc/command-line"


class ReadyGuest(harness.Machine):
    def setUp(self):
        super().setUp()
        # Where there is nothing to make a guest from: only what a run itself needs.
        self.tools = self.directory / "tools"
        self.tools.mkdir()
        for tool in ("qemu-system-x86_64", "qemu-img", "tar2sqfs", "mke2fs", "sh"):
            (self.tools / tool).symlink_to(shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin"))
        self.fresh = self.directory / "fresh"

    def bare(self, **more):
        return self.environment(PATH=self.tools, ROOTLAYER_CACHE_DIR=self.fresh, **more)

    def guests(self):
        directory = self.directory / "guests"
        self.rootlayer("guest", "build", "--output", directory)
        return directory

    def run_installed(self, binary, *arguments, env):
        return subprocess.run([binary, *arguments], env=env, cwd=self.directory, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=harness.LONG)

    def test_the_layer_is_the_same_and_nothing_is_made(self):
        _, expected = self.layer(script=SCRIPT)
        guests = self.guests()
        report = self.directory / "report"
        _, digest = self.layer("--metadata-file", report, script=SCRIPT, env=self.bare(ROOTLAYER_GUEST=guests))
        self.assertEqual(digest, expected)
        self.assertFalse((self.fresh / "guest").exists())
        self.assertFalse((self.fresh / "kernel").exists())
        machine = json.loads(report.read_text())["machine"]
        self.assertEqual((machine["guest"], machine["guestReady"]), (str(guests / "default"), True))
        with self.subTest("without it there is none"):
            failed = self.rootlayer("run", script=SCRIPT, status=125, env=self.bare())
            self.assertIn("install busybox-static", failed.stderr)

    def test_an_installation_brings_its_own(self):
        prefix = self.directory / "prefix"
        (prefix / "bin").mkdir(parents=True)
        binary = shutil.copy(harness.BINARY, prefix / "bin" / "rootlayer")
        shutil.copytree(self.guests(), prefix / "lib" / "rootlayer" / "guest")
        build = ("guest", "build", "--progress", "plain")
        done = self.run_installed(binary, *build, env=self.bare())
        self.assertIn(f"{prefix}/lib/rootlayer/guest/default/kernel", done.stdout)
        with self.subTest("the tree is moved, and called by a relative path"):
            prefix.rename(self.directory / "moved")
            done = self.run_installed("moved/bin/../bin/rootlayer", *build, env=self.bare())
            self.assertIn(f"{self.directory}/moved/lib/rootlayer/guest/default/kernel", done.stdout, done.stderr)
        with self.subTest("it is switched off"):
            done = self.run_installed("moved/bin/rootlayer", *build, env=self.bare(ROOTLAYER_GUEST="none"))
            self.assertIn("busybox", done.stderr)
        with self.subTest("it is for another version"):
            seal = self.directory / "moved/lib/rootlayer/guest/default/seal"
            seal.write_text(seal.read_text().replace("fact agent ", "fact agent 0"))
            done = self.run_installed("moved/bin/rootlayer", *build, env=self.bare())
            self.assertIn("is not used", done.stderr)

    def test_damage_is_named_and_left_for_its_owner(self):
        guests = self.guests()
        initramfs = guests / "default" / "initramfs"
        with open(initramfs, "r+b") as file:  # /init is at its start
            file.seek(1 << 12)
            file.write(bytes(1 << 20))
        failed = self.rootlayer("run", "--no-template", script="true", status=125,
                                env=self.environment(ROOTLAYER_GUEST=guests, ROOTLAYER_CACHE_DIR=self.fresh))
        self.assertIn("the ready guest", failed.stderr)
        self.assertIn("is damaged", failed.stderr)
        self.assertTrue(initramfs.exists())


if __name__ == "__main__":
    unittest.main()
