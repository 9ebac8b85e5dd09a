"""Layers that depend on the layers below them, which few tools write. The guest must see the same tree as the judges, as
far as they agree. Where they differ, the test says who does what."""
import tarfile
import unittest

import harness
import images
import judges
import trees


def below(tree):
    """The layer that the others depend on."""
    tree.directory("b3", "b4", "b10")
    tree.directory("b3/there", mode=0o750, mtime=1_000_000_100)
    tree.directory("b3/there/deeper", mode=0o1777, uid=33, gid=44, xattrs={"user.kept": "yes"})
    tree.files("b3/there/old", "b3/there/deeper/old")
    tree.files("b4/file", "b4/kept")
    tree.symlink("b4/sym", "kept")
    tree.files("b10/target", mode=0o640, xattrs={"user.kept": "yes"})
    tree.files("b10/pair")
    tree.link("b10/twin", "b10/pair")
    tree.symlink("b10/sym", "target")
    tree.fifo("b10/fifo")
    tree.directory("b18", "b18/usr", "b18/usr/lib")
    tree.files("b18/usr/lib/gone", "b18/usr/lib/stays")


def parents_missing(tree):
    tree.files("b3/there/deeper/new")
    tree.whiteouts("b3/there/old")
    tree.files("b3/made/two/new")


def child_under_a_file(tree):
    tree.files("b4/file/child", "b4/file/sub/child", "b4/sym/child")


def links_to_below(tree):
    tree.directory("b10")
    # A link entry has the mode and owner of its target, otherwise tools differ.
    for name, target in (("link", "target"), ("again", "target"), ("third", "pair"), ("sym2", "sym"), ("fifo2", "fifo")):
        tree.add(f"b10/{name}", type=tarfile.LNKTYPE, linkname=f"b10/{target}",
                 mode=0o640 if target == "target" else 0o777 if target == "sym" else 0o644)


def below_links(tree):
    """Entries below links of their own layer, which follow the links."""
    tree.directory("b18", "b18/usr", "b18/usr/lib")
    tree.symlink("b18/lib", "usr/lib")
    tree.symlink("b18/usr/up", "../lib")
    tree.symlink("b18/absolute", "/b18/usr")
    tree.symlink("b18/far", "../../../../b18/usr")
    tree.files("b18/lib/one", "b18/usr/up/two", "b18/absolute/three", "b18/far/four")
    tree.directory("b18/lib/sub", mode=0o711)
    tree.whiteouts("b18/lib/gone")
    tree.link("b18/hard", "b18/lib/one")
    tree.link("b18/sym", "b18/lib")


# Parents that an entry implies: what time they have, and here docker and podman give them to root with mode 0755.
IMPLIED = {b"b3", b"b3/there", b"b3/there/deeper", b"b3/made", b"b3/made/two", b"b4", b"b4/file", b"b4/file/sub", b"b4/sym"}
OVERLAYS = ("docker", "podman")
KEEPING = ("GNU tar", "umoci", "containerd")

# What writes the upper layer, and who applies it. GNU tar, umoci and containerd refuse to replace a file by a directory;
# docker, podman and containerd look for a link's target only in the link's own layer. GNU tar delays links that lead upwards.
CASES = {"b3": (parents_missing, (*KEEPING, *OVERLAYS)), "b4": (child_under_a_file, OVERLAYS),
         "b10": (links_to_below, ("GNU tar", "umoci")),
         "b18": (below_links, ("umoci", "containerd", *OVERLAYS))}


def part(tree, case):
    return {path: facts for path, facts in tree.items() if path.split(b"/")[0] == case.encode()}


def as_agreed(tree, judge):
    """The tree without the attributes in which tools differ."""
    disputed = {"mtime", "mode", "uid", "gid", "xattrs"} if judge in OVERLAYS else {"mtime"}
    return {path: {key: fact for key, fact in facts.items() if path not in IMPLIED or key not in disputed}
            for path, facts in tree.items()}


class Lower(harness.Machine):
    def layer_of(self, name, fill):
        path = self.directory / f"{name}.tar"
        path.write_bytes(images.layer_bytes(lambda tar: fill(images.TarTree(tar)), format=tarfile.PAX_FORMAT))
        return path

    def test_the_guest_is_shown_what_the_judges_make_of_the_base(self):
        """[B3] [B4] [B10] [B18]"""
        lower = self.layer_of("below", below)
        uppers = {case: self.layer_of(case, fill) for case, (fill, _) in CASES.items()}
        base = images.Image(self.directory / "base", [harness.small_debian(), lower, *uppers.values()])
        _, (guest,) = self.listed(f"oci:{base.layout}:latest", "#!/bin/bash\n" + trees.LISTING)
        self.check_links(guest)
        with judges.judging(self) as present:
            for case, (_, willing) in CASES.items():
                image = images.Image(self.directory / case, [lower, uppers[case]])
                for name in filter(present.get, willing):
                    with self.subTest(case, judge=name):
                        seen = part(present[name].tree(image), case)
                        self.assertEqual(trees.differences(as_agreed(part(guest, case), name), as_agreed(seen, name),
                                                           ignore=("names",) if case == "b10" else ()), [])

    def check_links(self, guest):
        """overlayfs has no links between layers: the names in one layer are one file, a copy of what is below."""
        self.assertEqual(guest[b"b10/link"]["names"], [b"b10/again", b"b10/link"])
        self.assertEqual(guest[b"b10/pair"]["names"], [b"b10/pair", b"b10/twin"])
        self.assertNotIn("names", guest[b"b10/target"])
        self.assertEqual(guest[b"b10/link"]["content"], guest[b"b10/target"]["content"])


if __name__ == "__main__":
    unittest.main()
