"""Shared by the end-to-end tests: the command under test, bases that can be created anywhere, and the checks that every
run must pass (nothing left behind)."""
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

import trees

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("ROOTLAYER_TEST_BUILD", TOP / "build" / "release"))
BINARY = pathlib.Path(os.environ.get("ROOTLAYER_TEST_BINARY", BUILD / "host" / "cli" / "rootlayer"))
# Bases and the guest image are made once, and kept between runs of the tests.
KEPT = pathlib.Path(os.environ.get("ROOTLAYER_TEST_CACHE", TOP / "build" / "test-cache"))
LONG = 300  # seconds: a deadline, not an expectation


class Machine(unittest.TestCase):
    """A test that boots machines. It has its own directory, shares the cache with others, and leaves nothing behind."""

    accel = "tcg"

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="rl-", dir="/tmp"))
        os.chmod(self.directory, 0o755)
        self.temporary = self.directory / "t"
        self.temporary.mkdir(mode=0o1777)
        os.chmod(self.temporary, 0o1777)
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.cache = KEPT / "cache"

    def tearDown(self):
        self.assert_nothing_left()

    def environment(self, **more):
        kept = ("PATH", "LANG", "USER", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "ROOTLAYER_TEMPLATE")
        env = {key: os.environ[key] for key in kept if key in os.environ}
        env.update(HOME=str(self.directory), TMPDIR=str(self.temporary), XDG_RUNTIME_DIR=str(self.temporary),
                   ROOTLAYER_CACHE_DIR=str(self.cache))
        env.update({key: str(value) for key, value in more.items()})
        return env

    def start(self, *arguments, env=None, wrapper=(), **popen):
        """Starts the command; `wrapper` is a command that starts it in its place."""
        popen.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(
            [*wrapper, str(BINARY), *map(str, arguments)], env=env or self.environment(), cwd=popen.pop("cwd", self.directory),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen)

    def rootlayer(self, *arguments, script=None, status=0, env=None, **popen):
        """Runs the command to its end; `script` is given as a file. Fails unless it exits with `status`."""
        arguments = list(arguments)
        if script is not None:
            path = self.directory / "script"
            path.write_bytes(script if isinstance(script, bytes) else script.encode())
            arguments += ["--script", path]
        if arguments and arguments[0] in ("run", "build") and "--accel" not in arguments:
            arguments += ["--accel", self.accel]
        process = self.start(*arguments, env=env, **popen)
        try:
            out, err = process.communicate(timeout=LONG)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.fail(f"rootlayer did not end\n{err.decode(errors='replace')}")
        text = err.decode(errors="replace")
        self.assertEqual(process.returncode, status, f"{arguments}\n{text}")
        return subprocess.CompletedProcess(arguments, process.returncode, out, text)

    def layer(self, *arguments, script, **more):
        """Runs a script and returns (path of layer.tar, diff_id)."""
        output = self.directory / more.pop("name", "layer.tar")
        done = self.rootlayer("run", "--output", output, *arguments, script=script, **more)
        diff_id = done.stdout.decode().strip()
        self.assertRegex(diff_id, r"\Asha256:[0-9a-f]{64}\Z")
        return output, diff_id

    def listed(self, base, script, *arguments):
        """Runs a script that prints trees.LISTING one or more times; returns (path of layer.tar, trees)."""
        path = self.directory / "script"
        path.write_bytes(script if isinstance(script, bytes) else script.encode(errors="surrogateescape"))
        output = self.directory / "layer.tar"
        process = self.start("run", "--accel", self.accel, "--keep-times", "--progress", "quiet", "--from", base,
                             "--output", output, "--script", path, *arguments)
        try:
            _, said = process.communicate(timeout=LONG)
        finally:
            process.kill()
        self.assertEqual(process.returncode, 0, said[-3000:].decode(errors="replace"))
        with self.subTest("every command of the script succeeded"):
            self.assertEqual(re.findall(rb"COMMAND FAILED.*", said), [])
        return output, trees.of_listings(said)

    def processes(self):
        """Processes that name this test's temporary directory, like QEMU and everything else of a run."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if str(self.temporary).encode() in line and state != "Z":
                found.append(f"{entry.name}: {line.decode(errors='replace')}")
        return found

    def wait_until(self, condition, what, seconds=60):
        """Polls until a condition is true. For what other processes do, which cannot be waited for."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                self.fail(f"it never came true: {what}")
            time.sleep(0.02)

    def assert_nothing_left(self):
        self.assertEqual(self.processes(), [], "processes of a run are left")
        self.assertEqual(sorted(p.name for p in self.temporary.iterdir()), [], "files of a run are left")


