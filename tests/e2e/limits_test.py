"""Limits with names: what a script can make of the host's disk and log."""
import json
import os
import unittest

import harness


class Limits(harness.Machine):
    def refused(self, script, *arguments):
        metadata = self.directory / "run.json"
        done = self.rootlayer("run", "--output", self.directory / "layer.tar", "--metadata-file", metadata, *arguments,
                              script=script, status=125)
        self.assertEqual(json.loads(metadata.read_text())["error"]["code"], "resource", done.stderr)
        self.assertFalse((self.directory / "layer.tar").exists())
        return done.stderr

    def test_each_limit_names_its_option(self):
        """[A9]"""
        self.assertIn("--max-output", self.refused("yes\n", "--max-output", "100K"))
        self.assertIn("--max-entries", self.refused("mkdir /a /b /c\n", "--max-entries", "2"))
        self.assertIn("--max-layer-size", self.refused("head -c 100000 /dev/urandom > /a\n", "--max-layer-size", "64K"))

    def test_a_sparse_file_that_is_too_large_is_refused_before_its_data(self):
        """[A9] its zeros would take hours to send"""
        said = self.refused("truncate -s 1000G /sparse\n")
        self.assertIn("sparse", said)
        self.assertIn("--max-layer-size", said)

    def test_a_sparse_file_takes_no_space_on_the_host(self):
        output, _ = self.layer(script="truncate -s 300M /sparse\n")
        self.assertEqual(harness.members(output)["sparse"].size, 300 << 20)
        status = os.stat(output)
        self.assertGreater(status.st_size, 300 << 20)
        self.assertLess(status.st_blocks * 512, 4 << 20)


if __name__ == "__main__":
    unittest.main()
