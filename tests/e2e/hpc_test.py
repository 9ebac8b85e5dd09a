"""docs/hpc.md: an image for Apptainer. Debian 12 has none, so its steps are done with what it is made of: skopeo (the archive), umoci
(the layers), mksquashfs (the SIF's file system), and runc (the container)."""
import json
import os
import re
import shutil
import subprocess
import unittest

import harness

TOOLS = ("skopeo", "umoci", "mksquashfs", "unsquashfs", "runc")


class Apptainer(harness.Machine):
    def setUp(self):
        super().setUp()
        if missing := [name for name in TOOLS if shutil.which(name) is None]:
            self.skipTest(f"missing: {', '.join(missing)} (scripts/setup --test --judges)")
        if os.geteuid() != 0:
            self.skipTest("runc needs root")

    def command(self, *words):
        done = subprocess.run([str(word) for word in words], cwd=self.directory, capture_output=True, text=True,
                              timeout=harness.LONG, stdin=subprocess.DEVNULL, env=self.environment())
        self.assertEqual(done.returncode, 0, f"{words}: {done.stderr[-3000:]}")
        return done.stdout

    def built(self):
        """The recipe's own command."""
        (self.directory / "debian.tar").symlink_to(harness.small_debian())
        (self.directory / "setup.sh").write_text(
            "useradd --system app\nmkdir /srv/app\nprintf '#!/bin/sh\\necho \"$(id -u) runs\"; cat /srv/app/made\\n' >/srv/app/run\n"
            "chmod 755 /srv/app/run; echo made as $(id -u) >/srv/app/made; ln -s run /srv/app/link\n")
        recipe = re.search(r"^```sh\nrootlayer (.*?)^```$", (harness.TOP / "docs" / "hpc.md").read_text(), re.M | re.S)[1]
        self.rootlayer(*recipe.split())
        return self.directory / "app.tar"

    def test_the_image_becomes_a_squashfs_that_runs(self):
        self.command("skopeo", "copy", "--quiet", "--insecure-policy", f"oci-archive:{self.built()}", "oci:layout:app")
        self.command("umoci", "unpack", "--image", "layout:app", "bundle")
        self.command("mksquashfs", "bundle/rootfs", "app.sqfs", "-noappend", "-quiet", "-no-progress")
        shutil.rmtree(self.directory / "bundle" / "rootfs")
        self.command("unsquashfs", "-quiet", "-no-progress", "-dest", "bundle/rootfs", "app.sqfs")
        self.assertEqual((self.directory / "bundle" / "rootfs" / "srv" / "app" / "link").readlink().name, "run")
        self.assertEqual(self.run_as(1000), "1000 runs\nmade as 0\n")

    def run_as(self, user):
        """The container as Apptainer starts it: as the calling user, without a capability, the tree read-only."""
        path = self.directory / "bundle" / "config.json"
        config = json.loads(path.read_text())
        self.assertEqual(config["process"]["args"], ["/srv/app/run"])
        config["process"].update(terminal=False, user={"uid": user, "gid": user}, noNewPrivileges=True,
                                 capabilities={}, rlimits=[])
        config["root"]["readonly"] = True
        path.write_text(json.dumps(config))
        name = self.directory.name
        self.addCleanup(subprocess.run, ["runc", "--root", self.directory / "runc", "delete", "--force", name],
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
        return self.command("runc", "--root", self.directory / "runc", "run", "--bundle", "bundle", name)


if __name__ == "__main__":
    unittest.main()
