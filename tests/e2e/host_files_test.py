"""Layers of the host's files, without a script and a machine: layer and build, presets, names, digests."""
import gzip
import hashlib
import io
import json
import os
import pathlib
import shutil
import socket
import stat
import subprocess
import tarfile
import unittest
import zipfile

import harness
import images

OLD = 946_684_800


def setUpModule():
    os.umask(0o022)  # modes of contents are those of the files here


def fill(root, names):
    """Makes files: name -> bytes, a link target ("-> x"), or None for a directory."""
    for name, what in names.items():
        path = os.path.join(os.fsencode(root), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if what is None:
            os.makedirs(path, exist_ok=True)
        elif isinstance(what, str):
            os.symlink(what.removeprefix("-> "), path)
        else:
            with open(path, "wb") as file:
                file.write(what)


def tree(root):
    """What a directory holds: path -> (kind, mode, content or target). The root itself is left out."""
    found = {}
    for here, directories, files in os.walk(os.fsencode(root)):
        for name in directories + files:
            path = os.path.join(here, name)
            status = os.lstat(path)
            kind = stat.S_IFMT(status.st_mode)
            data = None
            if stat.S_ISLNK(status.st_mode):
                data = os.readlink(path)
            elif stat.S_ISREG(status.st_mode):
                data = pathlib.Path(os.fsdecode(path)).read_bytes()
            mode = 0 if stat.S_ISLNK(status.st_mode) else stat.S_IMODE(status.st_mode)
            found[os.path.relpath(path, os.fsencode(root))] = (kind, mode, data)
    return found


class Layer(harness.Machine):
    def layer_of(self, *arguments, output="layer.tar", **more):
        path = self.directory / output
        done = self.rootlayer("layer", *arguments, "-o", path, **more)
        self.assertRegex(done.stdout.decode(), r"\Asha256:[0-9a-f]{64}\n\Z")
        self.assertEqual(done.stdout.decode().strip(), images.digest(path.read_bytes()))
        self.rootlayer("verify", path)
        return path

    def source(self, name, names):
        fill(self.directory / name, names)
        return self.directory / name

    def unpacked(self, layer):
        target = self.directory / "unpacked"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        subprocess.run(["tar", "-xpf", layer, "-C", target, "--no-same-owner"], check=True)
        return tree(target)

    def two_sources(self):
        one = self.source("one", {
            "etc/app.conf": b"one\n", "usr/lib/liba": b"a", "lib": "-> usr/lib", "name with blank\nand newline": b"odd",
            b"not-utf8-\xff": b"raw", "to-file": "-> etc/app.conf", "dangling": "-> nowhere", "empty": None, "kind": None})
        (one / "etc/app.conf").chmod(0o4750)
        (one / "usr").chmod(0o711)
        os.mkfifo(one / "pipe")
        two = self.source("two", {"etc/app.conf": b"two\n", "lib/libb": b"b", "dangling": b"now a file"})
        return one, two

    def assert_as_rsync(self, options, ours, *sources):
        if not shutil.which("rsync"):
            self.skipTest("rsync is not installed")
        target = self.directory / "rsync"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        for source in sources:
            subprocess.run(["rsync", options, "--ignore-times", f"{source}/", f"{target}/"], check=True)
        arguments = [word for source in sources for word in ("--contents", source)]
        self.assertEqual(self.unpacked(self.layer_of(*arguments, *ours)), tree(target))

    def test_contents_are_what_rsync_makes_of_them(self):
        self.assert_as_rsync("-ak", (), *self.two_sources())

    def test_kept_links_to_directories_are_what_rsync_makes_of_them(self):
        self.assert_as_rsync("-aK", ("--keep-dirlinks",), *self.two_sources())

    def test_a_build_keeps_links_and_packages_unless_told_otherwise(self):
        one = self.source("one", {"real/file": b"x", "link": "-> real"})
        with zipfile.ZipFile(self.directory / "a.zip", "w") as archive:
            archive.writestr("inner", b"x")
        layer = self.directory / "l.tar"
        arguments = ("build", "-o", layer, "--contents", one, "--contents")
        self.rootlayer(*arguments, f"{self.directory}/a.zip:/")
        entries = harness.members(layer)
        self.assertEqual(list(entries), ["a.zip", "link", "real", "real/file"])
        self.assertTrue(entries["link"].issym())
        self.rootlayer(*arguments, f"{self.directory}/a.zip,format=name", "--no-keep-dirlinks")
        self.assertEqual(list(harness.members(layer)), ["inner", "link", "link/file", "real", "real/file"])

    def test_links_that_lead_out_of_the_contents_are_followed_only_on_request(self):
        outside = self.source("outside", {"secret": b"x"})
        one = self.source("one", {"out": f"-> {outside}", "up": "-> ../outside", "self": "-> .", "d/back": "-> .."})
        done = self.rootlayer("layer", "--contents", one, "-o", self.directory / "l.tar")
        self.assertEqual([m.type for m in harness.members(self.directory / "l.tar").values()],
                         [tarfile.DIRTYPE] + 4 * [tarfile.SYMTYPE])
        for name in ("out", "up", "self", "d/back"):
            self.assertIn(f'"{name}" stays a symbolic link', done.stderr)
        followed = harness.members(self.layer_of("--contents", f"{one},dirlinks=follow"))
        self.assertIn("out/secret", followed)
        self.assertIn("up/secret", followed)

    def test_links_to_what_holds_the_contents_are_never_followed(self):
        self.source("outer", {"secret": b"x", "in/up": "-> ..", "in/file": b"x"})
        layer = self.layer_of("--contents", f"{self.directory / 'outer/in'},dirlinks=follow")
        self.assertEqual({name for name in harness.members(layer)}, {"file", "up"})

    def test_the_limit_of_entries_ends_the_reading(self):
        names = {"d0/file": b"x"}
        for number in range(1, 25):
            names.update({f"d{number}/{link}": f"-> ../d{number - 1}" for link in "ab"})
        many = self.source("many", names)
        done = self.rootlayer("layer", "--contents", many, "--max-entries", "1000", "-o", self.directory / "l.tar", status=125)
        self.assertIn("more than 1000 entries", done.stderr)
        self.assertIn("--max-entries", done.stderr)

    def test_times_that_are_kept_end_at_the_epoch_of_the_environment(self):
        one = self.source("one", {"a": b"x", "b": b"x"})
        os.utime(one / "a", (500, 500))
        layer = self.layer_of("--contents", one, "--keep-times", env=self.environment(SOURCE_DATE_EPOCH="1000"))
        self.assertEqual([harness.members(layer)[name].mtime for name in "ab"], [500, 1000])

    def test_a_qemu_that_is_missing_does_not_matter(self):
        one = self.source("one", {"a": b"x"})
        self.layer_of("--contents", one, env=self.environment(ROOTLAYER_QEMU="/nowhere"))

    def test_contents_go_through_the_base_s_links_to_directories(self):
        base = self.directory / "base.tar"
        with tarfile.open(base, "w") as tar:
            harness.add(tar, "usr", type=tarfile.DIRTYPE, mode=0o711, uid=3)
            harness.add(tar, "usr/bin", type=tarfile.DIRTYPE, mode=0o700)
            harness.add(tar, "bin", type=tarfile.SYMTYPE, linkname="usr/bin")
        one = self.source("one", {"bin/tool": b"tool"})
        through = harness.members(self.layer_of("--from", f"tar:{base}", "--contents", one))
        self.assertEqual(list(through), ["usr", "usr/bin", "usr/bin/tool"])
        self.assertEqual((through["usr"].mode, through["usr"].uid, through["usr/bin"].mode), (0o711, 3, 0o700))
        instead = self.layer_of("--from", f"tar:{base}", "--contents", one, "--replace-dirlinks")
        self.assertEqual(list(harness.members(instead)), ["bin", "bin/tool"])
        image = self.directory / "image.tar"
        self.rootlayer("build", "--from", f"tar:{base}", "--contents", one, "-o", f"docker-archive:{image}")
        tree_ = self.directory / "tree.tar"
        self.rootlayer("export", f"docker-archive:{image}", "--output", tree_)
        self.assertEqual(harness.content(tree_, "usr/bin/tool"), b"tool")
        self.assertTrue(harness.members(tree_)["bin"].issym())

    def test_owners_and_modes_are_as_asked_and_the_host_s_times_do_not_matter(self):
        one = self.source("one", {"d/file": b"x", "top": b"y"})
        os.chmod(one, 0o700)
        arguments = ("--contents", f"{one}:/srv/app,uid=7,mode=640", "--contents", f"{one}/top:/opt/", "--gid", "9")
        layer = self.layer_of(*arguments)
        entries = harness.members(layer)
        self.assertEqual({name: (e.uid, e.gid, e.mode, e.mtime) for name, e in entries.items() if e.isfile()},
                         {"opt/top": (0, 9, 0o644, 1), "srv/app/d/file": (7, 9, 0o640, 1), "srv/app/top": (7, 9, 0o640, 1)})
        self.assertEqual((entries["srv/app"].uid, entries["srv/app"].mode), (7, 0o755))
        before = layer.read_bytes()
        for path in (one / "top", one / "d/file", one / "d"):
            os.utime(path, (OLD, OLD))
        self.assertEqual(self.layer_of(*arguments).read_bytes(), before)
        kept = harness.members(self.layer_of(*arguments, "--keep-times"))
        self.assertEqual(kept["srv/app/top"].mtime, OLD)

    def test_hard_links_fifos_and_sockets_follow_the_rules_of_layers(self):
        """[W11] [W12] [T8]"""
        one = self.source("one", {"a": b"x"})
        os.link(one / "a", one / "b")
        os.mkfifo(one / "pipe")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(one / "socket"))
            done = self.rootlayer("layer", "--contents", one, "-o", self.directory / "l.tar")
        self.assertIn('"socket" is a socket', done.stderr)
        entries = harness.members(self.directory / "l.tar")
        self.assertEqual(list(entries), ["a", "b", "pipe"])
        self.assertEqual((entries["b"].type, entries["b"].linkname), (tarfile.LNKTYPE, "a"))
        self.assertTrue(entries["pipe"].isfifo())

    def test_later_contents_go_over_earlier_ones_tarballs_too(self):
        tar = self.directory / "t.tar.gz"
        with tarfile.open(tar, "w:gz") as archive:
            harness.add(archive, "./etc", type=tarfile.DIRTYPE)
            harness.add(archive, "./etc/a", data=b"tar", uid=5)
            harness.add(archive, "./etc/b", data=b"tar", uid=5)
        one = self.source("one", {"etc/a": b"file"})
        layer = self.layer_of("--contents", tar, "--contents", one)
        self.assertEqual([harness.content(layer, f"etc/{name}") for name in "ab"], [b"file", b"tar"])
        self.assertEqual([harness.members(layer)[f"etc/{name}"].uid for name in "ab"], [0, 5])
        layer = self.layer_of("--contents", one, "--contents", tar, "--uid", "8")
        self.assertEqual(harness.content(layer, "etc/a"), b"tar")
        self.assertEqual(harness.members(layer)["etc/a"].uid, 8)
        (self.directory / "bad.tar.gz").write_bytes(tar.read_bytes()[:-20])
        told = self.rootlayer("layer", "--contents", self.directory / "bad.tar.gz", "-o", self.directory / "x.tar", status=125)
        self.assertIn("bad.tar.gz", told.stderr)
        self.assertFalse((self.directory / "x.tar").exists())

    def test_a_file_that_changes_while_it_is_read_is_an_error(self):
        one = self.source("one", {"a": os.urandom(8 << 20), "z": b"first"})
        process = self.start("layer", "--contents", one, "-o", "-")
        process.stdout.read(512)  # all names are known now, and the pipe is too small for a
        (one / "z").write_bytes(b"other")
        _, said = process.communicate(timeout=600)
        self.assertEqual(process.returncode, 125)
        self.assertIn(f'"{one}/z" changed while it was read', said.decode())

    def test_all_files_that_cannot_be_read_are_named_at_once(self):
        one = self.source("one", {"a": b"x", "b": b"x", "d/inner": b"x", "fine": b"x"})
        for name in ("a", "b", "d"):
            (one / name).chmod(0)
        self.addCleanup((one / "d").chmod, 0o700)
        wrapper = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
        done = self.rootlayer("layer", "--contents", one, "-o", self.directory / "l.tar", status=125, wrapper=wrapper)
        self.assertIn("3 files of the contents cannot be read", done.stderr)
        for name in ("a", "b", "d"):
            self.assertIn(f'"{one}/{name}"', done.stderr)
        self.assertFalse((self.directory / "l.tar").exists())

    def test_outputs_in_a_directory_of_contents_are_left_out(self):
        one = self.source("one", {"a": b"x"})
        for arguments in (("-o", "out.tar"), ("-o", "out.tar"), ("-o", "docker-archive:out.tar", "--iidfile", "id")):
            done = self.rootlayer("layer" if len(arguments) == 2 else "build", "--contents", ".", *arguments, cwd=one)
        self.assertIn('--contents ".": "out.tar" is an output; it is not in the layer', done.stderr)
        with open(one / "piped.tar", "wb") as output:
            subprocess.run([harness.BINARY, "layer", "--contents", ".,unpack=no", "-o", "-"], cwd=one, stdout=output, check=True,
                           env=self.environment(), stderr=subprocess.DEVNULL)
        self.assertEqual(list(harness.members(one / "piped.tar")), ["a", "id", "out.tar"])

    def test_a_layer_can_be_piped_and_does_not_grow_in_memory(self):
        one = self.source("one", {"small": b"x"})
        with open(one / "large", "wb") as file:
            file.truncate(256 << 20)
        process = self.start("layer", "--contents", one, "-o", "-")
        digest = hashlib.sha256()
        while block := process.stdout.read(1 << 20):
            digest.update(block)
        process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        process.stderr.close()
        self.assertEqual(process.returncode, 0)
        self.assertEqual(digest.hexdigest(), hashlib.sha256(self.layer_of("--contents", one).read_bytes()).hexdigest())
        if not os.environ.get("ROOTLAYER_SANITIZE"):
            self.assertLess(used.ru_maxrss, 64 << 10, "KiB")

    def test_the_metadata_describe_the_layer(self):
        one = self.source("one", {"a": b"x"})
        layer = self.layer_of("--contents", one, "--metadata-file", self.directory / "m.json")
        document = json.loads((self.directory / "m.json").read_text())
        self.assertEqual(document["layer"], {"diffId": images.digest(layer.read_bytes()), "size": len(layer.read_bytes()),
                                             "entries": 1})
        self.assertNotIn("machine", document)

    def test_wrong_options_are_refused(self):
        one = self.source("one", {"a": b"x"})
        for arguments, told in (((), "--contents"), (("--contents", self.directory / "no"), "no"),
                                (("--contents", f"{one},dirlinks=maybe"), "dirlinks is copy, keep or follow"),
                                (("--contents", f"{one},unpack="), "unpack is yes or no"),
                                (("--contents", f"{one},format="), "format is empty"),
                                (("--contents", f"{one},"), "a field is empty"),
                                (("--contents", one, "--uid", "x"), "--uid"), (("--preset", "nix"), "ca-certificates"),
                                (("--preset", "shadow=x"), "--preset"),
                                (("--preset", "sh", "--platform", "linux/arm64"), "sh=FILE")):
            with self.subTest(arguments):
                done = self.rootlayer("layer", *arguments, "-o", self.directory / "l.tar", status=125)
                self.assertIn(told, done.stderr)
        self.assertFalse((self.directory / "l.tar").exists())


