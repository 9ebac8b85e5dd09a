"""Exit statuses and invalid input: one clear error, the right status, and nothing left behind."""
import json
import unittest

import harness

HELLO = "echo hello > /hello\n"


class ExitStatus(harness.Machine):
    def run_script(self, script, status, *arguments):
        done = self.rootlayer("run", *arguments, script=script, status=status)
        self.assertFalse((self.directory / "layer.tar").exists())
        self.assertEqual(done.stdout, b"")
        return done.stderr

    def test_the_scripts_own_status_is_the_commands(self):
        self.assertIn("exited with status 3", self.run_script("echo x > /x; exit 3\n", 3))

    def test_a_script_ends_at_its_first_failure(self):
        self.assertIn("exited with status 1 at line 3: ls /nope | ...", self.run_script(
            "echo $- >/flags; test \"$0\" = /.rootlayer/script\n# a comment\nls /nope | \\\n  grep x\nexit 0\n", 1))

    def test_a_script_that_a_signal_ends(self):
        self.assertIn("signal 15", self.run_script("kill -TERM $$\n", 128 + 15))

    def test_a_script_whose_interpreter_is_missing(self):
        self.assertIn("/usr/bin/no-such", self.run_script("#!/usr/bin/no-such\n", 127))

    def test_a_script_whose_interpreter_cannot_be_executed(self):
        base = harness.busybox_root()
        metadata = self.directory / "run.json"
        self.run_script("#!/etc/passwd\n", 126, "--from", f"tar:{base}", "--metadata-file", metadata)
        self.assertEqual(len(json.loads(metadata.read_text())["base"]["layers"]), 1)

    def test_a_script_that_runs_out_of_time(self):
        metadata = self.directory / "run.json"
        # Long enough for a shell on a busy host to reach its first line.
        done = self.run_script("sleep 1000\n", 125, "--timeout", "8s", "--metadata-file", metadata)
        self.assertIn("timed out after 8 s at line 1: sleep 1000", done)
        self.assertEqual(json.loads(metadata.read_text())["error"]["code"], "timeout")

    def test_a_script_that_fills_its_disk(self):
        said = self.run_script("dd if=/dev/zero of=/big bs=1M\n", 1, "--disk-size", "32M")
        self.assertIn("--disk-size", said)

    def test_a_script_that_makes_too_many_files(self):
        said = self.run_script("mkdir /d; cd /d; i=0\nwhile [ $i -lt 9 ]; do touch $(seq ${i}000 ${i}999); i=$((i+1)); done\n",
                               1, "--disk-size", "16M")
        self.assertIn("no inodes left", said)

    def test_a_script_that_runs_out_of_memory(self):
        said = self.run_script("exec tail /dev/zero\n", 128 + 9, "--memory", "128M")
        self.assertIn('warning: guest: the kernel killed the process "tail" for lack of memory', said)
        self.assertIn("; the guest's kernel killed a process for lack of memory", said)
        self.assertIn("try: the guest ran out of memory", said)

    def test_daemons_that_are_left_do_not_hold_the_run_up(self):
        """[W22]"""
        layer, _ = self.layer(script="(while :; do echo x >> /tick; sleep 0.1; done) & echo done > /done\n")
        self.assertIn("done", harness.members(layer))


