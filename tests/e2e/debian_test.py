"""A real Debian: the things that need root, and the layer judged by tools that apply it."""
import os
import shutil
import subprocess
import unittest

import bases_test
import harness
import trees

WORK = r"""#!/bin/bash
set -e
useradd --create-home --uid 1234 --shell /bin/bash builder
dpkg --purge --force-all libcap2-bin 2>/dev/null
mkdir -p /srv/app && cd /srv/app
cp /bin/true capable
cp /bin/sleep setuid && chmod 4755 setuid
mknod null c 1 3; mknod loop b 7 0; mkfifo pipe
echo one > one; ln one two; ln -s one three; ln three four
printf x > 'with blank'; printf x > 'quote"s'\''s'; printf x > "$(printf 'new\nline')"; printf x > -dash; printf x > "$(printf 'byte\xff')"
chown builder:builder one; chmod 0600 one
rm -rf /usr/share/doc; mkdir /usr/share/doc; echo new > /usr/share/doc/new
mv /etc/debian_version /etc/debian-version
mv /etc/apt /etc/tpa
rm -r /var/lib/dpkg/triggers
echo more >> /etc/passwd
: >> /etc/hostname
touch -d '2001-02-03 04:05:06 UTC' old
mkdir -p deep/er/and/deeper; echo x > deep/er/and/deeper/x; chmod 0700 deep/er
ln /etc/shells /srv/shells
rm /etc/motd; mkdir /etc/motd; echo x > /etc/motd/x
"""


class Debian(harness.Machine):
    @classmethod
    def setUpClass(cls):
        cls.base = harness.debian()

    def run_work(self):
        script = self.folder / "script"
        script.write_text(WORK + trees.LISTING)
        process = self.start("run", "--accel", self.accel, "--keep-times", "--from", f"tar:{self.base}",
                             "--progress", "quiet", "--script", script)
        _, err = process.communicate(timeout=harness.LONG)
        self.assertEqual(process.returncode, 0, err[-3000:].decode(errors="replace"))
        return self.folder / "layer.tar", trees.of_listing(err)

    def test_the_layer_on_its_base_is_the_tree_that_the_script_left(self):
        if os.geteuid() != 0:
            self.skipTest("applying a layer with its owners needs root")
        layer, guest = self.run_work()
        self.assertGreater(len(guest), 5000)
        with self.subTest("GNU tar"):
            root = self.folder / "tar"
            root.mkdir()
            trees.apply_with_tar(self.base, layer, root)
            self.assertEqual(trees.differences(guest, trees.of_folder(root)), [])
            shutil.rmtree(root)
        with self.subTest("umoci"):
            if not shutil.which("umoci"):
                self.skipTest("umoci is not installed")
            layout = self.folder / "layout"
            bases_test.oci_layout(layout, [self.base.read_bytes(), layer.read_bytes()])
            root = self.folder / "umoci"
            subprocess.run(["umoci", "raw", "unpack", "--image", f"{layout}:latest", root], check=True,
                           capture_output=True)
            self.assertEqual(trees.differences(guest, trees.of_folder(root)), [])

    def test_packages_and_capabilities(self):
        """dpkg, setcap and useradd as a real image needs them; twice the same bytes"""
        script = """#!/bin/bash
set -e
dpkg --remove mawk --force-depends 2>/dev/null || true
cp /bin/true /usr/local/bin/server
setcap cap_net_bind_service=ep /usr/local/bin/server
useradd --system service
"""
        base = f"tar:{self.base}"
        layer, first = self.layer("--from", base, script=script)
        entries = harness.members(layer)
        self.assertIn("SCHILY.xattr.security.capability", entries["usr/local/bin/server"].pax_headers)
        self.assertEqual([name for name in entries if name.startswith(("dev", "proc", "sys", "tmp", "run"))], [])
        metadata = self.folder / "run.json"
        _, second = self.layer("--from", base, "--metadata-file", metadata, script=script)
        self.assertEqual(first, second)


if __name__ == "__main__":
    unittest.main()
