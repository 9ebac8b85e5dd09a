"""Trees as the judges see them: a guest's own listing, a folder on the host, and how a layer is put on its base."""
import hashlib
import os
import pathlib
import stat
import subprocess

# Printed by the script at its end, NUL-separated: what the tree is when the guest leaves it. Mount points are no
# business of the layer's.
LISTING = r"""
cd /
find . -xdev \( -path ./dev -o -path ./proc -o -path ./sys -o -path ./tmp -o -path ./run -o -path ./.rootlayer \) -prune \
  -o ! -path . -printf '%P\0%y\0%m\0%U\0%G\0%s\0%T@\0%l\0%n\0' > /dev/shm/listing
find . -xdev \( -path ./dev -o -path ./proc -o -path ./sys -o -path ./tmp -o -path ./run -o -path ./.rootlayer \) -prune \
  -o -type f -print0 | xargs -0 sha256sum -z > /dev/shm/sums
find . -xdev \( -type b -o -type c \) -print0 | xargs -0 -r stat --printf '%n %t %T\0' > /dev/shm/devices
echo LISTING $(wc -c < /dev/shm/listing) $(wc -c < /dev/shm/sums) $(wc -c < /dev/shm/devices)
cat /dev/shm/listing /dev/shm/sums /dev/shm/devices
"""
SKIPPED = {"dev", "proc", "sys", "tmp", "run", ".rootlayer"}


def of_listing(said):
    """path -> facts, from what LISTING printed (the bytes of the script's stderr and stdout)."""
    head, _, rest = said.partition(b"LISTING ")
    numbers, _, body = rest.partition(b"\n")
    sizes = [int(number) for number in numbers.split()]
    listing, sums, devices = body[:sizes[0]], body[sizes[0]:sum(sizes[:2])], body[sum(sizes[:2]):sum(sizes)]
    fields = listing.split(b"\0")[:-1]
    tree = {}
    for at in range(0, len(fields), 9):
        path, kind, mode, uid, gid, size, mtime, link, links = fields[at:at + 9]
        tree[path] = {"type": kind.decode(), "mode": int(mode, 8), "uid": int(uid), "gid": int(gid),
                      "mtime": int(mtime.split(b".")[0])}
        if kind == b"f":
            tree[path].update(size=int(size), links=int(links))
        if kind == b"l":
            tree[path]["target"] = link
    for line in sums.split(b"\0")[:-1]:
        tree[line[68:]]["sha256"] = line[:64].decode()
    for line in devices.split(b"\0")[:-1]:
        path, major, minor = line[2:].rsplit(b" ", 2)
        if path in tree:
            tree[path]["device"] = (int(major, 16), int(minor, 16))
    return tree


KINDS = {stat.S_IFREG: "f", stat.S_IFDIR: "d", stat.S_IFLNK: "l", stat.S_IFCHR: "c", stat.S_IFBLK: "b",
         stat.S_IFIFO: "p", stat.S_IFSOCK: "s"}


def of_folder(top):
    """The same facts of a folder on the host, with its xattrs apart."""
    tree = {}
    top = os.fsencode(top)
    for folder, folders, files in os.walk(top):
        if folder == top:
            folders[:] = [name for name in folders if os.fsdecode(name) not in SKIPPED]
        for name in folders + files:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            facts = {"type": KINDS[stat.S_IFMT(status.st_mode)], "mode": stat.S_IMODE(status.st_mode),
                     "uid": status.st_uid, "gid": status.st_gid, "mtime": int(status.st_mtime)}
            if facts["type"] == "f":
                with open(path, "rb") as file:
                    facts.update(size=status.st_size, links=status.st_nlink,
                                 sha256=hashlib.sha256(file.read()).hexdigest())
            if facts["type"] == "l":
                facts["target"] = os.readlink(path)
            if facts["type"] in "bc":
                facts["device"] = (os.major(status.st_rdev), os.minor(status.st_rdev))
            tree[os.path.relpath(path, top)] = facts
    return tree


def differences(one, other, ignore=()):
    """Sentences about what differs, at most 30."""
    found = []
    for path in sorted(one.keys() | other.keys()):
        if path.split(b"/")[0].decode(errors="replace") in SKIPPED:
            continue
        if path not in one or path not in other:
            found.append(f"{path!r} is only in the {'second' if path not in one else 'first'}")
            continue
        for key in one[path].keys() | other[path].keys():
            if key not in ignore and one[path].get(key) != other[path].get(key):
                found.append(f"{path!r}: {key} is {one[path].get(key)!r} and {other[path].get(key)!r}")
    return found[:30]


def apply_with_tar(base, layer, folder):
    """Base and layer with GNU tar, and a shell's worth of whiteouts."""
    flags = ["--xattrs", "--xattrs-include=*", "--numeric-owner", "-xpf"]
    subprocess.run(["tar", "-C", folder, *flags, base], check=True)
    import tarfile
    with tarfile.open(layer, encoding="utf-8", errors="surrogateescape") as tar:
        for member in tar:
            path = pathlib.PurePath(member.name)
            target = pathlib.Path(folder) / path
            if path.name.startswith(".wh."):
                subprocess.run(["rm", "-rf", "--", target.with_name(path.name[4:])], check=True)
            elif target.is_symlink() or (target.exists() and target.is_dir() != member.isdir()):
                subprocess.run(["rm", "-rf", "--", target], check=True)
            elif target.exists() and not member.isdir():
                target.unlink()
    subprocess.run(["tar", "-C", folder, "--exclude=.wh.*", *flags, layer], check=True)
