"""diff and verify: what people do with layers afterwards. No machine is started."""
import gzip
import io
import json
import tarfile

import harness

GOLDEN = harness.TOP / "tests" / "layer" / "golden" / "sample.tar"


class Layers(harness.Machine):
    def foreign(self, name="foreign.tar", data=b"hello\n"):
        """A layer as Python's tarfile writes it: two files, in the wrong order."""
        path = self.folder / name
        with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
            for each in ("b", "a\x1b[2J"):
                member = tarfile.TarInfo(each)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        return path

    def test_a_layer_is_equal_to_itself_compressed(self):
        packed = self.folder / "layer.tar.gz"
        packed.write_bytes(gzip.compress(GOLDEN.read_bytes()))
        self.assertEqual(self.rootlayer("diff", GOLDEN, packed).stdout, b"")
        document = json.loads(self.rootlayer("diff", "--format", "json", GOLDEN, packed).stdout)
        self.assertEqual(document, {"version": 1, "equal": True, "differences": []})

    def test_layers_that_differ_are_told_apart_entry_by_entry(self):
        empty = self.folder / "empty.tar"
        empty.write_bytes(bytes(1024))
        done = self.rootlayer("diff", GOLDEN, empty, status=1)
        self.assertEqual(len(done.stdout.splitlines()), len(harness.members(GOLDEN)))
        self.assertIn(b" presence: ", done.stdout.splitlines()[0])
        document = json.loads(self.rootlayer("diff", "--format", "json", empty, GOLDEN, status=1).stdout)
        self.assertFalse(document["equal"])
        self.assertEqual(document["differences"][0]["first"], "-")

    def test_a_foreign_layer_cannot_be_compared_and_verify_is_named(self):
        done = self.rootlayer("diff", GOLDEN, self.foreign(), status=125)
        self.assertIn("the second layer", done.stderr)
        self.assertIn("rootlayer verify", done.stderr)

    def test_our_own_layer_breaks_no_rule(self):
        """[T12]"""
        self.assertEqual(self.rootlayer("verify", GOLDEN).stdout, b"")

    def test_a_foreign_layer_is_told_all_that_is_wrong_with_it(self):
        """[T1] [T3] [T10] [B16]"""
        done = self.rootlayer("verify", self.foreign(), status=1)
        self.assertNotIn(b"\x1b", done.stdout)
        self.assertIn(b'entry 2 "a\\x1b[2J" [T1]', done.stdout)
        document = json.loads(self.rootlayer("verify", "--format", "json", self.foreign(), status=1).stdout)
        self.assertEqual({each["rule"] for each in document["deviations"]}, {"T1", "T3", "T10"})

    def test_an_image_is_verified_and_its_layers_on_request(self):
        """[I1] [I13]"""
        base = self.foreign()
        document = json.loads(self.rootlayer("verify", "--format", "json", f"tar:{base}").stdout)
        self.assertEqual((document["kind"], document["layers"]), ("image", 1))
        self.rootlayer("verify", "--layers", f"tar:{base}", status=1)

    def test_what_is_missing_cannot_be_verified(self):
        for what in ("none.tar", "oci:none", "nonsense:x"):
            self.assertIn("try: ", self.rootlayer("verify", what, status=125).stderr)
