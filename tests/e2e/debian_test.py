"""A real Debian: the things that need root, and the layer judged by tools that apply it."""
import unittest

import harness
import images
import judges
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

    def test_the_layer_on_its_base_is_the_tree_that_the_script_left(self):
        """[W14] a directory in which only something came and went is not in the layer, and may have another time"""
        layer, (guest,) = self.listed(f"tar:{self.base}", WORK + trees.LISTING)
        self.assertGreater(len(guest), 5000)
        image = images.Image(self.folder / "image", [self.base, layer])
        with judges.judging(self, judges.CHEAP) as present:
            for name, judge in present.items():
                with self.subTest(name):
                    self.assertEqual(trees.differences(guest, judge.tree(image), trees.names(layer)), [])

    def test_packages_and_capabilities(self):
        """dpkg, setcap and useradd as a real image needs them; twice the same bytes"""
        script = """#!/bin/bash
set -e
dpkg --remove mawk --force-depends 2>/dev/null || true
cp /bin/true /usr/local/bin/server
setcap cap_net_bind_service=ep /usr/local/bin/server
useradd --system service
# Logs hold the date.
rm -f /var/log/*.log
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
