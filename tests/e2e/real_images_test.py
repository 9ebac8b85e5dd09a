"""Real images as bases: whatever a script changes, all judges see the tree that it left."""
import tarfile
import unittest

import harness
import images
import judges
import trees
from judged_test import without_sockets
from random_test import INTERPRETER, NAMES, SEED, Sequence

SHARED = harness.TOP.parent / "shared" / "data" / "images"
STEPS = 400
# Neither image has Perl: a layer on top adds a Debian in a directory, from which the base is listed and changed. So the
# base's own shell and libraries may be removed.
TOOLS = "tools"
SCRIPT = f"""
for each in dev proc; do mount --rbind /$each /{TOOLS}/$each || exit 1; done
mount --bind / /{TOOLS}/mnt || exit 1
exec chroot /{TOOLS} /bin/bash -c "$(cat <<'END_OF_WORK'
"""


def moved_to_tools(source, target):
    with tarfile.open(source) as whole, tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
        for member in whole:
            name = member.name.removeprefix("./").strip("/")
            member.name = f"{TOOLS}/{name}".rstrip("/")
            if member.islnk():
                member.linkname = f"{TOOLS}/{member.linkname.removeprefix('./')}"
            member.pax_headers = {key: value for key, value in member.pax_headers.items() if key not in ("path", "linkpath")}
            tar.addfile(member, whole.extractfile(member) if member.isreg() else None)


class RealSequence(Sequence):
    """Random operations on the files of an image and on new ones."""

    def __init__(self, layers, seed):
        super().__init__(0, seed)
        found = {}
        for layer in layers:
            with tarfile.open(layer) as tar:
                found.update((member.name.removeprefix("./").strip("/"), member.isdir()) for member in tar)
        mounted = {name.decode() for name in trees.SKIPPED}
        kept = sorted(name for name in found if name and name.split("/")[0] not in mounted and "/.wh." not in f"/{name}")
        self.directories = [name for name in kept if found[name]]
        # A few names, used repeatedly, so that operations affect each other.
        self.paths = self.random.sample(kept, min(len(kept), 60))

    def name(self):
        return f"{self.random.choice(self.directories)}/{self.random.choice(NAMES)}"


@unittest.skipUnless(SHARED.is_dir(), "the real images of ../shared/data are not here")
class RealImages(harness.Machine):
    def check(self, archive):
        print(f"ROOTLAYER_TEST_SEED={SEED}", flush=True)
        layers = images.layers_of_archive(SHARED / archive, self.directory)
        sequence = RealSequence(layers, SEED)
        tools = self.directory / "tools.tar"
        moved_to_tools(harness.small_debian(), tools)
        layers.append(tools)
        base = images.Image(self.directory / "base", layers)
        operations = INTERPRETER + "\n".join(sequence.operation() for _ in range(STEPS)) + "\n"
        listing = trees.LISTING.replace("cd /\n", "cd /mnt\n", 1)
        script = (f"{SCRIPT}cat > /dev/shm/operations <<'END_OF_OPERATIONS'\n{operations}END_OF_OPERATIONS\n"
                  f"cd /mnt; perl /dev/shm/operations\n{listing}END_OF_WORK\n)\"\n")
        layer, (after,) = self.listed(f"oci:{base.layout}:latest", script)
        changed = images.Image(self.directory / "changed", [*layers, layer])
        self.assertGreater(len(trees.names(layer)), 20)
        with judges.judging(self) as present:
            for name, judge in present.items():
                with self.subTest(name, image=archive, seed=SEED):
                    self.assertEqual(
                        trees.differences(without_sockets(after), judge.tree(changed), trees.names(layer)), [])

    def test_alpine(self):
        """[W3] [B14]"""
        self.check("alpine-3.10-docker-archive.tar.gz")

    def test_busybox_with_14_layers(self):
        """[B1] [B10] hundreds of hard links, and whiteouts of files and directories"""
        self.check("busybox-14-layers-docker-archive.tar")


if __name__ == "__main__":
    unittest.main()
