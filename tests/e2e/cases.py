"""What scripts do to a base, case by case. Each rule about the changes of a script has its own directory, so that one
machine and one application of the layer test all of them."""

# Creates extended attributes and sockets without a tool for them, by the system calls 188 and 198 of x86-64.
TOOLS = r"""#!/bin/bash
trap 'echo "COMMAND FAILED: line $LINENO: $BASH_COMMAND"' ERR
xattr() { perl -e 'my ($p, $n, $v) = @ARGV; $v = pack("H*", $v); exit(syscall(188, $p, $n, $v, length $v, 0) != 0)' "$@"; }
unxattr() { perl -e 'my ($p, $n) = @ARGV; exit(syscall(197, $p, $n) != 0)' "$@"; }
listen() { perl -MSocket -e 'socket(my $s, PF_UNIX, SOCK_STREAM, 0); bind($s, pack_sockaddr_un($ARGV[0])) or die $!' "$1"; }
# For user 7: read and write; the owner rwx, the group r-x, the mask rwx, others r-x.
acl=0200000001000700ffffffff02000600070000000400
acl=${acl}0500ffffffff10000700ffffffff20000500ffffffff
"""

# rule -> (the content of the base, the script)
W = {}


def case(rule, script):
    def take(base):
        W[rule] = (base, script)
        return base
    return take


@case("w1", "rm file fifo sym dev; rm -r dir tall; rm -r kept/inner; rm l* m*\n")
def removed(tree):
    tree.files("file", "other")
    tree.fifo("fifo")
    tree.symlink("sym", "other")
    tree.device("dev", 1, 3)
    tree.directory("dir", "dir/sub")
    tree.files("dir/a", "dir/sub/b")
    tree.directory("tall", "tall/1", "tall/1/2", "tall/1/2/3", "kept", "kept/inner", "kept/inner/more")
    tree.files("kept/stays", "kept/inner/goes")
    tree.files("l" * 252, "m" * 255)  # whose whiteouts no file system could hold (T9)


@case("w2", "rm many/*; rm -r directories/*\n")
def many_removed(tree):
    tree.directory("many", "directories")
    tree.files(*(f"many/{number}" for number in range(40)))
    tree.directory(*(f"directories/{number}" for number in range(10)))


@case("w3", "echo > a/b/c/d/new; rm a/b/x/y/gone; chmod 0701 deep/1/2\n")
def deep(tree):
    tree.directory("a", mode=0o711)
    tree.directory("a/b", mode=0o1777, uid=33, gid=44, mtime=1_100_000_000)
    tree.directory("a/b/c", mode=0o2755, xattrs={"user.kept": "yes"})
    tree.directory("a/b/c/d", mode=0o700, mtime=0)
    tree.directory("a/b/x", mode=0o2770)
    tree.directory("a/b/x/y", mode=0o555)
    tree.files("a/b/x/y/gone", "a/b/x/y/stays")
    tree.directory("deep", "deep/1", "deep/1/2")


@case("w4", "rm b; echo > a; echo > b; rm m z; echo > mm; rm -r d; echo > d; rm 'd-'; mkdir d+; echo > d+/x\n")
def siblings(tree):
    tree.files("b", "m", "z", "d-", "n")
    tree.directory("d")
    tree.files("d/x")


@case("w5", "echo > new; rm new; mkdir made; rmdir made; rm -f never; echo > old.new; mv old.new old; rm old\n")
def nothing_to_remove(tree):
    tree.directory("stays")


@case("w6", r"""
rm -r again; mkdir again; echo > again/a; mkdir again/sub; echo > again/sub/x
rm -r empty; mkdir empty; rm -r wide; mkdir wide
rm -r deep; mkdir -p deep/1/2; echo > deep/1/2/new
rm -r same; mkdir -p same/1/2; echo > same/1/2/y
rm -r kind; mkdir kind; mkdir kind/file; echo > kind/directory; ln -s nowhere kind/sym; mkdir kind/link
rm -r moved; mkdir moved.new; echo > moved.new/b; mv -T moved.new moved
rm -r exact; mkdir exact; printf 'w6/exact/a of the base\n' > exact/a; chown -R 7:8 exact; chmod 644 exact/a
touch -d @1000000001 exact/a exact
""")
def made_again(tree):
    for name in ("again", "empty", "same", "moved"):
        tree.directory(name, f"{name}/sub", f"{name}/sub/2", f"{name}/1", f"{name}/1/2")
        tree.files(f"{name}/a", f"{name}/b", f"{name}/sub/x", f"{name}/sub/y", f"{name}/1/2/z", f"{name}/1/w")
    tree.directory("deep", "deep/1", "deep/1/2", "deep/1/3")
    tree.files("deep/1/2/old", "deep/1/3/old")
    tree.directory("kind", "kind/directory", "kind/link", "exact")
    tree.files("kind/file", "kind/directory/x", "kind/link/x", "kind/z", "exact/a", "exact/b")
    tree.symlink("kind/sym", "z")
    tree.directory("wide")
    tree.files("wide/" + "w" * 253)


