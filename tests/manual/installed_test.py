"""The completions in the shells that read them, and the manual pages in the tools that show them."""
import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import subprocess
import tempfile
import time
import unittest

MANUAL = pathlib.Path(os.environ["ROOTLAYER_TEST_MANUAL"])
LONG = 120  # seconds: a deadline, not an expectation


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise unittest.SkipTest(f"{program} is not installed")


class Shell(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="rl-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        (self.directory / "setup.sh").touch()
        (self.directory / "my layer.tar").touch()
        (self.directory / "layout").mkdir()

    def output(self, *command, **more):
        done = subprocess.run(command, cwd=self.directory, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONG,
                              env={"PATH": os.environ["PATH"], "HOME": str(self.directory), "LC_ALL": "C.UTF-8"}, **more)
        self.assertEqual(done.stderr.decode(), "", command)
        return done.stdout.decode()


class Completes:
    """What each shell must offer. `offered(line)` returns the words, as the user sees them in the line."""

    @staticmethod
    def bare(word):
        """A directory may have a slash; it is no part of its name."""
        return word if word.endswith("//") else word.removesuffix("/")

    def assert_offers(self, line, *words, without=()):
        offered = self.offered(line)
        for word in words:
            self.assertIn(word, offered, line)
        for word in without:
            self.assertNotIn(word, offered, line)

    def test_commands(self):
        self.assert_offers("rootlayer ", "run", "build", "cache", without=("ls", "--from"))
        self.assert_offers("rootlayer cache ", "ls", "prune", "verify", without=("run",))
        self.assert_offers("rootlayer help ", "run", "build")
        self.assert_offers("rootlayer completion ", "bash", "zsh", "fish")

    def test_options_are_those_of_the_command(self):
        self.assert_offers("rootlayer run --", "--from", "--no-template", without=("--layers", "--entrypoint"))
        self.assert_offers("rootlayer build --from scratch --entr", "--entrypoint")
        self.assert_offers("rootlayer cache ls --f", "--format", without=("--from",))

    def test_a_value_is_no_command(self):
        self.assert_offers("rootlayer build --name run --sq", "--squash")

    def test_values(self):
        self.assert_offers("rootlayer run --accel ", "auto", "kvm", "tcg")
        self.assert_offers("rootlayer export --progress ", "json", "quiet")
        self.assert_offers("rootlayer run --script se", "setup.sh")
        self.assert_offers("rootlayer run --cache-dir ", "layout", without=("setup.sh",))
        self.assert_offers("rootlayer run --kernel ", "tuned", "setup.sh")

    def test_references(self):
        self.assert_offers("rootlayer run --from ", "scratch", "tar:", "docker://", "oci:", without=("setup.sh",))
        self.assert_offers("rootlayer run --from tar:se", "tar:setup.sh")
        self.assert_offers("rootlayer run --from oci:", "oci:layout", without=("oci:setup.sh",))
        self.assert_offers("rootlayer inspect docker-archive:se", "docker-archive:setup.sh")
        self.assert_offers("rootlayer run -o ", "oci-archive:", "setup.sh", without=("scratch", "tar:"))

    def test_arguments_of_the_script_are_files(self):
        self.assert_offers("rootlayer run -c true -- se", "setup.sh", without=("--from",))


class Bash(Completes, Shell):
    def setUp(self):
        need("bash")
        super().setUp()

    def offered(self, line):
        # As readline splits a line: at blanks, and ":" and "=" are words of their own.
        words = re.findall(r"[:=]+|[^\s:=]+", line) + ([""] if line[-1].isspace() else [])
        script = f"""source {shlex.quote(str(MANUAL / 'bash' / 'rootlayer'))}
            COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)} COMP_WORDS=({shlex.join(words)})
            COMP_CWORD={len(words) - 1} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
            _rootlayer
            printf '%s\\n' "${{COMPREPLY[@]}}"
            """
        said = self.output("bash", "--norc", "--noprofile", "-c", script).splitlines()
        last = line.split(" ")[-1]
        cut = max(last.rfind(":"), last.rfind("=")) + 1
        # readline keeps what is before the last ":" or "=", and puts the reply after it.
        return {self.bare(last[:cut] + word) for word in said}

    def test_a_value_after_an_equals_sign(self):
        self.assert_offers("rootlayer run --accel=k", "--accel=kvm")
        self.assert_offers("rootlayer run --from=tar:se", "--from=tar:setup.sh")

    def test_names_with_blanks(self):
        self.assert_offers("rootlayer run --script my", "my layer.tar")


# The start-up file of a shell that writes each match into the file "offered", as it would be in the line.
ZSHRC = r"""
fpath=({completions} $fpath)
autoload -U compinit && compinit -u -D
setopt no_auto_list no_beep
compadd() {{
    local -a matches front prefix suffix
    # With these it fills an array, and adds no match.
    if [[ ${{@[1,(i)--]}} != *-[OAD]* ]]; then
        builtin compadd -A matches "$@"
        local -a options=("$@")
        zparseopts -E -D -a options P:=front p:=prefix S:=suffix
        local each
        for each in $matches; do
            print -r -- "$IPREFIX${{front[2]}}${{prefix[2]}}$each" >>offered
        done
    fi
    builtin compadd "$@"
}}
note-start() {{ : >started }}
note-end() {{ : >ended }}
zle -N zle-line-init note-start
zle -N note-end
bindkey '^I' complete-word
bindkey '^X' note-end
"""


class Zsh(Completes, Shell):
    def setUp(self):
        need("zsh")
        super().setUp()
        (self.directory / ".zshrc").write_text(ZSHRC.format(completions=shlex.quote(str(MANUAL / "zsh"))))

    def wait_for(self, file, terminal):
        """Until a file exists. The terminal is read, so that the shell is never stopped by a full one."""
        end = time.monotonic() + LONG
        said = b""
        while not (self.directory / file).exists():
            self.assertLess(time.monotonic(), end, said)
            if select.select([terminal], [], [], 0.02)[0]:
                said += os.read(terminal, 65536)

    def offered(self, line):
        for file in ("offered", "started", "ended"):
            (self.directory / file).unlink(missing_ok=True)
        terminal, inside = pty.openpty()
        shell = subprocess.Popen(["zsh", "-d", "-i"], cwd=self.directory, stdin=inside, stdout=inside, stderr=inside,
                                 start_new_session=True, env={"PATH": os.environ["PATH"], "HOME": str(self.directory),
                                                              "ZDOTDIR": str(self.directory), "TERM": "xterm"})
        os.close(inside)
        try:
            self.wait_for("started", terminal)
            os.write(terminal, line.encode() + b"\t\x18")
            self.wait_for("ended", terminal)
        finally:
            shell.kill()
            shell.wait()
            os.close(terminal)
        offered = self.directory / "offered"
        return {self.bare(word) for word in offered.read_text().splitlines()} if offered.exists() else set()


class Fish(Completes, Shell):
    def setUp(self):
        need("fish")
        super().setUp()

    def offered(self, line):
        script = f"source {shlex.quote(str(MANUAL / 'fish' / 'rootlayer.fish'))}; complete -C {shlex.quote(line)}"
        said = self.output("fish", "--no-config", "-c", script).splitlines()
        return {self.bare(each.split("\t")[0]) for each in said}

    def test_a_value_after_an_equals_sign(self):
        self.assert_offers("rootlayer run --accel=k", "--accel=kvm")
        self.assert_offers("rootlayer run --from=tar:se", "--from=tar:setup.sh")


class Pages(Shell):
    def pages(self):
        found = sorted(MANUAL.glob("man*/*"))
        self.assertGreater(len(found), 20)
        return found

    def test_groff_has_no_warning(self):
        need("groff")
        for page in self.pages():
            with self.subTest(page.name):
                self.output("groff", "-ww", "-man", "-Tutf8", "-z", str(page))

    def test_mandoc_has_no_complaint(self):
        need("mandoc")
        for page in self.pages():
            with self.subTest(page.name):
                done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", str(page)], capture_output=True, timeout=LONG)
                # The pages have no date, so that the same source gives the same page.
                said = [line for line in done.stdout.decode().splitlines() if "missing date" not in line]
                self.assertEqual(said, [])

    def test_a_page_refers_to_pages_that_exist(self):
        names = {page.name for page in self.pages()}
        others = {"skopeo.1"}
        for page in self.pages():
            for name, section in re.findall(r"^\.BR (\S+) \((\d)\)", page.read_text(), re.MULTILINE):
                self.assertIn(name.replace("\\-", "-") + "." + section, names | others, page.name)


if __name__ == "__main__":
    unittest.main()
