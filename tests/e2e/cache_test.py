"""The cache: listed, limited, verified, and not touched while a run uses it."""
import hashlib
import json
import os
import shutil
import signal
import subprocess
import unittest

import harness


def turn_bit(path, at=None):
    """Flips one bit of a file. In a machine's memory: in the first letter of a name that the agent looks for."""
    with open(path, "r+b") as file:
        size = os.fstat(file.fileno()).st_size
        if path.name == "memory":
            data = file.read()
            at = data.index(b".wh.") + 1
        at = size // 2 if at is None else at
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


def overwrite(path, data, at=0):
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)


def as_if_verified(entry):
    """Adapts an entry's record to its files: damage that stat(2) does not show, like that of a failing drive."""
    seal = (entry / "seal").read_bytes()
    lines = ["rootlayer-verified 1", f"seal {hashlib.sha256(seal).hexdigest()}"]
    for line in seal.decode().splitlines():
        kind, *words = line.split()
        if kind in ("file", "pages"):
            status = (entry / words[2]).stat()
            lines.append(f"{status.st_ino:x} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {words[2]}")
    (entry / "verified").write_text("\n".join(lines) + "\n")


class Cache(harness.Machine):
    def setUp(self):
        """A cache of its own; the kernel is not fetched again."""
        super().setUp()
        shared = self.cache
        self.cache = self.directory / "cache"
        self.cache.mkdir(mode=0o700)
        for part in ("kernel", "libvirt"):
            if (shared / part).is_dir():
                shutil.copytree(shared / part, self.cache / part, ignore=shutil.ignore_patterns("*.partial"))
        self.base = f"tar:{harness.busybox_root()}"

    def listed(self):
        """The kinds of the entries, sorted."""
        lines = self.rootlayer("cache", "ls").stdout.decode().splitlines()[1:]
        return sorted(line.split()[0] for line in lines)

    def prune(self, size):
        return self.rootlayer("cache", "prune", "--max-size", size).stdout.decode().splitlines()

    def test_a_run_keeps_what_it_uses_though_the_cache_is_pruned(self):
        self.layer("--from", self.base, script="echo a >/a\n")
        (self.directory / "slow").write_text("echo it runs; sleep 1000\n")
        run = self.start("run", "--from", self.base, "--accel", self.accel, "--script", self.directory / "slow",
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
        listed = json.loads(self.rootlayer("cache", "ls", "--format", "json").stdout)["entries"]
        self.assertEqual({entry["lastBase"] for entry in listed if entry["kind"] == "layer"}, {self.base})
        self.assertEqual({entry["lastBase"] for entry in listed if entry["kind"] == "template"}, {""})
        disk, = self.cache.glob("layers/*/disk.squashfs")
        with open(disk, "r+b") as file:
            file.seek(5000)
            file.write(b"damage")
        said = self.rootlayer("cache", "verify", status=1).stdout.decode().splitlines()
        self.assertEqual(len(said), 1, said)
        self.assertRegex(said[0], r"\Alayer .*; removed\Z")
        self.assertEqual(self.rootlayer("cache", "verify").stdout, b"")
        _, after = self.layer("--from", self.base, script="echo a >/a\n")
        self.assertEqual(after, before)

    SCRIPT = "rm /etc/group; echo a >/a; mkdir /d; cat /bin/busybox >/d/copy\n"

    def parts(self):
        """The entries that every run uses, except Debian's kernel, which needs the network to be recreated."""
        found = [path for pattern in ("layers/*/disk.squashfs", "layers/*/index", "guest/*/kernel", "guest/*/initramfs",
                                      "templates/*/memory", "templates/*/state", "digests/*/seal", "libvirt/*.xml",
                                      "version")
                 for path in self.cache.glob(pattern)]
        if not any(path.name == "memory" for path in found):
            self.skipTest("without templates")
        self.assertGreaterEqual(len(found), 8, found)
        return found

    def test_damage_of_every_kind_in_every_part_is_made_good(self):
        # Only the entries that this run uses: it does not repair others.
        shutil.rmtree(self.cache / "libvirt", ignore_errors=True)
        _, before = self.layer("--from", self.base, script=self.SCRIPT)
        damages = {"one bit": turn_bit, "cut": lambda path: os.truncate(path, path.stat().st_size // 2),
                   "empty": lambda path: os.truncate(path, 0), "deleted": os.remove}
        if os.geteuid() == 0:
            damages["somebody else's"] = lambda path: os.chown(path, 65534, 65534)
        for name, damage in damages.items():
            with self.subTest(name):
                for path in self.parts():
                    damage(path)
                output = self.directory / "layer.tar"
                done = self.rootlayer("run", "--from", self.base, "--output", output, script=self.SCRIPT)
                self.assertEqual(done.stdout.decode().strip(), before)
                for what in ("base layer 1", "the guest image", "the template"):
                    self.assertRegex(done.stderr, rf"{what}( \([^)]*\))? was damaged")
                self.assertNotIn("restarting the run", done.stderr, "it was found before the machine was started")
                self.assertEqual(self.rootlayer("cache", "verify").stdout, b"")

    def test_damage_that_nothing_shows_is_found_when_the_guest_stumbles_over_it(self):
        """A failing drive: inode, size and times do not change."""
        _, before = self.layer("--from", self.base, script=self.SCRIPT)
        disk, = self.cache.glob("layers/*/disk.squashfs")
        kernel, = self.cache.glob("guest/*/kernel")
        template = self.cache / "templates"
        for name, path in (("the base", disk), ("the kernel", kernel)):
            with self.subTest(name):
                overwrite(path, b"\xff" * 300_000, 4096 if path == disk else 0)
                as_if_verified(path.parent)
                if path == kernel:
                    shutil.rmtree(template, ignore_errors=True)
                done = self.rootlayer("run", "--from", self.base, "--output", self.directory / "layer.tar",
                                      script=self.SCRIPT)
                self.assertEqual(done.stdout.decode().strip(), before)
                self.assertEqual(done.stderr.count("restarting the run"), 1, done.stderr)
                self.assertIn(path.name, done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "only root can mount")
    def test_a_cache_on_a_read_only_file_system_works(self):
        own = self.directory / "own"
        _, filled = self.layer("--cache-dir", own, script="echo >/x\n")
        for unneeded in ("libvirt", "accelerators"):  # a run from a template makes neither
            shutil.rmtree(own / unneeded, ignore_errors=True)
        for command in (("mount", "--bind", own, own), ("mount", "-o", "remount,bind,ro", own)):
            subprocess.run(command, check=True, timeout=60)
        try:
            _, again = self.layer("--cache-dir", own, "--accel", "tcg", script="echo >/x\n")
        finally:
            subprocess.run(("umount", own), check=True, timeout=60)
        self.assertEqual(again, filled)

    @unittest.skipUnless(os.geteuid() == 0, "only root can give a directory away")
    def test_the_cache_of_another_user_is_left_alone(self):
        own = self.directory / "own"
        entry = own / "layers" / "an-entry"
        entry.mkdir(parents=True)
        os.chown(own, 12345, 12345)
        for arguments in (("ls",), ("prune", "--max-size", "0"), ("verify",)):
            with self.subTest(arguments):
                self.assertIn("12345", self.rootlayer("cache", *arguments, "--cache-dir", own, status=125).stderr)
        self.assertTrue(entry.is_dir())

    def test_cache_dir_wins_over_the_environment(self):
        for part in ("ls", "prune", "verify"):
            with self.subTest(part):
                own = self.directory / "own"
                self.assertIn(str(own), self.rootlayer("cache", part, "--cache-dir", own).stderr)
        listed = json.loads(self.rootlayer("cache", "ls", "--format", "json", "--cache-dir", own).stdout)
        self.assertEqual((listed["cache"], listed["entries"]), (str(own), []))

    def test_verify_reads_everything_and_says_how_many(self):
        self.layer("--from", self.base, script="echo a >/a\n")
        self.start("cache", "verify").communicate()  # removes what an older version left
        entries = len(self.listed())
        done = self.rootlayer("cache", "verify")
        self.assertIn(f"{entries} entries checked, 0 damaged", done.stderr)
        # One file of each entry.
        parts = [path for path in self.parts() if path.name in ("memory", "initramfs", "disk.squashfs", "seal")
                 or path.suffix == ".xml"]
        parts += [next(self.cache.glob("kernel/*/vmlinuz"))]
        for path in parts:
            turn_bit(path)
        done = self.rootlayer("cache", "verify", status=1)
        owners = {path if path.suffix == ".xml" else path.parent for path in parts}
        self.assertIn(f"{entries} entries checked, {len(owners)} damaged", done.stderr)
        for name in ("memory", "initramfs", "vmlinuz", "disk.squashfs"):
            self.assertTrue(any(name in line for line in done.stdout.decode().splitlines()), (name, done.stdout))

    def test_a_copied_cache_is_read_once_and_a_used_one_never(self):
        self.layer("--from", self.base, script="echo a >/a\n")
        records = {path: path.read_bytes() for path in self.cache.glob("*/*/verified")}
        self.assertGreaterEqual(len(records), 2)
        copy = self.directory / "copy"
        shutil.copytree(self.cache, copy)
        shutil.rmtree(self.cache)
        copy.rename(self.cache)
        self.layer("--from", self.base, script="echo a >/a\n")
        after = {path: path.read_bytes() for path in records}
        used = [path for path in records if path.parts[-3] != "kernel"]
        self.assertTrue(all(after[path] != records[path] for path in used))
        # Only reading an entry writes its record.
        stamps = {path: path.stat().st_ino for path in records}
        self.layer("--from", self.base, script="echo a >/a\n")
        self.assertEqual({path: path.stat().st_ino for path in records}, stamps)


if __name__ == "__main__":
    unittest.main()
