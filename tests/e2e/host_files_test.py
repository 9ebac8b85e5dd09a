"""Names and times of images of the host's files, and digests, without a machine."""
import hashlib
import json
import tarfile
import unittest

import harness
import images


class Names(harness.Machine):
    def test_the_tag_is_that_of_the_config(self):
        (self.directory / "file").write_text("x")
        tags = []
        for label in ("a=1", "a=1", "a=2"):
            self.rootlayer("build", "--contents", self.directory / "file", "--label", label, "--name", "Tools/App",
                           "--tag-by-digest", "-o", f"docker-archive:{self.directory}/a.tar", "--iidfile",
                           self.directory / "iid")
            manifest = json.loads(harness.content(self.directory / "a.tar", "manifest.json"))
            tags += manifest[0]["RepoTags"]
            self.assertEqual(tags[-1], "tools/app:" + (self.directory / "iid").read_text().strip()[7:39])
        self.assertEqual(tags[0], tags[1])
        self.assertNotEqual(tags[1], tags[2])
        for names in (("--name", "app:1"), ()):
            told = self.rootlayer("build", *names, "--tag-by-digest", "-o", f"docker-archive:{self.directory}/b.tar", status=125)
            self.assertIn("--tag-by-digest", told.stderr)

    def test_created_takes_any_zone(self):
        (self.directory / "file").write_text("x")
        for given, told in (("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z"),
                            ("2026-01-31T12:00:00.25Z", "2026-01-31T12:00:00Z"),
                            ("2026-01-31T22:30:00-02:30", "2026-02-01T01:00:00Z"), ("7", "1970-01-01T00:00:07Z")):
            self.rootlayer("build", "--contents", self.directory / "file", "--created", given, "-o",
                           f"docker-archive:{self.directory}/a.tar")
            self.assertEqual(images.Built(self.directory, self.directory / "a.tar", None).config["created"], told)
        for given in ("2026-01-31T12:00:00", "2026-01-31T12:00:00+2:00", "2026-01-31T12:00:00.Z", "yesterday"):
            self.rootlayer("build", "--contents", self.directory / "file", "--created", given, "-o",
                           f"docker-archive:{self.directory}/b.tar", status=125)

    def test_an_old_loader_finds_its_files(self):
        (self.directory / "file").write_text("x")
        base, archive = self.directory / "base.tar", self.directory / "a.tar"
        self.rootlayer("build", "--contents", self.directory / "file", "-o", f"docker-archive:{base}")
        arguments = ("build", "--from", f"docker-archive:{base}", "--contents", f"{self.directory}/file:/two", "--cmd", "run",
                     "--name", "app:1", "--name", "app:2", "-o", f"docker-archive:{archive}")
        self.rootlayer(*arguments)
        plain = set(harness.members(archive))
        self.rootlayer(*arguments, "--legacy-v1")
        self.assertGreater(set(harness.members(archive)), plain)
        repositories = json.loads(harness.content(archive, "repositories"))
        top = repositories["app"]["1"]
        self.assertEqual(repositories, {"app": {"1": top, "2": top}})
        config = json.loads(harness.content(archive, json.loads(harness.content(archive, "manifest.json"))[0]["Config"]))
        found, parent = [], top
        while parent:
            self.assertEqual(harness.content(archive, f"{parent}/VERSION"), b"1.0")
            document = json.loads(harness.content(archive, f"{parent}/json"))
            self.assertEqual(document["id"], parent)
            found.insert(0, images.digest(harness.content(archive, f"{parent}/layer.tar")))
            parent = document.get("parent")
        self.assertEqual(found, config["rootfs"]["diff_ids"])
        self.assertEqual(json.loads(harness.content(archive, f"{top}/json"))["config"], config["config"])
        self.rootlayer("verify", f"docker-archive:{archive}")


class Digests(harness.Machine):
    """The expected TarSums are those of docker's own tests."""

    def digest(self, data, *arguments, **more):
        path = self.directory / "file"
        path.write_bytes(data)
        return self.rootlayer("digest", path, *arguments, **more)

    def tar(self, name, mode, data=b"", mtime=0, xattr="", **fields):
        """A tar with one entry whose mode has the type's bits too, as Go wrote it."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime = len(data), mtime
        for key, value in fields.items():
            setattr(entry, key, value)
        header = bytearray(entry.tobuf(tarfile.USTAR_FORMAT))
        header[100:108] = b"%07o\0" % mode
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header[:512])
        pax = b""
        if xattr:
            entry.name = "x"
            entry.pax_headers = {"SCHILY.xattr.security.capability": xattr}
            pax = entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")[:1024]
        return pax + bytes(header) + data + bytes(-len(data) % 512)

    def assert_tar_sum(self, tar, expected, version="v0"):
        self.assertEqual(self.digest(tar + bytes(1024), "--algorithm", f"tarsum-{version}").stdout.decode().strip(), expected)

    def test_known_answers(self):
        self.assert_tar_sum(self.tar("/testdata0", 0o755, bytes(1 << 20)),
                            "tarsum+sha256:75258b2c5dcd9adfe24ce71eeca5fc5019c7e669912f15703ede92b1a60cb11f")
        one, two = (self.tar("file", 0o644, data, mtime, uid=1000, gid=1000)
                    for data, mtime in ((b"farts\n", 1409861938), (b"HOWDY\n", 1409861993)))
        self.assert_tar_sum(one + two, "tarsum+sha256:7cabb5e9128bb4a93ff867b9464d7c66a644ae51ea2e90e6ef313f3bef93f077")
        self.assert_tar_sum(two + one, "tarsum+sha256:805fd393cfd58900b10c5636cf9bab48b2406d9b66523122f2352620c85dc7f9")
        self.assert_tar_sum(b"", f"tarsum.v1+sha256:{hashlib.sha256().hexdigest()}", "v1")

    def test_version_1_has_attributes_and_the_json_but_no_times(self):
        fields = "nameextmode33188uid0gid0size3typeflag0linknameunamegnamedevmajor0devminor0security.capabilityvalue"
        first = hashlib.sha256(fields.encode() + b"abc").hexdigest()
        other = hashlib.sha256(b"named/mode16877uid0gid0size0typeflag5linknameunamegnamedevmajor0devminor0").hexdigest()
        expected = hashlib.sha256(("{}" + "".join(sorted((first, other)))).encode()).hexdigest()
        (self.directory / "json").write_text("{}")
        tar = self.tar("ext", 0o100644, b"abc", mtime=7, xattr="value") + self.tar("d", 0o40755, type=tarfile.DIRTYPE)
        done = self.digest(tar + bytes(1024), "--algorithm", "tarsum-v1", "--layer-json", self.directory / "json")
        self.assertEqual(done.stdout.decode().strip(), f"tarsum.v1+sha256:{expected}")

    def test_sha256_is_that_of_the_bytes_and_standard_input_is_read(self):
        self.assertEqual(self.digest(b"abc").stdout.decode().strip(), images.digest(b"abc"))
        with open(self.directory / "file", "rb") as file:
            done = self.rootlayer("digest", "-", stdin=file)
        self.assertEqual(done.stdout.decode().strip(), images.digest(b"abc"))

    def test_what_is_no_tar_is_refused(self):
        self.assertIn("tarsum-v1", self.digest(b"x", "--algorithm", "md5", status=125).stderr)
        self.assertIn("file", self.digest(b"x" * 2000, "--algorithm", "tarsum-v1", status=125).stderr)
        self.assertIn("no-such", self.rootlayer("digest", "no-such", status=125).stderr)


if __name__ == "__main__":
    unittest.main()
