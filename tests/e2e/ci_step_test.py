"""The CI steps as runners execute them: with their shell and variables, and no other environment. The action installs the
portable tarball in build/package, or a false one that calls this build."""
import base64
import functools
import hashlib
import http.server
import json
import os
import re
import subprocess
import tarfile
import threading
import unittest

import harness
import registries

TO_JSON = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"


def parsed(name):
    """A YAML file of the repository; python3-yaml is the system's Python's."""
    text = (harness.TOP / name).read_text()
    return json.loads(subprocess.run(["/usr/bin/python3", "-c", TO_JSON], input=text, check=True, capture_output=True,
                                     text=True, timeout=60).stdout)


def commands_in(said):
    """The workflow commands that GitHub's runner would execute: all lines ::name ...::, but those after
    ::stop-commands::TOKEN and before ::TOKEN::."""
    found, token = [], None
    for line in said.splitlines():
        if token is not None:
            token = None if line == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.rpartition("::")[2]
        elif re.match(r"::[a-z-]+( |::)|##\[", line):
            found.append(line)
    return found


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class CiStep(harness.Machine):
    def setUp(self):
        super().setUp()
        (self.directory / "setup.sh").write_text("echo made > /made\n")

    def clean(self, **variables):
        """What a job in a fresh container has; the directories keep the test's files together."""
        return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.directory),
                "TMPDIR": str(self.temporary), "CI": "true", **{key: str(value) for key, value in variables.items()}}

    def step(self, line, environment, status=0):
        # bash as GitHub starts it: --noprofile --norc -eo pipefail
        done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", line], env=environment,
                              cwd=self.directory, capture_output=True, text=True, timeout=harness.LONG,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, status, done.stdout[-3000:] + done.stderr[-3000:])
        self.assertEqual(done.stderr, "", "two streams have no order")
        return done.stdout

    def inspected(self, digest, image_id, image="image.tar"):
        found = json.loads(self.rootlayer("inspect", "--format", "json", f"docker-archive:{self.directory}/{image}").stdout)
        self.assertEqual((found["manifestDigest"], found["configDigest"]), (digest, image_id))
        return found["config"]


