"""Those we are measured beside. Each is made ready once, out of the measured time."""
import os
import shutil
import subprocess

from measure import Skipped, command, debian, environment, need, timed


class Buildah:
    """run + commit to its own store, in a container that was made before."""

    def __init__(self, bench):
        need("buildah")
        self.store = ["buildah", "--root", bench.directory / "store", "--runroot", bench.directory / "run",
                      "--storage-driver", "overlay"]
        container = self.call("from", "scratch")
        self.call("add", container, debian(), "/")
        self.call("commit", "-q", container, "base")

    def call(self, *words):
        return command(*self.store, *words).stdout.decode().strip()

    def once(self, script):
        container = self.call("from", "--pull-never", "base")

        def work():
            self.call("run", "--isolation", "chroot", container, "--", "/bin/sh", "-ec", script)
            self.call("commit", "-q", container, "result")
        seconds = timed(work)
        self.call("rm", container)
        return seconds


class BuildahAdd:
    """add + commit of directories, as one layer in its own store."""

    def __init__(self, bench):
        need("buildah")
        self.store = ["buildah", "--root", bench.directory / "add-store", "--runroot", bench.directory / "add-run",
                      "--storage-driver", "overlay"]

    def call(self, *words):
        return command(*self.store, *words).stdout.decode().strip()

    def once(self, directory):
        container = self.call("from", "scratch")

        def work():
            self.call("add", container, directory, "/")
            self.call("commit", "-q", container, "added")
        seconds = timed(work)
        self.call("rm", container)
        return seconds


class VirtCustomize:
    """libguestfs' machine, on a copy of a disk that holds the base."""

    def __init__(self, bench):
        need("virt-customize")
        self.environment = environment(LIBGUESTFS_BACKEND="direct", LIBGUESTFS_BACKEND_SETTINGS="force_tcg",
                                       TMPDIR=bench.directory)
        if bench.guest_kernel:
            release = next((bench.guest_kernel / "lib/modules").iterdir())
            self.environment.update(SUPERMIN_KERNEL=str(bench.guest_kernel / "boot" / f"vmlinuz-{release.name}"),
                                    SUPERMIN_MODULES=str(release))
        self.disk, self.copy = bench.directory / "base.img", bench.directory / "copy.img"
        need("mke2fs")
        tree = bench.directory / "tree"
        tree.mkdir()
        command("tar", "-xf", debian(), "-C", tree)
        command("truncate", "-s", "1G", self.disk)
        command("mke2fs", "-q", "-t", "ext4", "-d", tree, self.disk)
        shutil.rmtree(tree)

    def once(self, script):
        command("cp", "--sparse=always", self.disk, self.copy)
        try:
            return timed(lambda: command("virt-customize", "--no-network", "-q", "-a", self.copy, "--run-command",
                                         script, env=self.environment))
        except Exception as error:
            said = getattr(error, "stderr", b"").decode(errors="replace").strip().splitlines()
            errors = [line for line in said if "error" in line] or said
            raise Skipped(errors[-1] if errors else str(error)) from error


class Slirp:
    """slirp4netns in a network namespace of its own, as rootless buildah and podman 4 use it."""

    name = "slirp4netns"
    host = "10.0.2.2"  # this host's loopback

    def __init__(self, port):
        need("slirp4netns")
        self.port = port
        self.space = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec sleep 1800"], stdout=subprocess.PIPE)
        self.space.stdout.readline()
        # The descriptor says when it is ready.
        ready, signal = os.pipe()
        self.slirp = subprocess.Popen(["slirp4netns", "--configure", "--mtu=65520", f"--ready-fd={signal}",
                                       str(self.space.pid), "tap0"], pass_fds=[signal], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        os.close(signal)
        if os.read(ready, 1) != b"1":
            self.__exit__()
            raise Skipped("slirp4netns does not start here")
        os.close(ready)

    def once(self):
        return timed(lambda: command("nsenter", "-t", self.space.pid, "-n", "busybox", "wget", "-q", "-O", "/dev/null",
                                     f"http://{self.host}:{self.port}/"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self.slirp, self.space):
            process.kill()
            process.wait()


class Pasta:
    """passt's pasta, as rootless buildah and podman 5 use it; its start is measured too, since each step has its own."""

    name = "pasta"

    def __init__(self, port):
        need("pasta")
        runas = ["--runas", "0"] if os.getuid() == 0 else []
        self.words = ["pasta", *runas, "--config-net", "--quiet", "--foreground", "-t", "none", "-u", "none", "-T", str(port),
                      "-U", "none", "--", "busybox", "wget", "-q", "-O", "/dev/null", f"http://127.0.0.1:{port}/"]
        try:
            command(*self.words, timeout=15)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise Skipped(f"pasta does not work here: {error}"[:100]) from error

    def once(self):
        return timed(lambda: command(*self.words))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass
