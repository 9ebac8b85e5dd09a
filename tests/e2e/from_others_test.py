"""The commands in the pages for those who come from other tools (docs/from-*.md) do what the pages say."""
import json
import re
import subprocess
import tarfile
import unittest

import harness

# Nix is what the drop-in of the page about dockerTools needs; nix_test.py has it.
PAGES = sorted(set((harness.TOP / "docs").glob("from-*.md")) - {harness.TOP / "docs" / "from-dockertools.md"})


class FromOthers(harness.Machine):
    def setUp(self):
        super().setUp()
        (self.directory / "debian.tar").symlink_to(harness.small_debian())
        app = self.directory / "app"
        app.mkdir()
        (app / "run").write_text("#!/bin/sh\necho running\n")
        (app / "run").chmod(0o755)
        (self.directory / "setup.sh").write_text("useradd --system app\ntest -x /srv/app/run\necho made >/made\n")

    def run_block(self, block):
        env = self.environment(ROOTLAYER_ACCEL="tcg", ROOTLAYER_PROGRESS="plain")
        env["PATH"] = f"{harness.BINARY.parent}:{env['PATH']}"
        done = subprocess.run(["sh", "-ec", block], cwd=self.directory, env=env, capture_output=True, text=True,
                              timeout=harness.LONG, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])

    def test_each_page_shows_commands_that_work(self):
        for page in PAGES:
            blocks = re.findall(r"^```sh\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
            with self.subTest(page.name):
                self.assertTrue(blocks)
                for block in blocks:
                    self.run_block(block)
        with tarfile.open(self.directory / "app.tar") as tar:
            manifest, = json.load(tar.extractfile("manifest.json"))
            config = json.load(tar.extractfile(manifest["Config"]))
        self.assertEqual(manifest["RepoTags"], ["app:1.0"])
        self.assertEqual(config["config"]["Cmd"], ["/srv/app/run"])
        names = harness.members(self.directory / "rootfs.tar")
        self.assertIn("made", names)
        self.assertEqual(names["srv/app/run"].mode, 0o755)


if __name__ == "__main__":
    unittest.main()
