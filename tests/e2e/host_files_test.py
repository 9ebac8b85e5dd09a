"""Digests of files and tars, without a machine."""
import hashlib
import tarfile
import unittest

import harness
import images


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
