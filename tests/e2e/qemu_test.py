"""The QEMU that runs the guest: chosen with --qemu, and named in what rootlayer says."""
import json
import os
import unittest

import harness


class Qemu(harness.Machine):
    def wrapper(self, name):
        """A program of the user's that runs the QEMU in PATH."""
        path = self.directory / name
        path.write_text('#!/bin/sh\nexec /usr/bin/qemu-system-x86_64 "$@"\n')
        path.chmod(0o755)
        return path

    def machine(self, *arguments, **more):
        metadata = self.directory / "metadata.json"
        self.rootlayer("run", "--metadata-file", metadata, *arguments, script="true\n", **more)
        return json.loads(metadata.read_text())["machine"]

    def test_the_metadata_name_the_qemu_that_ran(self):
        chosen = str(self.wrapper("my-qemu"))
        default = self.machine()["qemu"]
        self.assertTrue(default["path"].endswith("/qemu-system-x86_64"), default)
        self.assertRegex(default["version"], r"\A\d+\.\d+\.\d+")
        for arguments in ((), ("--no-template",)):
            with self.subTest(arguments):
                machine = self.machine("--qemu", chosen, *arguments)
                self.assertEqual(machine["qemu"], {"path": chosen, "version": default["version"]})
        self.assertEqual(self.machine(env=self.environment(ROOTLAYER_QEMU=chosen))["qemu"]["path"], chosen)

    def test_a_qemu_that_is_none_is_an_error_at_once(self):
        plain = self.directory / "plain"
        plain.write_text("text")
        for path, reason in ((self.directory / "missing", "No such file"), (plain, "Permission denied"),
                             (self.directory, "Permission denied")):
            with self.subTest(path.name):
                done = self.rootlayer("run", "--qemu", path, "--output", self.directory / "layer.tar", script="true\n",
                                      status=125)
                self.assertIn(f'the QEMU "{path}" cannot be run: {reason}', done.stderr)
                self.assertIn("--qemu", done.stderr.split("try: ")[1])
        done = self.rootlayer("run", "--qemu", "/bin/true", script="true\n", status=125)
        self.assertIn("QEMU has exited: exit status 0", done.stderr)

    def test_doctor_names_it(self):
        chosen = str(self.wrapper("my-qemu"))
        done = self.rootlayer("doctor", "--qemu", chosen, "--format", "json")
        found = {each["what"]: each for each in json.loads(done.stdout)}
        self.assertIn(chosen, found["qemu"]["detail"])
        self.assertIn("version", found["qemu"]["detail"])

    @unittest.skipUnless(os.geteuid() == 0, "QEMU runs as the caller")
    def test_a_qemu_in_a_home_directory_runs_as_the_caller_and_is_confined(self):
        home = self.directory / "home"
        home.mkdir(mode=0o700)
        machine = self.machine("--qemu", str(self.wrapper("home/qemu")), "--no-template")
        self.assertNotIn("own-user", machine["confinement"])
        self.assertIn("no-capabilities", machine["confinement"])


if __name__ == "__main__":
    unittest.main()
