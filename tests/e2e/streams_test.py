"""Standard streams that are closed, full, or a pipe whose reader has ended, for every command. Output that cannot be
written is a failure, and then no output file appears."""
import json
import os
import resource
import signal
import subprocess
import tarfile
import unittest

import harness

BROKEN = "a pipe that nobody reads"


class Streams(harness.Machine):
    def setUp(self):
        super().setUp()
        with tarfile.open(self.directory / "base.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
            harness.add(tar, "etc", type=tarfile.DIRTYPE, mode=0o755)
            harness.add(tar, "etc/passwd", data=b"root:x:0:0:root:/root:/bin/sh\n")
        self.image = "docker-archive:image.tar"
        self.rootlayer("build", "--from", "tar:base.tar", "--output", self.image)
        self.rootlayer("export", "tar:base.tar", "--output", "tree.tar")
        (self.directory / "other").write_text("x")
        self.rootlayer("build", "--from", "tar:base.tar", "--contents", "other:/other", "--output", "other.tar")

    def run_with(self, arguments, stdout=None, stderr=None, before=None):
        """Runs a command with these streams ("closed", "full", BROKEN); returns (status, stdout, stderr)."""
        def prepare():
            for fd, place in ((1, stdout), (2, stderr)):
                if place == "closed":
                    os.close(fd)
                elif place == "full":
                    full = os.open("/dev/full", os.O_WRONLY)
                    os.dup2(full, fd)
                    os.close(full)
                elif place == BROKEN:
                    reader, writer = os.pipe()
                    os.dup2(writer, fd)
                    os.close(reader)
                    os.close(writer)
            if before:
                before()
        done = subprocess.run([str(harness.BINARY), *map(str, arguments)], cwd=self.directory, env=self.environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, preexec_fn=prepare, timeout=harness.LONG)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    # Commands that print to stdout without a machine, and their normal status.
    COMMANDS = (
        (("version",), 0),
        (("--version",), 0),
        (("--help",), 0),
        ((), 0),
        (("help", "run"), 0),
        (("cache", "--help"), 0),
        (("inspect", "docker-archive:image.tar"), 0),
        (("inspect", "--layers", "--format", "json", "docker-archive:image.tar"), 0),
        (("verify", "--format", "json", "tree.tar"), 0),
        (("diff", "tree.tar", "other.tar"), 1),
        (("diff", "--format", "json", "tree.tar", "tree.tar"), 0),
        (("cache", "ls", "--cache-dir", "cache"), 0),
        # These write files, too: none may appear.
        (("export", "docker-archive:image.tar", "--output", "out.tar"), 0),
        (("merge", "docker-archive:image.tar", "--output", "oci-archive:out.tar"), 0),
        (("build", "--from", "tar:base.tar", "--output", "docker-archive:out.tar", "--output", "oci:out.oci",
          "--iidfile", "out.iid", "--provenance", "out.prov"), 0),
        (("build", "--from", "tar:base.tar", "--contents", "other:/o", "--output", "out.tar"), 0),
        # These write to stdout itself.
        (("export", "docker-archive:image.tar", "--output", "-"), 0),
        (("merge", "docker-archive:image.tar", "--output", "docker-archive:-"), 0),
        (("build", "--from", "tar:base.tar", "--contents", "other:/o", "--output", "-"), 0),
    )

    def written(self):
        return sorted(path.name for path in self.directory.iterdir() if path.name.startswith("out"))

    def test_a_stdout_that_takes_nothing_is_a_failure_and_nothing_is_written(self):
        for arguments, _ in self.COMMANDS:
            for place, status, says in (("closed", 125, "standard output: Bad file descriptor"),
                                        ("full", 125, "standard output: No space left on device"),
                                        (BROKEN, -signal.SIGPIPE, None)):
                with self.subTest(arguments=arguments, stdout=place):
                    ended, _, said = self.run_with(arguments, stdout=place)
                    self.assertEqual(ended, status, said)
                    self.assertNotIn("report this", said)
                    if says is None:
                        self.assertNotIn("Broken pipe", said)
                    elif arguments[-1:] not in (("-",), ("docker-archive:-",)):
                        self.assertIn(says, said)
                    self.assertEqual(self.written(), [])

    def test_a_stderr_that_takes_nothing_changes_nothing(self):
        for arguments, status in self.COMMANDS:
            whole = self.run_with(arguments)
            self.assertEqual(whole[0], status, whole[2])
            for place in ("closed", "full", BROKEN):
                with self.subTest(arguments=arguments, stderr=place):
                    ended, out, _ = self.run_with(arguments, stderr=place)
                    self.assertEqual((ended, out), whole[:2])
        for place in ("closed", "full", BROKEN):
            with self.subTest("an error", stderr=place):
                self.assertEqual(self.run_with(["inspect", "tar:nowhere.tar"], stderr=place)[0], 125)

    def test_a_caller_that_ignores_sigpipe_is_told(self):
        ended, _, said = self.run_with(["version"], stdout=BROKEN,
                                       before=lambda: signal.signal(signal.SIGPIPE, signal.SIG_IGN))
        self.assertEqual(ended, 125)
        self.assertIn("Broken pipe", said)

    def test_closed_descriptors_do_not_become_files(self):
        """With 0 to 2 closed the first file that is opened would be stdin, the second stdout, and written to."""
        def close_all():
            for fd in range(3):
                os.close(fd)
        ended = subprocess.run([str(harness.BINARY), "export", "tar:base.tar", "--output", "out.tar"],
                               cwd=self.directory, env=self.environment(), preexec_fn=close_all,
                               timeout=harness.LONG).returncode
        self.assertEqual(ended, 125)
        self.assertEqual(self.written(), [])
        self.assertEqual(harness.members(self.directory / "base.tar").keys(), {"etc", "etc/passwd"})

    def test_a_limit_of_file_sizes_is_reported(self):
        ended, _, said = self.run_with(
            ["export", "docker-archive:image.tar", "--output", "out.tar"],
            before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512)))
        self.assertEqual(ended, 125, said)
        self.assertIn("File too large", said)
        self.assertEqual(self.written(), [])

    def test_metadata_that_cannot_be_written_leaves_no_output(self):
        for option in ("--metadata-file", "--iidfile", "--provenance"):
            for place, says in (("/dev/full", "No space left"), ("no/such/file", "make its directory"),
                                (self.directory, "directory")):
                with self.subTest(option=option, place=place):
                    ended, out, said = self.run_with(["build", "--from", "tar:base.tar", "--output",
                                                      "docker-archive:out.tar", option, place])
                    self.assertEqual(ended, 125, said)
                    self.assertIn(says, said)
                    self.assertIn(option, said)
                    self.assertEqual(out, b"")
                    self.assertEqual(self.written(), [])

    def test_metadata_goes_into_a_pipe_once(self):
        os.mkfifo(self.directory / "pipe")
        reader = subprocess.Popen(["cat", "pipe"], cwd=self.directory, stdout=subprocess.PIPE)
        ended, _, said = self.run_with(["build", "--from", "tar:base.tar", "--output", "docker-archive:out.tar",
                                        "--metadata-file", "pipe"])
        self.assertEqual(ended, 0, said)
        self.assertEqual(json.loads(reader.communicate(timeout=60)[0])["exitStatus"], 0)

    def test_outputs_that_are_one_file_are_refused(self):
        (self.directory / "link").symlink_to(".")
        for outputs in (("-o", "out.tar", "-o", "./out.tar"), ("-o", "out.tar", "-o", "link/out.tar"),
                        ("-o", "docker-archive:out.tar:x:1", "-o", "oci-archive:out.tar"),
                        ("-o", "oci:out.oci:a", "-o", "oci:out.oci:b"),
                        ("-o", "docker-archive:out.tar", "--metadata-file", "out.tar"),
                        ("-o", "docker-archive:out.tar", "--iidfile", "out.iid", "--provenance", "out.iid")):
            with self.subTest(outputs=outputs):
                ended, _, said = self.run_with(["build", "--from", "tar:base.tar", "--contents", "other:/o", *outputs])
                self.assertEqual(ended, 125)
                self.assertRegex(said, "twice|both name")
                self.assertEqual(self.written(), [])

    def test_a_run(self):
        """One machine for each case: the layer appears, or it does not."""
        (self.directory / "script").write_text("echo said; echo x > /x\n")
        run = ["run", "--accel", self.accel, "--script", "script", "--output", "out.tar", "--metadata-file", "out.json"]
        for streams, status in (({"stderr": BROKEN}, 0), ({"stderr": "closed"}, 0), ({"stdout": "full"}, 125),
                                ({"stdout": BROKEN}, -signal.SIGPIPE)):
            with self.subTest(streams):
                ended, _, said = self.run_with(run, **streams)
                self.assertEqual(ended, status, said)
                self.assertEqual(self.written(), ["out.json", "out.tar"] if status == 0 else ["out.json"])
                # The result is reported anyway.
                exit_status = json.loads((self.directory / "out.json").read_text())["exitStatus"]
                self.assertEqual(exit_status, 128 + signal.SIGPIPE if status < 0 else status)
                for name in self.written():
                    (self.directory / name).unlink()
        ended, _, said = self.run_with(["run", "--accel", self.accel, "--script", "script", "--output", "out.tar",
                                        "--metadata-file", "/dev/full"])
        self.assertEqual(ended, 125, said)
        self.assertEqual(self.written(), [])


if __name__ == "__main__":
    unittest.main()
