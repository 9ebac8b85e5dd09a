"""Random changes to the file system: base and layer together are the tree that the script left."""
import os
import random
import tarfile
import unittest

import harness
import images
import judges
import trees
from judged_test import without_sockets

SEQUENCES = int(os.environ.get("ROOTLAYER_TEST_SEQUENCES", "200"))
BOOTS = 4
STEPS = 30
SEED = int(os.environ.get("ROOTLAYER_TEST_SEED") or random.SystemRandom().randrange(2**32))

# Reads one operation per line, separated by blanks, and performs it. Ignores errors.
INTERPRETER = r"""#!/usr/bin/perl
use strict;
use POSIX ();
sub write_to { my ($mode, $path, $bytes) = @_; -p $path || -c $path || -b $path || -d $path and return;
               open(my $file, $mode, $path) or return; print $file $bytes; close $file }
sub remove { my ($path) = @_;
             if (-d $path && !-l $path) { opendir(my $all, $path) or return;
                 remove("$path/$_") for grep { $_ ne '.' && $_ ne '..' } readdir $all; rmdir $path }
             else { unlink $path } }
sub place { my ($call, $path, $name, $value) = @_; syscall($call, $path, $name, $value, length $value, 0) }
my %does = (
    write => sub { write_to('>', @_) }, append => sub { write_to('>>', @_) },
    update => sub { -f $_[0] && !-l $_[0] or return; open(my $file, '+<', $_[0]) or return; print $file $_[1] },
    truncate => sub { -f $_[0] and truncate($_[0], $_[1]) }, chmod => sub { -l $_[0] or chmod oct $_[1], $_[0] },
    chown => sub { POSIX::lchown($_[1], $_[2], $_[0]) }, xattr => sub { place(189, $_[0], $_[1], $_[2]) },
    unxattr => sub { syscall(198, $_[0], $_[1]) }, link => sub { link($_[0], $_[1]) },
    symlink => sub { symlink($_[0], $_[1]) }, rename => sub { rename($_[0], $_[1]) }, move => sub {
        system('mv', '-T', '--', @_) }, unlink => sub { unlink $_[0] }, remove => \&remove,
    mkdir => sub { mkdir $_[0], oct $_[1] }, rmdir => sub { rmdir $_[0] }, mkfifo => sub { POSIX::mkfifo($_[0], 0644) },
    mknod => sub { syscall(133, $_[0], 0020644, int($_[1])) }, open => sub { write_to('>>', $_[0], '') },
    touch => sub { -l $_[0] or utime $_[1], $_[1], $_[0] },
    replace => sub { remove($_[0]); mkdir $_[0], 0755; write_to('>', "$_[0]/$_[1]", 'new') },
);
open(STDERR, '>', '/dev/null');
umask 022;
while (my $line = <DATA>) {
    chomp $line;
    my ($what, @how) = split / /, $line;
    $does{$what}->(@how);
}
__DATA__
"""
NAMES = ["a", "b", "c", "a-b", "d.e"]


