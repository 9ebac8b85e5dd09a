"""Those we are measured beside. Each is made ready once, out of the measured time."""
import shutil

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
