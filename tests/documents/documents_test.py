"""What the documents name exists: commands, options, files. The command's --help is what they are compared with."""
import functools
import os
import pathlib
import re
import subprocess
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("ROOTLAYER_TEST_BUILD", TOP / "build" / "release")) / "host" / "cli" / "rootlayer"
DOCUMENTS = sorted([TOP / "README.md", *TOP.glob("docs/*.md"), *TOP.glob("integrations/**/*.md")])
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
# Options of other programs, and one that is mistyped on purpose.
OTHERS = {"events.md": {"--memroy"}, "performance.md": {"--guest-kernel"}, "ci.md": {"--device"}, "README.md": {"--reproducible", "--timestamp"},
          "hpc.md": {"--fakeroot"}}


def help_of(*command):
    return subprocess.run([BINARY, *command, "--help"], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


@functools.lru_cache(maxsize=None)
def options_of(command):
    done = help_of(*command.split())
    return set(OPTION.findall(done.stdout)) if done.returncode == 0 else None


@functools.lru_cache(maxsize=None)
def commands():
    listed = re.search(r"^Commands:$(.*?)^$", help_of().stdout, re.MULTILINE | re.DOTALL)[1]
    return set(re.findall(r"^  ([a-z]+)", listed, re.MULTILINE))


@functools.lru_cache(maxsize=None)
def all_options():
    return set().union(*(options_of(name) for name in commands() - {"help"}), options_of("guest build"), options_of("cache prune"),
                       options_of(""))


def code_in(text):
    """The code blocks and the inline code of a document, with each command on one line."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    blocks += re.findall(r"(?:^ {4}.*\n)+", text, re.MULTILINE)
    return [block.replace("\\\n", " ") for block in blocks] + re.findall(r"`([^`\n]+)`", text)


def calls_in(code):
    """(command, options) of each call of rootlayer. What is in quotes is for others, such as the commands of a script."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "''", code)
    for line in bare.splitlines():
        for call in re.findall(r"(?<![\w.-])rootlayer ((?:guest |cache )?[a-z]+)\b([^|;&#<>]*)", line):
            yield call[0], OPTION.findall(call[1].partition(" -- ")[0])


def text_to_check(path):
    """A page for who comes from another program has that program's commands in the first column, in blocks ```theirs, and in the
    list of what is not there."""
    text = path.read_text()
    if path.name.startswith("from-"):
        text = re.sub(r"^```theirs\n.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
        text = re.sub(r"^## What is not there$.*", "", text, flags=re.MULTILINE | re.DOTALL)
        text = re.sub(r"^\|[^|\n]*\|", "|", text, flags=re.MULTILINE)
    return text


class Documents(unittest.TestCase):
    def setUp(self):
        if not BINARY.exists():
            self.skipTest(f"there is no {BINARY}")

    def test_each_command_and_its_options_exist(self):
        seen = 0
        for path in DOCUMENTS:
            for code in code_in(text_to_check(path)):
                for command, options in calls_in(code):
                    first = command.split()[0]
                    if first in commands() and options_of(command) is None:
                        command = first
                    with self.subTest(path.name, command=command):
                        self.assertIn(first, commands())
                        self.assertEqual(set(options) - options_of(command) - OTHERS.get(path.name, set()), set(), code)
                    seen += 1
        self.assertGreater(seen, 50, "calls of rootlayer in the documents")

    def test_each_option_that_is_named_exists(self):
        seen = 0
        for path in DOCUMENTS:
            named = set(OPTION.findall(" ".join(re.findall(r"`(--[^`\n]+)`", text_to_check(path)))))
            seen += len(named)
            with self.subTest(path.name):
                self.assertEqual(named - all_options() - OTHERS.get(path.name, set()), set())
        self.assertGreater(seen, 100, "options in the documents")


class Links(unittest.TestCase):
    def test_each_link_leads_to_a_file(self):
        for path in [*DOCUMENTS, *TOP.glob("*.md")]:
            for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)|<img src=\"([^\"]+)\"", path.read_text()):
                link = "".join(link)
                if "://" not in link:
                    with self.subTest(path.name, link=link):
                        self.assertTrue((path.parent / link).exists())


if __name__ == "__main__":
    unittest.main()
