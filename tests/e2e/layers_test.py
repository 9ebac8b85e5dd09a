"""Finished layers: diff and verify, which start no machine, and --scrub."""
import gzip
import io
import json
import tarfile

import harness

GOLDEN = harness.TOP / "tests" / "layer" / "golden" / "sample.tar"


class Layers(harness.Machine):
    def foreign(self, name="foreign.tar", data=b"hello\n"):
        """A layer as Python's tarfile writes it: two files, in the wrong order."""
        path = self.directory / name
        with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
            for each in ("b", "a\x1b[2J"):
                member = tarfile.TarInfo(each)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        return path

    def test_a_layer_is_equal_to_itself_compressed(self):
        packed = self.directory / "layer.tar.gz"
        packed.write_bytes(gzip.compress(GOLDEN.read_bytes()))
        self.assertEqual(self.rootlayer("diff", GOLDEN, packed).stdout, b"")
        document = json.loads(self.rootlayer("diff", "--format", "json", GOLDEN, packed).stdout)
        self.assertEqual(document, {"version": 1, "equal": True, "differences": []})

    def test_layers_that_differ_are_told_apart_entry_by_entry(self):
        empty = self.directory / "empty.tar"
        empty.write_bytes(bytes(1024))
        done = self.rootlayer("diff", GOLDEN, empty, status=1)
        self.assertEqual(len(done.stdout.splitlines()), len(harness.members(GOLDEN)))
        self.assertIn(b" presence: ", done.stdout.splitlines()[0])
        document = json.loads(self.rootlayer("diff", "--format", "json", empty, GOLDEN, status=1).stdout)
        self.assertFalse(document["equal"])
        self.assertEqual(document["differences"][0]["first"], "-")

    def test_a_foreign_layer_and_an_image_are_compared_by_their_trees(self):
        foreign = self.foreign()
        self.assertEqual(self.rootlayer("diff", foreign, f"tar:{foreign}").stdout, b"")
        done = self.rootlayer("diff", foreign, self.foreign("other.tar", b"hallo\n"), status=1)
        self.assertNotIn(b"\x1b", done.stdout)
        self.assertEqual([line.split()[1] for line in done.stdout.splitlines()], [b"content:", b"content:"])
        (self.directory / "junk").write_bytes(b"x" * 5000)
        self.assertIn("the second", self.rootlayer("diff", foreign, self.directory / "junk", status=125).stderr)

    def test_our_own_layer_breaks_no_rule(self):
        """[T12]"""
        self.assertEqual(self.rootlayer("verify", GOLDEN).stdout, b"")

    def test_a_foreign_layer_is_told_all_that_is_wrong_with_it(self):
        """[T1] [T3] [T10] [B16]"""
        done = self.rootlayer("verify", self.foreign(), status=1)
        self.assertNotIn(b"\x1b", done.stdout)
        self.assertIn(b'entry 2 "a\\x1b[2J" [T1]', done.stdout)
        self.assertEqual(len(done.stdout.splitlines()), 3, "one line a rule")
        every = self.rootlayer("verify", "-v", self.foreign(), status=1)
        self.assertGreater(len(every.stdout.splitlines()), 3)
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


class Scrub(harness.Machine):
    """--scrub debian, on a tree that looks like Debian's where it matters."""

    SCRIPT = ("mkdir -p /etc /var/log/apt\necho 1 > /var/log/apt/term.log\necho 2 > /var/log/dpkg.log\n"
              "echo 3 > /etc/machine-id\necho 4 > /etc/issue\n")

    def test_scrubbing_leaves_out_what_differs_from_run_to_run(self):
        layer, _ = self.layer("--scrub", "debian", script=self.SCRIPT)
        names = harness.members(layer)
        self.assertEqual(list(names), ["etc", "etc/issue", "etc/machine-id", "var", "var/log", "var/log/apt"])
        self.assertEqual(names["etc/machine-id"].size, 0)
        self.rootlayer("verify", layer)

    def test_without_it_nothing_is_left_out_and_a_note_says_so(self):
        output = self.directory / "layer.tar"
        done = self.rootlayer("run", "--output", output, script=self.SCRIPT)
        self.assertIn("var/log/dpkg.log", harness.members(output))
        self.assertIn('the layer has 3 files that differ from run to run, such as "etc/machine-id"', done.stderr)

    def test_another_kind_of_scrubbing_is_refused(self):
        self.assertIn("--scrub debian", self.rootlayer("run", "--scrub", "fedora", script="true\n", status=125).stderr)