def cpio(names):
    """The newc format; name -> bytes."""
    out = b""
    for number, (name, data) in enumerate([*names.items(), ("TRAILER!!!", b"")], 1):
        mode = 0 if name == "TRAILER!!!" else 0o100751
        fields = (number, mode, 3, 4, 1, OLD, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        out += head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)
    return out


def rpm(payload):
    """A package with two empty headers."""
    lead = b"\xed\xab\xee\xdb\3\0" + bytes(90)
    header = b"\x8e\xad\xe8\1" + bytes(4) + bytes(8)
    return lead + header + header + gzip.compress(payload)


def deb(tar):
    def member(name, data):
        return b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name, 0, 0, 0, b"100644", len(data)) + data + b"\n" * (len(data) % 2)
    return (b"!<arch>\n" + member(b"debian-binary", b"2.0\n") + member(b"control.tar.gz", gzip.compress(b"odd")) +
            member(b"data.tar.gz", gzip.compress(tar)))


class Archives(harness.Machine):
    def tar(self, *names, end=True):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name in names:
                harness.add(tar, name, data=name.encode(), uid=3, gid=4, mode=0o751)
            size = tar.offset
        return out.getvalue() if end else out.getvalue()[:size]

    def zip(self):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            entry = zipfile.ZipInfo("d/file", (2001, 2, 3, 4, 5, 6))
            entry.external_attr = 0o100751 << 16
            archive.writestr(entry, b"d/file" * 1000)
        return out.getvalue()

    def made(self, name, data, fields="", status=0):
        (self.directory / name).write_bytes(data)
        layer = self.directory / "l.tar"
        layer.unlink(missing_ok=True)
        done = self.rootlayer("layer", "--contents", f"{self.directory / name}{fields}", "-o", layer, status=status)
        if status:
            self.assertFalse(layer.exists())
            return done.stderr
        return {name: (entry.uid, entry.gid, entry.mode) for name, entry in harness.members(layer).items() if entry.isfile()}

    def test_payloads_of_packages_are_unpacked(self):
        theirs = {"d/file": (3, 4, 0o751)}
        self.assertEqual(self.made("a.deb", deb(self.tar("./d/file"))), theirs)
        apk = gzip.compress(self.tar(".SIGN.RSA.x", end=False)) + gzip.compress(self.tar(".PKGINFO", end=False)) + gzip.compress(
            self.tar("d/file"))
        self.assertEqual(self.made("a.apk", apk), theirs)
        self.assertEqual(self.made("program", apk, ",format=auto"), theirs)
        self.assertEqual(self.made("a.rpm", rpm(cpio({"./d/file": b"x"}))), theirs)

    def test_archives_are_unpacked_by_name_and_content(self):
        self.assertEqual(self.made("a.cpio", cpio({"d/file": b"x"})), {"d/file": (3, 4, 0o751)})
        self.assertEqual(self.made("a.cpio.gz", gzip.compress(cpio({"d/file": b"x"}))), {"d/file": (3, 4, 0o751)})
        owned_by_root = {"d/file": (0, 0, 0o751)}
        self.assertEqual(self.made("a.zip", self.zip()), owned_by_root)
        self.assertEqual(harness.content(self.directory / "l.tar", "d/file"), b"d/file" * 1000)
        self.assertEqual(self.made("a.zip", self.zip(), ":/opt,uid=5,gid=6"), {"opt/d/file": (5, 6, 0o751)})
        self.assertEqual(self.made("misnamed.7z", self.zip()), owned_by_root)
        self.assertEqual(self.made("program.jar", self.zip()), {"program.jar": (0, 0, 0o644)})
        self.assertEqual(self.made("program.jar", self.zip(), ",format=zip"), owned_by_root)
        self.assertEqual(self.made("program.jar", self.zip(), ",format=auto"), owned_by_root)
        self.assertEqual(self.made("a.zip", self.zip(), ",unpack=no"), {"a.zip": (0, 0, 0o644)})
        (self.directory / "file").write_bytes(b"x")
        subprocess.run(["bsdtar", "-cf", "a.7z", "--format", "7zip", "file"], cwd=self.directory, check=True)
        self.assertEqual(self.made("b.7z", (self.directory / "a.7z").read_bytes()), {"file": (0, 0, 0o644)})

    def test_a_damaged_archive_is_an_error_that_names_it(self):
        package = deb(self.tar("d/file"))
        whole = cpio({"d/file": b"x" * 500})
        zipped = self.zip()
        for name, data in (("a.zip", zipped[:-30]), ("b.zip", zipped[:40] + b"zzzz" + zipped[44:]), ("a.deb", package[:150]),
                           ("b.deb", package[:-100]), ("a.cpio", whole[:300]), ("a.rpm", rpm(whole)[:-30]), ("b.rpm", rpm(whole)[:110]), ("a.7z", b"#mtree\n"),
                           ("b.cpio", b"#mtree\n/etc/passwd contents=/etc/passwd\n")):
            with self.subTest(name):
                self.assertIn(name, self.made(name, data, status=125))
        self.assertIn("cut off", self.made("c.zip", zipped[:-10], status=125))
        (self.directory / "file").write_bytes(b"x" * 5000)
        subprocess.run(["bsdtar", "-cf", "b.7z", "--format", "7zip", "--options", "7zip:compression=store", "file"],
                       cwd=self.directory, check=True)
        stored = bytearray((self.directory / "b.7z").read_bytes())
        stored[1000] ^= 4
        self.assertIn("CRC", self.made("c.7z", bytes(stored), status=125))
        control = gzip.compress(self.tar(".SIGN.RSA.x", end=False)) + gzip.compress(self.tar(".PKGINFO"))
        self.assertIn("no files", self.made("b.apk", control, status=125))
        self.assertIn("format", self.made("x", b"text", ",format=auto", status=125))
        locked = bytearray(zipped)
        for entry, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            locked[locked.index(entry) + flags] |= 1
        self.assertIn('"' + str(self.directory / "d.zip") + '" is encrypted', self.made("d.zip", bytes(locked), status=125))
        for name, fields in (("new.apk", ""), ("new", ",format=apk"), ("new", ",format=auto")):
            self.assertIn("an apk of apk-tools 3", self.made(name, b"ADBd" + bytes(500), fields, status=125))
        self.assertIn("format=tar", self.made("x", b"text", ",format=rar", status=125))


