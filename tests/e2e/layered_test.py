"""Layered images: the layers of a closure, as tools of others see them, and as they are streamed."""
import io
import json
import os
import random
import resource
import shutil
import subprocess
import tarfile

import harness
import images
import judges
import trees

SHELL = "/opt/shell"


class Closures(harness.Machine):
    """Makes closures in a directory that stands for the root of the host."""

    def setUp(self):
        super().setUp()
        self.root = self.directory / "root"
        self.graph = self.directory / "graph.json"

    def file(self, path, data="x\n", mode=0o644):
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data.encode() if isinstance(data, str) else data)
        place.chmod(mode)

    def closure(self, references, graph=None):
        """Writes a graph of path -> references, and a file in each path that is not there yet."""
        for path in references:
            if not (self.root / path.lstrip("/")).exists():
                self.file(f"{path}/name", f"{path}\n")
        (graph or self.graph).write_text(json.dumps(
            {"paths": [{"path": path, "references": list(to)} for path, to in references.items()]}))

    def build(self, *arguments, graph=None, **more):
        return self.rootlayer("build", "--closure", graph or self.graph, "--closure-root", self.root, *arguments, **more)

    def layered(self, *arguments, **more):
        return self.build("--layered", *arguments, **more)

    def plan(self, *arguments, **more):
        said = self.layered("--print-plan=json", *arguments, **more).stdout
        return json.loads(said)["layers"]

    def diff_ids(self, archive):
        return json.loads(judges.command("skopeo", "inspect", "--config", f"docker-archive:{archive}"))["rootfs"]["diff_ids"]

    def with_shell(self):
        """A closure that can run: a shell, and a program that needs it and a file of another path."""
        binary = shutil.which("busybox") or "/bin/busybox"
        with open(binary, "rb") as file:
            self.file(f"{SHELL}/bin/busybox", file.read(), 0o755)
        (self.root / "opt/shell/bin/sh").symlink_to("busybox")
        (self.root / "opt/shell/bin/cat").symlink_to("busybox")
        self.file("/opt/data/a name", "found\n")
        self.file("/opt/app/run", f"#!{SHELL}/bin/sh\nexec {SHELL}/bin/cat '/opt/data/a name'\n", 0o755)
        self.closure({"/opt/app": [SHELL, "/opt/data", "/opt/app"], SHELL: [], "/opt/data": []})


