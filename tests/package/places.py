"""Where a package is tried: root file systems of other distributions, with nothing of this host."""
import fcntl
import os
import pathlib
import shutil
import subprocess
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
KEPT = pathlib.Path(os.environ.get("ROOTLAYER_TEST_CACHE", TOP / "build" / "test-cache"))
PACKAGES = TOP / "build" / "package"
LONG = 600  # seconds: a deadline, not an expectation
NOBODY = 65534

# Inside a mount namespace of its own: $1 is the tree, $2 the program's directory, $3 a writable directory; the rest is the
# command. /dev has what every container has.
ENTER = r"""
set -e
root=$1 program=$2 writable=$3
shift 3
mount --bind "$root" "$root"
mount -t tmpfs tmpfs "$root/mnt"
mkdir "$root/mnt/program" "$root/mnt/writable"
mount --bind "$program" "$root/mnt/program"
mount -o remount,bind,ro "$root/mnt/program"
mount --bind "$writable" "$root/mnt/writable"
mount -t proc proc "$root/proc"
for device in null zero urandom; do mount --bind "/dev/$device" "$root/dev/$device"; done
mount -o remount,bind,ro "$root"
exec chroot --userspec=65534:65534 "$root" "$@"
"""


def newest(pattern):
    """The newest package that scripts/package made with this name, or None."""
    found = sorted(PACKAGES.glob(pattern), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


def unpacked(archive, directory):
    """Unpacks a portable archive; returns its only directory."""
    subprocess.run(["tar", "--zstd", "-xf", archive, "-C", directory], check=True, timeout=LONG)
    (found,) = directory.iterdir()
    return found


def prepare(tree):
    for name in ("mnt", "proc", "dev"):
        (tree / name).mkdir(exist_ok=True)
    for name in ("null", "zero", "urandom"):
        (tree / "dev" / name).touch()
    return tree


def debian(suite, directory):
    """A minimal tree of a release of Debian, kept between runs of the tests as a tar."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"minbase-{suite}.tar"
    with open(KEPT / f".minbase-{suite}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            with tempfile.TemporaryDirectory(dir=KEPT) as work:
                made = pathlib.Path(work) / "tree.tar"
                subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", suite, made], check=True, timeout=LONG,
                               stdin=subprocess.DEVNULL)
                made.rename(kept)
    tree = directory / suite
    tree.mkdir()
    subprocess.run(["tar", "-xf", kept, "-C", tree, "--exclude=./dev/*"], check=True, timeout=LONG)
    return prepare(tree)


def only_a_shell(directory):
    """A tree with one static shell: no library, no tool, no /etc."""
    tree = directory / "shell"
    (tree / "bin").mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), tree / "bin" / "sh")
    return prepare(tree)


def run_inside(tree, program, writable, *command, **environment):
    """Runs a command of a tree as nobody; the tree and /mnt/program are read-only, /mnt/writable is not."""
    return subprocess.run(["unshare", "--mount", "sh", "-c", ENTER, "enter", tree, program, writable, *command],
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **environment}, capture_output=True, text=True,
                          timeout=LONG, stdin=subprocess.DEVNULL)