class Action(CiStep):
    """The composite action, run by a small runner."""

    def setUp(self):
        super().setUp()
        self.tarball = self.directory / "rootlayer.tar.zst"
        real = sorted((harness.TOP / "build" / "package").glob("rootlayer-*-linux-amd64.tar.zst"))
        if real:
            self.tarball.symlink_to(real[-1])
        else:
            self.make_tarball()
        self.sha256 = hashlib.sha256(self.tarball.read_bytes()).hexdigest()

    def make_tarball(self):
        """In place of the portable tarball, one that calls this build."""
        command = self.directory / "tree" / "rootlayer-0.1.0" / "bin" / "rootlayer"
        command.parent.mkdir(parents=True)
        command.write_text(f'#!/bin/sh\nexec {harness.BINARY} "$@"\n')
        command.chmod(0o755)
        subprocess.run(["tar", "--zstd", "-cf", self.tarball, "-C", self.directory / "tree", "rootlayer-0.1.0"], check=True,
                       timeout=60)

    def temporary_of_runner(self):
        place = self.directory / "runner"
        place.mkdir(exist_ok=True)
        return place

    def run_action(self, status=0, failing="build", **given):
        """Runs all steps with these inputs; returns (outputs, summary, output text). `uses` steps are recorded. The step that
        does `failing` ends with `status`."""
        action = parsed("action.yml")
        values = {f"inputs.{name}": entry["default"] for name, entry in action["inputs"].items()}
        values.update({f"inputs.{name.replace('_', '-')}": str(value) for name, value in given.items()})
        values.update({"runner.os": "Linux", "runner.arch": "X64", "steps.cache.outputs.cache-hit": "",
                       "github.action_repository": "owner/rootlayer"})
        summary = self.directory / "summary"
        summary.touch()
        self.used, said = [], ""

        def filled(text):
            return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: values[found[1]], text)

        for number, step in enumerate(action["runs"]["steps"]):
            if "uses" in step:
                self.used.append((step["uses"], {key: filled(value) for key, value in step["with"].items()}))
                continue
            self.assertEqual(step["shell"], "bash")
            results = self.directory / f"output-{number}"
            results.touch()
            variables = {name: filled(value) for name, value in step.get("env", {}).items()}
            last = failing in step["run"].split()
            said += self.step(step["run"], status=status if last else 0, environment=self.clean(
                GITHUB_ACTIONS="true", GITHUB_ACTION_PATH=harness.TOP, GITHUB_OUTPUT=results, GITHUB_STEP_SUMMARY=summary,
                GITHUB_PATH=self.directory / "path", RUNNER_TEMP=self.temporary_of_runner(), **variables))
            for line in results.read_text().splitlines():
                name, _, value = line.partition("=")
                values[f"steps.{step['id']}.outputs.{name}"] = value
            if last and status:
                return {}, summary.read_text(), said
        outputs = {name: filled(entry["value"]) for name, entry in action["outputs"].items()}
        return outputs, summary.read_text(), said

    def inputs(self, **more):
        return {"from": f"tar:{harness.busybox_root()}", "script": "setup.sh", "cache": self.cache, "cache_limit": "20G",
                "tarball": self.tarball, "sha256": self.sha256, **more}

    def test_an_image_with_all_inputs(self):
        """the runner does not execute what a script prints, nor shell syntax in an input"""
        (self.directory / "setup.sh").write_text(
            "echo made > /made; echo ::add-path::/evil; echo '##[add-mask]a' >&2; cat /srv/app; echo $MODE; printf '::error::x'")
        (self.directory / "app").write_text("the app\n")
        outputs, summary, said = self.run_action(**self.inputs(
            name="Test:1", contents="app:/srv/app,uid=5\r\n\n./setup.sh:/srv/two words\n", env="MODE=a 'b\nPS1=$(id) ",
            platform="linux/amd64",
            options="--accel tcg\n  --cmd [\"/bin/sh\"]\n--label why=it's \"seen\n\n--label=when=to day\r\n-v\n"))
        config = self.inspected(outputs["digest"], outputs["image-id"])
        self.assertEqual(config["cmd"], ["/bin/sh"])
        self.assertEqual(config["labels"], {"why": "it's \"seen", "when": "to day"})
        self.assertTrue({"MODE=a 'b", "PS1=$(id) "} <= set(config["env"]), config["env"])
        for line in ("::add-path::/evil", "the app", "a 'b"):
            self.assertIn(line, said.splitlines())
        self.assertEqual(commands_in(said), [])
        self.assertIn(outputs["digest"], said)
        self.assertIn(f"`{outputs['digest']}`", summary)
        self.assertIn("`docker-archive:image.tar`", summary)
        with tarfile.open(self.directory / "image.tar") as tar:
            self.assertEqual(json.load(tar.extractfile("manifest.json"))[0]["RepoTags"], ["test:1"])
        self.check_cache_key()

    def check_cache_key(self):
        (restore, restored), (save, saved) = self.used
        self.assertRegex(restore, r"\Aactions/cache/restore@[0-9a-f]{40}\Z")
        self.assertEqual(save, restore.replace("restore", "save"))
        self.assertRegex(saved["key"], r"\Arootlayer-Linux-X64-[0-9a-f]{16}-[0-9a-f]{16}\Z")
        self.assertEqual(saved, {"path": str(self.cache), "key": restored["key"]})
        self.assertTrue(saved["key"].startswith(restored["restore-keys"]))

    def key(self, sha256="a" * 64, **variables):
        step = harness.TOP / "scripts" / "ci-step"
        return self.step(f"{step} key", self.clean(STEP_SHA256=sha256, **variables))

    def test_the_tarball_is_what_its_digest_says_or_nothing_runs(self):
        for given, named in (({"sha256": "0" * 64}, f"is {self.sha256}, not 0000"), ({"sha256": ""}, "is not known"),
                             ({"tarball": self.directory / "no.tar.zst"}, "no.tar.zst"),
                             ({"tarball": "http://127.0.0.1:9/no.tar.zst"}, "cannot fetch http://127.0.0.1:9/no.tar.zst"),
                             ({"tarball": "", "sha256": ""}, "github.com/owner/rootlayer/releases/download/v")):
            with self.subTest(given):
                _, _, said = self.run_action(status=125, failing="install", **self.inputs(**given))
                command, = commands_in(said)
                self.assertTrue(command.startswith("::error title=rootlayer::"), command)
                self.assertIn(named, command)
        self.assertEqual(list((self.directory / "runner").iterdir()), [])

    def test_a_tarball_from_a_server(self):
        """later steps have the command in PATH"""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=self.directory))
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/{self.tarball.name}"
        outputs, _, _ = self.run_action(**self.inputs(tarball=url, script="", contents="setup.sh:/"))
        self.inspected(outputs["digest"], outputs["image-id"])
        place = self.directory.joinpath((self.directory / "path").read_text().strip())
        self.assertTrue(os.access(place / "rootlayer", os.X_OK))

    def test_the_cache_is_kept_by_what_it_is_made_from(self):
        (self.directory / "image.json").write_text("{}")
        first = self.key(ROOTLAYER_FROM="scratch", STEP_FILE="image.json", GITHUB_RUN_ID="1")
        self.assertEqual(self.key(ROOTLAYER_FROM="scratch", STEP_FILE="image.json", GITHUB_RUN_ID="2"), first)
        others = {first, self.key(ROOTLAYER_FROM="scratch", STEP_FILE="image.json", sha256="b" * 64), self.key(ROOTLAYER_FROM="docker://debian:12", STEP_FILE="image.json"), self.key(ROOTLAYER_FROM="scratch"),
                  self.key(ROOTLAYER_FROM="scratch", ROOTLAYER_PLATFORM="linux/arm64", STEP_FILE="image.json")}
        (self.directory / "image.json").write_text('{"from": "docker://debian:12"}')
        others.add(self.key(ROOTLAYER_FROM="scratch", STEP_FILE="image.json"))
        self.assertEqual(len(others), 6)

    def test_a_failure_is_an_annotation_with_what_to_try(self):
        _, summary, said = self.run_action(status=125, **self.inputs(**{"from": "tar:/no/such%0A\n::error::y"}))
        command, = commands_in(said)
        self.assertTrue(command.startswith("::error title=rootlayer::"), command)
        self.assertIn("/no/such%250A", command)
        self.assertIn("%0A  try: ", command)
        self.assertEqual(summary, "")
        self.assertFalse(os.path.exists(self.directory / "image.tar"))

    def test_a_script_that_fails_is_an_annotation_and_its_status(self):
        (self.directory / "setup.sh").write_text("printf 'no line end'; exit 7")
        _, _, said = self.run_action(status=7, **self.inputs(options="--accel=tcg"))
        command, = commands_in(said)
        self.assertRegex(command, r"\A::error title=rootlayer::.*status 7")

    def test_options_that_cannot_be_told_apart_are_refused(self):
        for options, named in (("--label 'a=b'", "--label 'a=b'"), ('--label="a=b"', '--label="a=b"'), ("label a=b", "label a=b"),
                               ("-q\n--memory 1G --cpus 1", "1G --cpus 1")):
            with self.subTest(options):
                _, _, said = self.run_action(status=125, **self.inputs(options=options))
                command, = commands_in(said)
                self.assertIn(named, command)