@case("w7", "rm file sym; mkdir file sym new; echo > file/x; rm fifo; mkdir -p fifo/a/b; rm dev; mkdir dev\n")
def directory_over_others(tree):
    tree.files("file")
    tree.symlink("sym", "file")
    tree.fifo("fifo")
    tree.device("dev", 1, 5)


@case("w9", r"""
rm -r d1 d2 d3 d4; echo > d1; ln -s f2 d2; mkfifo d3; mknod d4 c 1 7
rm f1 f2 f3; mkdir f1; ln -s d1 f2; mknod f3 b 7 1
rm s1 s2 s3; mkdir s1; echo > s1/x; echo > s2; ln -s elsewhere s3
rm p1 c1; echo > p1; mkfifo c1
""")
def replaced(tree):
    for name in ("d1", "d2", "d3", "d4"):
        tree.directory(name, f"{name}/sub")
        tree.files(f"{name}/x", f"{name}/sub/y")
    tree.files("f1", "f2", "f3")
    for name in ("s1", "s2", "s3"):
        tree.symlink(name, "d1")
    tree.fifo("p1")
    tree.device("c1", 1, 3)


@case("w11", r"""
mknod null c 1 3; mknod loop b 7 0; mkfifo pipe; mknod large b 259 1048575; mknod tty c 4095 300; mknod zero b 0 0
chmod 666 null; chown 5:6 null loop pipe; ln null null2; ln pipe pipe2; chmod 4755 fifo; touch -d @1234567 dev
""")
def devices(tree):
    tree.fifo("fifo")
    tree.device("dev", 5, 1)


@case("w12", "listen new; rm file; listen file; mkdir d; listen d/sock; rm -r dir; listen dir\n")
def sockets(tree):
    tree.files("file")
    tree.directory("dir")
    tree.files("dir/x")


@case("w13", r"""
: >> opened; chmod 644 mode; chown 7:8 owner; cp -p copied copied.new; mv copied.new copied; mv away back; mv back away
mv directory back; mv back directory; chmod 600 there; chmod 644 there
printf 'other of same size!!!!!\n' > sized; touch -d @1000000001 sized; chown 7:8 sized
printf 'w13/whole of the base\n' > whole; touch -d @1000000001 whole
ln -sfn target sym; chown -h 7:8 sym; touch -h -d @1000000001 sym
xattr attributes user.a 31; chmod 0755 dirmode
""")
def unchanged(tree):
    tree.files("opened", "mode", "owner", "copied", "away", "there", "sized", "whole")
    tree.directory("directory", "directory/sub", "dirmode")
    tree.files("directory/x", "directory/sub/y")
    tree.symlink("sym", "target")
    tree.files("attributes", xattrs={"user.a": "1"})


UNCHANGED = ["opened", "mode", "owner", "copied", "away", "there", "whole", "sym", "attributes", "dirmode",
             "directory/x", "directory/sub/y"]


@case("w14", "echo > d/temporary; rm d/temporary; echo > e/temporary; rm e/temporary; echo > e/sub/new; touch d2\n")
def came_and_went(tree):
    tree.directory("d", "d2", "e", "e/sub")
    tree.files("d/x")


@case("w16", "mkdir -p x/y/z; echo > x/y/z/a; rm -r x; echo > only; ln only two; rm only two\n")
def made_and_removed(tree):
    tree.directory("stays")


@case("w18", "echo more >> b; chmod 600 e; rm g; chmod 640 h; : > k\n")
def one_of_links(tree):
    for group in ("abc", "def", "ghi", "jkl"):
        tree.files(group[0])
        tree.link(group[1], f"{group[0]}")
        tree.link(group[2], f"{group[0]}")


