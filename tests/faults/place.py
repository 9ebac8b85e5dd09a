"""The directory in which faults happen: the base, a cache, outputs, and what they must be."""
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import harness

SCRIPT = "mkdir -p /made/deep\ncp /bin/busybox /made/copy\nhead -c 100000 /dev/zero >/made/zeros\necho text >/made/deep/file\n"
LATE = 240  # seconds: a deadline, not an expectation
LEFT = 40  # seconds until the guardian is done: another deadline


class Place:
    def __init__(self, binary, cache):
        self.binary = binary
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="rl-faults-", dir="/tmp"))
        os.chmod(self.directory, 0o755)
        self.temporary, self.cache, self.output = (self.directory / name for name in ("t", "cache", "out"))
        for path in (self.temporary, self.cache, self.output, self.directory / "contents"):
            path.mkdir(mode=0o700)
        # The machine may run as another user when the caller is root.
        os.chmod(self.temporary, 0o1777)
        (self.directory / "contents" / "file").write_text("contents\n")
        (self.directory / "script").write_text(SCRIPT)
        shutil.copy(harness.busybox_root(), self.directory / "base.tar")
        if (cache / "kernel").is_dir():
            shutil.copytree(cache / "kernel", self.cache / "kernel", symlinks=True, ignore=shutil.ignore_patterns("*.partial"))
        self.expected = {}
        for command in ("build", "run"):
            done = self.rootlayer(*self.arguments(command))
            if done.returncode != 0:
                raise SystemExit(f"no {command} succeeds here\n{done.stderr}")
            self.expected[command] = self.outputs()
            self.expected[command, "stdout"] = done.stdout
            self.clear_outputs()

    def environment(self, **more):
        kept = ("PATH", "LANG", "USER", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
        env = {key: os.environ[key] for key in kept if key in os.environ}
        env.update(HOME=str(self.directory), TMPDIR=str(self.temporary), XDG_RUNTIME_DIR=str(self.temporary),
                   ROOTLAYER_CACHE_DIR=str(self.cache), **more)
        return env

    def arguments(self, command):
        common = [command, "--accel", "tcg", "--from", f"tar:{self.directory}/base.tar", "--script", self.directory / "script",
                  "--metadata-file", self.output / "metadata.json", "--output", self.output / "layer.tar"]
        if command == "run":
            return common
        return [*common, "--contents", f"{self.directory}/contents:/c", "--output", f"docker-archive:{self.output}/image.tar",
                "--output", f"oci:{self.output}/layout", "--iidfile", self.output / "iid"]

    def rootlayer(self, *arguments):
        """An undisturbed command. What it wrote is text."""
        process = subprocess.Popen([self.binary, *map(str, arguments)], env=self.environment(), cwd=self.directory, text=True,
                                   errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, errors = process.communicate(timeout=LATE)
        except subprocess.TimeoutExpired:
            process.kill()
            out, errors = process.communicate()
            errors += "\nit did not end"
        return subprocess.CompletedProcess(arguments, process.returncode, out.strip(), errors)

    def outputs(self):
        """Name -> digest of each output that exists. The metadata file, which has times in it, is not one of them."""
        return {path.name: tree_digest(path) for path in self.output.iterdir() if path.name != "metadata.json"}

    def clear_outputs(self):
        os.chmod(self.output, 0o700)
        for path in self.output.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def put_old_outputs(self, command):
        """Files of an earlier run, where this run's are to be."""
        for name in self.expected[command]:
            if name != "layout":
                (self.output / name).write_text("old\n")

    def empty(self, parts):
        for part in parts:
            shutil.rmtree(self.cache / part, ignore_errors=True)

    def cache_files(self):
        """The files of the cache that can be made again without a network."""
        return sorted(path for path in self.cache.rglob("*") if path.is_file() and path.suffix not in (".lock", ".use")
                      and path.relative_to(self.cache).parts[0] not in ("kernel", "version"))

    def processes(self):
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if str(self.directory) in line and state != "Z" and int(entry.name) != os.getpid():
                found.append((int(entry.name), line))
        return found

    def remove_empty(self):
        """A directory that nobody may write keeps what is in it: empty directories are all that may be left there."""
        for path in self.temporary.iterdir():
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()

    def wait_until_alone(self):
        end = time.monotonic() + LEFT
        while self.processes() and time.monotonic() < end:
            time.sleep(0.03)

    def wait_for_nothing(self):
        """What is left of a run, if that is still so after a long time. Removed, so that the next fault is judged alone."""
        end = time.monotonic() + LEFT
        while True:
            running, files = self.processes(), sorted(path.name for path in self.temporary.iterdir())
            if not running and not files:
                return ""
            if time.monotonic() > end:
                break
            time.sleep(0.03)
        for pid, _ in running:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for path in self.temporary.iterdir():
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
        return "; ".join([f"process {pid}: {line[:300]}" for pid, line in running] + files)

    def remove(self):
        shutil.rmtree(self.directory, ignore_errors=True)


def tree_digest(path):
    """A digest of a file, or of the names and files below a directory."""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        digest.update(str(file.relative_to(path)).encode())
        digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()


def metadata_fault(path, status):
    """What is wrong with a metadata file."""
    try:
        document = json.loads(path.read_text())
    except ValueError as error:
        return f"the metadata file is not whole: {error}"
    if status in (0, 125) and document["exitStatus"] != status:
        return f"the metadata file has exit status {document['exitStatus']}"
    return ""
