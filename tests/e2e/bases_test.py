"""Bases of every kind, and their layers in the right order."""
import os
import subprocess
import tarfile
import unittest

import harness
from images import docker_archive, layer_bytes, oci_layout

SHARED = harness.TOP.parent / "shared" / "data" / "images"


def stack():
    """A busybox with three layers on it that all change one file, remove one, and hide a directory."""
    def first(tar):
        harness.add(tar, "etc", type=tarfile.DIRTYPE, mode=0o755)
        harness.add(tar, "etc/which", data=b"first\n")
        harness.add(tar, "etc/removed", data=b"x")
        harness.add(tar, "opt", type=tarfile.DIRTYPE, mode=0o755)
        harness.add(tar, "opt/hidden", data=b"x")

    def second(tar):
        harness.add(tar, "etc", type=tarfile.DIRTYPE, mode=0o755)
        harness.add(tar, "etc/which", data=b"second\n")
        harness.add(tar, "etc/.wh.removed")
        harness.add(tar, "opt", type=tarfile.DIRTYPE, mode=0o755)
        harness.add(tar, "opt/.wh..wh..opq")
        harness.add(tar, "opt/shown", data=b"x")

    def third(tar):
        harness.add(tar, "etc", type=tarfile.DIRTYPE, mode=0o755)
        harness.add(tar, "etc/which", data=b"third\n")

    base = harness.busybox_root().read_bytes()
    return [base, layer_bytes(first), layer_bytes(second), layer_bytes(third)]


LOOK = """
test "$(cat /etc/which)" = third
test ! -e /etc/removed
test "$(ls /opt)" = shown
rm /etc/which
echo "$NAME from $(pwd) as $(id -u):$(id -g)"
"""


