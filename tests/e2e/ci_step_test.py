"""The CI steps, as runners would take them: their shell, their variables, and an environment with nothing else in it."""
import json
import os
import re
import subprocess
import tarfile

import harness


class Steps(harness.Machine):
    def clean(self, **variables):
        """What a job in a fresh container has; the folders keep the test's files together."""
        return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.folder),
                "TMPDIR": str(self.temporary), "CI": "true", **{key: str(value) for key, value in variables.items()}}

    def step(self, line, environment):
        # bash as GitHub starts it: --noprofile --norc -eo pipefail
        done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", line], env=environment,
                              cwd=self.folder, capture_output=True, text=True, timeout=harness.LONG,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return done.stdout

    def setUp(self):
        super().setUp()
        if harness.BUILD != harness.TOP / "build" / "release":
            self.skipTest("the step uses the release build of this tree")
        (self.folder / "setup.sh").write_text("echo made > /made\n")

    def check(self, digest, image_id):
        found = json.loads(self.rootlayer("inspect", "--format", "json", f"docker-archive:{self.folder}/image.tar").stdout)
        self.assertEqual((found["manifestDigest"], found["configDigest"]), (digest, image_id))
        self.assertEqual(found["config"]["cmd"], ["/bin/sh"])
        return found["config"]

    def test_the_action(self):
        text = (harness.TOP / "action.yml").read_text()
        inputs = dict(re.findall(r"^  ([a-z]+):\n    description: .*\n    default: (.*)$", text, re.MULTILINE))
        inputs = {key: value.strip('"') for key, value in inputs.items()}
        inputs.update({"from": f"tar:{harness.busybox_root()}", "script": "setup.sh", "name": "Test:1",
                       "options": """--accel tcg --cmd '["/bin/sh"]' --label 'why=to be seen'""", "cache": str(self.cache)})
        lines = re.findall(r"^      run: '(.*)'$", text, re.MULTILINE)
        self.assertEqual(len(lines), 2)
        variables = {name: inputs[value] for name, value in
                     re.findall(r"^        ([A-Z_]+): \$\{\{ inputs\.([a-z]+) \}\}$", text, re.MULTILINE)}
        self.assertEqual(len(variables), 7)
        output = self.folder / "github-output"
        self.step(lines[0], self.clean(GITHUB_ACTION_PATH=harness.TOP))
        said = self.step(lines[1], self.clean(GITHUB_ACTION_PATH=harness.TOP, GITHUB_OUTPUT=output, **variables))
        results = dict(line.split("=", 1) for line in output.read_text().splitlines())
        config = self.check(results["digest"], results["image-id"])
        self.assertEqual(config["labels"], {"why": "to be seen"})
        self.assertIn(results["digest"], said)
        with tarfile.open(self.folder / "image.tar") as tar:
            self.assertEqual(json.load(tar.extractfile("manifest.json"))[0]["RepoTags"], ["test:1"])

    def test_the_gitlab_template(self):
        text = (harness.TOP / "templates" / "gitlab-ci.yml").read_text()
        job = text[text.index("\n.rootlayer:"):]
        lines = re.findall(r"^    - '(.*)'$", job, re.MULTILINE)
        self.assertEqual(len(lines), 2)
        variables = {name: value.replace("$CI_PROJECT_DIR", str(self.folder)) for name, value in
                     re.findall(r"^    ([A-Z_]+): (.*)$", job, re.MULTILINE)}
        (self.folder / "image.json").write_text('{"accel": "tcg", "cmd": ["/bin/sh"]}')
        variables.update(ROOTLAYER_HOME=harness.TOP, ROOTLAYER_CACHE_DIR=self.cache, ROOTLAYER_SCRIPT="setup.sh",
                         ROOTLAYER_FROM=f"tar:{harness.busybox_root()}", ROOTLAYER_OUTPUT="docker-archive:image.tar",
                         STEP_FILE="image.json")
        for line in lines:
            self.step(line, self.clean(**variables))
        results = dict(line.split("=", 1) for line in (self.folder / "rootlayer.env").read_text().splitlines())
        self.check(results["ROOTLAYER_DIGEST"], results["ROOTLAYER_IMAGE_ID"])

    def test_a_step_that_fails_says_so(self):
        done = subprocess.run([harness.TOP / "scripts" / "ci-step", "build"], cwd=self.folder, capture_output=True, text=True,
                              timeout=harness.LONG, env=self.clean(ROOTLAYER_FROM="tar:/no/such", ROOTLAYER_CACHE_DIR=self.cache,
                                                                   ROOTLAYER_OUTPUT="docker-archive:image.tar"))
        self.assertEqual(done.returncode, 125)
        self.assertIn("/no/such", done.stderr)
        self.assertEqual(os.path.exists(self.folder / "image.tar"), False)