def members(path):
    """The entries of a layer: name -> TarInfo, in order."""
    with tarfile.open(path) as tar:
        return {member.name: member for member in tar}


def content(path, name):
    with tarfile.open(path) as tar:
        return tar.extractfile(name).read()


class Once:
    """Creates a file in KEPT once, even if many tests ask for it at the same time."""

    def __init__(self, name):
        self.path = KEPT / name

    def made_by(self, make):
        KEPT.mkdir(parents=True, exist_ok=True)
        os.chmod(KEPT, 0o755)
        with open(KEPT / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.path.exists():
                partial = self.path.with_name(self.path.name + ".partial")
                make(partial)
                os.chmod(partial, 0o644)
                partial.rename(self.path)
        return self.path


def debian():
    """A real Debian: mmdebstrap's minbase, 170 MB."""
    def make(path):
        # mmdebstrap takes the format from the suffix.
        made = path.with_suffix(".tar")
        subprocess.run(["mmdebstrap", "--variant=minbase", "--quiet", "--include=libcap2-bin", "bookworm", str(made)],
                       check=True, timeout=600, stdin=subprocess.DEVNULL)
        made.rename(path)
    return Once("debian.tar").made_by(make)


def small_debian():
    """The part of it that scripts need: bash, coreutils, perl-base, setcap, chattr. 25 MB."""
    unneeded = ("usr/share", "var", "usr/lib/locale", "usr/lib/apt", "usr/lib/systemd", "usr/lib/dpkg", "usr/sbin/ld",
                "usr/lib/x86_64-linux-gnu/gconv", "usr/lib/x86_64-linux-gnu/perl/", "usr/lib/x86_64-linux-gnu/libapt",
                "usr/lib/x86_64-linux-gnu/libdb", "usr/lib/x86_64-linux-gnu/libcrypto", "usr/lib/gcc",
                "usr/lib/x86_64-linux-gnu/systemd", "usr/lib/x86_64-linux-gnu/libstdc")

    def make(path):
        with tarfile.open(source) as whole, tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
            for member in whole:
                if not member.name.removeprefix("./").startswith(unneeded):
                    tar.addfile(member, whole.extractfile(member) if member.isreg() else None)
    source = debian()  # takes the lock that Once takes
    return Once("small-debian.tar").made_by(make)


def busybox_root():
    """A small base with a shell: one static busybox and its applets, as a tar."""
    def make(path):
        binary = shutil.which("busybox") or "/bin/busybox"
        applets = subprocess.run([binary, "--list"], check=True, capture_output=True, text=True).stdout.split()
        with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
            for name in ("bin", "etc", "tmp", "dev", "proc", "sys"):
                add(tar, name, type=tarfile.DIRTYPE, mode=0o1777 if name == "tmp" else 0o755)
            with open(binary, "rb") as file:
                add(tar, "bin/busybox", mode=0o755, data=file.read())
            for applet in applets:
                if applet != "busybox":
                    add(tar, f"bin/{applet}", type=tarfile.SYMTYPE, linkname="busybox")
            add(tar, "etc/passwd", data=b"root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:app:/home/app:/bin/sh\n")
            add(tar, "etc/group", data=b"root:x:0:\napp:x:1001:\nwheel:x:10:app\n")
    return Once("busybox.tar").made_by(make)


def add(tar, name, data=b"", **fields):
    """One entry, written as requested."""
    import io
    entry = tarfile.TarInfo(name)
    entry.mode = 0o644
    entry.mtime = 1_000_000_000
    for key, value in fields.items():
        setattr(entry, key, value)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))


if __name__ == "__main__":
    sys.exit("this is a module; run scripts/test")
