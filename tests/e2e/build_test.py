"""Images: what rootlayer build makes is one image for everybody who reads it, and runs."""
import concurrent.futures
import gzip
import json
import subprocess
import tarfile

import harness
import images
import judges
import trees

SAY = r"""#!/bin/sh
echo "user $(id -u):$(id -g) in $(pwd)"
echo "A=$A B=$B"
printf 'argument <%s>\n' "$@"
ls -ln /srv/data | sed 1d | sed 's/  */ /g' | cut -d ' ' -f 1,3,4,5
cat "/srv/a name"
"""

SETUP = r"""
mkdir -p /srv/data "/srv/quo'ted \$HOME"
echo mine > /srv/data/owned; chown 1000:1001 /srv/data/owned
echo "content with 'quotes' and \"double\" ones" > "/srv/a name"
ln -s ../srv/data /srv/link
ln /srv/data/owned /srv/data/second
chmod 4755 /srv/data/owned
rm -f /bin/yes
cat > /bin/say <<'END'
""" + SAY + """END
chmod 755 /bin/say
[ "$A" = "from the image" ]
"""


def skopeo(*words):
    return json.loads(judges.command("skopeo", "inspect", *words))


class Build(harness.Machine):
    def build(self, *arguments, **more):
        return self.rootlayer("build", *arguments, **more).stdout.decode().strip()

    def base(self):
        return f"tar:{harness.busybox_root()}"

    def config_of(self, reference):
        return json.loads(judges.command("skopeo", "inspect", "--config", reference))

    def test_an_image_runs_and_is_the_same_for_everybody(self):
        """[I1] [I2] [I5] [I6] [I8] [I10] [W3]"""
        archive, layout = self.folder / "image.tar", self.folder / "layout"
        metadata, iid = self.folder / "build.json", self.folder / "iid"
        said = self.build(
            "--from", self.base(), "--output", f"docker-archive:{archive}", "--output", f"oci:{layout}:latest",
            "--output", f"oci-archive:{self.folder}/oci.tar:latest", "--name", "test:latest", "--entrypoint",
            '["/bin/say","it\'s"]', "--cmd", "one 'two  three'", "-e", "A=from the image", "-e", "B=", "-w", "/srv/data",
            "-u", "1000:1001", "--label", "maker=rootlayer", "--expose", "80", "--volume", "/data", "--stop-signal",
            "SIGINT", "--healthcheck", "true", "--healthcheck-interval", "30s", "--author", "somebody",
            "--annotation", "org.example.a=b", "--metadata-file", metadata, "--iidfile", iid, script=SETUP)
        image = images.Built(self.folder, archive, layout)
        expected = ["user 1000:1001 in /srv/data", "A=from the image B=", "argument <it's>", "argument <one>",
                    "argument <two  three>", "-rwsr-xr-x 1000 1001 5", "-rwsr-xr-x 1000 1001 5",
                    "content with 'quotes' and \"double\" ones"]
        tree = None
        with judges.judging(self) as present:
            for name in [name for name in ("docker", "containerd") if name in present]:
                with self.subTest(f"{name} runs it"):
                    self.assertEqual(present[name].run(image).splitlines(), expected)
            for name in [name for name in ("docker", "podman") if name in present]:
                with self.subTest(f"{name} sees the config"):
                    config = present[name].config(image)
                    self.assertEqual(config["Entrypoint"], ["/bin/say", "it's"])
                    self.assertEqual(config["Cmd"], ["one", "two  three"])
                    self.assertEqual(config["Labels"]["maker"], "rootlayer")
                    self.assertEqual((config["User"], config["WorkingDir"]), ("1000:1001", "/srv/data"))
                    self.assertIn("80/tcp", config["ExposedPorts"])
            for name, judge in present.items():
                with self.subTest(f"{name} has the tree"):
                    seen = judge.tree(image)
                    tree = tree or seen
                    self.assertEqual(trees.differences(tree, seen, None), [])
        with self.subTest("skopeo finds one image in all forms"):
            configs = [self.config_of(reference) for reference in (
                f"docker-archive:{archive}", f"oci:{layout}:latest", f"oci-archive:{self.folder}/oci.tar:latest",
                f"oci-archive:{archive}")]
            self.assertTrue(all(config == configs[0] for config in configs))
            found = skopeo(f"oci:{layout}:latest")
            self.assertEqual(found["Digest"], json.loads(metadata.read_text())["image"]["outputs"][1]["manifestDigest"])
            self.assertEqual(skopeo(f"oci-archive:{self.folder}/oci.tar:latest")["Digest"], found["Digest"])
            self.assertEqual((found["Os"], found["Architecture"]), ("linux", "amd64"))
        with self.subTest("oci-image-tool finds nothing wrong"):
            checked = judges.command("oci-image-tool", "validate", "--type", "image", "--ref", "name=latest", layout)
            self.assertNotIn("error", checked)
        with self.subTest("umoci reads the annotations and the history"):
            manifest = json.loads(judges.command("skopeo", "inspect", "--raw", f"oci:{layout}:latest"))
            self.assertEqual(manifest["annotations"], {"org.example.a": "b"})
            stat = json.loads(judges.command("umoci", "stat", "--json", "--image", f"{layout}:latest"))
            self.assertEqual(len([entry for entry in stat["history"] if not entry.get("empty_layer")]), 2)
        with self.subTest("what is printed and kept"):
            self.assertEqual(json.loads(metadata.read_text())["image"]["outputs"][0]["manifestDigest"], said)
            self.assertEqual(iid.read_text(), images.digest(json.dumps(image.config, separators=(",", ":")).encode()))

    def test_a_chain_of_builds_shares_layers_and_inherits(self):
        """[I1] [I2] [W17]: each on the one before, through a layout that holds all"""
        layout = self.folder / "layout"
        self.build("--from", self.base(), "-o", f"oci:{layout}:one", "-e", "A=1", "-e", "B=1", "--cmd", "/bin/true",
                   "--compression", "zstd", script="echo one > /one; echo 1 > /top")
        self.build("--from", f"oci:{layout}:one", "-o", f"oci:{layout}:two", "-e", "A=2", "--compression", "gzip",
                   script="[ $B = 1 ]; [ $(cat /top) = 1 ]; echo 2 > /top; rm /one")
        self.build("--from", f"oci:{layout}:two", "-o", f"oci:{layout}:three", "--entrypoint", "/bin/sh",
                   script="[ $A = 2 ]; [ $(cat /top) = 2 ]; [ ! -e /one ]")
        one, two, three = (skopeo(f"oci:{layout}:{tag}") for tag in ("one", "two", "three"))
        self.assertEqual(two["Layers"][:2], one["Layers"], "the base's layers keep their digests")
        self.assertEqual(three["Layers"], two["Layers"], "a script that changes nothing adds no layer")
        config = self.config_of(f"oci:{layout}:three")
        self.assertEqual(config["config"]["Env"], ["A=2", "B=1"])
        self.assertEqual(config["config"]["Entrypoint"], ["/bin/sh"])
        self.assertNotIn("Cmd", config["config"])
        self.assertTrue(config["history"][-1]["empty_layer"])
        self.assertEqual(self.config_of(f"oci:{layout}:two")["config"]["Cmd"], ["/bin/true"])

    def test_run_writes_images_too(self):
        archive, layer = self.folder / "image.tar", self.folder / "l.tar"
        done = self.rootlayer("run", "--from", self.base(), "-o", f"docker-archive:{archive}:test:latest", "-o", layer,
                              script="echo x > /x")
        config = self.config_of(f"docker-archive:{archive}")
        self.assertEqual(config["rootfs"]["diff_ids"][-1], done.stdout.decode().strip())
        self.assertEqual(images.digest(layer.read_bytes()), done.stdout.decode().strip())

    def test_a_script_that_fails_leaves_no_output(self):
        self.build("--from", self.base(), "-o", f"docker-archive:{self.folder}/a.tar", "-o", f"oci:{self.folder}/lay",
                   "-o", self.folder / "l.tar", "--iidfile", self.folder / "iid", script="exit 3", status=3)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["script", "t"])

    def test_the_same_build_gives_the_same_bytes(self):
        """[I3] [I11] [I12] [T12]"""
        for compression in ("gzip", "zstd"):
            made = []
            for zone in ("UTC", "Asia/Tokyo"):
                output = self.folder / f"{compression}-{len(made)}"
                self.build("--from", self.base(), "-o", f"oci-archive:{output}", "--compression", compression,
                           script="seq 1 100000 > /numbers; mkdir /d", env=self.environment(TZ=zone))
                made.append(output.read_bytes())
            self.assertEqual(made[0], made[1], compression)


