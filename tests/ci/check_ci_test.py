"""scripts/check-ci finds what is wrong in the CI files: one mistake at a time is put into a copy of them."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
FILES = ("action.yml", "templates/gitlab-ci.yml", "docs/ci.md", "scripts/ci-step")
ACTION, TEMPLATE, GUIDE, _ = FILES
# file, what stands there, what is put in its place, what is said of it
MISTAKES = (
    (ACTION, "using: composite", "using: compsite", "runs/using"),
    (ACTION, "      shell: bash\n", "", "runs/steps/0"),
    (ACTION, "    default: scratch", "    default: scratch\n    type: string", "inputs/from"),
    (ACTION, "  cache-limit:", "  cachelimit:", "the input cache-limit is used, and not declared"),
    (ACTION, "        STEP_ENV: ${{ inputs.env }}\n", "", "the input env is declared, and not used"),
    (ACTION, "steps.key.outputs", "steps.kee.outputs", "no step has the id kee"),
    (ACTION, "restore@0057852bfaa89a56745cba8c7296529d2fc39830", "restore@v4", "is not pinned"),
    (ACTION, "scripts/ci-step\" build'", "scripts/ci-step\" build ${{ inputs.options }}'", "an expression in a command"),
    (ACTION, "STEP_CONTENTS:", "STEP_CONTENT_:", "does not read STEP_CONTENT_"),
    (ACTION, "  script:\n", "  from:\n", "twice"),
    (TEMPLATE, "#   build-image:", "#   image:", "image: False schema does not allow"),
    (TEMPLATE, "#       file: /templates/gitlab-ci.yml", "#       file: templates/gitlab-ci.yml", "include"),
    (TEMPLATE, "#     - project: tools/rootlayer\n", "#     - local: rootlayer/templates\n", "include"),
    (TEMPLATE, "extends: .rootlayer", "extends: .root-layer", "which is not in the template"),
    (TEMPLATE, "    key: rootlayer-", "    key: rootlayer/", "cache/key"),
    (TEMPLATE, "  script:\n", "  scripts:\n", ".rootlayer"),
    (TEMPLATE, "#     extends: .rootlayer", "#    extends: .rootlayer", "not YAML"),
    (GUIDE, "          platform:", "          platforms:", "no input platforms"),
    (GUIDE, "    permissions:\n      contents: read\n      packages: write # only to push to ghcr.io\n", "", "all permissions"),
    (GUIDE, "    STEP_PUSH:", "    STEP_PUSHES:", "does not read STEP_PUSHES"),
    (GUIDE, "build-image:", "cache:", "cache: False schema does not allow"),
)


class CheckCi(unittest.TestCase):
    def check(self, **changed):
        with tempfile.TemporaryDirectory() as directory:
            for name in FILES:
                path = pathlib.Path(directory) / name
                path.parent.mkdir(exist_ok=True)
                shutil.copy(TOP / name, path)
                if name in changed:
                    path.write_text(changed[name])
            return subprocess.run([TOP / "scripts" / "check-ci", directory], capture_output=True, text=True, timeout=60)

    def test_the_files_are_right(self):
        done = self.check()
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_version_is_that_of_the_project(self):
        version = re.search(r"project\(rootlayer\s+VERSION\s+([\d.]+)", (TOP / "CMakeLists.txt").read_text())[1]
        for name in (TEMPLATE, GUIDE):
            named = set(re.findall(r"rootlayer:([\d.]+)-debug|ref: v([\d.]+)", (TOP / name).read_text()))
            self.assertEqual({"".join(found) for found in named}, {version}, name)

    def test_each_mistake_is_found(self):
        for name, before, after, said in MISTAKES:
            with self.subTest(name, after=after):
                text = (TOP / name).read_text()
                self.assertIn(before, text)
                done = self.check(**{name: text.replace(before, after)})
                self.assertEqual(done.returncode, 1)
                self.assertIn(said, done.stderr)
                self.assertNotIn("Traceback", done.stderr)


if __name__ == "__main__":
    unittest.main()
