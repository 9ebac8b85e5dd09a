"""The Python package with the real command (tests/python has it with a false one)."""
import re
import subprocess
import sys
import unittest

import harness

sys.path.insert(0, str(harness.TOP / "integrations" / "python"))

import rootlayer  # noqa: E402


class PythonPackage(harness.Machine):
    def setUp(self):
        super().setUp()
        self.command = rootlayer.Rootlayer(harness.BINARY, cwd=self.directory, environment=self.environment())

    def test_a_layer_an_image_and_what_they_are(self):
        seen = []
        layer = self.command.run(commands='echo "made $1"; printf "%s\\n" "$1" >/made', args=["-n"], accel="tcg", on_event=seen.append)
        self.assertEqual(layer.output, "made -n\n")
        self.assertEqual((layer.products[0].kind, layer.products[0].place, layer.stdout.strip()),
                         ("layer", "layer.tar", layer.digest))
        self.assertIn("pack", [event.phase for event in seen if isinstance(event, rootlayer.PhaseFinished)])
        self.assertEqual(harness.content(self.directory / "layer.tar", "made"), b"-n\n")
        self.assertEqual(self.command.verify("layer.tar")["deviations"], [])

        image = self.command.build(contents="layer.tar:/", cmd=["/made", "a b"], label={"why": "x y"}, output="oci:image:x")
        found = self.command.inspect("oci:image:x", layers=True)
        self.assertEqual((found["manifestDigest"], found["config"]["cmd"]), (image.digest, ["/made", "a b"]))
        self.assertEqual(found["config"]["labels"], {"why": "x y"})
        self.assertTrue(self.command.diff("oci:image:x", "oci:image:x")["equal"])
        with open(self.directory / "tree.tar", "wb") as tree:
            self.command.export("oci:image:x", output="-", stdout=tree)
        self.assertEqual(harness.content(self.directory / "tree.tar", "made"), b"-n\n")

    def test_failures(self):
        with self.assertRaises(rootlayer.ScriptError) as caught:
            self.command.run(commands="echo so >&2; exit 7", accel="tcg")
        self.assertEqual((caught.exception.exit_status, caught.exception.output), (7, "so\n"))
        with self.assertRaises(rootlayer.CommandError) as caught:
            self.command.run(from_="tar:/no/such", commands="true")
        self.assertEqual(caught.exception.code, "bad-input")
        self.assertTrue(caught.exception.hint)
        with self.assertRaises(rootlayer.TimeLimitError):
            self.command.run(commands="sleep 1000", accel="tcg", timeout=1)
        with self.assertRaises(rootlayer.CommandError) as caught:
            self.command.inspect("tar:/no/such")
        self.assertIn("/no/such", caught.exception.message)

    def test_the_example_of_the_guide_for_agents(self):
        example = re.search(r"^```python\n(.*?)^```", (harness.TOP / "docs" / "agents.md").read_text(), re.M | re.S)[1]
        package = self.environment(PYTHONPATH=harness.TOP / "integrations" / "python", PYTHONDONTWRITEBYTECODE=1,
                                   ROOTLAYER_ACCEL="tcg")
        package["PATH"] = f"{harness.BINARY.parent}:{package['PATH']}"
        done = subprocess.run([sys.executable, "-c", example], cwd=self.directory, env=package, capture_output=True, text=True,
                              timeout=harness.LONG, stdin=subprocess.DEVNULL)
        self.assertRegex(done.stdout, r"\Asha256:[0-9a-f]{64} \d+\n\Z", done.stderr)

    def test_a_cancelled_run_leaves_no_machine(self):
        with self.command.start("run", commands="echo begun; sleep 1000", accel="tcg") as job:
            for event in job:
                if isinstance(event, rootlayer.Output):
                    job.cancel()
            self.assertRaises(rootlayer.CancelledError, job.result)
        self.assert_nothing_left()
        self.assertFalse((self.directory / "layer.tar").exists())


if __name__ == "__main__":
    unittest.main()
