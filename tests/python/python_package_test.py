"""The Python package against a command that says what rootlayer says (fake_rootlayer.py)."""
import ast
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import unittest
from unittest import mock

TOP = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = TOP / "integrations" / "python"
sys.path.insert(0, str(PACKAGE))

import rootlayer  # noqa: E402
from rootlayer import options  # noqa: E402

FAKE = [sys.executable, "-B", str(pathlib.Path(__file__).with_name("fake_rootlayer.py"))]
BINARY = pathlib.Path(os.environ.get("ROOTLAYER_TEST_BUILD", TOP / "build" / "release")) / "host" / "cli" / "rootlayer"
# Options that the package itself uses, or that say the same as others.
NOT_FOR_CALLERS = {"--help", "--progress", "--verbose", "--quiet", "--format"}


def fake(situation="success", **more):
    return rootlayer.Rootlayer(FAKE, environment={**os.environ, "SITUATION": situation, **more})


def is_gone(pid):
    return not pathlib.Path(f"/proc/{pid}").exists()


class Events(unittest.TestCase):
    def test_a_success_is_a_result(self):
        seen = []
        result = fake().run(script="setup.sh", on_event=seen.append)
        self.assertEqual(result.digest, "sha256:" + "a" * 64)
        self.assertEqual(result.stdout.strip(), result.digest)
        self.assertEqual((result.seconds, result.output), (1.5, "hello\n\ufffd\n"))
        self.assertEqual([(m.level, m.text) for m in result.messages], [("warning", "beware")])
        layer, image = result.products
        self.assertEqual((layer.kind, layer.place, layer.bytes, layer.entries), ("layer", "layer.tar", 2048, 1))
        self.assertEqual((image.layers, image.names), (2, ("x:1",)))
        self.assertEqual([type(event).__name__ for event in seen], [
            "PhaseStarted", "Output", "Output", "Unknown", "Message", "PhaseFinished", "Progress", "Finished"])
        self.assertEqual(seen[0].time.isoformat(), "2026-01-31T12:00:00.004312+00:00")
        self.assertEqual(seen[3].fields["colour"], "blue")

    def test_events_arrive_while_the_command_runs(self):
        with fake("waits").start("run", script="x") as job:
            first = next(iter(job))
            self.assertEqual(first.phase, "script")
            self.assertFalse(is_gone(job.pid))

    def test_a_caller_that_reads_no_events_gets_the_result(self):
        with fake("chatters").start("run", script="x") as job:
            result = job.result()
        self.assertEqual(len(result.output), 65536)
        self.assertTrue(result.output.endswith("hello\n\ufffd\n"))


class Failures(unittest.TestCase):
    def error(self, situation, kind):
        with self.assertRaises(kind) as caught:
            fake(situation).run(script="x")
        self.assertIs(type(caught.exception), kind)
        return caught.exception

    def test_a_script_that_fails(self):
        error = self.error("script fails", rootlayer.ScriptError)
        self.assertEqual((error.exit_status, error.code, error.output), (7, "script", "no such user\n"))
        self.assertEqual(str(error), "the script exited with status 7\n  try: --trace")

    def test_rootlayer_that_fails(self):
        error = self.error("refused", rootlayer.CommandError)
        self.assertEqual((error.code, error.message, error.hint, error.option, error.exit_status),
                         ("usage", "the script has no network", "--allow x", "--allow", 125))
        self.assertEqual(self.error("late result", rootlayer.CommandError).message, "cannot write image.tar")

    def test_a_time_limit(self):
        self.assertEqual(self.error("late", rootlayer.TimeLimitError).code, "timeout")

    def test_a_command_that_says_text(self):
        error = self.error("text", rootlayer.CommandError)
        self.assertEqual((error.message, error.hint), ("rootlayer run has no option --nonsense", "rootlayer run --help"))

    def test_a_command_that_is_killed(self):
        error = self.error("dies", rootlayer.CommandError)
        self.assertEqual(error.exit_status, -9)
        self.assertIn("killed by signal 9", error.message)
        self.assertIn("half a line", error.message)

    def test_a_command_that_is_missing(self):
        with self.assertRaises(rootlayer.MissingCommandError) as caught:
            rootlayer.Rootlayer("/no/such/rootlayer").version()
        self.assertIn("'/no/such/rootlayer': No such file", str(caught.exception))