@case("w19", r"""
ln lower new; ln lower a-before; mkdir d; ln lower d/deep; ln one two; rm one; ln multi m2; rm multi2
echo > fresh; ln fresh fresh2; ln fresh d/fresh; chmod 751 fresh2; ln lower2 lower3; echo more >> lower3
ln tiny tiny2; rm tiny; mv tiny2 tiny
""")
def linked(tree):
    tree.files("lower", "one", "multi", "lower2", "tiny")
    tree.link("multi2", "multi")
    tree.link("multi3", "multi")


@case("w20", "ln -P sym sym2; ln -s nowhere new; ln -P new new2; ln fifo fifo2; ln dev dev2; chown -h 3:4 new2\n")
def linked_symlinks(tree):
    tree.symlink("sym", "target")
    tree.fifo("fifo")
    tree.device("dev", 1, 9)


@case("w21", r"""
mv dir renamed; mv outer/inner .; mkdir d; mv f d; mv a b; mv -T x y; mv n1 n2; mkdir made; mv made made2
mv links/one links/other; mv swap1 t; mv swap2 swap1; mv t swap2
""")
def renamed(tree):
    tree.directory("dir", "dir/sub", "outer", "outer/inner", "x", "y", "n1", "links", "swap1", "swap2")
    tree.files("dir/a", "dir/sub/b", "outer/inner/c", "f", "a", "b", "x/1", "n1/x", "links/one", "swap1/a", "swap2/b")
    tree.link("links/two", "links/one")
    tree.symlink("dir/sym", "a")


@case("w22", "setsid bash -c 'trap \"\" TERM HUP; exec 3> held; while :; do sleep 1; done' > /dev/null 2>&1 &\n"
      "while [ ! -e held ]; do sleep 0.1; done\n")
def daemons(tree):
    tree.directory("stays")


@case("w23", "echo >> file; echo > dir/new; echo >> log; chattr +i file dir; chattr +a log; echo > new; chattr +i new; mkdir made; echo > made/x; chattr +i made\n")
def immutable(tree):
    tree.files("file", "log")
    tree.directory("dir")
    tree.files("dir/x")


@case("attributes", r"""
mkdir new.dir; echo > new; xattr new.dir user.x 01ff00; xattr new user.y 0a3d
xattr file user.a 32; unxattr gone user.a; unxattr dir user.d; xattr dir/x user.new 31
cp /bin/true capable; setcap cap_net_raw,cap_net_bind_service=ep capable; chmod 700 had.caps
cp /bin/true lost; setcap cap_net_raw=ep lost; chown 3:4 lost
# Files of a squashfs take no ACL before they are copied up.
chmod 600 acl; xattr acl system.posix_acl_access $acl; mkdir acldir; xattr acldir system.posix_acl_default $acl; echo > acldir/inherits
xattr new trusted.hidden 31; xattr long user.long $(printf '41%.0s' $(seq 3000)); echo more >> touched
""")
def attributes(tree):
    tree.files("file", "gone", xattrs={"user.a": "1", "user.b": "2"})
    tree.directory("dir", xattrs={"user.d": "1"})
    tree.files("dir/x", "acl", "long")
    tree.files("touched", xattrs={"user.a": "1"})
    tree.files("had.caps", mode=0o755, xattrs={
        "security.capability": b"\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00".decode()})


# The same ACL, as a pax header has it.
ACL = bytes.fromhex("0200000001000700ffffffff02000600070000000400"
                    "0500ffffffff10000700ffffffff20000500ffffffff").decode(errors="surrogateescape")
ACLS = {"system.posix_acl_access": ACL, "system.posix_acl_default": ACL}


