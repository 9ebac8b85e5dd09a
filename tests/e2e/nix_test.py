"""The drop-in for Nix: evaluated and built by Nix alone, with small derivations of its own."""
import gzip
import io
import json
import os
import pathlib
import shutil
import subprocess
import tarfile

import harness
import judges

PACKAGES = """
let
  tools = import %(drop_in)s { rootlayer = "%(rootlayer)s"; };
  build = name: text: derivation {
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-e" "-c" "PATH=/usr/bin:/bin\\n${text}" ];
  };
  lib = build "lib" "mkdir -p $out/lib; echo library > $out/lib/a";
  app = build "app" "mkdir -p $out/bin; echo needs ${lib} > $out/bin/app";
  other = build "other" "mkdir -p $out/share; echo needs ${lib} > $out/share/other";
in with tools;
"""


class DropIn(harness.Machine):
    def setUp(self):
        super().setUp()
        if shutil.which("nix-build") is None:
            if os.environ.get("CI") == "true":
                self.fail("nix-build is not here; scripts/setup --test installs it")
            self.skipTest("nix-build is not here; scripts/setup --test installs it")
        store = self.directory / "nix"
        self.addCleanup(subprocess.run, ["chmod", "-R", "u+w", store], check=False, timeout=harness.LONG)
        self.nix_environment = self.environment(
            USER="nobody", NIX_STORE_DIR=store / "store", NIX_STATE_DIR=store / "var", NIX_LOG_DIR=store / "log",
            NIX_CONF_DIR=store / "etc", NIX_CONFIG="build-users-group =\nsandbox = false\nsubstitute = false")
        # A build of Nix has none of our variables.
        command = self.directory / "rootlayer"
        command.write_text(f"#!/bin/sh\nexport ROOTLAYER_CACHE_DIR='{self.cache}' ROOTLAYER_ACCEL={self.accel}\n"
                           f"exec '{harness.BINARY}' \"$@\"\n")
        command.chmod(0o755)
        self.head = PACKAGES % {"drop_in": harness.TOP / "integrations" / "nix", "rootlayer": command}

    def nix(self, *words, status=0):
        done = subprocess.run([str(word) for word in words], env=self.nix_environment, capture_output=True, text=True,
                              check=False, timeout=harness.LONG, cwd=self.directory)
        self.assertEqual(done.returncode != 0, status != 0, done.stderr)
        return done

    def built(self, expression):
        return self.nix("nix-build", "--no-out-link", "-E", self.head + expression).stdout.split()

    def config(self, archive):
        """As skopeo sees it; that of Debian 12 reads no compressed archive that is small."""
        plain = self.directory / "plain.tar"
        data = pathlib.Path(archive).read_bytes()
        plain.write_bytes(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
        return json.loads(judges.command("skopeo", "inspect", "--config", f"docker-archive:{plain}"))

    def files(self, archive):
        """All names of the image's layers, -> content."""
        found = {}
        with tarfile.open(archive) as tar:
            for layer in json.load(tar.extractfile("manifest.json"))[0]["Layers"]:
                with tarfile.open(fileobj=io.BytesIO(tar.extractfile(layer).read())) as files:
                    for member in files:
                        found[member.name] = files.extractfile(member).read() if member.isreg() else None
        return found

    def test_an_image_of_contents_has_their_closure_and_what_the_config_names(self):
        archive, = self.built('buildImage { name = "App"; tag = "V1"; contents = [ app ]; uid = 7; '
                              'config.Cmd = [ "${other}/share/other" ]; }')
        config = self.config(archive)
        self.assertTrue(config["config"]["Cmd"][0].endswith("-other/share/other"))
        names = self.files(archive)
        for part in ("-lib/lib/a", "-other/share/other", "-app/bin/app"):
            self.assertTrue(any(name.endswith(part) for name in names), part)
        self.assertIn("bin/app", names)
        self.assertFalse(any("config.json" in name for name in names))
        with tarfile.open(archive) as tar:
            self.assertEqual(json.load(tar.extractfile("manifest.json"))[0]["RepoTags"], ["app:v1"])

    def test_links_to_directories_become_directories_unless_they_are_kept(self):
        farm = ('let farm = build "farm" "mkdir $out; ln -s ${app}/bin $out/bin"; in [ (buildImage { name = "a"; contents = [ farm ]; }) '
                '(buildImage { name = "b"; contents = [ farm ]; keepContentsDirlinks = true; }) ]')
        copied, kept = [self.files(archive) for archive in self.built(farm)]
        self.assertIn("bin/app", copied)
        self.assertIn("bin", kept)
        self.assertNotIn("bin/app", kept)

    def test_layered_images_share_layers_and_a_stream_is_the_same_image(self):
        one, two, stream = self.built(
            '[ (buildLayeredImage { name = "one"; contents = app; }) (buildLayeredImage { name = "two"; contents = [ other ]; '
            'maxLayers = 5; }) (streamLayeredImage { name = "one"; contents = app; }) ]')
        first, second = (self.config(archive)["rootfs"]["diff_ids"] for archive in (one, two))
        self.assertEqual(len(set(first) & set(second)), 1, "the library has the same layer in both")
        streamed = self.directory / "stream.tar"
        streamed.write_bytes(subprocess.run([stream], env=self.nix_environment, capture_output=True, check=True,
                                            timeout=harness.LONG).stdout)
        self.assertEqual(self.config(streamed), self.config(one))

    def test_root_changes_an_image_on_an_image(self):
        image, files, layer = self.built(
            'let base = buildImage { name = "base"; tag = "1"; contents = [ fakeNss ]; config.Env = [ "A=1" ]; }; '
            'top = buildImage { name = "top"; fromImage = base; fromImageName = "base"; fromImageTag = "1"; diskSize = 512; '
            'runAsRoot = "${shadowSetup}mkdir /data; chown 7:8 /data"; extraCommands = "mkdir -m 1777 tmp; ls data > extra"; }; '
            'in [ top (exportImage { fromImage = top; }) (runWithOverlay { name = "o"; preMount = "echo 1 > layer/y"; '
            'postMount = "echo 2 >> /y"; postUmount = "cd layer; echo 3 >> y"; }) ]')
        self.assertIn("A=1", self.config(image)["config"]["Env"])
        with tarfile.open(files) as tar:
            self.assertEqual((tar.getmember("data").uid, tar.getmember("data").gid), (7, 8))
            self.assertEqual(tar.extractfile("extra").read(), b"")
            self.assertEqual(tar.getmember("tmp").mode, 0o1777)
            self.assertIn(b"nobody", tar.extractfile("etc/passwd").read(), "shadowSetup leaves what is there")
            self.assertIn("etc/pam.d/other", tar.getnames())
        with tarfile.open(f"{layer}/layer.tar") as tar:
            self.assertEqual((tar.getnames(), tar.extractfile("y").read()), (["y"], b"1\n2\n3\n"))

    def test_wrong_arguments_are_named(self):
        for expression, text in (
                ("buildImage { }", "buildImage: the argument name is missing"),
                ("buildImage { name = 1; }", "buildImage: the argument name is a int, not a string"),
                ('buildLayeredImage { name = "x"; contens = [ ]; }', "buildLayeredImage: there is no argument contens"),
                ('streamLayeredImage { name = "x"; contents = 5; }', "the argument contents is a int"),
                ('buildLayeredImage { name = "x"; maxLayers = 1; }', "maxLayers is less than 2"),
                ('pullImage { imageName = "x"; }', "pullImage: the argument imageDigest is missing")):
            with self.subTest(expression):
                done = self.nix("nix-instantiate", "--eval", "-E", f"{self.head} ({expression}).drvPath", status=1)
                self.assertIn(text, done.stderr)

    def test_the_arguments_of_a_pull_are_those_of_a_fixed_output(self):
        drv = self.nix("nix-instantiate", "-E", self.head + 'pullImage { imageName = "reg/app"; imageDigest = "sha256:'
                       + "0" * 64 + '"; sha256 = "' + "0" * 64 + '"; finalImageTag = "1"; }').stdout.strip()
        self.assertTrue(drv.endswith("docker-image-app-1.tar.drv"), drv)
