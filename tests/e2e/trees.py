"""Trees as the judges see them: a guest's own listing, a directory on the host, and how layers are put on one another.

A tree is path -> facts: type, mode, owner, mtime in whole seconds, content, link target, device, extended attributes,
and `names`, all names of a file that has several."""
import hashlib
import os
import shutil
import stat
import subprocess
import tarfile

# Printed by a script: the current tree, as far as perl-base and coreutils can read it. Without mount points, which are not
# part of the layer.
LISTING = r"""
cd /
# overlayfs shows two names of one file as two inodes until it drops its cached inodes.
echo 2 > /proc/sys/vm/drop_caches
perl - <<'END_OF_LISTER'
use strict;
my %skipped = map { $_ => 1 } qw(dev proc sys tmp run .rootlayer);
my %kinds = (4 => 'd', 8 => 'f', 10 => 'l', 2 => 'c', 6 => 'b', 1 => 'p', 12 => 's');
my ($said, @files) = ('');
sub attributes {
    my ($path) = @_;
    my ($names, @found) = ("\0" x 65536);
    my $size = syscall(195, $path, $names, 65536);
    return '' if $size < 0 && $! == 95;
    die "$path: $!" if $size < 0;
    for my $name (split /\0/, substr($names, 0, $size)) {
        my $value = "\0" x 65536;
        my $got = syscall(192, $path, $name, $value, 65536);
        push @found, unpack('H*', $name) . '=' . unpack('H*', substr($value, 0, $got)) if $got >= 0;
    }
    return join ',', @found;
}
sub walk {
    my ($directory) = @_;
    opendir(my $handle, $directory eq '' ? '.' : "./$directory") or die "$directory: $!";
    for my $name (sort readdir $handle) {
        next if $name eq '.' || $name eq '..' || ($directory eq '' && $skipped{$name});
        my $path = $directory eq '' ? $name : "$directory/$name";
        my @status = lstat "./$path";
        if (!@status) { $said .= join("\0", $path, '?', (0) x 8, '') . "\0"; next }
        my ($dev, $ino, $mode, $links, $uid, $gid, $rdev, $size, undef, $mtime) = @status;
        my $kind = $kinds{$mode >> 12};
        my $target = $kind eq 'l' ? readlink "./$path" : '';
        $rdev = $kind =~ /[bc]/ ? (($rdev >> 8) & 0xfff) . ':' . (($rdev & 0xff) | (($rdev >> 12) & 0xfff00)) : '';
        $said .= join("\0", $path, $kind, $mode & 07777, $uid, $gid, $size, $mtime, $target, "$dev:$ino", $rdev,
                      attributes("./$path")) . "\0";
        push @files, "./$path" if $kind eq 'f';
        walk($path) if $kind eq 'd';
    }
}
walk('');
open(my $out, '>', '/dev/shm/files'); print $out map { "$_\0" } @files; close $out;
open($out, '>', '/dev/shm/listing'); print $out $said; close $out;
END_OF_LISTER
xargs -0 -r md5sum -z < /dev/shm/files > /dev/shm/sums
echo "LISTING $(wc -c < /dev/shm/listing) $(wc -c < /dev/shm/sums)"
cat /dev/shm/listing /dev/shm/sums
"""
SKIPPED = {b"dev", b"proc", b"sys", b"tmp", b"run", b".rootlayer"}
KINDS = {stat.S_IFREG: "f", stat.S_IFDIR: "d", stat.S_IFLNK: "l", stat.S_IFCHR: "c", stat.S_IFBLK: "b",
         stat.S_IFIFO: "p", stat.S_IFSOCK: "s"}


def of_listings(said):
    """One tree for each LISTING in the output of the script (the bytes of its streams)."""
    trees = []
    while b"LISTING " in said:
        numbers, _, body = said.partition(b"LISTING ")[2].partition(b"\n")
        listing, sums = (int(number) for number in numbers.split())
        trees.append(of_listing(body[:listing], body[listing:listing + sums]))
        said = body[listing + sums:]
    return trees


def of_listing(listing, sums):
    tree = {}
    inodes = {}
    fields = listing.split(b"\0")[:-1]
    for at in range(0, len(fields), 11):
        path, kind, mode, uid, gid, size, mtime, target, inode, device, xattrs = fields[at:at + 11]
        tree[path] = facts(kind.decode(), int(mode), int(uid), int(gid), int(mtime), target, device.decode(),
                           hex_xattrs(xattrs))
        inodes.setdefault(inode, []).append(path)
    for line in sums.split(b"\0")[:-1]:
        tree[line[36:]]["content"] = line[:32].decode()
    return with_names(tree, inodes)


