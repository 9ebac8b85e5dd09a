"""Images: all tools read what rootlayer build makes as the same image, and it runs."""
import base64
import concurrent.futures
import gzip
import io
import json
import os
import re
import tarfile

import harness
import images
import judges
import registries
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
        archive, layout = self.directory / "image.tar", self.directory / "layout"
        metadata, iid = self.directory / "build.json", self.directory / "iid"
        said = self.build(
            "--from", self.base(), "--output", f"docker-archive:{archive}", "--output", f"oci:{layout}:latest",
            "--output", f"oci-archive:{self.directory}/oci.tar:latest", "--name", "test:latest", "--entrypoint",
            '["/bin/say","it\'s"]', "--cmd", "one 'two  three'", "-e", "A=from the image", "-e", "B=", "-w", "/srv/data",
            "-u", "1000:1001", "--label", "maker=rootlayer", "--expose", "80", "--volume", "/data", "--stop-signal",
            "SIGINT", "--healthcheck", "true", "--healthcheck-interval", "30s", "--author", "somebody",
            "--annotation", "org.example.a=b", "--metadata-file", metadata, "--iidfile", iid, script=SETUP)
        image = images.Built(self.directory, archive, layout)
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
                f"docker-archive:{archive}", f"oci:{layout}:latest", f"oci-archive:{self.directory}/oci.tar:latest",
                f"oci-archive:{archive}")]
            self.assertTrue(all(config == configs[0] for config in configs))
            found = skopeo(f"oci:{layout}:latest")
            self.assertEqual(found["Digest"], json.loads(metadata.read_text())["image"]["outputs"][1]["manifestDigest"])
            self.assertEqual(skopeo(f"oci-archive:{self.directory}/oci.tar:latest")["Digest"], found["Digest"])
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
        """[I1] [I2] [W17]: each build on the previous image, through a layout that has all of them"""
        layout = self.directory / "layout"
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
        archive, layer = self.directory / "image.tar", self.directory / "l.tar"
        done = self.rootlayer("run", "--from", self.base(), "-o", f"docker-archive:{archive}:test:latest", "-o", layer,
                              script="echo x > /x")
        config = self.config_of(f"docker-archive:{archive}")
        self.assertEqual(config["rootfs"]["diff_ids"][-1], done.stdout.decode().strip())
        self.assertEqual(images.digest(layer.read_bytes()), done.stdout.decode().strip())

    def test_a_script_that_fails_leaves_no_output(self):
        self.build("--from", self.base(), "-o", f"docker-archive:{self.directory}/a.tar", "-o", f"oci:{self.directory}/lay",
                   "-o", self.directory / "l.tar", "--iidfile", self.directory / "iid", script="exit 3", status=3)
        self.assertEqual(sorted(path.name for path in self.directory.iterdir()), ["script", "t"])

    def test_the_same_build_gives_the_same_bytes(self):
        """[I3] [I11] [I12] [T12]"""
        for compression in ("gzip", "zstd"):
            made = []
            for zone in ("UTC", "Asia/Tokyo"):
                output = self.directory / f"{compression}-{len(made)}"
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
        archive = self.directory / "a.tar"
        self.build("--from", self.base(), "--cmd", "/bin/sh", "-o", f"docker-archive:{archive}:test:latest",
                   "--created", "2024-02-29T12:00:00Z")
        config = images.Built(self.directory, archive, None).config
        self.assertEqual(config["created"], "2024-02-29T12:00:00Z")
        self.assertEqual(config["config"]["Cmd"], ["/bin/sh"])
        self.assertEqual(len(config["rootfs"]["diff_ids"]), 1)

    def test_created_is_the_epoch_unless_told(self):
        """[I3]"""
        def created(*arguments, **env):
            self.build("--from", self.base(), "-o", f"docker-archive:{self.directory}/a.tar", *arguments,
                       env=self.environment(**env))
            return images.Built(self.directory, self.directory / "a.tar", None).config["created"]
        self.assertEqual(created(), "1970-01-01T00:00:00Z")
        self.assertEqual(created(SOURCE_DATE_EPOCH="86400"), "1970-01-02T00:00:00Z")
        self.assertEqual(created("--created", "@60"), "1970-01-01T00:01:00Z")
        self.assertGreater(created("--created", "now"), "2026")

    def test_another_architecture_needs_no_machine(self):
        """[I10]"""
        self.build("--platform", "linux/arm64", "--from", self.base(), "-o", f"oci:{self.directory}/lay:x", "--cmd", "/bin/a")
        self.assertEqual(skopeo("--override-arch", "arm64", f"oci:{self.directory}/lay:x")["Architecture"], "arm64")
        told = self.build("--platform", "linux/arm64", "--from", self.base(), "-o", f"oci:{self.directory}/lay:y",
                          script="true", status=125).stderr
        self.assertIn("linux/arm64", told)

    def test_a_name_is_lower_cased_with_a_note(self):
        done = self.build("--from", self.base(), "--name", "Reg.io:5000/Tools/Web:V1",
                          "-o", f"docker-archive:{self.directory}/a.tar")
        self.assertIn("Reg.io:5000/tools/web:V1", done.stderr)
        with tarfile.open(self.directory / "a.tar") as tar:
            self.assertEqual(json.load(tar.extractfile("manifest.json"))[0]["RepoTags"], ["Reg.io:5000/tools/web:V1"])

    def test_archives_are_compressed_as_a_whole(self):
        plain, packed = self.directory / "a.tar", self.directory / "a.tar.gz"
        self.build("--from", self.base(), "-o", f"docker-archive:{plain}")
        self.build("--from", self.base(), "-o", f"docker-archive:{packed}", "--compression", "gzip")
        self.assertEqual(gzip.decompress(packed.read_bytes()), plain.read_bytes())
        piped = self.build("--from", self.base(), "-o", "docker-archive:-").stdout
        self.assertEqual(piped, plain.read_bytes())

    def test_two_builds_into_one_layout_at_once(self):
        """[I7]"""
        def one(number):
            return self.build("--from", self.base(), "--label", f"n={number}", "-o", f"oci:{self.directory}/lay:v{number}")
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(one, range(6)))
        self.assertEqual([skopeo(f"oci:{self.directory}/lay:v{number}")["Labels"] for number in range(6)],
                         [{"n": str(number)} for number in range(6)])

    def test_an_output_that_exists_is_replaced_whole_or_kept(self):
        output = self.directory / "a.tar"
        output.write_text("the one before")
        good, bad = f"docker-archive:{output}", f"oci:{self.directory}/no/such/layout"
        for second in (bad, "docker-archive:/proc/x.tar", f"oci-archive:{self.directory}", "tar:x.tar", "oci:"):
            with self.subTest(second):
                self.assertIn("try:", self.build("--from", self.base(), "-o", good, "-o", second, status=125).stderr)
                self.assertEqual(output.read_text(), "the one before")
        damaged = self.directory / "damaged.tar"
        self.build("--from", self.base(), "-o", f"oci-archive:{damaged}")
        bytes_ = bytearray(damaged.read_bytes())
        bytes_[len(bytes_) // 2] ^= 1
        damaged.write_bytes(bytes_)
        self.build("--from", f"oci-archive:{damaged}", "-o", good, "-o", f"oci:{self.directory}/lay", status=125)
        self.assertEqual(output.read_text(), "the one before")
        self.assertFalse((self.directory / "lay").exists())
        self.build("--from", self.base(), "-o", good)
        self.assertTrue(tarfile.is_tarfile(output))

    def test_bad_options_are_told_at_once(self):
        for options, told in (
                (["--expose", "x"], "--expose"), (["--label", "x"], "--label"), (["--cmd", "a 'b"], "--cmd"),
                (["--volume", "x"], "--volume"), (["--workdir", "x"], "--workdir"), (["--created", "x"], "--created"),
                (["--name", "a b"], "name"), (["--name", "a:-"], "tag"), (["--compression", "lzma"], "--compression"),
                (["--healthcheck", "true", "--healthcheck-interval", "x"], "--healthcheck-interval"),
                (["--config-json", "/no/such"], "--config-json"), (["--annotation", "x"], "--annotation"),
                (["-o", f"oci:{self.directory}/l:-x"], "tag"), (["-o", "docker-archve:x"], "an image cannot be written")):
            with self.subTest(options):
                done = self.build("-o", f"docker-archive:{self.directory}/a.tar", *options, status=125)
                self.assertIn(told, done.stderr)
                self.assertIn("try:", done.stderr)
        self.assertIn("--output", self.build(status=125).stderr)
        self.assertFalse((self.directory / "a.tar").exists())

    def test_contents_are_one_layer_of_the_host_s_files(self):
        """[W3] [T5]"""
        source = self.directory / "files"
        (source / "bin").mkdir(parents=True)
        (source / "bin" / "tool").write_text("#!/bin/sh\necho tool\n")
        (source / "bin" / "tool").chmod(0o755)
        archive, layer = self.directory / "a.tar", self.directory / "l.tar"
        arguments = ["--from", self.base(), "--contents", source, "--contents", f"{source}/bin/tool:/opt/x,uid=7,mode=4711",
                     "-o", f"docker-archive:{archive}:test:latest"]
        self.build(*arguments, "-o", layer)
        entries = harness.members(layer)
        self.assertEqual(list(entries), ["bin", "bin/tool", "opt", "opt/x"])
        self.assertEqual((entries["opt/x"].uid, entries["opt/x"].mode, entries["opt/x"].mtime), (7, 0o4711, 1))
        self.assertEqual(entries["bin"].mtime, 1_000_000_000, "a directory of the base stays as it is")
        self.rootlayer("verify", layer)
        first = archive.read_bytes()
        (source / "bin" / "tool").touch()
        self.build(*arguments)
        self.assertEqual(archive.read_bytes(), first, "the time of a file on the host is no input")
        told = self.build("--contents", "/no/such", "-o", f"docker-archive:{archive}", status=125).stderr
        self.assertIn("/no/such", told)

    def test_a_squashed_image_has_one_layer_with_the_tree_of_all(self):
        """[I1]"""
        one, two = self.directory / "one.tar", self.directory / "two.tar"
        (self.directory / "more").write_text("more")
        self.build("--from", self.base(), "--contents", self.directory / "more", "-o", f"docker-archive:{one}")
        self.build("--from", f"docker-archive:{one}", "--squash", "-o", f"docker-archive:{two}", "--cmd", "/bin/sh")
        config = images.Built(self.directory, two, None).config
        self.assertEqual(len(config["rootfs"]["diff_ids"]), 1)
        self.assertEqual(len(config["history"]), 1)
        trees_ = []
        for archive in (one, two):
            self.rootlayer("export", f"docker-archive:{archive}", "--output", self.directory / "tree.tar")
            trees_.append((self.directory / "tree.tar").read_bytes())
        self.assertEqual(trees_[0], trees_[1])

    def test_a_file_says_what_the_options_say(self):
        output = self.directory / "a.tar"
        self.build("--from", self.base(), "--cmd", '["a","b c"]', "-e", "A=1", "--label", "x=y", "--expose", "80", "-o",
                   f"docker-archive:{output}")
        with_options = output.read_bytes()
        file = self.directory / "image.json"
        file.write_text(json.dumps({
            "$schema": "build-file.schema.json", "from": self.base(), "cmd": ["a", "b c"], "env": {"A": "0"},
            "label": ["x=y"], "expose": [80], "output": f"docker-archive:{output}", "squash": False}))
        self.build("-f", file, "-e", "A=1")
        self.assertEqual(output.read_bytes(), with_options, "what is on the command line wins")
        file.write_text('{"form": "scratch"}')
        self.assertIn('"form"', self.build("-f", file, status=125).stderr)

    def test_the_schema_of_the_file_knows_every_option(self):
        schema = json.loads((harness.TOP / "docs" / "build-file.schema.json").read_text())
        shown = self.rootlayer("build", "--help").stdout.decode()
        options = set(re.findall(r"^  (?:-\w, |    )--([a-z0-9-]+)", shown, re.MULTILINE)) - {"help", "file"}
        self.assertEqual(set(schema["properties"]) - {"$schema"}, options)

    def test_provenance_tells_what_was_made_of_what(self):
        provenance = self.directory / "p.json"
        archive = self.directory / "a.tar"
        said = self.build("--from", self.base(), "-o", f"docker-archive:{archive}", "--provenance", provenance)
        statement = json.loads(provenance.read_text())
        self.assertEqual(statement["_type"], "https://in-toto.io/Statement/v1")
        self.assertEqual(statement["predicateType"], "https://slsa.dev/provenance/v1")
        digest = "sha256:" + statement["subject"][0]["digest"]["sha256"]
        self.assertEqual(digest, said.stdout.decode().strip())
        first = provenance.read_bytes()
        self.build("--from", self.base(), "-o", f"docker-archive:{archive}", "--provenance", provenance)
        self.assertEqual(provenance.read_bytes(), first)

    def test_a_base_that_holds_one_layer_twice(self):
        """[I1] [I5]"""
        first = images.layer_bytes(lambda tar: harness.add(tar, "a", data=b"one"))
        second = images.layer_bytes(lambda tar: harness.add(tar, "a", data=b"two"))
        images.oci_layout(self.directory / "base", [first, second, first])
        archive = self.directory / "a.tar"
        self.build("--from", f"oci:{self.directory}/base", "--cmd", "/bin/sh", "-o", f"docker-archive:{archive}:test:latest")
        self.assertEqual([layer.read_bytes() for layer in images.Built(self.directory, archive, None).layers],
                         [first, second, first])
        self.rootlayer("export", f"docker-archive:{archive}", "-o", self.directory / "tree.tar")
        self.assertEqual(harness.content(self.directory / "tree.tar", "a"), b"one")
        judges.command("skopeo", "copy", f"docker-archive:{archive}", f"dir:{self.directory}/copied")

    def test_a_zstd_archive_is_a_base_again(self):
        """[I5]"""
        archive = self.directory / "a.tar.zst"
        self.build("--from", self.base(), "--label", "a=b", "-o", f"docker-archive:{archive}", "--compression", "zstd")
        self.assertEqual(archive.read_bytes()[:4], b"\x28\xb5\x2f\xfd")
        found = self.rootlayer("inspect", "--format", "json", f"docker-archive:{archive}")
        self.assertEqual(json.loads(found.stdout)["config"]["labels"], {"a": "b"})

    def test_several_images_in_one_archive(self):
        """[I5] [I6]"""
        for number in (1, 2):
            self.build("--from", self.base(), "--label", f"n={number}", "-n", f"app{number}:1",
                       "-o", f"docker-archive:{self.directory}/{number}.tar")
        merged = self.directory / "merged.tar"
        self.rootlayer("merge", f"docker-archive:{self.directory}/1.tar", f"docker-archive:{self.directory}/2.tar", "-o",
                       f"docker-archive:{merged}")
        for number in (1, 2):
            found = self.rootlayer("inspect", "--format", "json", f"docker-archive:{merged}:app{number}:1")
            self.assertEqual(json.loads(found.stdout)["config"]["labels"], {"n": str(number)})
        with tarfile.open(merged) as tar:
            self.assertEqual(len([name for name in tar.getnames() if name.startswith("blobs/sha256/")]), 5,
                             "the shared layer is there once")
        twice = self.rootlayer("merge", f"docker-archive:{self.directory}/1.tar", f"docker-archive:{self.directory}/1.tar", "-o",
                               f"docker-archive:{self.directory}/x.tar", status=125)
        self.assertIn("app1:1", twice.stderr)


class WithRegistry(harness.Machine):
    """A real registry on loopback."""

    login = False

    def setUp(self):
        super().setUp()
        if not registries.Registry.is_here():
            if os.environ.get("CI") == "true":
                self.fail("docker-registry is not here; scripts/setup --judges installs it")
            self.skipTest("docker-registry is not installed; scripts/setup --judges installs it")
        self.registry = registries.Registry(self.directory, self.login)
        self.addCleanup(self.registry.end)
        self.name = f"{self.registry.address}/tools/app"

    def said(self, *arguments, **more):
        return self.rootlayer(*arguments, **more).stdout.decode().strip()

    def build(self, *arguments, **more):
        return self.said("build", "--no-tls-verify", *arguments, **more)


class Pushed(WithRegistry):
    """A pushed image can be pulled again, byte for byte."""

    def test_a_chain_of_three_builds_through_the_registry(self):
        """[I1] [I2] [I8] [I13]"""
        base = f"tar:{harness.busybox_root()}"
        one = self.build("--from", base, "-o", f"docker://{self.name}:one", "-e", "A=1",
                         "--contents", f"{harness.TOP}/LICENSE:/one")
        two = self.build("--from", f"docker://{self.name}@{one}", "-o", f"docker://{self.name}:two", script="rm /one")
        three = self.build("--from", f"docker://{self.name}:two", "-o", f"docker://{self.name}:three", "--cmd", "/bin/sh",
                           "--compression", "zstd", "--contents", f"{harness.TOP}/LICENSE:/three")
        found = [skopeo("--tls-verify=false", f"docker://{self.name}:{tag}") for tag in ("one", "two", "three")]
        self.assertEqual([image["Digest"] for image in found], [one, two, three], "another machine sees the same")
        self.assertEqual(found[2]["Layers"][:3], found[1]["Layers"])
        self.assertEqual(found[1]["Layers"][:2], found[0]["Layers"])
        self.assertEqual(found[2]["Env"], ["A=1"])
        listed = self.rootlayer("export", "--no-tls-verify", f"docker://{self.name}:three", "-o", "-")
        with tarfile.open(fileobj=io.BytesIO(listed.stdout)) as tar:
            self.assertIn("three", tar.getnames())
            self.assertNotIn("one", tar.getnames())

    def test_pull_push_and_locks(self):
        """[I13]"""
        archive = self.directory / "a.tar"
        self.said("build", "--from", f"tar:{harness.busybox_root()}", "--cmd", "/bin/sh", "-o", f"oci-archive:{archive}",
                  "--compression", "gzip")
        pushed = self.said("push", "--no-tls-verify", f"oci-archive:{archive}", f"{self.name}:v1")
        pulled = self.directory / "p.tar"
        line = self.said("pull", "--no-tls-verify", f"{self.name}:v1", "-o", f"docker-archive:{pulled}")
        self.assertEqual(line.split()[:2], [f"{self.name}:v1", pushed])
        self.assertEqual(line.split()[2], images.digest(pulled.read_bytes()))
        lock = self.directory / "images.lock"
        lock.write_text(f"# what we use\n{line}\n")
        again = self.directory / "q.tar"
        self.assertEqual(self.said("pull", "--no-tls-verify", "--lock", lock, "-o", f"docker-archive:{again}"), line)
        self.assertEqual(again.read_bytes(), pulled.read_bytes())
        by_digest = self.said("pull", "--no-tls-verify", f"docker://{self.name}@{pushed}", "-n", "mine:1", "-o",
                              f"docker-archive:{self.directory}/r.tar")
        self.assertEqual(by_digest.split()[1], pushed)
        with tarfile.open(self.directory / "r.tar") as tar:
            self.assertEqual(json.load(tar.extractfile("manifest.json"))[0]["RepoTags"], ["mine:1"])
        lock.write_text(line.replace(line.split()[2], "sha256:" + "0" * 64) + "\n")
        kept = again.read_bytes()
        self.assertIn("is expected", self.rootlayer("pull", "--no-tls-verify", "--lock", lock, "-o",
                                                    f"docker-archive:{again}", status=125).stderr)
        self.assertEqual(again.read_bytes(), kept)

    def test_of_two_outputs_neither_appears_when_the_registry_is_not_there(self):
        output = self.directory / "a.tar"
        done = self.rootlayer("build", "--no-tls-verify", "--from", f"tar:{harness.busybox_root()}", "-o",
                              f"docker-archive:{output}", "-o", f"docker://127.0.0.1:{registries.free_port()}/x:1", status=125)
        self.assertIn("try:", done.stderr)
        self.assertFalse(output.exists())


class LoggedIn(WithRegistry):
    """A registry that requires a login."""

    login = True

    def as_user(self, login):
        """With a file such as skopeo login writes (containers-auth.json(5))."""
        path = self.directory / "auth.json"
        auth = base64.b64encode(login.encode()).decode()
        path.write_text(json.dumps({"auths": {self.registry.address: {"auth": auth}}}))
        return self.environment(REGISTRY_AUTH_FILE=path)

    def test_without_a_login_nothing_comes_and_nothing_goes(self):
        archive, pulled, other = (self.directory / name for name in ("a.tar", "p.tar", "o.tar"))
        base = f"tar:{harness.busybox_root()}"
        self.build("--from", base, "-o", f"docker-archive:{archive}")
        name = f"{self.name}:v1"
        wrong = self.as_user("joe:sesame")
        for arguments in (("push", f"docker-archive:{archive}", name), ("pull", name, "-o", f"docker-archive:{pulled}"),
                          ("run", "--from", f"docker://{name}", "-o", pulled), ("inspect", f"docker://{name}"),
                          ("build", "--from", base, "-o", f"docker-archive:{other}", "-o", f"docker://{name}")):
            for env in (None, wrong):
                with self.subTest(arguments[0], login=env and "wrong"):
                    command, *rest = arguments
                    done = self.rootlayer(command, "--no-tls-verify", *rest, status=125, env=env,
                                          script="true" if command == "run" else None)
                    self.assertIn("requires a login", done.stderr)
                    self.assertIn(f"skopeo login {self.registry.address}", done.stderr)
                    self.assertIn("REGISTRY_AUTH_FILE", done.stderr)
                    self.assertNotIn("sesame", done.stderr)
                    if command in ("push", "build"):
                        self.assertNotIn("reading the base", done.stderr, "refused at once")
                    self.assertEqual(done.stdout, b"")
                    self.assertFalse(pulled.exists() or other.exists())

    def test_with_a_login_all_is_as_without(self):
        """[I13]"""
        env = self.as_user(registries.LOGIN)
        built = self.build("--from", f"tar:{harness.busybox_root()}", "--cmd", "/bin/sh", "-o", f"docker://{self.name}:v1",
                           env=env)
        pulled = self.directory / "p.tar"
        line = self.said("pull", "--no-tls-verify", f"{self.name}:v1", "-o", f"docker-archive:{pulled}", env=env)
        self.assertEqual(line.split()[1], built)
        again = self.said("push", "--no-tls-verify", f"docker://{self.name}@{built}", f"{self.name}:v2", env=env)
        self.assertEqual(again, built)
        found = json.loads(self.said("inspect", "--no-tls-verify", "--format", "json", f"docker://{self.name}:v2", env=env))
        self.assertEqual(found["config"]["cmd"], ["/bin/sh"])
