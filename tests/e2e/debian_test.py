"""A real Debian: what needs root, and the layer as the tools that apply it see it."""
import os
import pathlib
import subprocess
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

# As an image's author does: a package, its triggers and alternatives, a user, and nothing cleaned up.
INSTALL = r"""#!/bin/bash
set -e
mkdir -p /tmp/tiny/DEBIAN /tmp/tiny/usr/bin /tmp/tiny/usr/lib/x86_64-linux-gnu; cd /tmp
printf 'Package: tiny\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: tiny\n' > tiny/DEBIAN/control
printf '#!/bin/sh\nldconfig; update-alternatives --install /usr/bin/small small /usr/bin/tiny 10\n' > tiny/DEBIAN/postinst
chmod 755 tiny/DEBIAN/postinst; cp /bin/true tiny/usr/bin/tiny
dpkg-deb --build tiny tiny.deb > /dev/null
apt-get install --yes --quiet ./tiny.deb > /dev/null
dpkg --install tiny.deb > /dev/null
useradd --create-home worker
apt-get check > /dev/null
"""
FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


class JudgedDebian(harness.Machine):
    @classmethod
    def setUpClass(cls):
        cls.base = harness.debian()

    def test_the_layer_on_its_base_is_the_tree_that_the_script_left(self):
        """[W14] a directory in which a name was only created and removed is not in the layer, and may have another time"""
        layer, (guest,) = self.listed(f"tar:{self.base}", WORK + trees.LISTING)
        self.assertGreater(len(guest), 5000)
        image = images.Image(self.directory / "image", [self.base, layer])
        with judges.judging(self) as present:
            for name, judge in present.items():
                with self.subTest(name):
                    self.assertEqual(trees.differences(guest, judge.tree(image), trees.names(layer)), [])


class Debian(harness.Machine):
    @classmethod
    def setUpClass(cls):
        cls.base = harness.debian()

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
        metadata = self.directory / "run.json"
        _, second = self.layer("--from", base, "--metadata-file", metadata, script=script)
        self.assertEqual(first, second)

    def installed(self, name, clock):
        env = self.environment(LD_PRELOAD=FAKETIME, FAKETIME=clock, FAKETIME_DONT_FAKE_MONOTONIC="1")
        output = self.directory / name
        # useradd writes the day into /etc/shadow, or that of SOURCE_DATE_EPOCH.
        self.rootlayer("run", "--from", f"tar:{self.base}", "--output", output, "--scrub", "debian",
                       "--source-date-epoch", "1700000000", script=INSTALL, env=env if FAKETIME.exists() else None)
        return output

    def test_scrubbed_a_package_and_a_user_are_the_same_bytes_on_any_day(self):
        """[T12]"""
        if os.environ.get("CI") == "true":
            self.assertTrue(FAKETIME.exists(), "scripts/setup --test installs faketime")
        first, second = self.installed("first.tar", "+0d"), self.installed("second.tar", "+400d")
        different = subprocess.run([harness.BINARY, "diff", first, second], capture_output=True, text=True, timeout=60)
        self.assertEqual(different.stdout, "")
        names = harness.members(first)
        for name in ("usr/bin/tiny", "etc/alternatives/small", "home/worker", "var/lib/dpkg/info/tiny.list"):
            self.assertIn(name, names)
        for name in ("var/log/dpkg.log", "var/log/apt/history.log", "var/log/alternatives.log", "etc/shadow-"):
            self.assertNotIn(name, names)

    def test_without_scrubbing_a_note_says_what_differs_from_day_to_day(self):
        output = self.directory / "layer.tar"
        done = self.rootlayer("run", "--from", f"tar:{self.base}", "--output", output,
                              script="useradd worker; dpkg --purge --force-all mawk 2> /dev/null\n")
        self.assertTrue({"etc/passwd-", "var/log/dpkg.log"} <= harness.members(output).keys())
        self.assertRegex(done.stderr, r'the layer has \d+ files that differ from run to run, such as "etc/')
        self.assertIn("--scrub debian", done.stderr)


if __name__ == "__main__":
    unittest.main()
