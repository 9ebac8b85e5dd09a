"""Limits with names: what a script can make of the host's disk and log."""
import hashlib
import json
import os
import tarfile
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
        script = """truncate -s 300M /sparse; head -c 200000 /dev/urandom > /data
            dd if=/data of=/sparse bs=64K seek=1000 conv=notrunc; dd if=/data of=/sparse bs=1 seek=314572776 count=24 conv=notrunc
            fallocate -o 100000000 -l 20000000 /sparse; dd if=/data of=/sparse bs=4096 seek=25000 conv=notrunc
            sha256sum < /sparse > /digest"""
        output, _ = self.layer(script=script)
        with tarfile.open(output) as tar, tar.extractfile("sparse") as file:
            self.assertEqual(tar.extractfile("digest").read()[:64].decode(), hashlib.file_digest(file, "sha256").hexdigest())
        status = os.stat(output)
        self.assertGreater(status.st_size, 300 << 20)
        self.assertLess(status.st_blocks * 512, 4 << 20)


if __name__ == "__main__":
    unittest.main()
