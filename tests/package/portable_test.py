"""The portable archive (scripts/package portable): what is in it, and that it runs where nothing else is."""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
import unittest

import places

ARCHIVE = places.newest("rootlayer-*-linux-amd64.tar.zst")
HOSTS = pathlib.Path(os.environ.get("ROOTLAYER_TEST_BUILD", places.TOP / "build" / "release")) / "host" / "cli" / "rootlayer"
SCRIPT = places.TOP / "examples" / "setup.sh"
MOST = 40_000_000


@unittest.skipUnless(ARCHIVE, "there is no archive; make it: scripts/package portable")
class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="rlp-", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.directory.chmod(0o755)
        (cls.directory / "program").mkdir()
        cls.program = places.unpacked(ARCHIVE, cls.directory / "program")

    def said(self, *words, **environment):
        done = subprocess.run([self.program / "bin" / "rootlayer", *words], capture_output=True, text=True, timeout=places.LONG,
                              env={"PATH": "/nowhere", "HOME": str(self.directory), **environment}, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


class Archive(Case):
    def test_it_is_small(self):
        self.assertLessEqual(ARCHIVE.stat().st_size, MOST)

    def test_nothing_in_it_says_who_made_it_where_and_when(self):
        plain = self.directory / "plain.tar"
        subprocess.run(["zstd", "-q", "-d", ARCHIVE, "-o", plain], check=True, timeout=places.LONG)
        with tarfile.open(plain) as tar:
            members = tar.getmembers()
        self.assertEqual({(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in members}, {(0, 0, "", "", 0)})
        names = [m.name for m in members]
        self.assertEqual(names, sorted(names, key=lambda name: name.split("/")))
        told = [str(places.TOP).encode(), str(pathlib.Path.home() / ".cache").encode(), b"rootlayer-package"]
        for path in self.program.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                self.assertEqual([word for word in told if word in content], [], path)

    def test_every_user_can_read_it_and_none_can_change_it(self):
        for path in self.program.rglob("*"):
            mode = path.lstat().st_mode & 0o777
            wanted = (0o755,) if path.is_dir() else (0o644, 0o755)
            self.assertIn(mode, wanted, path)

    def test_its_programs_need_no_library_of_the_host(self):
        here = {path.name for path in (self.program / "lib" / "rootlayer" / "tools").iterdir()}
        for path in (self.program / "lib" / "rootlayer" / "tools").iterdir():
            needed = re.findall(r"NEEDED.*\[(.*)\]",
                                subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True).stdout)
            self.assertEqual(set(needed) - here, set(), path)
        for path in [self.program / "bin" / "rootlayer", *(self.program / "lib" / "rootlayer" / "bin").iterdir()]:
            said = subprocess.run(["readelf", "-lW", path], capture_output=True, text=True, check=True).stdout
            self.assertNotIn("INTERP", said, path)

    def test_it_lists_licences_and_sources(self):
        said = self.said("version", "--licenses")
        for source in ("qemu", "linux", "skopeo", "squashfs-tools-ng", "e2fsprogs", "glibc", "busybox", "seabios"):
            self.assertRegex(said, rf"(?m)^{source} [0-9:.+~a-z-]+")
        self.assertIn("Apache License", said)
        self.assertIn("GNU GENERAL PUBLIC LICENSE", said)

    def test_it_writes_the_same_zstd_as_the_hosts(self):
        contents = self.directory / "contents"
        contents.write_bytes(b"".join(hashlib.sha256(b"%d" % each).digest() * 3 for each in range(100_000)))  # several jobs
        words = ["build", "--contents", f"{contents}:/file", "--compression", "zstd", "--quiet", "--output"]
        ours = self.said(*words, f"oci-archive:{self.directory}/ours.tar", ROOTLAYER_CACHE_DIR=str(self.directory / "zstd"))
        theirs = subprocess.run([HOSTS, *words, f"oci-archive:{self.directory}/theirs.tar"], capture_output=True, text=True,
                                check=True, timeout=places.LONG, env={"PATH": os.environ["PATH"], "HOME": str(self.directory)})
        self.assertEqual(ours, theirs.stdout)

    def test_it_has_manual_pages_and_completions(self):
        share = self.program / "share"
        for path in ("man/man1/rootlayer-run.1", "man/man5/rootlayer-build-file.5", "bash-completion/completions/rootlayer",
                     "zsh/site-functions/_rootlayer", "fish/vendor_completions.d/rootlayer.fish"):
            self.assertTrue((share / path).is_file(), path)
        self.assertNotIn("--connect", self.said("run", "--help"))

    def test_its_doctor_names_its_own_parts(self):
        cache = self.directory / "doctor"
        cache.mkdir()
        said = self.said("doctor", ROOTLAYER_ACCEL="tcg", ROOTLAYER_CACHE_DIR=str(cache), TMPDIR=str(cache))
        self.assertIn(str(self.program / "lib" / "rootlayer" / "bin" / "qemu-system-x86_64"), said)


@unittest.skipUnless(os.geteuid() == 0, "chroot needs root")
class Anywhere(Case):
    """As nobody, in a read-only tree, from a read-only directory."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        home = cls.directory / "home"
        home.mkdir()
        done = subprocess.run([HOSTS, "run", "--accel", "tcg", "--script", SCRIPT, "--output", home / "layer.tar"],
                              capture_output=True, text=True, timeout=places.LONG, stdin=subprocess.DEVNULL,
                              env={"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home),
                                   "ROOTLAYER_CACHE_DIR": str(places.KEPT / "cache")})
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        cls.digest = done.stdout

    def run_in(self, tree):
        writable = pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        shutil.copy(SCRIPT, writable / "setup.sh")
        os.chown(writable, places.NOBODY, places.NOBODY)
        began = time.monotonic()
        done = places.run_inside(tree, self.program, writable, "/mnt/program/bin/rootlayer", "run", "--accel", "tcg", "--script",
                                 "/mnt/writable/setup.sh", "--output", "/mnt/writable/layer.tar",
                                 TMPDIR="/mnt/writable", ROOTLAYER_CACHE_DIR="/mnt/writable/cache")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, self.digest)
        print(f"{tree.name}: the first layer after {time.monotonic() - began:.1f} s")

    def test_debian_11(self):
        self.run_in(places.debian("bullseye", self.directory))

    def test_debian_12(self):
        self.run_in(places.debian("bookworm", self.directory))

    def test_debian_13(self):
        self.run_in(places.debian("trixie", self.directory))

    def test_a_tree_with_nothing_but_a_shell(self):
        self.run_in(places.only_a_shell(self.directory))


if __name__ == "__main__":
    unittest.main()
