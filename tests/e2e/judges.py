"""The tools that apply layers, each as it is used: image in, tree out.

A judge is a context manager; inside it, tree(image) gives the tree that the tool makes of an images.Image. Daemons are
started with directories of their own, and ended by process id."""
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import trees

PATIENCE = 120  # seconds, for a daemon to answer or a command to end: a deadline, not an expectation


def command(*words, env=None, cwd=None):
    """Runs a command, which must succeed, and returns its output."""
    done = subprocess.run([str(word) for word in words], capture_output=True, timeout=3 * PATIENCE, env=env,
                          cwd=cwd, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError(f"{words[0]} failed\n{done.stderr.decode(errors='replace')[-3000:]}")
    return done.stdout.decode().strip()


def unmount_below(directory):
    """Unmounts what a tool left mounted, so that the directory can be removed."""
    with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as mounts:
        points = [line.split()[1] for line in mounts]
    for point in sorted((point for point in points if point.startswith(f"{directory}/")), reverse=True):
        subprocess.run(["umount", "-l", point], check=False, timeout=PATIENCE)


class Daemon:
    """A server process. Ends it and waits for its end."""

    def __init__(self, log, *words):
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out, start_new_session=True)

    def answer(self, *question):
        end = time.monotonic() + PATIENCE
        while subprocess.run([str(word) for word in question], capture_output=True, timeout=PATIENCE).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > end:
                said = pathlib.Path(self.log).read_text(errors="replace")[-3000:]
                raise RuntimeError(f"{self.process.args[0]} does not answer\n{said}")
            time.sleep(0.1)

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=30)


class Judge:
    """A directory and the daemons that work in it."""

    needs = ()

    @classmethod
    def is_here(cls):
        return os.geteuid() == 0 and all(shutil.which(tool) for tool in cls.needs)

    def __enter__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="rj-", dir="/tmp"))
        self.daemons = []
        self.numbers = itertools.count()
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        while self.daemons:
            self.daemons.pop().end()
        unmount_below(self.directory)
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self):
        pass

    def daemon(self, *words):
        self.daemons.append(Daemon(self.directory / f"log-{len(self.daemons)}", *words))
        return self.daemons[-1]

    def fresh(self):
        """A new directory. Its name is also valid for a container or an image, unlike some of mkdtemp's."""
        directory = self.directory / f"n{next(self.numbers)}"
        directory.mkdir()
        return directory


class Tar(Judge):
    needs = ("tar",)

    def tree(self, image):
        root = self.fresh()
        trees.apply_with_tar(image.layers, root)
        return trees.of_directory(root)


class Umoci(Judge):
    needs = ("umoci",)

    def tree(self, image):
        root = self.fresh() / "root"
        command("umoci", "raw", "unpack", "--image", f"{image.layout}:latest", root)
        return trees.of_directory(root)


class Podman(Judge):
    needs = ("podman",)

    def podman(self, *words, **more):
        return command("podman", "--root", self.directory / "root", "--runroot", self.directory / "run", "--tmpdir",
                       self.directory / "tmp", "--storage-driver", "overlay", *words, **more)

    def config(self, image):
        self.podman("load", "--quiet", "--input", image.archive)
        return json.loads(self.podman("image", "inspect", "test:latest"))[0]["Config"]

    def tree(self, image):
        policy = self.directory / "policy.json"
        policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        # It takes the image's name from the path, and some names of temporary directories are not valid in one.
        found = self.podman("pull", "--quiet", "--signature-policy", policy, f"oci:{image.layout.name}:latest",
                            cwd=image.layout.parent)
        point = self.podman("image", "mount", found.split()[-1])
        try:
            return trees.of_directory(point)
        finally:
            self.podman("image", "unmount", found.split()[-1])


class Containerd(Judge):
    needs = ("containerd", "ctr")

    def start(self):
        self.socket = self.directory / "c.sock"
        settings = self.directory / "containerd.toml"
        settings.write_text(
            f'version = 2\nroot = "{self.directory}/c-root"\nstate = "{self.directory}/c-state"\n'
            f'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\n  address = "{self.socket}"\n')
        self.daemon("containerd", "--config", settings).answer("ctr", "--address", self.socket, "version")

    def ctr(self, *words):
        return command("ctr", "--address", self.socket, *words)

    def run(self, image):
        """The same; the archive is read through its index.json."""
        self.ctr("images", "import", image.archive)
        return self.ctr("run", "--rm", "docker.io/library/test:latest", self.fresh().name)

    def tree(self, image):
        name = f"test/{self.fresh().name}:latest"
        archive = self.fresh() / "layout.tar"
        command("tar", "-C", image.layout, "-cf", archive, ".")
        self.ctr("images", "import", "--index-name", name, archive)
        imported = name if name in self.ctr("images", "ls", "-q").split() else self.ctr("images", "ls", "-q").split()[-1]
        point = self.fresh()
        self.ctr("images", "mount", imported, point)
        try:
            return trees.of_directory(point)
        finally:
            command("umount", point)
            self.ctr("images", "rm", "--sync", imported)


class Docker(Containerd):
    needs = ("dockerd", "docker", "containerd", "ctr")

    def start(self):
        super().start()
        self.address = f"unix://{self.directory}/d.sock"
        self.daemon("dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver",
                    "overlay2", "--data-root", self.directory / "d-root", "--exec-root", self.directory / "d-exec",
                    "--pidfile", self.directory / "d.pid", "-H", self.address, "--containerd", self.socket,
                    ).answer("docker", "-H", self.address, "version")

    def docker(self, *words):
        return command("docker", "-H", self.address, *words)

    def run(self, image):
        """What a container of the image prints, as Docker starts it."""
        self.docker("load", "--quiet", "--input", image.archive)
        return self.docker("run", "--rm", "--network", "none", "test:latest")

    def config(self, image):
        self.docker("load", "--quiet", "--input", image.archive)
        return json.loads(self.docker("image", "inspect", "test:latest"))[0]["Config"]

    def tree(self, image):
        self.docker("load", "--quiet", "--input", image.archive)
        said = json.loads(self.docker("image", "inspect", "test:latest"))[0]["GraphDriver"]["Data"]
        lowers = [said["UpperDir"], *filter(None, said.get("LowerDir", "").split(":")), self.fresh()]
        point = self.fresh()
        command("mount", "-t", "overlay", "-o", "ro,lowerdir=" + ":".join(map(str, lowers)), "overlay", point)
        try:
            return trees.of_directory(point)
        finally:
            command("umount", point)


CHEAP = {"GNU tar": Tar, "umoci": Umoci}
ALL = {**CHEAP, "podman": Podman, "containerd": Containerd, "docker": Docker}


@contextlib.contextmanager
def judging(test, wanted=ALL):
    """Yields name -> judge for the available ones. In CI all must be available; elsewhere missing ones are printed."""
    with contextlib.ExitStack() as stack:
        present = {}
        for name, judge in wanted.items():
            if judge.is_here():
                present[name] = stack.enter_context(judge())
            elif os.environ.get("CI") == "true":
                test.fail(f"{name} is not here, or we are not root; scripts/setup --judges installs it")
            else:
                print(f"{name} does not judge: it is not installed, or we are not root", flush=True)
        if not present:
            test.skipTest("no judge is here; scripts/setup --test --judges installs them")
        yield present