class Config(harness.Machine):
    """Images without a script need no machine."""

    def build(self, *arguments, status=0, **more):
        return self.rootlayer("build", *arguments, status=status, **more)

    def base(self):
        return f"tar:{harness.busybox_root()}"

    def test_an_image_without_a_script_is_its_base_with_another_config(self):
        """[I2] [I3] [I10]"""
        archive = self.folder / "a.tar"
        self.build("--from", self.base(), "--cmd", "/bin/sh", "-o", f"docker-archive:{archive}:test:latest",
                   "--created", "2024-02-29T12:00:00Z")
        config = images.Built(self.folder, archive, None).config
        self.assertEqual(config["created"], "2024-02-29T12:00:00Z")
        self.assertEqual(config["config"]["Cmd"], ["/bin/sh"])
        self.assertEqual(len(config["rootfs"]["diff_ids"]), 1)

    def test_created_is_the_epoch_unless_told(self):
        """[I3]"""
        def created(*arguments, **env):
            self.build("--from", self.base(), "-o", f"docker-archive:{self.folder}/a.tar", *arguments,
                       env=self.environment(**env))
            return images.Built(self.folder, self.folder / "a.tar", None).config["created"]
        self.assertEqual(created(), "1970-01-01T00:00:00Z")
        self.assertEqual(created(SOURCE_DATE_EPOCH="86400"), "1970-01-02T00:00:00Z")
        self.assertEqual(created("--created", "@60"), "1970-01-01T00:01:00Z")
        self.assertGreater(created("--created", "now"), "2026")

    def test_another_architecture_needs_no_machine(self):
        """[I10]"""
        self.build("--platform", "linux/arm64", "--from", self.base(), "-o", f"oci:{self.folder}/lay:x", "--cmd", "/bin/a")
        self.assertEqual(skopeo("--override-arch", "arm64", f"oci:{self.folder}/lay:x")["Architecture"], "arm64")
        told = self.build("--platform", "linux/arm64", "--from", self.base(), "-o", f"oci:{self.folder}/lay:y",
                          script="true", status=125).stderr
        self.assertIn("linux/arm64", told)

    def test_a_name_is_lower_cased_with_a_note(self):
        done = self.build("--from", self.base(), "--name", "Reg.io:5000/Tools/Web:V1",
                          "-o", f"docker-archive:{self.folder}/a.tar")
        self.assertIn("Reg.io:5000/tools/web:V1", done.stderr)
        with tarfile.open(self.folder / "a.tar") as tar:
            self.assertEqual(json.load(tar.extractfile("manifest.json"))[0]["RepoTags"], ["Reg.io:5000/tools/web:V1"])

    def test_archives_are_compressed_as_a_whole(self):
        plain, packed = self.folder / "a.tar", self.folder / "a.tar.gz"
        self.build("--from", self.base(), "-o", f"docker-archive:{plain}")
        self.build("--from", self.base(), "-o", f"docker-archive:{packed}", "--compression", "gzip")
        self.assertEqual(gzip.decompress(packed.read_bytes()), plain.read_bytes())
        piped = self.build("--from", self.base(), "-o", "docker-archive:-").stdout
        self.assertEqual(piped, plain.read_bytes())

    def test_two_builds_into_one_layout_at_once(self):
        """[I7]"""
        def one(number):
            return self.build("--from", self.base(), "--label", f"n={number}", "-o", f"oci:{self.folder}/lay:v{number}")
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(one, range(6)))
        self.assertEqual([skopeo(f"oci:{self.folder}/lay:v{number}")["Labels"] for number in range(6)],
                         [{"n": str(number)} for number in range(6)])

    def test_an_output_that_exists_is_replaced_whole_or_kept(self):
        output = self.folder / "a.tar"
        output.write_text("the one before")
        good, bad = f"docker-archive:{output}", f"oci:{self.folder}/no/such/layout"
        for second in (bad, "docker-archive:/proc/x.tar", f"oci-archive:{self.folder}", "tar:x.tar", "oci:"):
            with self.subTest(second):
                self.assertIn("try:", self.build("--from", self.base(), "-o", good, "-o", second, status=125).stderr)
                self.assertEqual(output.read_text(), "the one before")
        damaged = self.folder / "damaged.tar"
        self.build("--from", self.base(), "-o", f"oci-archive:{damaged}")
        bytes_ = bytearray(damaged.read_bytes())
        bytes_[len(bytes_) // 2] ^= 1
        damaged.write_bytes(bytes_)
        self.build("--from", f"oci-archive:{damaged}", "-o", good, "-o", f"oci:{self.folder}/lay", status=125)
        self.assertEqual(output.read_text(), "the one before")
        self.assertFalse((self.folder / "lay").exists())
        self.build("--from", self.base(), "-o", good)
        self.assertTrue(tarfile.is_tarfile(output))

    def test_bad_options_are_told_at_once(self):
        for options, told in (
                (["--expose", "x"], "--expose"), (["--label", "x"], "--label"), (["--cmd", "a 'b"], "--cmd"),
                (["--volume", "x"], "--volume"), (["--workdir", "x"], "--workdir"), (["--created", "x"], "--created"),
                (["--name", "a b"], "name"), (["--name", "a:-"], "tag"), (["--compression", "lzma"], "--compression"),
                (["--healthcheck", "true", "--healthcheck-interval", "x"], "--healthcheck-interval"),
                (["--config-json", "/no/such"], "--config-json"), (["--annotation", "x"], "--annotation"),
                (["-o", f"oci:{self.folder}/l:-x"], "tag"), (["-o", "docker-archve:x"], "kind of image")):
            with self.subTest(options):
                done = self.build("-o", f"docker-archive:{self.folder}/a.tar", *options, status=125)
                self.assertIn(told, done.stderr)
                self.assertIn("try:", done.stderr)
        self.assertIn("--output", self.build(status=125).stderr)
        self.assertFalse((self.folder / "a.tar").exists())
