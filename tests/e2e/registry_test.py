"""docker:// images, through inspect and export: no machine is booted. Each test has a registry of its own."""
import base64
import json
import os
import shutil
import signal
import tarfile
import unittest

import harness
import images
import registries
from registries import Liar, Registry, descriptor, digest, index_of, manifest_of


def file_layer(name, data):
    return images.layer_bytes(lambda tar: harness.add(tar, name, data=data))


def image(name, architecture="amd64", variant=None):
    """(config, layers) of one image with one file of that name."""
    layers = [file_layer(name, name.encode())]
    config = json.loads(images.config_of(layers, Env=[f"NAME={name}"]))
    config["architecture"] = architecture
    if variant:
        config["variant"] = variant
    return json.dumps(config).encode(), layers


class FromRegistries(harness.Machine):
    def setUp(self):
        super().setUp()
        if not shutil.which("skopeo"):
            self.skipTest("skopeo is not installed")

    def serve(self, registry):
        self.addCleanup(registry.end)
        return registry

    def inspect(self, reference, *more, status=0, **options):
        done = self.rootlayer("inspect", "--no-tls-verify", "--format", "json", *more, reference, status=status,
                              **options)
        return json.loads(done.stdout) if status == 0 else done.stderr

    def names(self, reference, *more):
        """The content of the exported tree."""
        output = self.directory / "tree.tar"
        self.rootlayer("export", "--no-tls-verify", *more, reference, "--output", output)
        with tarfile.open(output) as tar:
            return tar.getnames()


class ARegistry(FromRegistries):
    """Debian's docker-registry."""

    def setUp(self):
        super().setUp()
        if not Registry.is_here():
            if os.environ.get("CI") == "true":
                self.fail("docker-registry is not here; scripts/setup --judges installs it")
            self.skipTest("docker-registry is not installed; scripts/setup --judges installs it")
        self.registry = self.serve(Registry(self.directory))

    def test_by_tag_and_by_digest(self):
        """[I13] the manifest is the registry's, byte for byte"""
        config, layers = image("hello")
        manifest = manifest_of(config, layers)
        self.registry.put("some/where", "one", manifest, [config, *layers])
        name = f"docker://{self.registry.address}/some/where"
        for reference in (f"{name}:one", f"{name}@{digest(manifest)}", f"{name}:one@{digest(manifest)}"):
            found = self.inspect(reference)
            self.assertEqual(found["manifestDigest"], digest(manifest))
            self.assertEqual(found["configDigest"], digest(config))
            self.assertEqual(found["config"]["env"], ["NAME=hello"])
            self.assertEqual(self.names(reference), ["hello"])
        self.assertEqual(self.inspect(f"{name}:one")["names"], [f"{self.registry.address}/some/where:one"])

    def test_dockers_own_manifests_keep_their_digest(self):
        """[I8] an OCI layout of skopeo would have another digest"""
        config, layers = image("docker")
        docker = "application/vnd.docker.distribution.manifest.v2+json"
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": docker,
            "config": descriptor(config, "application/vnd.docker.container.image.v1+json"),
            "layers": [descriptor(layer, "application/vnd.docker.image.rootfs.diff.tar") for layer in layers]}).encode()
        self.registry.put("docker", "latest", manifest, [config, *layers], docker)
        reference = f"docker://{self.registry.address}/docker"
        self.assertEqual(self.inspect(reference)["manifestDigest"], digest(manifest))
        self.assertEqual(self.names(f"{reference}@{digest(manifest)}"), ["docker"])

    def test_of_an_index_the_platform_that_is_asked_for(self):
        """[I9] [I10] by tag, by the index's digest, and by a manifest's"""
        made = {"linux/amd64": image("pc"), "linux/arm/v6": image("old", "arm", "v6"),
                "linux/arm/v7": image("new", "arm", "v7")}
        manifests = []
        for platform, (config, layers) in made.items():
            manifests.append((manifest_of(config, layers), platform))
            self.registry.put("multi", platform.replace("/", "-"), manifests[-1][0], [config, *layers])
        index = index_of(*manifests)
        self.registry.put("multi", "all", index, media_type=registries.INDEX)
        name = f"docker://{self.registry.address}/multi"
        for reference in (f"{name}:all", f"{name}@{digest(index)}"):
            self.assertEqual(self.names(reference), ["pc"])
            self.assertEqual(self.names(reference, "--platform", "linux/arm/v7"), ["new"])
            self.assertEqual(self.inspect(reference)["manifestDigest"], digest(manifests[0][0]))
            refused = self.inspect(reference, "--platform", "linux/s390x", status=125)
            self.assertIn("no image for linux/s390x", refused)
            self.assertIn("linux/arm/v6", refused)
        pinned = f"{name}@{digest(manifests[1][0])}"
        self.assertEqual(self.names(pinned, "--platform", "linux/arm/v6"), ["old"])
        self.assertIn("is for linux/arm/v6", self.inspect(pinned, status=125))

    def test_what_is_not_there(self):
        config, layers = image("x")
        self.registry.put("here", "one", manifest_of(config, layers), [config, *layers])
        name = f"docker://{self.registry.address}"
        for reference in (f"{name}/here:two", f"{name}/none:one", f"{name}/here@sha256:{'0' * 64}"):
            refused = self.inspect(reference, status=125)
            self.assertIn("does not have", refused)
            self.assertIn("skopeo list-tags", refused)
        self.assertIn("not a valid image name", self.inspect(f"{name}/UPPER:one", status=125))

    def test_without_leave_there_is_no_plain_http(self):
        config, layers = image("x")
        self.registry.put("a", "latest", manifest_of(config, layers), [config, *layers])
        done = self.rootlayer("inspect", f"docker://{self.registry.address}/a", status=125)
        self.assertIn("does not use TLS", done.stderr)
        self.assertIn("--no-tls-verify", done.stderr)


