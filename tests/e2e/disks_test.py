"""disk:FILE as a base and as an export, with the real libguestfs. Its appliance takes 10 to 20 s to read a disk, so there
are few such tests."""
import json
import os
import shutil
import signal
import struct
import subprocess
import tarfile
import unittest

import harness

NET_RAW = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0).decode("latin-1")


class WithGuestfish(harness.Machine):
    def setUp(self):
        super().setUp()
        if not (shutil.which("guestfish") and shutil.which("qemu-img")):
            if os.environ.get("CI") == "true":
                self.fail("guestfish is not here; scripts/setup --test installs it")
            self.skipTest("guestfish is not installed; scripts/setup --test installs libguestfs-tools")

    def disk(self, name, size=1 << 20, data=b""):
        path = self.directory / name
        path.write_bytes(data)
        os.truncate(path, size)
        return path

    def refused(self, path, **more):
        """The error for an invalid base."""
        done = self.rootlayer("run", "--from", f"disk:{path}", "--output", self.directory / "none.tar", script="true\n",
                              status=125, **more)
        self.assertFalse((self.directory / "none.tar").exists())
        self.assert_nothing_left()
        return done.stderr


class Disks(WithGuestfish):
    def tree(self):
        """busybox, and one entry of each kind that a disk can have."""
        path = self.directory / "tree.tar"
        with tarfile.open(harness.busybox_root()) as base, tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
            for member in base:
                # On Linux symlinks have no other mode.
                member.mode = 0o777 if member.issym() else member.mode
                tar.addfile(member, base.extractfile(member) if member.isreg() else None)
            harness.add(tar, "etc/os-release", data=b"ID=test\n")
            harness.add(tar, "etc/hosts", data=b"127.0.0.1 localhost\n")
            harness.add(tar, "srv", type=tarfile.DIRTYPE, mode=0o2750, uid=1000, gid=1001)
            harness.add(tar, "srv/capable", mode=0o755, data=b"x" * 5000,
                        pax_headers={"SCHILY.xattr.security.capability": NET_RAW, "SCHILY.xattr.user.note": "kept"})
            harness.add(tar, "srv/setuid", mode=0o4711, uid=70000, gid=80000, data=b"y")
            harness.add(tar, "srv/again", type=tarfile.LNKTYPE, linkname="srv/setuid")
            harness.add(tar, "srv/null", type=tarfile.CHRTYPE, mode=0o620, devmajor=1, devminor=3, gid=5)
            harness.add(tar, "srv/pipe", type=tarfile.FIFOTYPE, mode=0o600)
            harness.add(tar, "srv/dangling", type=tarfile.SYMTYPE, mode=0o777, linkname="/no/where", uid=7)
            harness.add(tar, "srv/sp ace\"$'\\", data=b"z")
            harness.add(tar, "home/lost+found/kept", data=b"a directory of that name elsewhere")
        return path

    def test_there_and_back(self):
        """[T1] a disk made from a tree is read as the same tar, byte for byte"""
        disk = self.directory / "odd: name,\"$.qcow2"
        exported = self.rootlayer("export", f"tar:{self.tree()}", "--output", f"disk:{disk}").stdout.decode().strip()
        self.assert_nothing_left()
        self.assertEqual(disk.read_bytes()[:4], b"QFI\xfb")
        self.assertEqual(sorted(p.name for p in self.directory.iterdir() if "rootlayer" in p.name), [])
        before = disk.read_bytes()
        metadata = self.directory / "run.json"
        script = """
            set -e
            cd /srv
            stat -c '%n %a %u:%g %h %t,%T %F' capable setuid again null pipe dangling > /seen
            stat -c '%n %a %u:%g %F' . >> /seen
            ls -a / | grep -c found >> /seen || true
            cat /home/lost+found/kept >> /seen
            rm again
        """
        output = self.directory / "layer.tar"
        self.rootlayer("run", "--from", f"disk:{disk}", "--output", output, "--metadata-file", metadata, script=script)
        self.assertEqual(harness.content(output, "seen").decode().splitlines(), [
            "capable 755 0:0 1 0,0 regular file",
            "setuid 4711 70000:80000 2 0,0 regular file",
            "again 4711 70000:80000 2 0,0 regular file",
            "null 620 0:5 1 1,3 character special file",
            "pipe 600 0:0 1 0,0 fifo",
            "dangling 777 7:0 1 0,0 symbolic link",
            ". 2750 1000:1001 directory",
            "0",
            "a directory of that name elsewhere"])
        self.assertIn("srv/.wh.again", harness.members(output))
        self.assertEqual(json.loads(metadata.read_text())["base"]["layers"], [exported])
        self.assertEqual(disk.read_bytes(), before, "the disk is as it was")

    def test_killed(self):
        """kill -9 leaves no machine of libguestfs and no file, not even next to the new disk"""
        before = sorted(p.name for p in self.directory.iterdir())
        process = self.start("export", f"tar:{harness.busybox_root()}", "--output", f"disk:{self.directory / 'new.img'}")

        def machines():
            return [each for each in self.naming(self.directory) if "qemu-system" in each and "disk" in each]
        self.wait_until(machines, "libguestfs' machine is there", harness.LONG)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=harness.LONG)
        self.wait_until(lambda: not self.naming(self.directory), "no process of it is left")
        self.wait_until(lambda: sorted(p.name for p in self.directory.iterdir()) == before, "no file of it is left")

    def naming(self, directory):
        self.temporary, kept = directory, self.temporary
        try:
            return self.processes()
        finally:
            self.temporary = kept