@case("t13", r"""
mkdir d; echo x > d/f; chmod 640 d/f; mkdir -m 700 d/s; mkfifo -m 600 d/p; ln -s x d/l; ln d/f link; echo > d/s/x
echo > d/before; ln d/before d/z; xattr d system.posix_acl_default $acl; echo > d/inherits; echo >> old/f
xattr old system.posix_acl_default $acl
echo > parent/new; rm parent/gone; chmod 700 parent/sub/mode; ln parent/linked parent/sub/linked; rm -r away; mkdir away
perl -e 'my ($p, $n, $v) = (@ARGV, "\0" x 99); exit(syscall(191, $p, $n, $v, 99) != 44)' parent system.posix_acl_access
echo > untouched/sub/temporary; rm untouched/sub/temporary; unxattr plain system.posix_acl_default
""")
def default_acls(tree):
    tree.directory("old", "d2")
    tree.files("old/f", "old/g", mode=0o640)
    for name in ("parent", "parent/sub", "untouched", "untouched/sub", "away", "plain"):
        tree.directory(name, xattrs=ACLS, mode=0o775)
    for name in ("parent/gone", "parent/stays", "parent/linked", "parent/sub/mode", "untouched/f", "away/f"):
        tree.files(name, mode=0o775, xattrs={"system.posix_acl_access": ACL})


@case("names", r"""
echo > 'with blank'; echo > 'quote"s'\''s'; echo > $'new\nline'; echo > -dash; echo > $'byte\xff'; echo > 'back\slash'
echo > '$dollar'; echo > $(printf 'n%.0s' $(seq 255)); echo > .wh; echo > wh.x; echo > '*'
d=$(printf 'long%.0s' $(seq 30)); mkdir -p $d/$d/$d; echo > $d/$d/$d/x; ln $d/$d/$d/x $d/link; ln -s $d/$d/$d/x sym
ln -s $'to\nnew\xfe' odd; mkdir $'dir\xff'; echo > $'dir\xff/x'; rm $'old\nname' 'old blank'; mkdir e; echo > e-; echo > e/x
""")
def odd_names(tree):
    tree.files("old\nname", "old blank", "old blank2")


@case("numbers", r"""
echo > owner; chown 3000000000:4294967294 owner; mkdir large; chown 2097152:2097151 large; ln -s x link; chown -h 4000000:0 link
echo > future; touch -d @8589934592 future; echo > edge; touch -d @8589934591 edge; echo > 2040; touch -d @2208988800 2040
echo > zero; touch -d @0 zero; echo > part; touch -d @1000.999999999 part; mkdir old; touch -d @86400.5 old
echo > modes; chmod 7777 modes; mkdir sticky; chmod 7755 sticky; echo > none; chmod 0 none; mkdir nodir; chmod 0 nodir
truncate -s 5M sparse; echo end >> sparse; : > empty; truncate -s 3 cut; truncate -s 100000 grown
chmod 4711 suid; echo x >> suid2; chown 9:9 suid3; head -c 512 /dev/zero > block; head -c 513 /dev/zero > block1
""")
def numbers(tree):
    tree.files("cut", "grown")
    tree.files("suid", "suid2", "suid3", mode=0o4755)


class Below:
    """A tree builder that adds below a directory."""

    def __init__(self, tree, directory):
        self.tree = tree
        self.within = directory

    def directory(self, *names, **fields):
        self.tree.directory(*(f"{self.within}/{name}" for name in names), **fields)

    def files(self, *names, **fields):
        for name in names:
            self.tree.add(f"{self.within}/{name}", data=f"{self.within[5:]}/{name} of the base\n".encode(), **fields)

    def symlink(self, name, target, **fields):
        self.tree.symlink(f"{self.within}/{name}", target, **fields)

    def link(self, name, target):
        self.tree.link(f"{self.within}/{name}", f"{self.within}/{target}")

    def fifo(self, name):
        self.tree.fifo(f"{self.within}/{name}")

    def device(self, name, major, minor):
        self.tree.device(f"{self.within}/{name}", major, minor)

    def whiteouts(self, *names):
        self.tree.whiteouts(*(f"{self.within}/{name}" for name in names))

    def opaque(self, name):
        self.tree.opaque(f"{self.within}/{name}")


def base_of_all(tree):
    """The content that the cases need, and two entries in the root (W8)."""
    tree.directory("case", "topdir")
    tree.add("topfile", b"x")
    tree.add("topdir/x", b"x")
    for rule, (base, _) in W.items():
        tree.directory(f"case/{rule}")
        base(Below(tree, f"case/{rule}"))


def script_of_all():
    parts = [f"cd /case/{rule}\n{script}" for rule, (_, script) in W.items()]
    return "".join(parts) + "cd /\nrm topfile; rm -r topdir; mkdir topdir; echo > topdir/new; echo > topnew\n"