class ALiar(FromRegistries):
    """A registry that misbehaves."""

    def test_a_manifest_that_is_not_what_the_digest_says(self):
        """[A6]"""
        config, layers = image("x")
        wanted = manifest_of(config, layers)
        for lie in (manifest_of(*image("y")), wanted + b"\n"):
            liar = self.serve(Liar())
            liar.put("a", "latest", wanted, [config, *layers])
            liar.documents[f"/v2/a/manifests/{digest(wanted)}"] = (registries.MANIFEST, lie)
            refused = self.inspect(f"docker://{liar.address}/a@{digest(wanted)}", status=125)
            self.assertIn(digest(lie), refused)
            self.assertIn("do not use", refused)

    def test_an_index_whose_manifest_is_another(self):
        """[A6]"""
        config, layers = image("x")
        wanted, lie = manifest_of(config, layers), manifest_of(*image("y"))
        index = index_of((wanted, "linux/amd64"))
        liar = self.serve(Liar())
        liar.put("a", "latest", index, [config, *layers], registries.INDEX)
        liar.documents[f"/v2/a/manifests/{digest(wanted)}"] = (registries.MANIFEST, lie)
        self.assertIn(digest(lie), self.inspect(f"docker://{liar.address}/a", status=125))

    def test_blobs_that_are_not_what_their_digests_say(self):
        """[A6] a config, a layer, one that is longer than its size says, and one that is missing"""
        config, layers = image("x")
        manifest = manifest_of(config, layers)
        for blob in (config, layers[0]):
            for lie in (blob[:-1] + b"!", blob + bytes(64), b"", None):
                with self.subTest(blob=blob[:10], lie=None if lie is None else len(lie)):
                    liar = self.serve(Liar())
                    liar.put("a", "latest", manifest, [config, *layers])
                    place = f"/v2/a/blobs/{digest(blob)}"
                    if lie is None:
                        del liar.documents[place]
                    else:
                        liar.documents[place] = ("application/octet-stream", lie)
                    self.assertIn("127.0.0.1", self.inspect(f"docker://{liar.address}/a", status=125))
                    self.assertEqual(list(self.temporary.iterdir()), [])

    def test_more_than_the_manifest_says(self):
        """[A4] a layer without end does not fill the disk"""
        config, layers = image("x")
        liar = self.serve(Liar())
        liar.put("a", "latest", manifest_of(config, layers), [config, *layers])
        liar.documents[f"/v2/a/blobs/{digest(layers[0])}"] = ("application/octet-stream", bytes(64 << 20))
        refused = self.inspect(f"docker://{liar.address}/a", status=125)
        self.assertRegex(refused, "more data for .* than its manifest says|does not match its digests")

    def test_documents_that_are_no_image(self):
        """[I9] [A7]"""
        config, layers = image("x")
        manifest = json.loads(manifest_of(config, layers))
        both = json.dumps({**manifest, "manifests": []}).encode()
        twice = json.dumps(manifest).encode().replace(b'"layers"', b'"config": {}, "layers"', 1)
        other = json.dumps({**manifest, "config": {**manifest["config"], "mediaType": "application/x-helm"}}).encode()
        first = json.dumps({"schemaVersion": 1, "name": "a", "fsLayers": []}).encode()
        for document in (both, twice, other, first, b"no JSON", b""):
            with self.subTest(document=document[:40]):
                liar = self.serve(Liar())
                liar.put("a", "latest", document, [config, *layers])
                refused = self.inspect(f"docker://{liar.address}/a", status=125)
                self.assertIn(f"docker://{liar.address}/a", refused)

    def test_a_login_that_is_wanted(self):
        config, layers = image("secret")
        liar = self.serve(Liar(login="joe:open"))
        liar.put("a", "latest", manifest_of(config, layers), [config, *layers])
        reference = f"docker://{liar.address}/a"
        refused = self.inspect(reference, status=125)
        self.assertIn("requires a login", refused)
        self.assertIn(f"skopeo login {liar.address}", refused)
        self.assertIn("REGISTRY_AUTH_FILE", refused)

        def login(words):
            path = self.directory / "auth.json"
            path.write_text(json.dumps({"auths": {liar.address: {"auth": base64.b64encode(words).decode()}}}))
            return self.environment(REGISTRY_AUTH_FILE=path)
        self.assertIn("requires a login", self.inspect(reference, status=125, env=login(b"joe:wrong")))
        self.assertEqual(self.inspect(reference, env=login(b"joe:open"))["config"]["env"], ["NAME=secret"])

    def test_no_registry_at_all(self):
        refused = self.inspect(f"docker://127.0.0.1:{registries.free_port()}/a:b", status=125)
        self.assertIn("cannot be reached", refused)

    def test_a_registry_that_never_answers_is_left_at_a_signal(self):
        """[A12] and nothing is left"""
        liar = self.serve(Liar(mute=True))
        process = self.start("inspect", "--no-tls-verify", f"docker://{liar.address}/a")
        self.wait_until(lambda: liar.questions, "skopeo asks")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=harness.LONG)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM, said)

    def test_what_a_killed_fetch_left_is_removed_by_the_next(self):
        """[A12] kill -9 removes what was fetched, which may be large"""
        liar = self.serve(Liar(mute=True))
        process = self.start("inspect", "--no-tls-verify", f"docker://{liar.address}/a")
        self.wait_until(lambda: liar.questions, "skopeo asks")
        process.kill()
        process.communicate(timeout=harness.LONG)
        self.assertEqual(len(list(self.temporary.iterdir())), 1)
        config, layers = image("x")
        other = self.serve(Liar())
        other.put("a", "latest", manifest_of(config, layers), [config, *layers])
        self.inspect(f"docker://{other.address}/a")
        self.assertEqual(list(self.temporary.iterdir()), [])

    def test_without_skopeo(self):
        env = self.environment(PATH=self.directory)
        refused = self.inspect("docker://127.0.0.1:1/a", status=125, env=env)
        self.assertIn("apt-get install skopeo", refused)

    def test_a_policy_that_lets_nothing_in(self):
        """containers-policy.json(5) is honoured where its user has put it"""
        config, layers = image("x")
        liar = self.serve(Liar())
        liar.put("a", "latest", manifest_of(config, layers), [config, *layers])
        policy = self.directory / ".config" / "containers" / "policy.json"
        policy.parent.mkdir(parents=True)
        policy.write_text('{"default": [{"type": "reject"}]}')
        self.assertIn("policy", self.inspect(f"docker://{liar.address}/a", status=125))


if __name__ == "__main__":
    unittest.main()