class Pushed(CiStep):
    def test_the_action_logs_in_and_pushes(self):
        if not registries.Registry.is_here():
            self.skipTest("docker-registry is not installed (scripts/setup --judges)")
        registry = registries.Registry(self.directory, login=True)
        self.addCleanup(registry.end)
        conf = self.directory / ".config" / "containers" / "registries.conf"  # in HOME
        conf.parent.mkdir(parents=True)
        conf.write_text(f'[[registry]]\nlocation = "{registry.address}"\ninsecure = true\n')
        output = self.directory / "output"
        variables = {"ROOTLAYER_OUTPUT": "docker-archive:image.tar", "STEP_REGISTRY": registry.address,
                     "STEP_PUSH": f"{registry.address}/app:1\ndocker://{registry.address}/app:2", "GITHUB_OUTPUT": output,
                     "ROOTLAYER_FROM": f"tar:{harness.busybox_root()}", "ROOTLAYER_CACHE_DIR": self.cache, "STEP_OPTIONS":
                     "--no-tls-verify", "REGISTRY_AUTH_FILE": self.directory / "auth.json", "GITHUB_ACTIONS": "true",
                     "STEP_ROOTLAYER": harness.BINARY}
        step = f"{harness.TOP}/scripts/ci-step build"
        user, _, password = registries.LOGIN.partition(":")
        said = self.step(step, self.clean(**variables, STEP_USERNAME=user, STEP_PASSWORD="sesame"), status=125)
        self.assertIn("cannot log in", commands_in(said)[0])
        self.assertFalse((self.directory / "image.tar").exists())
        said = self.step(step, self.clean(**variables, STEP_USERNAME=user, STEP_PASSWORD=password))
        self.assertNotIn("sesame", said)
        digest = output.read_text().partition("=")[2].partition("\n")[0]
        self.assertTrue((self.directory / "image.tar").exists())
        for tag in ("1", "2"):
            env = self.environment(REGISTRY_AUTH_FILE=self.directory / "auth.json")
            found = self.rootlayer("inspect", "--no-tls-verify", "--format", "json", f"docker://{registry.address}/app:{tag}", env=env)
            self.assertEqual(json.loads(found.stdout)["manifestDigest"], digest)


