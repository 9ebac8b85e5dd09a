"""What the jobs share: runs taken in turn, medians, and a table."""
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402  (where the tests' bases come from)

LIMIT = 1800  # seconds: a deadline, not an expectation


class Skipped(Exception):
    """A job, or its peer, cannot be done here; the text says why."""


class Row:
    """One line of the table: what was measured, in `unit`, and the peer's."""

    def __init__(self, name, job, ours, peer=None, peer_values=(), unit="s", target="", note=""):
        self.name, self.job, self.unit, self.target, self.note = name, job, unit, target, note
        self.ours, self.peer, self.peer_values = list(ours), peer, list(peer_values)

    def record(self):
        return {"name": self.name, "job": self.job, "unit": self.unit, "ours": self.ours, "peer": self.peer,
                "peerValues": self.peer_values, "target": self.target, "note": self.note}

    def cells(self):
        ours = statistics.median(self.ours)
        peer = statistics.median(self.peer_values) if self.peer_values else None
        return [self.name, self.job, shown(ours, self.unit), shown(peer, self.unit) + (f" {self.peer}" if peer else ""),
                f"{ours / peer:.2f}" if peer else "", self.target, self.note]


def shown(value, unit):
    if value is None:
        return ""
    return f"{value:.2f} s" if unit == "s" else f"{value:.0f} {unit}"


def table(rows):
    """Markdown, so that it can go into docs/performance.md as it is."""
    head = ["#", "job", "ours", "peer", "ours / peer", "must", "note"]
    lines = [head, ["---"] * len(head)] + [row.cells() for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


class Bench:
    """A directory, a cache with a warm guest image, and how often each thing is measured."""

    def __init__(self, rootlayer, rounds, quick, guest_kernel, tuned):
        self.binary, self.rounds, self.quick, self.guest_kernel = rootlayer, rounds, quick, guest_kernel
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="rootlayer-bench-", dir="/var/tmp"))
        self.cache = self.directory / "cache"
        self.options = []
        if tuned:
            said = command(rootlayer, "guest", "build", "--tuned").stdout.decode()
            kernel = pathlib.Path(re.search(r"\((.*/guest/.*/kernel)\)", said).group(1))
            shutil.copytree(kernel.parents[2] / "kernel", self.cache / "kernel",
                            ignore=shutil.ignore_patterns("*.partial"))
            self.options = ["--kernel", "tuned"]

    def close(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self, *arguments, cache=None, script="true\n", verb="run", output=""):
        """A run that is under way, in a directory of its own; `output` is a prefix such as "oci:"."""
        directory = pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        (directory / "script").write_text(script)
        process = subprocess.Popen(
            [self.binary, verb, "-q", "--accel", "tcg", "--cache-dir", cache or self.cache,
             "--script", directory / "script", "--output", f"{output}{directory}/made",
             "--metadata-file", directory / "run.json", *self.options, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        process.directory = directory
        return process

    def end(self, process):
        """Waits for it; returns what its metadata say."""
        _, errors = process.communicate(timeout=LIMIT)
        if process.returncode != 0:
            raise RuntimeError(errors.decode(errors="replace"))
        said = json.loads((process.directory / "run.json").read_text())
        shutil.rmtree(process.directory)
        return said

    def run(self, *arguments, **more):
        return self.end(self.start(*arguments, **more))

    def in_turn(self, ours, peer=None, rounds=None):
        """Two lists of values; a first round, which fills the caches, is not counted."""
        mine, others = [], []
        for number in range((rounds or self.rounds) + 1):
            mine.append(ours())
            if peer is not None:
                others.append(peer())
            if number == 0:
                mine.clear()
                others.clear()
        return mine, others


def timed(action):
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


def phases(said, *names):
    """The sum of the seconds that some phases of a run took."""
    return sum(phase["seconds"] for phase in said["phases"] if phase["phase"] in names)


def command(*words, **more):
    if "input" not in more:
        more.setdefault("stdin", subprocess.DEVNULL)
    more.setdefault("timeout", LIMIT)
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, **more)


def need(program):
    if shutil.which(program) is None:
        raise Skipped(f"there is no {program}")


def debian():
    return harness.debian()


def environment(**more):
    return {**os.environ, **{key: str(value) for key, value in more.items()}}