class Presets(harness.Machine):
    def build(self, *arguments):
        archive = self.directory / "a.tar"
        self.rootlayer("build", *arguments, "-o", f"docker-archive:{archive}", "--metadata-file", self.directory / "m.json")
        self.rootlayer("export", f"docker-archive:{archive}", "--output", self.directory / "tree.tar")
        self.document = json.loads((self.directory / "m.json").read_text())
        return harness.members(self.directory / "tree.tar")

    def text(self, name):
        return harness.content(self.directory / "tree.tar", name).decode()

    def test_presets_add_what_is_absent(self):
        base = self.directory / "base.tar"
        with tarfile.open(base, "w") as tar:
            harness.add(tar, "etc", type=tarfile.DIRTYPE)
            harness.add(tar, "etc/passwd", data=b"root:x:0:0::/:/bin/sh\n")
            harness.add(tar, "usr", type=tarfile.DIRTYPE)
            harness.add(tar, "usr/bin", type=tarfile.DIRTYPE)
            harness.add(tar, "bin", type=tarfile.SYMTYPE, linkname="usr/bin")
        group = self.directory / "group"
        group.write_bytes(b"root:x:0:\nmine:x:7:\n")
        entries = self.build("--from", f"tar:{base}", "--contents", f"{group}:/etc/", "--preset", "shadow,sh", "--preset", "env")
        self.assertEqual(self.text("etc/passwd"), "root:x:0:0::/:/bin/sh\n")
        self.assertIn("mine", self.text("etc/group"))
        self.assertEqual((entries["etc/shadow"].mode, entries["etc/gshadow"].mode), (0o600, 0o600))
        self.assertTrue(entries["bin"].issym())
        self.assertEqual((entries["usr/bin/sh"].linkname, entries["usr/bin/env"].linkname), ("busybox", "/bin/busybox"))
        added = {each["preset"]: each["added"] for each in self.document["presets"]}
        self.assertEqual(added, {"shadow": ["/etc/shadow", "/etc/gshadow", "/etc/login.defs", "/etc/pam.d/other"],
                                 "sh": ["/usr/bin/sh", "/usr/bin/busybox"], "env": ["/usr/bin/env"]})
        made = self.document["image"]["config"]["history"][-1]["created_by"]
        self.assertIn("preset sh: /usr/bin/sh /usr/bin/busybox", made)

    def test_files_can_be_given(self):
        shell, certificates = self.directory / "shell", self.directory / "ca.pem"
        shell.write_bytes(b"#!nothing\n")
        certificates.write_bytes(b"a certificate\n")
        entries = self.build("--preset", f"sh={shell}", "--preset", f"ca-certificates={certificates}", "--preset", "nss")
        self.assertEqual((self.text("bin/sh"), entries["bin/sh"].mode), ("#!nothing\n", 0o755))
        for name in ("etc/ssl/certs/ca-certificates.crt", "etc/ssl/certs/ca-bundle.crt", "etc/pki/tls/certs/ca-bundle.crt"):
            self.assertIn(name, entries)
        self.assertIn("nobody:x:65534:65534:", self.text("etc/passwd"))


class PresetsOfAScript(harness.Machine):
    def test_a_script_has_the_shell_and_the_users_of_its_presets(self):
        self.rootlayer("build", "--preset", "sh,shadow", "-c", "echo hello > /made; chown root /made", "-o",
                       f"docker-archive:{self.directory}/a.tar")


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
        for given in ("2026-01-31T12:00:00", "2026-01-31T12:00:00+2:00", "2026-01-31T12:00:00.Z", "2026-02-30T12:00:00Z",
                      "2026-01-31T12:00:60Z", "yesterday"):
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
