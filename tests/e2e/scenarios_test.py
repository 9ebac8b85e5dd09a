"""Cases from the tests of dockerTools in nixpkgs that no other test here covers. Machines are booted only where a script
matters."""
import json
import os
import stat
import tarfile
import unittest

import harness
import images
import judges
import registries


class Scenarios(harness.Machine):
    def build(self, *arguments, **more):
        return self.rootlayer("build", *arguments, **more).stdout.decode().strip()

    def base(self):
        return f"tar:{harness.busybox_root()}"

    def config_of(self, archive):
        return json.loads(judges.command("skopeo", "inspect", "--config", f"docker-archive:{archive}"))

    def with_layer(self, name, fill, **runtime):
        """busybox, and one layer more."""
        path = self.directory / name
        images.docker_archive(path, [harness.busybox_root().read_bytes(), images.layer_bytes(fill)], **runtime)
        return f"docker-archive:{path}"

    def test_env_is_inherited_overridden_and_unique(self):
        """[I2]: also if the base has a name twice, of which a process sees the last"""
        archive = self.directory / "a.tar"
        base = self.with_layer("base.tar", lambda tar: harness.add(tar, "x"), Env=["PATH=/bin", "A=1", "B=base", "A=2"])
        self.build("--from", base, "-e", "B=child", "-e", "C=", "-o", f"docker-archive:{archive}")
        self.assertEqual(self.config_of(archive)["config"]["Env"], ["PATH=/bin", "A=2", "B=child", "C="])

    def test_parents_of_contents_are_0755_and_root_s(self):
        """Whatever the umask, and whoever owns the directories on the host"""
        source = self.directory / "private"
        source.mkdir(mode=0o700)
        (source / "file").write_text("x")
        layer = self.directory / "l.tar"
        self.build("--from", self.base(), "--contents", f"{source}/file:/srv/a/b/file", "-o", layer,
                   preexec_fn=lambda: os.umask(0o077))
        entries = harness.members(layer)
        for name in ("srv", "srv/a", "srv/a/b"):
            self.assertEqual((entries[name].mode, entries[name].uid, entries[name].gid), (0o755, 0, 0), name)

    def test_symlinks_of_contents_are_kept(self):
        """They stay as they are: relative, absolute, to directories, dangling; none is followed"""
        source = self.directory / "files"
        (source / "real").mkdir(parents=True)
        (source / "real" / "file").write_text("x")
        links = {"relative": "real/file", "absolute": "/etc/passwd", "folder": "real", "dangling": "../../no/where"}
        for name, target in links.items():
            (source / name).symlink_to(target)
        layer = self.directory / "l.tar"
        self.build("--from", self.base(), "--contents", source, "-o", layer)
        entries = harness.members(layer)
        self.assertEqual({name: entry.linkname for name, entry in entries.items() if entry.issym()}, links)
        self.assertEqual(sorted(set(entries) - set(links)), ["real", "real/file"])

    def test_a_directory_that_is_a_symlink_in_the_base_stays_one(self):
        """/bin on a merged /usr: a file that is added to it does not hide /usr/bin"""
        def merged(tar):
            harness.add(tar, "usr", type=tarfile.DIRTYPE, mode=0o755)
            harness.add(tar, "usr/lib", type=tarfile.DIRTYPE, mode=0o755)
            harness.add(tar, "usr/lib/theirs", data=b"x")
            harness.add(tar, "lib", type=tarfile.SYMTYPE, mode=0o777, linkname="usr/lib")
        tool = self.directory / "tool"
        tool.write_text("x")
        archive, tree = self.directory / "a.tar", self.directory / "tree.tar"
        self.build("--from", self.with_layer("base.tar", merged), "--contents", f"{tool}:/lib/tool", "-o",
                   f"docker-archive:{archive}")
        self.rootlayer("export", f"docker-archive:{archive}", "-o", tree)
        entries = harness.members(tree)
        self.assertEqual((entries["lib"].type, entries["lib"].linkname), (tarfile.SYMTYPE, "usr/lib"))
        self.assertEqual({name for name in entries if name.startswith("usr/lib/")}, {"usr/lib/theirs", "usr/lib/tool"})

    def test_layers_are_in_order_wherever_they_are_seen(self):
        """Three builds write one file: the script, the exported tree and the archive agree on the last one"""
        reference = self.base()
        for number in (1, 2, 3):
            (self.directory / "who").write_text(f"{number}\n")
            archive = self.directory / f"{number}.tar"
            self.build("--from", reference, "--contents", f"{self.directory}/who:/etc/who",
                       "--contents", f"{self.directory}/who:/etc/only-{number}", "-o", f"docker-archive:{archive}:order:{number}")
            reference = f"docker-archive:{archive}"
        whole = images.Built(self.directory, archive, None)
        self.assertEqual([harness.content(layer, "etc/who") for layer in whole.layers[1:]], [b"1\n", b"2\n", b"3\n"])
        self.assertEqual(whole.config["rootfs"]["diff_ids"], [images.digest(layer.read_bytes()) for layer in whole.layers])
        self.rootlayer("export", reference, "-o", self.directory / "tree.tar")
        self.assertEqual(harness.content(self.directory / "tree.tar", "etc/who"), b"3\n")
        done = self.rootlayer("run", "--from", reference, "-o", self.directory / "l.tar", script="cat /etc/who /etc/only-*")
        self.assertIn("3\n1\n2\n3\n", done.stderr)

    def test_a_pulled_image_is_a_base(self):
        """[I2] [I13]: its layers and its config are those of the registry"""
        if not registries.Registry.is_here():
            if os.environ.get("CI") == "true":
                self.fail("docker-registry is not here; scripts/setup --judges installs it")
            self.skipTest("docker-registry is not installed; scripts/setup --judges installs it")
        registry = registries.Registry(self.directory)
        self.addCleanup(registry.end)
        name = f"{registry.address}/library/base:1"
        self.build("--no-tls-verify", "--from", self.base(), "-e", "FROM=registry", "--cmd", "/bin/sh", "-o",
                   f"docker://{name}")
        pulled, archive = self.directory / "pulled.tar", self.directory / "a.tar"
        self.rootlayer("pull", "--no-tls-verify", name, "-o", f"docker-archive:{pulled}")
        (self.directory / "more").write_text("x")
        self.build("--from", f"docker-archive:{pulled}", "--contents", self.directory / "more", "-n", "child:1", "-o",
                   f"docker-archive:{archive}")
        base, child = self.config_of(pulled), self.config_of(archive)
        self.assertEqual(child["rootfs"]["diff_ids"][:-1], base["rootfs"]["diff_ids"])
        self.assertEqual(child["config"]["Env"], ["FROM=registry"])
        self.assertEqual(child["config"]["Cmd"], ["/bin/sh"])
        with tarfile.open(archive) as tar:
            self.assertEqual(json.load(tar.extractfile("manifest.json"))[0]["RepoTags"], ["child:1"], "not the base's name")

    def test_merged_images_are_what_they_were(self):
        """[I5]: each with its own config, under its own name, a registry's host in it too"""
        archives = []
        for name in ("one:1", "reg.example:5000/a/two:v2"):
            path = self.directory / f"{len(archives)}.tar"
            self.build("--from", self.base(), "--label", f"name={name}", "-n", name, "-o", f"docker-archive:{path}")
            archives.append(path)
        merged = self.directory / "merged.tar"
        self.rootlayer("merge", *(f"docker-archive:{path}" for path in archives), "-o", f"docker-archive:{merged}")
        with tarfile.open(merged) as tar:
            entries = json.load(tar.extractfile("manifest.json"))
            configs = [json.load(tar.extractfile(entry["Config"])) for entry in entries]
        self.assertEqual([entry["RepoTags"] for entry in entries], [["one:1"], ["reg.example:5000/a/two:v2"]])
        self.assertEqual(configs, [self.config_of(path) for path in archives])
        for path, name in zip(archives, ("one:1", "reg.example:5000/a/two:v2")):
            judges.command("skopeo", "copy", f"docker-archive:{merged}:{name}", f"dir:{self.directory}/{path.stem}")

    def test_what_is_written_has_an_ordinary_mode(self):
        archive = self.directory / "a.tar"
        self.build("--from", self.base(), "-o", f"docker-archive:{archive}", preexec_fn=lambda: os.umask(0o022))
        self.assertEqual(stat.S_IMODE(archive.stat().st_mode), 0o644)


if __name__ == "__main__":
    unittest.main()
