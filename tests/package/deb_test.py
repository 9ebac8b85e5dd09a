"""The Debian packages, installed by apt in a bare Debian, and used at once by an ordinary user without a network.

`scripts/package deb` must have made them; ROOTLAYER_TEST_DEBS names another directory with packages."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
LONG = 900  # seconds: a deadline, not an expectation


def run(*command, **more):
    return subprocess.run(command, cwd=TOP, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONG, **more)


class Packages(unittest.TestCase):
    debs = pathlib.Path(os.environ.get("ROOTLAYER_TEST_DEBS", TOP / "build" / "package" / "deb"))

    def setUp(self):
        if not list(self.debs.glob("*.deb")):
            self.skipTest("there are no packages; scripts/package deb makes them")

    def deb(self, name):
        found = list(self.debs.glob(f"{name}_*_amd64.deb"))
        self.assertEqual(len(found), 1, name)
        return found[0]

    def files(self, name):
        listed = run("dpkg-deb", "-c", str(self.deb(name)), check=True)
        return {line.split(maxsplit=5)[5].split(" -> ")[0] for line in listed.stdout.splitlines()}

    def digest_in(self, suite):
        done = run("tests/package/bare-debian", suite, str(self.debs))
        if done.returncode == 77:
            self.skipTest(done.stderr.strip())
        self.assertEqual(done.returncode, 0, done.stderr[-6000:])
        self.assertRegex(done.stdout, r"\Asha256:[0-9a-f]{64}\n\Z")
        return done.stdout

    def test_debian_12_and_13_run_at_once_without_a_network(self):
        self.assertEqual(self.digest_in("bookworm"), self.digest_in("trixie"))

    def test_each_package_has_its_part(self):
        self.assertIn("./usr/bin/rootlayer", self.files("rootlayer"))
        guest = self.files("rootlayer-guest")
        for name in ("kernel", "initramfs", "seal"):
            self.assertIn(f"./usr/lib/rootlayer/guest/default/{name}", guest)
        self.assertTrue(any(re.search(r"/librootlayer\.so\.0\.1$", name) for name in self.files("librootlayer0")))
        development = self.files("librootlayer-dev")
        self.assertIn("./usr/include/rootlayer/builder.hh", development)
        self.assertTrue(any(name.endswith("/rootlayer-config.cmake") for name in development))

    def test_nothing_runs_at_installation_but_ldconfig(self):
        for name in ("rootlayer", "librootlayer0", "librootlayer-dev", "rootlayer-guest"):
            with tempfile.TemporaryDirectory() as control:
                run("dpkg-deb", "-e", str(self.deb(name)), control, check=True)
                there = {path.name for path in pathlib.Path(control).iterdir()}
            self.assertLessEqual(there, {"control", "md5sums", "shlibs", "triggers"}, name)

    def test_the_guest_names_its_sources(self):
        fields = run("dpkg-deb", "-f", str(self.deb("rootlayer-guest")), "Built-Using").stdout
        self.assertRegex(fields, r"\Abusybox \(= [^ ]+\), linux \(= [^ ]+\)\n\Z")


if __name__ == "__main__":
    unittest.main()
