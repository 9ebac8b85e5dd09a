"""--before and --after: scripts in the layer's directory, before the overlay is mounted and after it is unmounted."""
import json
import tarfile

import harness
import images

WITH_SHELL = """
echo "user $(id -u) in $PWD $ROOTLAYER_LAYER, $# arguments, $GREETING $MORE"
test -f /etc/keep && ! test -e /etc/old
( echo x > /etc/keep ) 2>/dev/null || echo the base is read-only
"""


class Steps(harness.Machine):
    def scripts(self, **texts):
        """Options for scripts: before="...", after="..."."""
        options = []
        for name, text in texts.items():
            path = self.directory / f"{name}.sh"
            path.write_text(text)
            options += [f"--{name}", path]
        return options

    def base(self):
        """busybox, and two layers: the upper one removes a file of the lower one. An ordinary user is the default."""
        def lower(tar):
            for name in ("keep", "change", "drop", "undo", "old", "d/one", "d/two"):
                harness.add(tar, f"etc/{name}", data=b"base")
        busybox = harness.busybox_root().read_bytes()
        path = self.directory / "base"
        path.mkdir()
        images.oci_layout(path, [busybox, images.layer_bytes(lower),
                                 images.layer_bytes(lambda tar: harness.add(tar, "etc/.wh.old"))],
                          User="app", WorkingDir="/srv", Env=["GREETING=hello"])
        return f"oci:{path}:latest"

    def exported(self, image):
        """The files of an image: name -> content, None for directories."""
        tree = self.directory / "tree.tar"
        self.rootlayer("export", image, "--output", tree)
        with tarfile.open(tree) as tar:
            return {member.name: tar.extractfile(member).read() if member.isreg() else None for member in tar}

    def test_they_run_in_the_directory_of_the_layer_on_a_base_that_they_cannot_change(self):
        output = self.directory / "layer.tar"
        done = self.rootlayer(
            "run", "--from", self.base(), "-u", "root", "-w", "/", "-e", "MORE=more", "--args", "one", "-o", output,
            *self.scripts(before=WITH_SHELL + "mkdir run; echo before > etc-before\n",
                          script="cat /etc-before; echo $1 > /made; echo script >> /etc-before; rm /etc/drop\n"
                                 "test ! -e /layer\n",
                          after=WITH_SHELL + "cat made; echo after >> etc-before; mknod made-null c 1 3\n"))
        line = "user 0 in /layer /layer, 0 arguments, hello more\nthe base is read-only\n"
        self.assertEqual(done.stderr.count(line), 2)
        self.assertIn("\nbefore\n", done.stderr, "the script sees what --before left")
        self.assertIn("\none\n", done.stderr, "--after sees what the script left")
        entries = harness.members(output)
        self.assertEqual(list(entries), ["etc", "etc/.wh.drop", "etc-before", "made", "made-null", "run"])
        self.assertTrue(entries["made-null"].ischr())
        self.assertEqual({entry.mtime for name, entry in entries.items() if ".wh." not in name}, {1})
        self.assertEqual(harness.content(output, "etc-before"), b"before\nscript\nafter\n")
        self.assertEqual(self.rootlayer("verify", output).stdout.count(b"error"), 0)

    def test_the_layer_on_its_base_is_the_tree_after_the_edits(self):
        """[W24] deletions as overlayfs has them, and what is taken out of the layer: there the base shows again"""
        image = f"oci:{self.directory / 'image'}:latest"
        self.rootlayer(
            "build", "--from", self.base(), "--script-user", "root", "-o", image,
            *self.scripts(before="mkdir etc; mknod etc/keep c 0 0; echo new > etc/new; echo new > gone\n",
                          script="test ! -e /etc/keep; test -f /etc/new; rm /gone; echo s > /etc/change; echo s > /etc/undo; rm /etc/drop;"
                                 " rm -r /etc/d; mkdir /etc/d; echo s > /etc/d/three\n",
                          after="rm etc/undo etc/drop; mknod etc/change2 c 0 0; rm etc/change; mknod etc/change c 0 0; ls -A etc\n"))
        files = {name.removeprefix("etc/"): data for name, data in self.exported(image).items() if name.startswith("etc/")}
        self.assertEqual(files, {"group": files["group"], "passwd": files["passwd"], "undo": b"base", "drop": b"base",
                                 "new": b"new\n", "d": None, "d/three": b"s\n"})

    def test_without_a_shell_in_the_base_they_have_busybox_and_need_no_script(self):
        """[W24] mount points that they make are in the layer"""
        output = self.directory / "layer.tar"
        self.rootlayer("run", "-o", output, *self.scripts(
            before="#!/bin/sh\nmkdir proc; seq 3 > three\n",
            after="#!/bin/sh -eu\nsort -rn -o three three; mkdir dev; mkdir -m 1777 tmp; ls / | grep -c .\n"))
        self.assertEqual(harness.content(output, "three"), b"3\n2\n1\n")
        entries = harness.members(output)
        self.assertEqual(list(entries), ["dev", "proc", "three", "tmp"])
        self.assertEqual(entries["tmp"].mode, 0o1777)

    def test_failures_say_which_script_it_was(self):
        metadata = self.directory / "metadata.json"
        fine = {"before": "true\n", "script": "echo the script ran\n", "after": "true\n"}
        for step, title in (("before", "the --before script"), ("script", "the script"), ("after", "the --after script")):
            with self.subTest(step):
                done = self.rootlayer("run", "--metadata-file", metadata, *self.scripts(**{**fine, step: "true\nexit 3\n"}), status=3)
                self.assertIn(f'rootlayer: {title} "{self.directory}/{step}.sh" exited with status 3 at line 2: exit 3; no layer',
                              done.stderr)
                self.assertEqual(json.loads(metadata.read_text())["failedStep"], step)
                self.assertEqual("the script ran" in done.stderr, step == "after", "what comes after a failure does not run")
                self.assertFalse((self.directory / "layer.tar").exists())
        done = self.rootlayer("run", *self.scripts(**{**fine, "before": "#!/usr/bin/perl\n"}), status=127)
        self.assertIn("/before.sh\" was not run: guest: the interpreter \"/usr/bin/perl\" was not found", done.stderr)
        done = self.rootlayer("run", *self.scripts(**{**fine, "after": "touch .wh.name\n"}), status=125)
        self.assertIn('".wh.name", whose name would be a deletion in an image', done.stderr)

    def test_the_time_limit_is_for_all_of_them(self):
        done = self.rootlayer("run", "--timeout", "20s", *self.scripts(before="sleep 1\n", after="sleep 100 & wait\n"), status=125)
        self.assertIn('the --after script "' + str(self.directory / "after.sh") + '" timed out after 20', done.stderr)
        self.assertIn("for --before, --script, --after and packing together", done.stderr)

    def test_output_events_name_the_phase(self):
        done = self.rootlayer("run", "--progress", "json", *self.scripts(before="echo 1\n", script="echo 2\n", after="echo 3 >&2\n"))
        events = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertEqual([(event["phase"], event["stream"], event["text"]) for event in events if event["event"] == "output"],
                         [("before", 1, "1\n"), ("script", 1, "2\n"), ("after", 2, "3\n")])
        started = [event["phase"] for event in events if event["event"] == "phase-started"]
        self.assertEqual([phase for phase in started if phase in ("before", "script", "after", "pack")],
                         ["before", "script", "after", "pack"])

    def test_an_image_and_its_provenance_name_them_and_a_build_file_has_them(self):
        self.scripts(before="echo 1 > one\n", after="echo 2 > two\n")
        spec = self.directory / "spec.json"
        spec.write_text(json.dumps({"before": "before.sh", "after": "after.sh", "output": "oci:image", "provenance": "provenance.json"}))
        metadata = self.directory / "metadata.json"
        self.rootlayer("build", "-f", spec, "--metadata-file", metadata)
        report = json.loads(metadata.read_text())
        line = report["image"]["config"]["history"][-1]["created_by"]
        self.assertEqual(line, f"rootlayer: script {report['script']['digest']}; before {report['before']['digest']}; "
                               f"after {report['after']['digest']}")
        statement = json.loads((self.directory / "provenance.json").read_text())
        names = [item.get("name") for item in statement["predicate"]["buildDefinition"]["resolvedDependencies"]]
        self.assertEqual([name for name in names if name in ("script", "before", "after")], ["script", "before", "after"])

    def test_extra_commands_of_contents(self):
        """what dockerTools calls extraCommands: on top of contents, in the folder of the layer, never on the host"""
        (self.directory / "files").mkdir()
        (self.directory / "files" / "app").write_text("app\n")
        image = f"oci:{self.directory / 'image'}:latest"
        metadata = self.directory / "metadata.json"
        self.rootlayer("build", "--contents", f"{self.directory}/files:/srv", "--squash", "-o", image, "--metadata-file", metadata,
                       *self.scripts(after="mkdir -p tmp srv; chmod 1777 tmp; ln -s app srv/link; cp /srv/app srv/copy\n"))
        self.assertEqual(len(json.loads(metadata.read_text())["image"]["outputs"][0]["layers"]), 1)
        files = self.exported(image)
        self.assertEqual((files["srv/app"], files["srv/copy"]), (b"app\n", b"app\n"))
        self.assertTrue({"tmp", "srv/link"} <= set(files))

    def test_no_output_replaces_a_script_or_the_base(self):
        script = self.directory / "script.sh"
        base = self.directory / "base.tar"
        base.write_bytes(harness.busybox_root().read_bytes())
        for option in ("--before", "--script", "--after"):
            for other in ("--output", "--metadata-file", "--console-log"):
                script.write_text("true\n")
                done = self.rootlayer("run", option, script, other, script, script=None, status=125)
                self.assertIn("both name", done.stderr)
                self.assertEqual(script.read_text(), "true\n")
        self.rootlayer("run", "--from", f"tar:{base}", "--script", script, "--output", base, script=None, status=125)
        self.assertEqual(base.read_bytes(), harness.busybox_root().read_bytes())

    def test_a_script_that_is_no_name_is_an_error(self):
        for option in ("--before", "--script", "--after"):
            done = self.rootlayer("run", option, "", "-c", "true", script=None, status=125)
            self.assertIn(f"{option} needs a value", done.stderr)

    def test_too_much_output_names_its_script(self):
        done = self.rootlayer("run", "--max-output", "10K", *self.scripts(after="yes\n"), script=None, status=125)
        self.assertIn("the --after script", done.stderr)
        self.assertIn("--max-output", done.stderr)

    def test_chattr_is_told_of(self):
        done = self.rootlayer("run", "--from", f"tar:{harness.small_debian()}", *self.scripts(after="mkdir d; touch d/f; chattr +i d/f .\n"), script=None)
        self.assertRegex(done.stderr, r"\"d/f\": .*immutable")
        self.assertRegex(done.stderr, r"\"/\": .*immutable")
