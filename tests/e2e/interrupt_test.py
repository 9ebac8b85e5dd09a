"""SIGINT at each phase: the command ends, with 130, without an output and with nothing left. The bases are those that used to
keep it busy for the longest time: many names, deep directories, much of little."""
import gzip
import io
import json
import signal
import subprocess
import tarfile
import time
import unittest

import harness
import robust_test

DEEP = "d/" * 2000  # what fits in a path


def base(path, files=5_000, deep=60, dirs=100):
    """Busybox with many files, some of them very deep. Takes seconds to convert, and every phase walks its tree."""
    with tarfile.open(harness.busybox_root()) as small, tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for member in small:
            tar.addfile(member, small.extractfile(member) if member.isreg() else None)
        for number in range(files):
            add(tar, f"many/{number % dirs}/{number}", b"x")
        for number in range(deep):
            add(tar, f"deep/{number}/{DEEP}f", b"x")
    return path


def add(tar, name, data):
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))


class Interrupted(harness.Machine):
    def setUp(self):
        super().setUp()
        self.output = self.directory / "output"
        # Without layers, so that each base is converted; and without templates, which are large.
        self.env = self.environment(ROOTLAYER_TEMPLATE="0", ROOTLAYER_CACHE_DIR=robust_test.copy_cache(
            self.cache, self.directory / "cache"))

    def interrupt(self, process, said, where, ended=()):
        """Sends SIGINT and checks the end. The time is told, not checked: the host may be busy."""
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        try:
            _, rest = process.communicate(timeout=harness.LONG)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.fail(f"{where}: it did not end")
        took = time.monotonic() - begin
        text = (said + rest).decode(errors="replace")[-2000:]
        with self.subTest(where, seconds=round(took, 2)):
            if "stopped on request" not in text and process.returncode in ended:
                return  # it was faster than the signal
            self.assertEqual(process.returncode, 128 + signal.SIGINT, text)
            self.assertIn("stopped on request", text)
            self.assertFalse(self.output.exists())
        # With --connect, the guardian may remove a directory after the command has ended.
        self.wait_until(self.nothing_left, f"{where}: nothing is left")
        print(f"{where}: {took:.2f} s", flush=True)

    def nothing_left(self):
        return not self.processes() and not any(self.temporary.iterdir())

    def at_phase(self, phase, *arguments):
        """Starts a command and interrupts it when it says that the phase has started. False if it never does."""
        process = self.start(*arguments, "--progress", "json", env=self.env)
        said = b""
        for line in process.stderr:
            said += line
            event = json.loads(line)
            if (event["event"], event.get("phase")) == ("phase-started", phase):
                self.interrupt(process, said[-2000:], f"{arguments[0]}, {phase}")
                return
        process.communicate()
        self.fail(f"{arguments[0]} has no phase {phase}: {said.decode(errors='replace')[-2000:]}")

    def after(self, seconds, *arguments):
        """Interrupts a command that reports no phases. One that has ended before is right too."""
        process = self.start(*arguments, env=self.env)
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.interrupt(process, b"", f"{arguments[0]} after {seconds} s", (0, 1))

    def test_every_phase_of_a_run(self):
        """[A4][A12]"""
        tar = base(self.directory / "base.tar")
        script = self.directory / "script"
        script.write_text("find / -xdev | wc -l; mkdir -p /n; i=0; while [ $i -lt 3000 ]; do : >/n/$i; i=$((i+1)); done\n")
        for phase in ("base", "guest-image", "convert", "disks", "start", "hello", "assemble", "script", "pack"):
            self.at_phase(phase, "run", "--accel", self.accel, "--from", f"tar:{tar}", "--script", script, "--output", self.output)

    def test_every_phase_of_a_build(self):
        """[A4][A12]"""
        tar = base(self.directory / "base.tar")
        contents = self.directory / "contents"
        contents.mkdir()
        for number in range(3000):
            (contents / str(number)).write_text("x")
        script = self.directory / "script"
        script.write_text("echo x >/x\n")
        build = ["build", "--accel", self.accel, "--from", f"tar:{tar}", "--script", script, "--contents", f"{contents}:/c",
                 "--output", f"docker-archive:{self.output}", "--squash"]
        for phase in ("base", "contents", "convert", "pack", "squash", "image"):
            self.at_phase(phase, *build)

    def test_every_phase_of_an_export(self):
        """[A4][A12]"""
        tar = base(self.directory / "base.tar")
        for phase in ("base", "layers", "write"):
            self.at_phase(phase, "export", f"tar:{tar}", "--output", self.output)

    def test_commands_without_phases(self):
        """[A4][A12]"""
        tar = base(self.directory / "base.tar", files=20_000)
        for seconds in (0.1, 0.3, 0.6):
            self.after(seconds, "inspect", "--layers", f"tar:{tar}")
            self.after(seconds, "diff", tar, f"tar:{tar}")
            self.after(seconds, "verify", tar)

    def test_much_of_little(self):
        """[A4][A12] a small file that expands to much more than can be read in a second, as a base and as a layer"""
        zeros = self.directory / "zeros.tar.gz"
        size = 8 << 30
        header = tarfile.TarInfo("zeros")
        header.size = size
        piece = gzip.compress(bytes(64 << 20), compresslevel=1)
        with open(zeros, "wb") as file:
            file.write(gzip.compress(header.tobuf(tarfile.GNU_FORMAT)))
            for _ in range(size // 2 // (64 << 20)):
                file.write(piece)  # cut off: nobody comes that far
        for seconds in (0.3, 0.6):
            self.after(seconds, "inspect", "--layers", f"tar:{zeros}")
            self.after(seconds, "verify", zeros)
            self.after(seconds, "diff", zeros, zeros)

    def test_a_cache_that_is_being_read(self):
        """[A12]"""
        for seconds in (0.1, 0.3):
            self.after(seconds, "cache", "verify")


if __name__ == "__main__":
    unittest.main()
