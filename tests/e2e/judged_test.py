"""Every rule of the layer, checked with the tools that apply layers: each of them must turn base and layer into the tree
that the guest had."""
import shutil
import tarfile
import unittest

import cases
import harness
import images
import judges
import stacked
import trees


def append(tar, fill):
    with tarfile.open(tar, "a", format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape") as file:
        fill(images.TarTree(file))


def without_sockets(tree):
    """A layer holds none (W12)."""
    return {path: facts for path, facts in tree.items() if facts["type"] != "s"}


def without_disputed(tree):
    return {path: facts for path, facts in tree.items() if stacked.DISPUTED not in path}


class Judged(harness.Machine):
    def judge(self, image, guest, layer=None, wanted=judges.ALL):
        """Yields all judges, each with its tree of the image."""
        with judges.judging(self, wanted) as present:
            for name, judge in present.items():
                with self.subTest(name):
                    tree = judge.tree(image)
                    expected = guest
                    if name not in judges.CHEAP:
                        expected, tree = without_disputed(guest), without_disputed(tree)
                    self.assertEqual(trees.differences(expected, tree, layer), [])

    def test_every_change_of_a_base_of_one_layer(self):
        """[W1] [W2] [W3] [W4] [W5] [W6] [W7] [W8] [W9] [W11] [W12] [W13] [W14] [W16] [W18] [W19] [W20] [W21] [W22]
        [W23] [T5] [T6] [T7] [T8] [T9] [T11] [T13]"""
        base = self.directory / "base.tar"
        shutil.copyfile(harness.small_debian(), base)
        append(base, cases.base_of_all)
        layer, (before, after) = self.listed(
            f"tar:{base}", cases.TOOLS + trees.LISTING + cases.script_of_all() + trees.LISTING)
        names = trees.names(layer)
        with self.subTest("W13: nothing that was left as it was is in the layer"):
            self.assertEqual([name for name in cases.UNCHANGED if f"case/w13/{name}".encode() in names], [])
        with self.subTest("W5, W16: what came and went"):
            self.assertEqual([name for name in names if name.startswith((b"case/w5", b"case/w16", b"case/w14/d"))], [])
        self.judge(images.Image(self.directory / "untouched", [base]), before)
        self.judge(images.Image(self.directory / "changed", [base, layer]), without_sockets(after), names)

    def test_every_change_of_a_base_of_several_layers(self):
        """[B1] [B2] [B5] [W1] [W4] [W6] [W7] [W9] [W18] [W19] [W21] and the base alone, as the guest saw it"""
        layers = [harness.small_debian(), *stacked.layers(self.directory)]
        base = images.Image(self.directory / "base", layers)
        layer, (before, after) = self.listed(
            f"oci:{base.layout}:latest", cases.TOOLS + trees.LISTING + stacked.script_of_all() + trees.LISTING)
        self.judge(base, before)
        self.judge(images.Image(self.directory / "changed", [*layers, layer]), after, trees.names(layer))


class WhiteoutNames(harness.Machine):
    def test_a_file_named_like_a_deletion_fails_the_run_and_is_named(self):
        """[W10] wherever it is, and of any type"""
        for made in ("echo > /etc/.wh.passwd", "mkdir -p /srv/a/.wh..wh..opq", "ln -s x '/.wh.'"):
            done = self.rootlayer("run", "--from", f"tar:{harness.busybox_root()}", script=made + "\n", status=125)
            self.assertIn(made.rpartition("/")[2].strip("'"), done.stderr)
            self.assertFalse((self.directory / "layer.tar").exists())


if __name__ == "__main__":
    unittest.main()
