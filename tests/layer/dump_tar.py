"""Prints what Python's tarfile reads in a tar, one line an entry, names and values in hex."""
import hashlib
import sys
import tarfile

TYPES = {b"0": "file", b"1": "hardlink", b"2": "symlink", b"3": "char", b"4": "block", b"5": "directory", b"6": "fifo"}
XATTR = "SCHILY.xattr."


def raw(text):
    return text.encode("utf-8", "surrogateescape")


def content(archive, member):
    if not member.isreg() or "--no-data" in sys.argv:
        return "-"
    return hashlib.sha256(archive.extractfile(member).read()).hexdigest()


def xattrs(member):
    found = {raw(k[len(XATTR):]): raw(v) for k, v in member.pax_headers.items() if k.startswith(XATTR)}
    return ",".join(f"{k.hex()}={v.hex()}" for k, v in sorted(found.items())) or "-"


with tarfile.open(sys.argv[1], "r:", encoding="utf-8", errors="surrogateescape") as archive:
    for m in archive:
        print(raw(m.name).hex(), TYPES[m.type], f"{m.mode:o}", m.uid, m.gid, m.size, int(m.mtime),
              raw(m.linkname).hex() or "-", f"{m.devmajor}:{m.devminor}", xattrs(m), content(archive, m))
