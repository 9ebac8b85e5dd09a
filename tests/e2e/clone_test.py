"""scripts/rootlayer in a clone: it sets up and builds once, whoever calls it and whatever fails. Fake programs replace
apt-get and CMake; scripts/test-bare runs the real ones."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

import harness

DPKG_QUERY = """#!/bin/bash
[ -e "$STATE/installed" ] && echo installed
"""
# Each step fails if another one runs at the same time.
APT_GET = """#!/bin/bash
mkdir "$STATE/apt" || { echo "E: Could not get lock"; exit 100; }
echo "apt-get $*"; cat
[ ! -e "$STATE/apt-fails" ] || { rmdir "$STATE/apt"; echo "E: Unable to locate package"; exit 100; }
case "$*" in *install*) touch "$STATE/installed" ;; esac
rmdir "$STATE/apt"
"""
# What is built is cat, linked in place, in many small writes.
CMAKE = """#!/bin/bash
mkdir build/busy || { echo "error: another build is under way"; exit 1; }
echo "$*" >>"$STATE/cmakes"
if [ "$1" = --build ]; then
  for i in 1 2 3 4 5 6 7 8 9; do echo "[$i/10] Building"; done
  if [ -e "$STATE/build-fails" ]; then echo "main.cc:1:2: error: no such thing"; rmdir build/busy; exit 1; fi
  mkdir -p build/release/host/cli
  dd if=/bin/cat of=build/release/host/cli/rootlayer bs=64 conv=notrunc status=none
  chmod +x build/release/host/cli/rootlayer
else
  echo "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" >build/release/CMakeCache.txt
  touch build/release/build.ninja
fi
rmdir build/busy
"""


class Clone(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="rl-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.state, programs = self.directory / "state", self.directory / "programs"
        self.state.mkdir()
        programs.mkdir()
        for name, text in (("dpkg-query", DPKG_QUERY), ("apt-get", APT_GET), ("cmake", CMAKE), ("sudo", '#!/bin/sh\nexec "$@"\n')):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        self.env = {"PATH": f"{programs}:{os.environ['PATH']}", "STATE": str(self.state), "HOME": str(self.directory)}
        self.clone = self.make_clone("clone")

    def make_clone(self, name):
        clone = self.directory / name
        for part in ("src", "host", "guest-agent", "images"):
            (clone / part).mkdir(parents=True)
        shutil.copytree(harness.TOP / "scripts", clone / "scripts")
        for part in ("CMakeLists.txt", "CMakePresets.json"):
            shutil.copy(harness.TOP / part, clone)
        return clone

    def start(self, clone=None):
        return subprocess.Popen([(clone or self.clone) / "scripts" / "rootlayer"], env=self.env, cwd=self.directory, text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ended(self, process, given="the script\n"):
        out, err = process.communicate(given, timeout=harness.LONG)
        return process.returncode, out, err

    def said(self, status, clone=None):
        with self.start(clone) as process:
            result, out, err = self.ended(process)
        self.assertEqual(result, status, err)
        self.assertEqual(out, "the script\n" if status == 0 else "")
        return err

    def cmakes(self):
        return (self.state / "cmakes").read_text().splitlines()

    def test_the_first_call_says_little_and_leaves_standard_input_alone(self):
        err = self.said(0)
        self.assertRegex(err, r"\Arootlayer: installing \d+ packages\n(rootlayer: building \d+ of 10\n){1,5}\Z")
        self.assertEqual(self.said(0), "", "nothing is left to do")
        self.assertEqual(len(self.cmakes()), 2)
        self.assertIn("apt-get", (self.clone / "build" / "release" / "prepare.log").read_text())

    def test_many_first_calls_at_once(self):
        """in two clones of one machine, while sources change"""
        other = self.make_clone("other")
        processes = [self.start(clone) for clone in (self.clone, other) for _ in range(4)]
        for process in processes:
            with process:
                status, out, err = self.ended(process)
            self.assertEqual((status, out), (0, "the script\n"), err)
            (self.clone / "src" / "new").write_text(str(time.monotonic()))
            if len(processes) < 12:
                processes.append(self.start())

    def test_what_runs_does_not_hinder_a_build(self):
        self.said(0)
        with self.start() as running:
            (self.clone / "src" / "new").touch()
            self.said(0)
            self.assertEqual(self.ended(running)[:2], (0, "the script\n"))

    def test_failures_are_125_and_name_the_log(self):
        log = self.clone / "build" / "release" / "prepare.log"
        for cause, named in (("apt-fails", "Unable to locate package"), ("build-fails", "no such thing")):
            (self.state / cause).touch()
            for _ in range(2):
                err = self.said(125)
                self.assertIn(named, err)
                self.assertIn(f"  try: see {log}\n", err)
                self.assertLess(err.count("\n"), 25)
            (self.state / cause).unlink()
        self.said(0)

    def test_a_clone_that_cannot_be_written_is_told(self):
        (self.clone / "build").write_text("")
        err = self.said(125)
        self.assertRegex(err, r"\Arootlayer: cannot write to .*/build/release\n  try: .*\n\Z")

    def test_a_clone_that_was_moved_is_configured_anew(self):
        self.said(0)
        moved = self.directory / "moved"
        self.clone.rename(moved)
        (moved / "src" / "new").touch()
        self.said(0, moved)
        self.assertIn("--fresh", self.cmakes()[-2])


if __name__ == "__main__":
    unittest.main()