class BadDisks(WithGuestfish):
    def test_what_is_no_disk(self):
        """No machine is started for these"""
        for name, data, said in (("text", b"hello\n" * 10, "is not a disk"), ("empty", b"", "is not a disk"),
                                 ("vmdk", b"KDMV" + bytes(1 << 20), "is a VMDK"),
                                 ("gz", b"\x1f\x8b" + bytes(1 << 20), "compressed with gzip"),
                                 ("cut", b"QFI\xfb\0\0\0\3", "cut off")):
            with self.subTest(name):
                path = self.directory / name
                path.write_bytes(data)
                self.assertIn(said, self.refused(path))
        self.assertIn("is not a file", self.refused(self.directory))
        self.assertIn("cannot open", self.refused(self.directory / "missing"))

    def test_a_qcow2_that_names_another_file(self):
        """The backing file could be any file of the host"""
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd",
                        self.directory / "backed"], check=True, timeout=60)
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-o", f"data_file={self.directory / 'data'}",
                        self.directory / "outside", "1M"], check=True, timeout=60)
        self.assertIn("a backing file", self.refused(self.directory / "backed"))
        self.assertIn("in another file", self.refused(self.directory / "outside"))

    def test_a_raw_disk_whose_guest_pretends(self):
        """A guest that writes a qcow2 header to its raw disk cannot read files of the host"""
        header = struct.pack(">4sIQIIQIIQQIIQQQQII", b"QFI\xfb", 3, 112, 11, 16, 1 << 20, 0, 1, 65536, 131072, 1, 0, 0,
                             0, 0, 0, 4, 112)
        self.assertIn("a backing file", self.refused(self.disk("raw", data=header + b"/etc/passwd")))

    def test_a_qcow2_that_is_cut_off(self):
        """QEMU would read zeros there"""
        path = self.disk("raw", 8 << 20, os.urandom(4 << 20))
        subprocess.run(["qemu-img", "convert", "-O", "qcow2", path, self.directory / "disk"], check=True, timeout=60)
        os.truncate(self.directory / "disk", 3 << 20)
        self.assertIn("cut off", self.refused(self.directory / "disk"))

    def test_nothing_on_it(self):
        said = self.refused(self.disk("nothing"))
        self.assertIn("no operating system and no file system", said)
        self.assertIn("virt-filesystems", said)

    def test_several_file_systems_and_no_system(self):
        """rootlayer does not guess which is meant"""
        path = self.disk("two", 48 << 20)
        subprocess.run(["sfdisk", "-q", path], input=b"label: dos\n2048,40960\n43008,40960\n", check=True, timeout=60)
        for sector in (2048, 43008):
            subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-E", f"offset={sector * 512}", path, "20M"], check=True,
                           timeout=60)
        self.assertIn("several file systems: /dev/sda1, /dev/sda2", self.refused(path))

    def test_without_guestfish(self):
        """Only disk: needs it, and says so"""
        env = self.environment(PATH="/nonexistent")
        for arguments in (("export", f"disk:{self.disk('raw')}", "--output", self.directory / "none.tar"),
                          ("export", "scratch", "--output", f"disk:{self.directory / 'none.tar'}")):
            said = self.rootlayer(*arguments, status=125, env=env).stderr
            self.assertIn("guestfish is not installed", said)
            self.assertIn("apt-get install libguestfs-tools", said)
            self.assertFalse((self.directory / "none.tar").exists())

    def test_no_place_for_a_disk(self):
        for place, said in ((self.directory, "Is a directory"), (self.directory / "none/x", "No such file"),
                            ("/dev/null", "is not a regular file")):
            done = self.rootlayer("export", "scratch", "--output", f"disk:{place}", status=125)
            self.assertIn(said, done.stderr)
        done = self.rootlayer("export", "scratch", "--disk-size", "1G", "--output", self.directory / "x", status=125)
        self.assertIn("--output disk:FILE", done.stderr)

    def test_a_disk_that_is_too_small(self):
        """An existing file stays"""
        disk = self.directory / "x.img"
        disk.write_text("old")
        data = self.directory / "data"
        data.mkdir()
        (data / "large").write_bytes(os.urandom(40 << 20))
        done = self.rootlayer("export", f"dir:{data}", "--disk-size", "24M", "--output", f"disk:{disk}", status=125)
        self.assertIn("--disk-size", done.stderr)
        self.assertEqual(disk.read_text(), "old")
        self.assertEqual([p.name for p in self.directory.iterdir() if "rootlayer" in p.name], [])


if __name__ == "__main__":
    unittest.main()