class Template(CiStep):
    """The job of the GitLab template, with the shell of the image: busybox's."""

    def setUp(self):
        super().setUp()
        self.job = parsed("templates/gitlab-ci.yml")[".rootlayer"]
        programs = self.directory / "programs"
        programs.mkdir()
        for name in subprocess.run(["busybox", "--list"], check=True, capture_output=True, text=True, timeout=60).stdout.split():
            (programs / name).symlink_to("/bin/busybox")
        (programs / "rootlayer").write_text(f'#!/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin exec {harness.BINARY} "$@"\n')
        (programs / "rootlayer").chmod(0o755)
        self.variables = {name: value.replace("$CI_PROJECT_DIR", str(self.directory))
                          for name, value in self.job["variables"].items()}
        self.variables.update(CI_PROJECT_DIR=self.directory, PATH=programs, ROOTLAYER_CACHE_DIR=self.cache,
                              ROOTLAYER_CACHE_LIMIT="20G", ROOTLAYER_FROM=f"tar:{harness.busybox_root()}")

    def run_job(self, status=0, **variables):
        done = subprocess.run(["/bin/busybox", "sh", "-ec", "\n".join(self.job["script"])], capture_output=True, text=True,
                              env=self.clean(**{**self.variables, **variables}), cwd=self.directory, timeout=harness.LONG,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, status, done.stdout[-3000:] + done.stderr[-3000:])
        return done.stdout + done.stderr

    def results(self):
        dotenv = self.directory / self.job["artifacts"]["reports"]["dotenv"]
        found = dict(line.split("=", 1) for line in dotenv.read_text().splitlines())
        return found["ROOTLAYER_DIGEST"], found["ROOTLAYER_IMAGE_ID"]

    def test_an_image_of_a_build_file_and_lines(self):
        (self.directory / "image.json").write_text('{"accel": "tcg", "cmd": ["/bin/sh"]}')
        self.run_job(ROOTLAYER_SCRIPT="setup.sh", ROOTLAYER_OUTPUT="docker-archive:image.tar", STEP_FILE="image.json",
                     STEP_ENV="A=b * c\n\nPS1=$(id)", STEP_CONTENTS="setup.sh:/two words\nsetup.sh:/x",
                     STEP_OPTIONS="--label why=it's \"seen\n--label=when=to day\n--squash")
        config = self.inspected(*self.results())
        self.assertEqual(config["cmd"], ["/bin/sh"])
        self.assertEqual(config["labels"], {"why": "it's \"seen", "when": "to day"})
        self.assertTrue({"A=b * c", "PS1=$(id)"} <= set(config["env"]), config["env"])

    def test_it_logs_in_and_pushes(self):
        if not registries.Registry.is_here():
            self.skipTest("docker-registry is not installed (scripts/setup --judges)")
        registry = registries.Registry(self.directory, login=True)
        self.addCleanup(registry.end)
        user, _, password = registries.LOGIN.partition(":")
        given = {"ROOTLAYER_OUTPUT": "docker-archive:image.tar", "STEP_CONTENTS": "setup.sh:/", "STEP_REGISTRY": registry.address,
                 "STEP_PUSH": f"{registry.address}/app:1", "STEP_USERNAME": user, "ROOTLAYER_TLS_VERIFY": "false"}
        self.assertNotIn("sesame", self.run_job(status=125, STEP_PASSWORD="sesame", **given))
        self.assertFalse((self.directory / "image.tar").exists())
        said = self.run_job(STEP_PASSWORD=password, **given)
        self.assertNotIn(password, said)
        digest, _ = self.results()
        auth = self.directory / "auth.json"
        auth.write_text(json.dumps({"auths": {registry.address: {"auth": base64.b64encode(registries.LOGIN.encode()).decode()}}}))
        found = self.rootlayer("inspect", "--no-tls-verify", "--format", "json", f"docker://{registry.address}/app:1",
                               env=self.environment(REGISTRY_AUTH_FILE=auth))
        self.assertEqual(json.loads(found.stdout)["manifestDigest"], digest)


if __name__ == "__main__":
    unittest.main()