class Bases(harness.Machine):
    def check(self, reference, says):
        layer, diff_id = self.layer("--from", reference, script=LOOK.replace("rm /etc/which\n", ""))
        self.assertEqual(list(harness.members(layer)), [])
        done = self.rootlayer("run", "--from", reference, "--user", "0", script=LOOK)
        self.assertIn(says, done.stderr)
        self.assertEqual(list(harness.members(self.directory / "layer.tar")), ["etc", "etc/.wh.which"])

    def test_docker_archive_with_layers_and_a_config(self):
        path = self.directory / "image.tar"
        docker_archive(path, stack(), Env=["NAME=from-the-base", "PATH=/bin"], WorkingDir="/opt", User="app")
        self.check(f"docker-archive:{path}", "from-the-base from /opt as 0:0")
        done = self.rootlayer("run", "--from", f"docker-archive:{path}:test:latest", "-e", "NAME=mine",
                              script='echo "$NAME as $(id -u):$(id -g) in $(id -Gn)"')
        self.assertIn("mine as 1000:1001 in app wheel", done.stderr)

    def test_a_compressed_docker_archive(self):
        path = self.directory / "image.tar"
        docker_archive(path, stack(), Env=["NAME=x", "PATH=/bin"])
        subprocess.run(["gzip", "-1", path], check=True)
        self.check(f"docker-archive:{path}.gz", "x from / as 0:0")

    def test_oci_layout(self):
        path = self.directory / "layout"
        oci_layout(path, stack(), Env=["NAME=x", "PATH=/bin"])
        self.check(f"oci:{path}:latest", "x from / as 0:0")

    def test_a_tar_and_the_same_tree_as_a_directory(self):
        if os.geteuid() != 0:
            self.skipTest("owners of an unpacked tree need root")
        tree = self.directory / "tree"
        tree.mkdir()
        subprocess.run(["tar", "-xpf", harness.busybox_root(), "-C", tree, "--numeric-owner"], check=True)
        script = "rm /etc/group\nmkdir /etc/new\n"
        from_tar, one = self.layer("--from", f"tar:{harness.busybox_root()}", script=script)
        from_dir, other = self.layer("--from", f"dir:{tree}", script=script)
        self.assertEqual(list(harness.members(from_tar)), ["etc", "etc/.wh.group", "etc/new"])
        self.assertEqual(one, other)

    def test_a_base_without_a_shell(self):
        path = self.directory / "image.tar"
        docker_archive(path, [layer_bytes(lambda tar: harness.add(tar, "only", data=b"x"))], Env=["PATH=/nowhere"])
        for script in ("ls -l /only && rm /only\n", "#!/bin/sh\nls -l /only && rm /only\n"):
            self.rootlayer("run", "--from", f"docker-archive:{path}", script=script)
            self.assertEqual(list(harness.members(self.directory / "layer.tar")), [".wh.only"])

    def test_mount_points_that_are_no_directories(self):
        """[B21] nothing is hidden, and the script has what it needs"""
        def odd(tar):
            for name in ("bin", "srv", "var"):
                harness.add(tar, name, type=tarfile.DIRTYPE, mode=0o755)
            harness.add(tar, "srv/base", data=b"of the base\n")
            for name, target in (("tmp", "srv"), ("proc", "proc"), ("sys", "/"), ("dev", "srv")):
                harness.add(tar, name, type=tarfile.SYMTYPE, linkname=target)
            harness.add(tar, "run", data=b"a file\n")
            harness.add(tar, ".rootlayer", type=tarfile.FIFOTYPE)
        path = self.directory / "image.tar"
        docker_archive(path, [layer_bytes(odd)], Env=["PATH=/bin"])
        done = self.rootlayer("run", "--from", f"docker-archive:{path}", script="test \"$(cat /srv/base)\" = 'of the base'\n"
                              "cat /run; test -d /proc/self; test -d /sys/class; echo > /dev/null; test -c /dev/null\n"
                              "echo x > /tmp/x; test -e /srv/x; test ! -e /srv/null\n")
        self.assertEqual(list(harness.members(self.directory / "layer.tar")), ["srv", "srv/x"])
        for said in ('/tmp is a symbolic link to "srv"; nothing is mounted', "/run is not a directory; nothing",
                     '/dev is a symbolic link to "srv"; the script sees', '/proc is a symbolic link to "proc"',
                     '/sys is a symbolic link to "/"', "/.rootlayer is not a directory"):
            self.assertIn(f"the base's {said}", done.stderr)

    def test_a_base_that_has_removed_its_mount_points(self):
        """[W15] a whiteout of /proc in the base's upper layer"""
        path = self.directory / "image.tar"
        gone = layer_bytes(lambda tar: [harness.add(tar, f".wh.{name}") for name in ("proc", "tmp", "dev")])
        docker_archive(path, [harness.busybox_root().read_bytes(), gone], Env=["PATH=/bin"])
        self.rootlayer("run", "--from", f"docker-archive:{path}",
                       script="test -d /proc/self; echo x > /tmp/x; echo > /dev/null; test -c /dev/null\n")
        self.assertEqual(list(harness.members(self.directory / "layer.tar")), [])

    def test_many_layers(self):
        def numbered(number):
            return layer_bytes(lambda tar: (harness.add(tar, "etc", type=tarfile.DIRTYPE, mode=0o755),
                                            harness.add(tar, "etc/top", data=b"%d\n" % number)))
        path = self.directory / "image.tar"
        docker_archive(path, [harness.busybox_root().read_bytes()] + [numbered(n) for n in range(1, 127)],
                       Env=["PATH=/bin"])
        done = self.rootlayer("run", "--from", f"docker-archive:{path}", script="echo top $(cat /etc/top)\n")
        self.assertIn("top 126\n", done.stderr)

    def test_one_layer_twice(self):
        layers = stack()
        path = self.directory / "image.tar"
        docker_archive(path, layers + [layers[1]], Env=["PATH=/bin"])
        done = self.rootlayer("run", "--from", f"docker-archive:{path}", script="echo which $(cat /etc/which)\n")
        self.assertIn("which first\n", done.stderr)

    def test_a_cached_layer_is_not_read_again(self):
        path = self.directory / "image.tar"
        docker_archive(path, stack(), Env=["PATH=/bin"])
        reference = f"docker-archive:{path}"
        _, first = self.layer("--from", reference, script="echo x > /x\n")
        _, second = self.layer("--from", reference, script="echo x > /x\n")
        self.assertEqual(first, second)

    def test_a_layer_that_is_not_what_its_digest_says(self):
        """[A6]"""
        path = self.directory / "image.tar"
        layers = stack()
        layers[1] = layer_bytes(lambda tar: harness.add(tar, f"unique-{os.getpid()}", data=b"x"))
        docker_archive(path, layers, Env=["PATH=/bin"])
        data = path.read_bytes().replace(f"unique-{os.getpid()}".encode(), f"broken-{os.getpid()}".encode())
        path.write_bytes(data)
        done = self.rootlayer("run", "--from", f"docker-archive:{path}", script="true\n", status=125)
        self.assertIn("sha256:", done.stderr)


@unittest.skipUnless(SHARED.is_dir(), "the real images of ../shared/data are not here")
class RealImages(harness.Machine):
    def test_alpine(self):
        image = SHARED / "alpine-3.10-docker-archive.tar.gz"
        done = self.rootlayer("run", "--from", f"docker-archive:{image}",
                              script="apk --version; cat /etc/alpine-release; rm -r /media; adduser -D joe\n")
        self.assertIn("3.10", done.stderr)
        entries = harness.members(self.directory / "layer.tar")
        self.assertIn(".wh.media", entries)
        self.assertIn("home/joe", entries)

    def test_busybox_with_14_layers(self):
        image = SHARED / "busybox-14-layers-docker-archive.tar"
        self.rootlayer("run", "--from", f"docker-archive:{image}", script="ls -la / /root\necho x > /x\n")
        self.assertEqual(list(harness.members(self.directory / "layer.tar")), ["x"])

    def test_an_image_for_another_machine(self):
        image = SHARED / "hello-world-docker25-archive.tar"
        done = self.rootlayer("run", "--from", f"docker-archive:{image}", script="true\n", status=125)
        self.assertIn("linux/arm64", done.stderr)


if __name__ == "__main__":
    unittest.main()