def hex_xattrs(field):
    pairs = (pair.partition(b"=") for pair in field.split(b",") if pair)
    return {bytes.fromhex(name.decode()).decode(errors="replace"): bytes.fromhex(value.decode())
            for name, _, value in pairs}


def facts(kind, mode, uid, gid, mtime, target, device, xattrs):
    return {"type": kind, "mode": oct(mode), "uid": uid, "gid": gid, "mtime": mtime, "target": target,
            "device": device, "xattrs": {name: value for name, value in xattrs.items() if is_kept(name)}}


def is_kept(name):
    """Whether a layer can have it [T7]."""
    return name == "security.capability" or name.startswith(("user.", "system.posix_acl_"))


def with_names(tree, inodes):
    for paths in inodes.values():
        if len(paths) > 1 and tree[paths[0]]["type"] not in "d?":
            for path in paths:
                tree[path]["names"] = sorted(paths)
    return tree


def of_directory(top):
    """The same facts about a directory on the host."""
    tree = {}
    inodes = {}
    top = os.fsencode(top)
    for directory, directories, files in os.walk(top):
        if directory == top:
            directories[:] = [name for name in directories if name not in SKIPPED]
        for name in directories + files:
            full = os.path.join(directory, name)
            path = os.path.relpath(full, top)
            status = os.lstat(full)
            kind = KINDS[stat.S_IFMT(status.st_mode)]
            tree[path] = facts(
                kind, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, int(status.st_mtime_ns // 10**9),
                os.readlink(full) if kind == "l" else b"",
                f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}" if kind in "bc" else "",
                {name: os.getxattr(full, name, follow_symlinks=False)
                 for name in os.listxattr(full, follow_symlinks=False)})
            if kind == "f":
                with open(full, "rb") as file:
                    tree[path]["content"] = hashlib.md5(file.read()).hexdigest()
            inodes.setdefault((status.st_dev, status.st_ino), []).append(path)
    return with_names(tree, inodes)


def differences(one, other, layer=None, ignore=()):
    """Sentences about what differs, at most 30. With the names of a layer: a directory that is not in it may have
    another time [W14]."""
    found = []
    for path in sorted(one.keys() | other.keys()):
        if path.split(b"/")[0] in SKIPPED:
            continue
        if path not in one or path not in other:
            found.append(f"{path!r} is only in the {'second' if path not in one else 'first'}")
            continue
        for key in sorted(one[path].keys() | other[path].keys()):
            untouched = layer is not None and one[path]["type"] == "d" and key == "mtime" and path not in layer
            if key not in ignore and not untouched and one[path].get(key) != other[path].get(key):
                found.append(f"{path!r}: {key} is {one[path].get(key)!r} and {other[path].get(key)!r}")
    return found[:30]


def names(layer):
    """The paths in a layer, as bytes."""
    with tarfile.open(layer) as tar:
        return {os.fsencode(member.name) for member in tar}


def apply_with_tar(layers, directory):
    """Applies layers with GNU tar and a simple implementation of whiteouts."""
    for layer in layers:
        with tarfile.open(layer) as tar:
            members = tar.getmembers()
        for member in members:
            make_way(os.fsencode(directory), member)
        subprocess.run(["tar", "-C", directory, "--exclude=.wh.*", "--xattrs", "--xattrs-include=*",
                        "--numeric-owner", "--delay-directory-restore", "-xpf", layer], check=True, timeout=300)


def make_way(directory, member):
    """Removes what the entry removes or replaces."""
    parent, name = os.path.split(os.path.join(directory, os.fsencode(member.name)))
    target = os.path.join(parent, name)
    if name == b".wh..wh..opq":
        for hidden in os.listdir(parent) if os.path.isdir(parent) else ():
            remove(os.path.join(parent, hidden))
    elif name.startswith(b".wh."):
        remove(os.path.join(parent, name[4:]))
    elif not (member.isdir() and os.path.isdir(target) and not os.path.islink(target)):
        remove(target)
        if member.isdir():
            # Directories that tar creates below one with the set-group-ID bit keep that bit, whatever their mode in the tar.
            os.makedirs(target)
            os.chmod(target, 0o700)
    else:
        # tar keeps existing attributes of a directory.
        for attribute in os.listxattr(target):
            os.removexattr(target, attribute)


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
