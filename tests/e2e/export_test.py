"""The tree of an image as one tar, compared with the tools that apply layers; and images from pipes, and by digest, with
the commands that only read. No machine is booted."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tarfile
import unittest

import cases
import harness
import images
import judges
import stacked
import trees
from judged_test import append, without_disputed

SHARED = harness.TOP.parent / "shared" / "data" / "images"


def links(tree):
    """Hard links, and names whose type changes, over three layers."""
    tree.directory("d")
    tree.files("d/one", "d/lone")
    tree.link("d/two", "d/one")
    tree.link("z", "d/one")
    tree.symlink("d/sym", "one")
    tree.files("file", "to-sym", "to-fifo")
    tree.directory("directory", "directory/below", mode=0o711, uid=3)
    tree.files("directory/below/x")
    tree.fifo("fifo")


def links_again(tree):
    tree.directory("d")
    tree.files("d/one")
    tree.directory("file")
    tree.files("file/now-a-directory", "directory")
    tree.symlink("to-sym", "nowhere")
    tree.fifo("to-fifo")
    tree.device("fifo", 1, 3)


def links_gone(tree):
    tree.whiteouts("d/two", "z", "directory")
    tree.directory("d")
    tree.files("d/three")
    tree.link("d/four", "d/three")


class Exports(harness.Machine):
    def layers(self, *fills):
        for number, fill in enumerate(fills):
            path = self.directory / f"part-{number}.tar"
            path.write_bytes(images.layer_bytes(lambda tar, fill=fill: fill(images.TarTree(tar)),
                                                format=tarfile.PAX_FORMAT))
            yield path

    def export(self, reference, *more):
        """The exported tar, which must follow all rules of a layer."""
        output = self.directory / "tree.tar"
        done = self.rootlayer("export", reference, "--output", output, *more)
        self.assertEqual(done.stdout.decode().strip(), images.digest(output.read_bytes()))
        self.rootlayer("verify", output)
        return output

    def as_directory(self, reference):
        """The tree that the command itself unpacks."""
        directory = self.directory / "as-directory"
        shutil.rmtree(directory, ignore_errors=True)
        self.rootlayer("export", reference, "--output", f"dir:{directory}")
        return trees.of_directory(directory)

    def unpacked(self, tar):
        root = self.directory / "unpacked"
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        trees.apply_with_tar([tar], root)
        return trees.of_directory(root)

    def judge(self, image, wanted=judges.ALL):
        with judges.judging(self, wanted) as present:
            exported = self.unpacked(self.export(f"oci:{image.layout}:latest"))
            self.assertEqual(trees.differences(exported, self.as_directory(f"oci:{image.layout}:latest")), [])
            for name, judge in present.items():
                with self.subTest(name):
                    expected, tree = exported, judge.tree(image)
                    if name not in judges.CHEAP:
                        expected, tree = without_disputed(expected), without_disputed(tree)
                    self.assertEqual(trees.differences(expected, tree), [])

    def test_an_image_of_several_layers(self):
        """[B1] [B2] [B5] [B15] [T8] every deletion and replacement, as all the tools see them"""
        self.judge(images.Image(self.directory / "image", [harness.small_debian(), *stacked.layers(self.directory)]))

    def test_names_of_every_kind(self):
        """[B6] [B16] [T6] [T7] [T8] [T9] [T11] devices, attributes, odd names, large ids"""
        base = self.directory / "base.tar"
        shutil.copyfile(harness.busybox_root(), base)
        append(base, cases.base_of_all)
        self.judge(images.Image(self.directory / "image", [base]))

    def test_hard_links_and_types_across_layers(self):
        """[B1] [B4] [T8] with an entry for each directory: without one all the tools give it the time of now (B3)"""
        self.judge(images.Image(self.directory / "image", [*self.layers(links, links_again, links_gone)]))

    def test_the_same_bytes_however_the_image_is_kept(self):
        """[T12]"""
        layers = [path.read_bytes() for path in (harness.busybox_root(), *self.layers(links, links_again))]
        archive, layout = self.directory / "image.tar", self.directory / "layout"
        images.docker_archive(archive, layers)
        images.oci_layout(layout, layers)
        subprocess.run(["tar", "-C", layout, "-cf", self.directory / "oci.tar", "."], check=True)
        subprocess.run(["gzip", "-k1", archive], check=True)
        digests = {self.export(reference).read_bytes() for reference in (
            f"docker-archive:{archive}", f"docker-archive:{archive}.gz", f"oci:{layout}",
            f"oci-archive:{self.directory / 'oci.tar'}", f"tar:{self.export(f'oci:{layout}')}")}
        self.assertEqual(len(digests), 1)

    def test_a_directory(self):
        """[B16] read without following links, where its files can be read"""
        if os.geteuid() != 0:
            self.skipTest("owners of an unpacked tree need root")
        tree = self.directory / "tree"
        tree.mkdir()
        trees.apply_with_tar([*self.layers(links)], tree)
        self.assertEqual(trees.differences(trees.of_directory(tree), self.unpacked(self.export(f"dir:{tree}"))), [])

    @unittest.skipUnless(SHARED.is_dir(), "the real images of ../shared/data are not here")
    def test_real_images(self):
        """[B1] [B10] [I5] as podman and umoci unpack them"""
        wanted = {name: judges.ALL[name] for name in ("umoci", "podman")}
        for number, name in enumerate(("busybox-14-layers-docker-archive.tar", "alpine-3.10-docker-archive.tar.gz")):
            layers = [*self.layers_of(SHARED / name, self.directory / f"real-{number}")]
            image = images.Image(self.directory / f"image-{number}", layers)
            self.judge(image, wanted)
            self.assertEqual(self.export(f"docker-archive:{SHARED / name}").read_bytes(),
                             self.export(f"oci:{image.layout}").read_bytes())

    @staticmethod
    def layers_of(archive, directory):
        directory.mkdir()
        with tarfile.open(archive) as tar:
            for name in json.load(tar.extractfile("manifest.json"))[0]["Layers"]:
                path = directory / name.replace("/", "-")
                member = tar.getmember(name)
                if member.issym():
                    member = tar.getmember(os.path.normpath(pathlib.PurePath(name).parent / member.linkname))
                path.write_bytes(tar.extractfile(member).read())
                yield path


class Outputs(harness.Machine):
    def setUp(self):
        super().setUp()
        self.base = f"tar:{harness.busybox_root()}"

    def test_standard_output(self):
        done = self.rootlayer("export", self.base, "--output", "-")
        self.rootlayer("export", self.base, "--output", self.directory / "x.tar")
        self.assertEqual(done.stdout, (self.directory / "x.tar").read_bytes())

    def test_what_cannot_be_written(self):
        """[A12] nothing is lost, and what cannot be exported is reported"""
        kept = self.directory / "kept.tar"
        kept.write_bytes(b"kept")
        for place in (self.directory, self.directory / "none" / "x.tar", "/dev/full"):
            done = self.rootlayer("export", self.base, "--output", place, status=125)
            self.assertIn(str(place), done.stderr)
        broken = self.directory / "broken.tar"
        broken.write_bytes(harness.busybox_root().read_bytes()[:100_000])
        done = self.rootlayer("export", f"tar:{broken}", "--output", kept, status=125)
        self.assertIn("broken.tar", done.stderr)
        self.assertEqual(kept.read_bytes(), b"kept")

    def test_a_reader_that_goes_away(self):
        process = self.start("export", self.base, "--output", "-")
        process.stdout.read(1)
        process.stdout.close()
        said = process.stderr.read()
        process.stderr.close()
        self.assertNotEqual(process.wait(timeout=harness.LONG), 0, said)

    def test_killed_at_any_moment(self):
        """[A12] the data of files has no name to leave behind"""
        output = self.directory / "x.tar"
        os.mkfifo(self.directory / "pipe")
        process = self.start("export", f"tar:{self.directory / 'pipe'}", "--output", output)
        with open(self.directory / "pipe", "wb") as pipe:
            pipe.write(harness.busybox_root().read_bytes()[:500_000])
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=harness.LONG)
        process.communicate()
        self.assertFalse(output.exists())


class PipesAndPins(harness.Machine):
    """Archives from standard input, and images by their digest."""

    def setUp(self):
        super().setUp()
        layers = [images.layer_bytes(lambda tar: harness.add(tar, "file", data=b"x" * 100_000))]
        self.archive, self.layout, self.oci = (self.directory / name for name in ("image.tar", "layout", "oci.tar"))
        images.docker_archive(self.archive, layers)
        images.oci_layout(self.layout, layers)
        subprocess.run(["tar", "-C", self.layout, "-cf", self.oci, "."], check=True)
        self.layer = self.directory / "layer.tar"
        self.layer.write_bytes(layers[0])
        self.config = images.digest(images.config_of(layers))
        self.manifest = json.loads((self.layout / "index.json").read_text())["manifests"][0]["digest"]

    def from_pipe(self, source, *words, status=0, compress=("cat",)):
        """Runs the command with the output of another one on its standard input, which is a pipe then."""
        with open(source, "rb") as file, \
                subprocess.Popen(compress, stdin=file, stdout=subprocess.PIPE) as writer:
            return self.rootlayer(*words, stdin=writer.stdout, status=status)

    def test_archives_from_a_pipe(self):
        """[I5]"""
        expected = self.rootlayer("export", f"tar:{self.layer}", "-o", "-").stdout
        for kind, path in (("docker-archive", self.archive), ("oci-archive", self.oci), ("tar", self.layer)):
            for compress in (("cat",), ("gzip", "-1"), ("zstd", "-q")):
                with self.subTest(kind, compress=compress[0]):
                    done = self.from_pipe(path, "export", f"{kind}:-", "-o", "-", compress=compress)
                    self.assertEqual(done.stdout, expected)
        done = self.from_pipe(self.archive, "inspect", "docker-archive:-:test:latest", "--format", "json")
        self.assertEqual(json.loads(done.stdout)["names"], ["test:latest"])

    def test_a_file_as_standard_input_from_where_it_stands(self):
        """What was read from the file before does not matter."""
        behind = self.directory / "behind"
        behind.write_bytes(b"a line for somebody else\n" + self.archive.read_bytes())
        for path, at in ((self.archive, 0), (behind, 25)):
            with open(path, "rb") as file:
                os.lseek(file.fileno(), at, os.SEEK_SET)
                self.rootlayer("inspect", "docker-archive:-", stdin=file)

    def test_pipes_that_are_cut_off_or_closed(self):
        """[A5]"""
        done = self.from_pipe(self.archive, "inspect", "docker-archive:-", compress=("head", "-c", "2000"), status=125)
        self.assertIn("from stdin", done.stderr)
        done = self.from_pipe(self.layer, "export", "tar:-", "-o", self.directory / "x", compress=("head", "-c", "50000"),
                              status=125)
        self.assertIn("tar:-", done.stderr)
        self.rootlayer("inspect", "docker-archive:-", status=125)  # /dev/null

    def test_digest_pins(self):
        """[A6] of an archive the config's digest counts, of a layout the manifest's"""
        def digest_of(reference):
            done = self.rootlayer("inspect", "--format", "json", reference)
            return json.loads(done.stdout)["configDigest"]
        for reference in (f"docker-archive:{self.archive}@{self.config}",
                          f"docker-archive:{self.archive}:test:latest@{self.config}",
                          f"oci:{self.layout}@{self.manifest}", f"oci:{self.layout}:latest@{self.manifest}",
                          f"oci-archive:{self.oci}@{self.manifest}"):
            self.assertEqual(digest_of(reference), self.config)
        wrong = "sha256:" + "0" * 64
        for reference in (f"docker-archive:{self.archive}@{wrong}", f"oci:{self.layout}@{wrong}",
                          f"oci:{self.layout}@{self.config}", f"oci-archive:{self.oci}@{wrong}"):
            done = self.rootlayer("inspect", reference, status=125)
            self.assertIn("has no image", done.stderr)
        for digest in ("sha256:../../x", "sha256:" + "A" * 64, "md5:" + "0" * 32):
            done = self.rootlayer("inspect", f"oci:{self.layout}@{digest}", status=125)
            self.assertIn("digest", done.stderr)


if __name__ == "__main__":
    unittest.main()
