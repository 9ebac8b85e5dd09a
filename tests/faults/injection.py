"""Starts a command and lets one fault happen to it."""
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import threading
import time

import place as places
import plan

# Root without the capabilities that make it ignore modes. QEMU is then started as a user's is.
WITHOUT_OVERRIDE = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner",
                    "--inh-caps", "-dac_override,-dac_read_search,-fowner")


class Injection:
    def __init__(self, place, fault, library):
        self.place, self.fault, self.library = place, fault, library
        self.values = fault.values
        self.happened = False
        self.undo = []

    def run(self):
        """Returns (status, stdout, stderr); the status is None if the command did not end."""
        env, wrapper, limit = {}, (), None
        kind = self.fault.kind
        if kind == "call":
            env = {"LD_PRELOAD": str(self.library), "FAULT_CALL": self.values["call"], "FAULT_N": str(self.values["n"]),
                   "FAULT_ERRNO": str(plan.error_number(self.values["errno"])), "FAULT_STAYS": str(self.values["stays"]),
                   "FAULT_LOG": str(self.place.directory / "happened")}
        elif kind == "revoke" and os.geteuid() == 0:
            wrapper = WITHOUT_OVERRIDE
        elif kind == "full":
            self.fill()
        elif kind == "damage":
            self.damage()
        if kind == "limit" or (kind == "full" and not self.happened):
            limit = self.limit()
        process = subprocess.Popen(
            [*wrapper, self.place.binary, *map(str, self.place.arguments(self.fault.command)), "--progress", "json"],
            env=self.place.environment(**env), cwd=self.place.directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, preexec_fn=limit)
        return self.watch(process)

    def limit(self):
        what, value = self.values.get("what", "FSIZE"), self.values.get("value") or self.values["bytes"]
        self.happened = True
        return lambda: resource.setrlimit(getattr(resource, "RLIMIT_" + what), (value, value))

    def watch(self, process):
        """Reads what the command says, and lets the fault happen at its moment."""
        said, reached, out = [], threading.Event(), []

        def listen():
            for line in process.stderr:
                said.append(line)
                if self.values.get("phase") and json_phase(line) == self.values["phase"]:
                    reached.set()
            reached.set()
        threads = [threading.Thread(target=listen), threading.Thread(target=lambda: out.append(process.stdout.read()))]
        for thread in threads:
            thread.start()
        if "after" in self.values:
            if "phase" in self.values:
                reached.wait(places.LATE)
            try:
                process.wait(self.values["after"])
            except subprocess.TimeoutExpired:
                self.act(process)
        status = None
        try:
            status = process.wait(places.LATE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for thread in threads:
            thread.join(places.LATE)
        self.happened = self.happened or (self.place.directory / "happened").exists()
        (self.place.directory / "happened").unlink(missing_ok=True)
        return status, b"".join(out).decode(errors="replace").strip(), b"".join(said).decode(errors="replace")

    def act(self, process):
        kind = self.fault.kind
        if kind in ("kill", "interrupt"):
            process.send_signal(signal.SIGKILL if kind == "kill" else signal.Signals[self.values["signal"]])
            self.happened = True
        elif kind in ("kill-machine", "kill-tool"):
            self.kill_child(process)
        elif kind == "remove":
            file = self.cache_file()
            if file:
                file.unlink(missing_ok=True)
                self.happened = True
        elif kind == "revoke":
            self.revoke()

    def kill_child(self, process):
        """Waits until there is one of its kind, or the command has ended."""
        while process.poll() is None:
            # libvirt's machines have another parent.
            found = descendants(process.pid) + [pid for pid, _ in self.place.processes() if pid != process.pid]
            found = [pid for pid in dict.fromkeys(found) if ("qemu" in name(pid)) == (self.fault.kind == "kill-machine")]
            if found:
                try:
                    os.kill(found[self.values.get("nth", 0) % len(found)], signal.SIGKILL)
                    self.happened = True
                except ProcessLookupError:
                    pass
                return
            time.sleep(0.002)

    def cache_file(self):
        files = self.place.cache_files()
        return files[int(self.values["file"] * len(files))] if files else None

    def damage(self):
        file = self.cache_file()
        size = file.stat().st_size
        at = int(self.values["at"] * size)
        with open(file, "r+b") as data:
            if self.values["how"] == "truncate":
                data.truncate(at)
            elif self.values["how"] == "grow":
                data.truncate(size + 1 + at)
            elif size:
                data.seek(at)
                byte = data.read(1)[0]
                data.seek(at)
                data.write(bytes([byte ^ 0x10]))
        self.values["damaged"] = str(file.relative_to(self.place.cache))
        self.happened = True

    def directory(self):
        where = self.values["place"]
        return getattr(self.place, where) if hasattr(self.place, where) else self.place.cache / where

    def fill(self):
        """A small file system in the place. Root has a mount namespace of its own here (scripts/faults)."""
        if os.environ.get("ROOTLAYER_FAULTS_MOUNTS") != "1":
            return
        directory = self.directory()
        directory.mkdir(mode=0o700, exist_ok=True)
        mode = oct(directory.stat().st_mode & 0o7777)[2:]
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.values['bytes']},mode={mode}", "none", directory], check=True)
        self.undo.append(lambda: subprocess.run(["umount", "-l", directory], check=True))
        if directory == self.place.output and self.fault.old:
            self.fault.old = False
        self.happened = True

    def revoke(self):
        directory = self.directory()
        if directory.exists():
            mode = directory.stat().st_mode & 0o7777
            directory.chmod(int(self.values["mode"], 8))
            self.undo.append(lambda: directory.chmod(mode))
            self.happened = True

    def restore(self):
        for step in self.undo:
            step()
        self.undo = []


def json_phase(line):
    try:
        event = json.loads(line)
        return event["phase"] if event["event"] == "phase-started" else None
    except (ValueError, KeyError):
        return None


def name(pid):
    try:
        with open(f"/proc/{pid}/comm") as file:
            return file.read().strip()
    except OSError:
        return ""


def descendants(pid):
    """The processes that a process and its children started, from any of their threads."""
    children = []
    for file in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += [int(word) for word in file.read_text().split()]
        except OSError:
            pass
    return children + [below for child in children for below in descendants(child)]


def can_mount():
    return os.geteuid() == 0 and shutil.which("unshare") and subprocess.run(
        ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True, check=False).returncode == 0