class Ends(unittest.TestCase):
    """No process is left, however a call ends."""

    def test_cancelled_by_another_thread(self):
        with fake("waits").start("run", script="x") as job:
            next(iter(job))
            thread = threading.Thread(target=job.cancel)
            thread.start()
            with self.assertRaises(rootlayer.CancelledError) as caught:
                job.result()
            thread.join()
        self.assertEqual(caught.exception.exit_status, 143)
        self.assertTrue(is_gone(job.pid))

    def test_an_exception_in_the_block_or_in_an_observer(self):
        with self.assertRaises(KeyboardInterrupt):
            with fake("waits").start("run", script="x") as job:
                next(iter(job))
                raise KeyboardInterrupt
        self.assertTrue(is_gone(job.pid))
        with self.assertRaises(ZeroDivisionError):
            fake("waits").run(script="x", on_event=lambda event: 1 // 0)

    def test_a_command_that_does_not_listen_is_killed(self):
        with mock.patch("rootlayer.job.GRACE", 0.05):
            with fake("deaf").start("run", script="x") as job:
                next(iter(job))
        self.assertTrue(is_gone(job.pid))

    def test_kill_after(self):
        with self.assertRaises(rootlayer.TimeLimitError) as caught:
            fake("waits").run(script="x", kill_after=0.5)
        self.assertIn("kill_after=0.5", caught.exception.message)


class Arguments(unittest.TestCase):
    def given(self, command, *positional, **options_given):
        with fake("arguments").start(command, *positional, **options_given) as job:
            return json.loads(job.ended((0,)))

    def test_each_kind_of_value(self):
        self.assertEqual(
            self.given("build", from_="tar:a", script=pathlib.Path("/x y"), env={"A": "b c", "D": ""}, output=["oci:a", "b.tar"],
                       cmd=["sh", "-c", "a 'b'"], entrypoint="run it", memory="2G", deadline=90, squash=True, trace=False,
                       template=False, tls_verify=True, platform=None, label=["x=y"], args=["-n", "1"]),
            ["build", "--progress=json", "--from=tar:a", "--script=/x y", "--env=A=b c", "--env=D=", "--output=oci:a",
             "--output=b.tar", '--cmd=["sh", "-c", "a \'b\'"]', "--entrypoint=run it", "--memory=2G", "--deadline=90", "--squash",
             "--no-template", "--tls-verify", "--label=x=y", "--", "-n", "1"])

    def test_images_come_last_and_are_no_options(self):
        self.assertEqual(self.given("export", "oci:x", output="a.tar"), ["export", "--progress=json", "--output=a.tar", "oci:x"])
        with self.assertRaises(ValueError):
            fake().export("--evil", output="a.tar")

    def test_an_unknown_option_is_a_type_error(self):
        for call in (lambda: fake().run(scirpt="x"), lambda: fake().inspect("oci:x", squash=True), lambda: fake().run(output="-")):
            self.assertRaises(TypeError, call)

    def test_the_streams_of_the_command(self):
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as written:
            given.write(b"echo made")
            given.seek(0)
            with fake("stdin").start("run", script="-", output="-", stdin=given, stdout=written) as job:
                job.ended((0,))
            written.seek(0)
            self.assertEqual(written.read(), b"echo made\n")

    def test_json_of_a_command_that_compares(self):
        self.assertEqual(fake("different").diff("a", "b"), {"equal": False})

    def test_options_are_those_of_the_command(self):
        if not BINARY.exists():
            self.skipTest(f"there is no {BINARY}")
        for command, known in options.COMMANDS.items():
            text = subprocess.run([BINARY, command, "--help"], capture_output=True, text=True, check=True, timeout=60).stdout
            theirs = {name for line in text.splitlines() if re.match(r" {2,6}-", line)
                      for name in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", re.split(r"  +| \(Env", line.strip())[0])}
            ours = {"--" + name.rstrip("_").replace("_", "-") for name in known.__annotations__}
            self.assertEqual(ours - theirs, set(), f"{command} has no such option")
            if command in ("run", "build", "layer"):
                missing = {name for name in theirs - ours - NOT_FOR_CALLERS if not name.startswith("--no-")}
                self.assertEqual(missing, set(), f"the package's {command}() lacks options")


class Package(unittest.TestCase):
    def test_its_version_is_that_of_the_project(self):
        project = re.search(r"project\(rootlayer\s+VERSION\s+([\d.]+)", (TOP / "CMakeLists.txt").read_text())[1]
        declared = re.search(r'^version = "(.*)"', (PACKAGE / "pyproject.toml").read_text(), re.MULTILINE)[1]
        self.assertEqual((rootlayer.__version__, declared), (project, project))

    def test_python_3_9_can_read_it(self):
        for path in (PACKAGE / "rootlayer").glob("*.py"):
            ast.parse(path.read_text(), path.name, feature_version=(3, 9))


if __name__ == "__main__":
    unittest.main()