class Sequence:
    """Random operations within one directory of the base, which holds a random tree."""

    def __init__(self, number, seed):
        self.directory = f"seq/{number}"
        self.random = random.Random(f"{seed}-{number}")
        self.paths = []

    def name(self):
        depth = self.random.choice((1, 1, 2, 2, 3, 4))
        return "/".join([self.directory] + [self.random.choice(NAMES) for _ in range(depth)])

    def known(self):
        """Prefers a name that was used before, so that operations affect each other."""
        return self.random.choice(self.paths) if self.paths and self.random.random() < 0.7 else self.name()

    def fill(self, tree, lower=()):
        """A layer of the base: every name at most once, every parent with it. Returns name -> kind."""
        tree.directory(self.directory)
        made = {self.directory: "d"}
        for _ in range(14):
            path = self.name()
            if path in made or made.get(path.rpartition("/")[0]) != "d":
                continue
            kind = made[path] = self.random.choice("dddffffslp")
            self.paths.append(path)
            files = [other for other, known in made.items() if known == "f" and other != path]
            if kind == "d":
                tree.directory(path, mode=self.random.choice((0o755, 0o700, 0o2775)),
                            xattrs=self.random.choice((None, {"user.base": "1"})))
            elif kind == "l" and files:
                tree.link(path, self.random.choice(files))
            elif kind == "s":
                tree.symlink(path, self.random.choice(NAMES))
            elif kind == "p":
                tree.fifo(path)
            else:
                made[path] = "f"
                tree.add(path, path.encode(), mode=self.random.choice((0o644, 0o600, 0o4755)))
        for path in sorted(lower):
            if path not in made and made.get(path.rpartition("/")[0]) == "d" and self.random.random() < 0.4:
                tree.whiteouts(path)
        return made

    def operation(self):
        pick = self.random.choice
        path, other = self.known(), self.known()
        self.paths.append(pick((path, other)))
        return " ".join(map(str, pick((
            ("write", path, pick("xyz") * self.random.randrange(2000)), ("append", path, "more"), ("open", path),
            ("update", path, "UP"), ("truncate", path, self.random.randrange(9000)),
            ("chmod", path, pick(("644", "755", "4711", "1777", "0"))), ("chown", path, pick((0, 7, 70000)), 8),
            ("xattr", path, pick(("user.base", "user.new")), pick("123")), ("unxattr", path, "user.base"),
            ("link", path, other), ("link", path, self.name()), ("symlink", pick(NAMES), path), ("rename", path, other),
            ("rename", path, self.name()), ("move", path, self.name()), ("unlink", path), ("unlink", path),
            ("remove", path), ("remove", path), ("mkdir", path, "755"), ("mkdir", path, "2700"), ("rmdir", path),
            ("mkfifo", path), ("mknod", path, 259), ("touch", path, pick((1, 1_000_000_001, 2_000_000_000))),
            ("replace", path, pick(NAMES)), ("replace", path, pick(NAMES))))))


def two_layers(directory, sequences):
    """Paths of two layers, made in the directory. The second puts things in place of what the first has, and removes some."""
    lower = {}

    def first(tree):
        tree.directory("seq")
        for sequence in sequences:
            lower.update(sequence.fill(tree))

    def second(tree):
        tree.directory("seq")
        for sequence in sequences:
            sequence.fill(tree, [path for path in lower if path.startswith(f"{sequence.directory}/")])

    for number, fill in enumerate((first, second)):
        path = directory / f"layer-{number}.tar"
        path.write_bytes(images.layer_bytes(lambda tar: fill(images.TarTree(tar)), format=tarfile.PAX_FORMAT))
        yield path


class Random(harness.Machine):
    judges = None

    def present(self):
        """The judges, started once for all boots, so that they need not load the base again."""
        if Random.judges is None:
            Random.judges = self.enterClassContext(judges.judging(self))
        return Random.judges

    def one_boot(self, seed, count):
        sequences = [Sequence(number, seed) for number in range(count)]
        layers = [harness.small_debian(), *two_layers(self.directory, sequences)]
        base = images.Image(self.directory / "base", layers)
        lines = [sequence.operation() for sequence in sequences for _ in range(STEPS)]
        operations = INTERPRETER + "\n".join(lines) + "\n"
        script = ("#!/bin/bash\ncat > /dev/shm/operations <<'END_OF_OPERATIONS'\n" + operations +
                  "END_OF_OPERATIONS\nperl /dev/shm/operations\n")
        layer, (guest,) = self.listed(f"oci:{base.layout}:latest", script + trees.LISTING)
        image = images.Image(self.directory / "image", [*layers, layer])
        for name, judge in self.present().items():
            with self.subTest(name, seed=seed):
                self.assertEqual(
                    trees.differences(without_sockets(guest), judge.tree(image), trees.names(layer)), [])
        return base, operations

    def check(self, boot):
        print(f"ROOTLAYER_TEST_SEED={SEED}", flush=True)
        return self.one_boot(SEED + boot, max(1, SEQUENCES // BOOTS))

    def test_first(self):
        self.check(0)

    def test_second(self):
        self.check(1)

    def test_third_twice_the_same_bytes(self):
        base, operations = self.check(2)
        _, first = self.layer("--from", f"oci:{base.layout}:latest", script=operations)
        _, second = self.layer("--from", f"oci:{base.layout}:latest", script=operations)
        self.assertEqual(first, second)

    def test_fourth(self):
        self.check(3)


if __name__ == "__main__":
    unittest.main()