class BadInput(harness.Machine):
    """Refused before a machine is started: quickly, and without touching the cache."""

    def refused(self, *arguments, says, script=HELLO, status=125, env=None):
        done = self.rootlayer(*arguments, script=script, status=status, env=env)
        for each in (says,) if isinstance(says, str) else says:
            self.assertIn(each, done.stderr)
        self.assertIn("try: ", done.stderr)
        self.assertEqual(done.stdout, b"")
        self.assertNotIn("waiting for the guest", done.stderr)
        self.assertFalse((self.directory / "layer.tar").exists())

    def test_unknown_words(self):
        self.refused("run", "--no-such-option", says="--no-such-option")
        self.refused("no-such-command", says="no-such-command", script=None)
        self.refused("run", "--scirpt", "ok.sh", says=("--scirpt", "did you mean --script?"))
        self.refused("run", "--network", "pubilc", says='--network does not take "pubilc"\n  try: did you mean public?')
        self.refused("--verbose", "run", says="rootlayer run --verbose", script=None)
        self.refused("run", "-q", "-v", says=("--quiet", "--verbose"))
        said = self.rootlayer("run", "-q", "--progress", "json", script=HELLO, status=125).stderr
        self.assertIn("cannot be combined", json.loads(said)["message"])
        self.refused("run", "--keep-times", "--source-date-epoch", "5", says=("--keep-times", "--source-date-epoch"))
        self.refused("run", env=self.environment(ROOTLAYER_MEMORY="abc"), says=("ROOTLAYER_MEMORY", "abc"))
        self.refused("run", "--accel", "warp", says="warp")
        self.refused("run", "--memory", "lots", says="lots")
        self.refused("run", "--memory", "1M", says="--memory")
        self.refused("run", "--disk-size", "1K", says="--disk-size")
        self.refused("run", "--cpus", "0", says="--cpus")
        self.refused("run", "--timeout", "soon", says="--timeout")
        self.refused("run", "--workdir", "relative", says="relative")
        self.refused("run", "--user", "4294967295", says="out of range")
        self.refused("build", "--healthcheck-interval", "9s", "--output", "oci:image", says="--healthcheck", script=None)
        self.refused("run", "--env", "=x", says="--env")
        self.refused("run", "--source-date-epoch", "x", says="--source-date-epoch")

    def test_errors_for_programs_are_one_line_of_json(self):
        asked = {"env": self.environment(ROOTLAYER_PROGRESS="json")}
        for arguments, code, option, more in (
                (("run", "--scirpt", "x", "--progress", "json"), "usage", "--script", {}),
                (("rnu", "--progress=json"), "usage", None, {}),
                (("export", "tar:/no-such", "-o", "x.tar", "--progress", "json"), "bad-input", None, {}),
                (("inspect", "tar:/no-such"), "bad-input", None, asked),
                (("build", "-f", "no-such.json"), "bad-input", None, asked),
                (("cache", "ls", "--format", "jsno"), "usage", "--format", asked)):
            with self.subTest(arguments):
                done = self.rootlayer(*arguments, status=125, **more)
                events = [json.loads(line) for line in done.stderr.splitlines()]
                error = events[-1]
                self.assertEqual([event["event"] for event in events].count("error"), 1, done.stderr)
                self.assertEqual((error["event"], error["code"], error["exitStatus"]), ("error", code, 125))
                self.assertEqual(error.get("option"), option)
                self.assertTrue(error["message"])

    def test_scripts(self):
        self.refused("run", says="--script", script=None)
        self.refused("run", "-c", "true", says="--script and -c")
        done = self.rootlayer("run", "--progress", "json", "-c", "true", "--memory", "1", status=125)
        error = json.loads(done.stderr)
        self.assertEqual((error["event"], error["code"], error["exitStatus"]), ("error", "usage", 125))
        self.assertEqual(error["option"], "--memory")
        self.refused("run", "--script", "no-such-file", says="no-such-file", script=None)
        self.refused("run", "--script", self.directory, says="directory", script=None)
        for base in ("tar:-", "docker-archive:-:name:tag"):
            self.refused("run", "--script", "-", "--from", base, says="standard input", script=None)

    def test_bases(self):
        self.refused("run", "--from", "tar:no-such.tar", says="no-such.tar")
        self.refused("run", "--from", "no-such-kind:x", says="no-such-kind")
        text = self.directory / "text.tar"
        text.write_text("this is no archive\n" * 1000)
        self.refused("run", "--from", f"tar:{text}", says="text.tar")
        self.refused("run", "--from", f"docker-archive:{text}", says="text.tar")
        whole = harness.busybox_root().read_bytes()
        cut = self.directory / "cut.tar"
        cut.write_bytes(whole[:len(whole) // 2])
        self.refused("run", "--from", f"tar:{cut}", says="cut.tar")
        self.refused("run", "--from", f"dir:{self.directory}/nowhere", says="nowhere")

    def test_a_base_for_another_machine(self):
        self.refused("run", "--platform", "linux/arm64", "--from", f"tar:{harness.busybox_root()}",
                     says=("arm64", "amd64"))

    def test_outputs(self):
        self.refused("run", "--output", "no/such/directory/layer.tar", says="no/such/directory")
        self.refused("run", "--output", self.directory, says="directory")
        self.refused("run", "--metadata-file", "no/such/run.json", says="no/such/run.json")
        self.refused("run", "--output", "", says="--output is empty")
        self.refused("run", "--console-log", self.directory, says="--console-log")
        self.refused("run", "--output", "foo:x.tar", says=("foo:x.tar", "oci-archive:FILE"))

    def test_a_kernel_that_is_not_there(self):
        self.refused("run", "--kernel", "/no/such/kernel", says="/no/such/kernel")

    def test_a_kernel_that_is_none(self):
        self.refused("run", "--kernel", "/etc/passwd", says="not a bzImage")

    def test_a_cache_that_is_a_file(self):
        self.refused("run", "--cache-dir", "/etc/passwd", says=("/etc/passwd", "not a directory", "--cache-dir"))


class Help(harness.Machine):
    def test_help_teaches(self):
        said = self.rootlayer("--help").stdout.decode()
        for word in ("run", "doctor", "Examples:", "Exit status"):
            self.assertIn(word, said)
        said = self.rootlayer("run", "--help").stdout.decode()
        for word in ("--from", "--script", "--output", "--memory", "ROOTLAYER_"):
            self.assertIn(word, said)
        self.assertEqual(self.rootlayer("help", "run").stdout.decode(), said)
        self.assertEqual(self.rootlayer().stdout, self.rootlayer("--help").stdout)
        self.assertEqual(self.rootlayer("cache").stdout, self.rootlayer("cache", "--help").stdout)
        self.assertRegex(self.rootlayer("version").stdout.decode(), r"rootlayer \d+\.\d+\.\d+")

    def test_each_command_ends_with_its_own_examples_and_statuses(self):
        commands = [(word,) for word in ("run", "build", "cache", "diff", "doctor", "export", "guest", "inspect", "verify",
                                         "pull", "push", "merge", "completion", "version", "help")]
        commands += [("cache", "ls"), ("cache", "prune"), ("cache", "verify"), ("guest", "build")]
        for words in commands:
            with self.subTest(words):
                said = self.rootlayer(*words, "--help").stdout.decode()
                examples, statuses = said.partition("\nExamples:\n")[2].split("\n\nExit status: ")
                lines = [line for line in examples.splitlines() if line.startswith("  rootlayer ")]
                self.assertTrue(lines)
                for line in lines:
                    self.assertEqual(line.split()[1:len(words) + 1], list(words))
                self.assertIn("125 rootlayer failed", " ".join(statuses.split()))
                self.assertEqual("126" in statuses, words[0] in ("run", "build"))


if __name__ == "__main__":
    unittest.main()
