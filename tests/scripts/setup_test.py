"""scripts/setup on Debian, on what is made from it, and on other distributions: an os-release and fake package managers are
all that it sees of one."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
DEBIAN = 'NAME="Debian GNU/Linux"\nID=debian\n'
UBUNTU = 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n'
MINT = 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n'
FEDORA = 'NAME="Fedora Linux"\nID=fedora\n'
ROCKY = 'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\n'
ARCH = 'NAME="Arch Linux"\nID=arch\n'
MANJARO = "NAME='Manjaro Linux'\nID=manjaro\nID_LIKE=arch\n"
ALPINE = 'NAME="Alpine Linux"\nID=alpine\n'
SUSE = 'NAME="openSUSE Tumbleweed"\nID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n'
VOID = "NAME=Void\nID=void\n"
# What scripts/setup runs besides package managers.
TOOLS = ("bash", "env", "dirname", "sed", "tail", "tr", "cut", "awk", "id", "cat", "touch")
# Each knows the packages that $STATE/installed names; apt-get installs.
MANAGERS = {
    "dpkg-query": 'grep() { while read -r line; do [ "$line" != "$1" ] || return 0; done; return 1; }\n'
                  'grep "$3" <"$STATE/installed" && echo installed',
    "rpm": 'while read -r line; do [ "$line" != "$4" ] || exit 0; done <"$STATE/installed"; exit 1',
    "pacman": 'while read -r line; do [ "$line" != "$2" ] || exit 0; done <"$STATE/installed"; exit 127',
    "apk": 'while read -r line; do [ "$line" != "$3" ] || exit 0; done <"$STATE/installed"; exit 1',
    "apt-get": 'echo "apt-get $*" >>"$STATE/log"',
    "flock": 'shift; exec "$@"',
    "sudo": 'exec "$@"',
}
APT = ("dpkg-query", "apt-get", "flock", "sudo")


class Setup(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.directory = pathlib.Path(holder.name)
        self.programs = self.directory / "programs"
        self.programs.mkdir()
        for name in TOOLS:
            (self.programs / name).symlink_to(shutil.which(name))
        self.installed()

    def installed(self, *packages):
        (self.directory / "installed").write_text("".join(f"{package}\n" for package in packages))

    def said(self, release, *managers, options=(), status=0):
        """What scripts/setup says on a distribution that has these package managers."""
        (self.directory / "os-release").write_text(release)
        (self.directory / "log").write_text("")
        for name in managers:
            (self.programs / name).write_text("#!/bin/bash\n" + MANAGERS[name] + "\n")
            (self.programs / name).chmod(0o755)
        env = {"PATH": str(self.programs), "STATE": str(self.directory),
               "ROOTLAYER_OS_RELEASE": str(self.directory / "os-release")}
        result = subprocess.run([TOP / "scripts" / "setup", *options], env=env, text=True, capture_output=True, check=False)
        if status is not None: # it depends on what is here without a package
            self.assertEqual(result.returncode, status, result.stderr)
        self.log = (self.directory / "log").read_text()
        return result.stdout if "--list" in options else result.stderr

    def test_debian_and_its_kin_install(self):
        for release in (DEBIAN, UBUNTU, MINT):
            self.assertIn("installing cmake ninja-build g++ pkg-config libvirt-dev", self.said(release, *APT))
            self.assertRegex(self.log, r"(?s)update.*install -y --no-install-recommends cmake .*qemu-system-x86.* dpkg\n")
        listed = self.said(DEBIAN, *APT, options=["--list"]).split()
        self.installed(*listed[1:])
        self.assertEqual(self.said(DEBIAN, *APT, options=["--list"]), listed[0] + "\n")
        self.assertIn(f"installing {listed[0]}\n", self.said(DEBIAN, *APT))
        self.installed(*listed)
        self.assertEqual(self.said(DEBIAN, *APT), "")
        self.assertEqual(self.log, "", "apt-get ran, and nothing was missing")

    def test_the_groups_are_added(self):
        plain = self.said(DEBIAN, *APT, options=["--list"]).split()
        self.assertNotIn("skopeo", plain)
        for option, package in (("--registries", "skopeo"), ("--build-tests", "catch2"), ("--test", "umoci"), ("--test", "catch2"),
                                ("--judges", "podman")):
            more = self.said(DEBIAN, *APT, options=[option, "--list"]).split()
            self.assertEqual(more[:len(plain)], plain)
            self.assertIn(package, more)
        both = self.said(DEBIAN, *APT, options=["--registries", "--test", "--list"]).split()
        self.assertEqual(both.count("skopeo"), 1)

    def test_other_distributions_are_told_their_own_packages(self):
        for release, manager, command, own in (
                (FEDORA, "rpm", "dnf install", ("gcc-c++", "libvirt-devel", "libseccomp-static", "qemu-system-x86-core")),
                (ROCKY, "rpm", "dnf install", ("gcc-c++", "squashfs-tools-ng")),
                (ARCH, "pacman", "pacman -S --needed", ("gcc", "nlohmann-json", "cli11", "qemu-system-x86")),
                (MANJARO, "pacman", "pacman -S --needed", ("gcc",)),
                (ALPINE, "apk", "apk add", ("g++", "nettle-static", "linux-headers", "squashfs-tools-ng")),
                (SUSE, "rpm", "zypper install", ("gcc-c++", "nlohmann_json-devel", "qemu-x86"))):
            with self.subTest(release):
                said = self.said(release, manager, status=125)
                line = next(line for line in said.splitlines() if line.startswith(f"  try: as root, {command} "))
                for package in own:
                    self.assertIn(package, line.split())
                self.assertNotIn("libvirt-dev " if manager != "apk" else "libvirt-devel", line, "another distribution's name")
                self.assertEqual(self.log, "")

    def test_only_what_is_missing_is_told(self):
        for release, manager in ((FEDORA, "rpm"), (ARCH, "pacman"), (ALPINE, "apk"), (SUSE, "rpm")):
            with self.subTest(release):
                self.installed()
                listed = self.said(release, manager, options=["--list"]).split()
                self.installed(*listed[:-1])
                self.assertIn(f"missing packages: 1\n  try: as root, {self.command(release)} {listed[-1]}\n",
                              self.said(release, manager, status=125))
                self.installed(*listed)
                self.assertNotIn("missing packages", self.said(release, manager, status=None))

    def command(self, release):
        return {FEDORA: "dnf install", ARCH: "pacman -S --needed", ALPINE: "apk add", SUSE: "zypper install"}[release]

    def test_what_has_no_package_is_named_unless_it_is_here(self):
        for release, manager, nowhere in ((FEDORA, "rpm", "libnettle.a libcares.a"),
                                          (ARCH, "pacman", "libnettle.a libcares.a libseccomp.a tar2sqfs"),
                                          (SUSE, "rpm", "libnettle.a libcares.a libseccomp.a tar2sqfs")):
            with self.subTest(release):
                said = self.said(release, manager, status=125)
                self.assertIn(f"has no package with {nowhere}\n", said)
                self.assertIn("without apt-get dpkg-deb rootlayer cannot fetch", said)
        self.installed(*self.said(ARCH, "pacman", options=["--list"]).split())
        (self.directory / "here.a").touch()
        for name, body in (("c++", f"echo {self.directory}/here.a"), ("tar2sqfs", "")):
            (self.programs / name).write_text(f"#!/bin/bash\n{body}\n")
            (self.programs / name).chmod(0o755)
        said = self.said(ARCH, "pacman")
        self.assertNotIn("has no package with", said)
        self.assertIn("--kernel", said)

    def test_an_unknown_distribution_is_told_debians_names(self):
        said = self.said(VOID, status=125)
        self.assertIn("Void has no column in scripts/packages", said)
        self.assertIn("libvirt-dev", said)

    def test_the_tests_need_debian(self):
        self.assertIn("only Debian has all that the tests need", self.said(FEDORA, "rpm", options=["--test"], status=125))

    def test_an_unknown_option_is_refused(self):
        self.assertIn("there is no option --all", self.said(DEBIAN, options=["--all"], status=125))


class Table(unittest.TestCase):
    def test_it_is_whole(self):
        lines = (TOP / "scripts" / "packages").read_text().splitlines()
        head = next(line.split()[1:] for line in lines if line.startswith("# group"))
        self.assertEqual(head, ["group", "need", "debian", "fedora", "arch", "alpine", "opensuse"])
        for row in (line.split() for line in lines if not line.startswith("#")):
            self.assertEqual(len(row), len(head) if row[0] in ("build", "run", "registries") else 3, row)


if __name__ == "__main__":
    unittest.main()