class Layered(Closures):
    def test_a_layered_image_runs_and_is_the_same_for_everybody(self):
        self.with_shell()
        archive, layout = self.directory / "image.tar", self.directory / "layout"
        self.layered("--entrypoint", '["/opt/app/run"]', "--name", "test:latest", "-o", f"docker-archive:{archive}",
                     "-o", f"oci:{layout}:latest")
        image = images.Built(self.directory, archive, layout)
        self.assertEqual(len(image.layers), 3)
        first = None
        with judges.judging(self) as present:
            for name in [name for name in ("docker", "containerd") if name in present]:
                with self.subTest(f"{name} runs it"):
                    self.assertEqual(present[name].run(image), "found")
            for name, judge in present.items():
                with self.subTest(f"{name} has the tree"):
                    seen = judge.tree(image)
                    self.assertIn(b"opt/app/run", seen)
                    first = first or seen
                    self.assertEqual(trees.differences(first, seen, None), [])
        history = json.loads(judges.command("umoci", "stat", "--json", "--image", f"{layout}:latest"))["history"]
        self.assertEqual([entry["created_by"] for entry in history],
                         [f"rootlayer: closure {path}" for path in ("/opt/app", "/opt/data", SHELL)])

    def test_images_share_the_layers_of_their_common_paths(self):
        one, two = self.directory / "one.tar", self.directory / "two.tar"
        self.closure({"/opt/a": ["/opt/lib"], "/opt/lib": [], "/opt/b": ["/opt/lib"]})
        self.layered("-o", f"docker-archive:{one}")
        self.closure({"/srv/c": ["/opt/lib", "/opt/b"], "/opt/b": ["/opt/lib"], "/opt/lib": ["/opt/lib"]})
        self.layered("-o", f"docker-archive:{two}")
        common = set(self.diff_ids(one)) & set(self.diff_ids(two))
        self.assertEqual(len(common), 2)
        self.assertEqual(self.diff_ids(one)[0], self.diff_ids(two)[0], "the most popular path is the lowest layer")

    def test_the_order_of_the_graph_has_no_meaning(self):
        names = [f"/opt/{number}" for number in range(120)]
        dice = random.Random(1)
        references = {name: dice.sample(names, 3) for name in names}
        made = []
        for seed in range(2):
            shuffled = list(references.items())
            random.Random(seed).shuffle(shuffled)
            self.closure(dict(shuffled))
            output = self.directory / f"{seed}.tar"
            self.layered("--max-layers", "20", "-o", f"docker-archive:{output}")
            made.append(output.read_bytes())
        self.assertEqual(made[0], made[1])
        self.assertEqual(len(self.diff_ids(output)), 20)

    def test_as_many_layers_as_are_allowed(self):
        for count, layers in ((0, 0), (1, 1), (9, 9), (10, 10), (11, 10), (500, 10)):
            with self.subTest(f"{count} paths"):
                self.closure({f"/p/{number:03}": [] for number in range(count)})
                archive = self.directory / f"{count}.tar"
                self.layered("--max-layers", "10", "-o", f"docker-archive:{archive}")
                self.assertEqual(len(self.diff_ids(archive)), layers)
                with tarfile.open(archive) as tar:
                    manifest = json.load(tar.extractfile("manifest.json"))[0]
                    found = set()
                    for layer in manifest["Layers"]:
                        with tarfile.open(fileobj=io.BytesIO(tar.extractfile(layer).read())) as files:
                            found.update(name for name in files.getnames() if name.endswith("/name"))
                self.assertEqual(len(found), count, "every path is in the image")

    def test_the_base_counts_and_its_layers_stay_as_they_are(self):
        self.closure({f"/opt/{number}": [] for number in range(10)})
        base, archive = self.directory / "base.tar", self.directory / "image.tar"
        self.rootlayer("build", "--from", f"tar:{harness.busybox_root()}", "-o", f"docker-archive:{base}")
        self.layered("--from", f"docker-archive:{base}", "--max-layers", "4", "-o", f"docker-archive:{archive}")
        found = self.diff_ids(archive)
        self.assertEqual((found[:1], len(found)), (self.diff_ids(base), 4))
        kinds = [layer["kind"] for layer in self.plan("--from", f"docker-archive:{base}", "--max-layers", "4",
                                                      "--contents", self.graph)]
        self.assertEqual(kinds, ["base", "path", "rest", "contents"])
        with self.subTest("layered on layered: what the base has is not added again"):
            more = self.directory / "more.tar"
            self.closure({"/opt/0": [], "/srv/new": []})
            self.layered("--from", f"docker-archive:{archive}", "-o", f"docker-archive:{more}")
            self.assertEqual(self.diff_ids(more)[:4], found)
            self.assertEqual(len(self.diff_ids(more)), 5)

    def test_the_script_is_root_on_top_of_the_closure(self):
        self.closure({"/opt/app": ["/opt/lib"], "/opt/lib": []})
        archive = self.directory / "image.tar"
        done = self.layered("--from", f"tar:{harness.busybox_root()}", "-o", f"docker-archive:{archive}",
                            script="cat /opt/app/name; mknod /opt/null c 1 3; mkdir /srv; chown 1000:7 /srv; rm /opt/lib/name")
        self.assertIn("/opt/app", done.stderr)
        with tarfile.open(archive) as tar:
            layers = json.load(tar.extractfile("manifest.json"))[0]["Layers"]
            with tarfile.open(fileobj=io.BytesIO(tar.extractfile(layers[-1]).read())) as top:
                self.assertTrue(top.getmember("opt/null").ischr())
                self.assertEqual((top.getmember("srv").uid, top.getmember("srv").gid), (1000, 7))
                self.assertIn("opt/lib/.wh.name", top.getnames())
        self.assertEqual(len(layers), 4)

    def test_the_plan_is_explained(self):
        self.closure({"/opt/app": ["/opt/lib", "/opt/libc"], "/opt/lib": ["/opt/libc"], "/opt/libc": []})
        said = self.layered("--max-layers", "2", "--print-plan").stdout.decode()
        self.assertEqual(said, "3 paths, at most 2 layers\n"
                               "  1  path      /opt/libc (popularity 2)\n"
                               "  2  rest      2 paths (popularity 1 and less)\n"
                               "               /opt/app\n"
                               "               /opt/lib\n")
        self.assertEqual([layer["paths"] for layer in self.plan("--max-layers", "2")],
                         [["/opt/libc"], ["/opt/app", "/opt/lib"]])

    def test_what_cannot_be_is_refused_and_nothing_is_written(self):
        self.closure({"/opt/app": []})
        refused = (
            (("--max-layers", "1"), "--max-layers"),
            (("--squash",), "--layered and --squash contradict"),
            (("--print-plan=xml",), "--print-plan does not take"),
            (("--nix-db",), "--nix-db has no paths"))
        for arguments, text in refused:
            with self.subTest(text):
                self.assertIn(text, self.layered(*arguments, "-o", f"oci:{self.directory}/lay", status=125).stderr)
        graphs = (
            ([{"path": "/opt/gone", "references": []}], 'missing below'),
            ([{"path": "../opt/app", "references": []}], "not below the root"),
            ([{"path": "/opt/app", "references": ["/opt/x"]}], "which is not in the graph"),
            ([{"path": "/opt/app", "references": []}] * 2, "twice"),
            ([{"path": "/opt", "references": []}, {"path": "/opt/app", "references": []}], "is inside"))
        for graph, text in graphs:
            with self.subTest(text):
                self.graph.write_text(json.dumps(graph))
                self.assertIn(text, self.layered("-o", f"oci:{self.directory}/lay", status=125).stderr)
        self.assertFalse((self.directory / "lay").exists())
        self.assertIn("--layered has no paths", self.rootlayer("build", "--layered", "-o", "oci:lay", status=125).stderr)


