"""The image of rootlayer itself with the settings of integrations/kubernetes/pod.yaml, started by podman. ROOTLAYER_TEST_IMAGE is
the archive; without it, what `scripts/package image` made."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import harness

sys.path.insert(0, str(harness.TOP / "tests" / "kubernetes"))

import manifests  # noqa: E402

PACKAGES = harness.TOP / "build" / "package"


def image_archive():
    if "ROOTLAYER_TEST_IMAGE" in os.environ:
        return pathlib.Path(os.environ["ROOTLAYER_TEST_IMAGE"])
    return next((path for path in sorted(PACKAGES.glob("rootlayer-*image*.tar")) if "debug" not in path.name), None)


class Pod(harness.Machine):
    def setUp(self):
        super().setUp()
        self.archive = image_archive()
        if self.archive is None:
            self.skipTest("there is no image in build/package (scripts/package image)")
        if shutil.which("podman") is None or os.geteuid() != 0:
            self.skipTest("it needs podman (scripts/setup --judges), and root")
        loaded = self.podman("load", "--quiet", "--input", self.archive)
        self.image = loaded.split()[-1]
        self.pod, = manifests.pods(harness.TOP / "integrations" / "kubernetes" / "pod.yaml")

    def podman(self, *words, check=True):
        places = [f"--{name}={self.directory / folder}" for name, folder in (("root", "root"), ("runroot", "run"), ("tmpdir", "tmp"))]
        done = subprocess.run(["podman", *places, *map(str, words)], capture_output=True, text=True, timeout=harness.LONG,
                              stdin=subprocess.DEVNULL, env=self.environment())
        if check:
            self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return done.stdout

    def run_pod(self, *arguments):
        return self.podman("run", "--rm", *manifests.podman_options(self.pod, self.directory), self.image,
                           *(arguments or self.pod["containers"][0]["args"]))

    def test_the_layer_is_that_of_this_host(self):
        digest = self.run_pod().strip()
        self.assertRegex(digest, r"\Asha256:[0-9a-f]{64}\Z")
        _, here = self.layer("--commands=echo hello >/greeting", script=None)
        self.assertEqual(digest, here)
        self.assertEqual(harness.content(self.directory / "work" / "layer.tar", "greeting"), b"hello\n")
        self.assertEqual(self.run_pod().strip(), digest, "again, from the template")

    def test_a_device_that_is_missing_does_not_matter(self):
        """--accel auto falls back: the pod has no /dev/kvm"""
        self.assertRegex(self.run_pod("run", "--accel=auto", "--no-template", "--commands=id -u", "--output=/work/x.tar"),
                         r"\Asha256:[0-9a-f]{64}\n\Z")


if __name__ == "__main__":
    unittest.main()