class Streamed(Closures):
    def test_a_stream_is_the_same_archive_and_tools_load_it(self):
        self.with_shell()
        archive = self.directory / "image.tar"
        arguments = ("--layered", "--name", "test:latest")
        self.build(*arguments, "-o", f"docker-archive:{archive}")
        self.assertEqual(self.build(*arguments, "-o", "docker-archive:-").stdout, archive.read_bytes())
        oci = self.build(*arguments, "-o", "oci-archive:-").stdout
        stored = self.directory / "stream.tar"
        stored.write_bytes(oci)
        self.assertEqual(len(json.loads(judges.command("skopeo", "inspect", f"oci-archive:{stored}"))["Layers"]), 3)

    def test_two_gibibytes_within_64_mib_of_memory_and_nothing_on_disk(self):
        """Memory and the temporary directory do not grow with the image."""
        size = 256 << 20
        references = {}
        for number in range(8):
            self.file(f"/opt/{number}/data", b"")
            with open(self.root / f"opt/{number}/data", "wb") as file:
                file.truncate(size)
                file.seek(number * 4096)
                file.write(b"not zero")
            references[f"/opt/{number}"] = []
        self.closure(references)
        for kind in ("docker-archive:-", "oci-archive:-"):
            with self.subTest(kind):
                command = [str(harness.BINARY), "build", "--layered", "--closure", str(self.graph), "--closure-root",
                           str(self.root), "-o", kind]
                # A file system of its own without room: whoever writes a file there fails.
                process = subprocess.Popen(command, env=self.environment(TMPDIR=str(self.temporary)),
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                written = 0
                while piece := process.stdout.read(1 << 20):
                    written += len(piece)
                    self.assertEqual(list(self.temporary.iterdir()), [])
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                said = process.stderr.read().decode(errors="replace")
                process.stdout.close()
                process.stderr.close()
                self.assertEqual(process.returncode, 0, said)
                self.assertGreater(written, 8 * size)
                self.assertLess(usage.ru_maxrss, 64 << 10, "KiB")


class NixStore(Closures):
    """Paths of a real Nix store. They are made without a build: Nix stores texts that name other paths."""

    def setUp(self):
        super().setUp()
        if not all(shutil.which(tool) for tool in ("nix-store", "sqlite3")):
            if os.environ.get("CI") == "true":
                self.fail("nix-store or sqlite3 is not here; scripts/setup --test installs them")
            self.skipTest("nix-store or sqlite3 is not here; scripts/setup --test installs them")
        self.nix_environment = self.environment(USER="nobody", NIX_CONFIG="build-users-group =\nsubstitute = false")
        expression = self.directory / "paths.nix"
        expression.write_text('let libc = builtins.toFile "libc" "the library\\n";\n'
                              '    lib = builtins.toFile "lib" "needs ${libc}\\n";\n'
                              'in builtins.toFile "app" "needs ${lib} and ${libc}\\n"\n')
        self.app = json.loads(self.nix("nix-instantiate", "--eval", "--read-write-mode", expression))

    def nix(self, program, *words, root=None):
        done = subprocess.run([program, *map(str, words), "--store", f"local?root={root or self.root}"],
                              env=self.nix_environment, capture_output=True, text=True, check=False, timeout=harness.LONG)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def build_nix(self, *arguments, **more):
        return self.rootlayer("build", "--nix-closure", self.app, "--closure-root", self.root, *arguments,
                              env=self.nix_environment, **more)

    def unpacked(self, archive):
        root = self.directory / f"unpacked-{archive.stem}"
        root.mkdir()
        with tarfile.open(archive) as tar:
            for layer in json.load(tar.extractfile("manifest.json"))[0]["Layers"]:
                with tarfile.open(fileobj=io.BytesIO(tar.extractfile(layer).read())) as files:
                    files.extractall(root, filter="fully_trusted") if hasattr(tarfile, "data_filter") else \
                        files.extractall(root)
        return root

    def test_the_image_has_the_closure_and_a_database_that_fits(self):
        for name, more in (("one", ()), ("layered", ("--layered",)), ("few", ("--layered", "--max-layers", "3"))):
            with self.subTest(name):
                archive = self.directory / f"{name}.tar"
                self.build_nix("--nix-db", "-o", f"docker-archive:{archive}", *more)
                root = self.unpacked(archive)
                self.nix("nix-store", "--verify", "--check-contents", root=root)
                known = self.nix("nix-store", "--query", "--requisites", self.app, root=root).split()
                self.assertEqual(len(known), 3)
                times = subprocess.run(["sqlite3", root / "nix/var/nix/db/db.sqlite",
                                        "select distinct registrationTime from ValidPaths"], capture_output=True,
                                       text=True, check=True, timeout=harness.LONG).stdout.split()
                self.assertEqual(times, ["1"])
                roots = [os.readlink(link) for link in (root / "nix/var/nix/gcroots/rootlayer").iterdir()]
                self.assertEqual(roots, [self.app])
                again = self.directory / f"{name}-again.tar"
                self.build_nix("--nix-db", "-o", f"docker-archive:{again}", *more)
                self.assertEqual(again.read_bytes(), archive.read_bytes())

    def test_nix_says_what_is_no_path_of_the_store(self):
        self.app = "/nix/store/" + "0" * 32 + "-nothing"
        said = self.build_nix("-o", f"oci:{self.directory}/lay", status=125).stderr
        self.assertIn("nix-store failed", said)
        self.assertIn("is not valid", said)

    def test_the_graph_of_a_build_is_accepted_as_it_is(self):
        graph = [{"path": path, "references": self.nix("nix-store", "--query", "--references", path).split(),
                  "narHash": "sha256:0", "narSize": 1, "closureSize": 1}
                 for path in self.nix("nix-store", "--query", "--requisites", self.app).split()]
        self.graph.write_text(json.dumps({"exportReferencesGraph": {"closure": [self.app]}, "closure": graph}))
        paths, attributes = self.directory / "paths.tar", self.directory / "attributes.tar"
        self.layered("-o", f"docker-archive:{attributes}")
        self.build_nix("--layered", "-o", f"docker-archive:{paths}")
        self.assertEqual(attributes.read_bytes(), paths.read_bytes())
