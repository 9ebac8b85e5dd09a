"""The same inputs give the same bytes, on any host [T12]."""
import concurrent.futures
import itertools
import os
import pathlib
import shutil
import tarfile
import threading
import unittest

import harness

RUNS = int(os.environ.get("ROOTLAYER_TEST_RUNS", "30"))
FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")

# What a script can see of its machine and writes down: the order of directories, numbers of devices and processes,
# mounts, limits, addresses, names. docs/guide.md says what else differs, and why.
SEEN = """
mkdir /seen /many; i=0; while [ $i -lt 60 ]; do echo $i > /many/file$i; mkdir /many/dir$i; i=$((i+1)); done
find /many /etc /bin /dev > /seen/order; stat -c '%n %d %h' /many /many/* /etc /etc/* > /seen/numbers
stat -f -c '%i %s %t' / > /seen/file-system; ls -l /dev | sed 's/ [A-Z][a-z]* .*[0-9:]* / /' > /seen/devices
sed 's/size=[0-9]*k*//; s/nr_inodes=[0-9]*//' /proc/self/mountinfo > /seen/mounts
{ hostname; uname -a; id; umask; pwd; env; ulimit -a; echo $$; sh -c 'echo $$'; } > /seen/process 2>&1
cat /proc/self/limits /proc/self/cgroup /proc/cmdline /proc/filesystems /proc/devices /proc/misc > /seen/kernel
cat /sys/class/dmi/id/product_uuid /sys/class/dmi/id/*_name /sys/class/dmi/id/*_vendor > /seen/dmi 2>&1
sh -c 'cat /proc/self/maps' > /seen/addresses; ls /sys/class /sys/block > /seen/classes
rm -r /many
"""
SCRIPT = SEEN + """
mkdir -p /srv/a/b /srv/c; echo one > /srv/a/one; ln /srv/a/one /srv/a/b/two; ln -s one /srv/a/three
mkfifo /srv/pipe; mknod /srv/null c 1 3; chown 1000:1001 /srv/c; chmod 2750 /srv/c; chmod 4755 /srv/a/one
for i in $(seq 60); do echo $i > /srv/c/file$i; done; rm /srv/c/file1*; echo x > /tmp/x; cp -r /srv/a /srv/copy
rm /etc/group; rm -r /tmp/x; mkdir /etc/new; touch -d '2001-02-03 04:05:06' /srv/a/b/old
dd if=/dev/zero of=/srv/big bs=64k count=40 2> /dev/null; touch /srv/now; mv /etc/passwd /etc/users
sort /etc/users | sha256sum > /srv/sum
"""


class Reproducible(harness.Machine):
    def test_thirty_runs_in_different_surroundings_give_the_same_bytes(self):
        """[T12] clock, time zone, locale, umask, directory, processors, memory, order of the environment, a base converted
        anew"""
        if os.environ.get("CI") == "true":
            self.assertTrue(FAKETIME.exists(), "scripts/setup --test installs faketime")
        harness.busybox_root()
        self.script = self.directory / "script"
        self.script.write_text(SCRIPT)
        self.guest_image_is_made = threading.Event()
        found = {}
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            for surroundings, diff_id in pool.map(self.one_run, range(RUNS)):
                found.setdefault(diff_id, []).append(surroundings)
        self.assertEqual(len(found), 1, found)

    def one_run(self, number):
        def pick(*values):
            return values[number % len(values)]
        temporary = self.temporary / pick("t", "a-longer-folder", "t2") / str(number)
        temporary.mkdir(parents=True)
        clock = pick("+0d", "+400d", "-900d", "+3d x1.3", "@2031-12-31 23:59:55")
        env = self.environment(
            TZ=pick("UTC", "Asia/Tokyo", "America/St_Johns"), LC_ALL=pick("C", "C.UTF-8", "de_DE.UTF-8", ""),
            TMPDIR=temporary, XDG_RUNTIME_DIR=temporary, NOISE="x" * number,
            ROOTLAYER_TEMPLATE=os.environ.get("ROOTLAYER_TEMPLATE", pick("1", "1", "1", "0")))
        if FAKETIME.exists():
            env.update(LD_PRELOAD=str(FAKETIME), FAKETIME=clock, FAKETIME_DONT_FAKE_MONOTONIC="1")
        if number % 10 == 4:
            env["ROOTLAYER_CACHE_DIR"] = str(self.cache_without_bases(number))
        names = sorted(env) if number % 2 else sorted(env, reverse=True)
        env = {name: env[name] for name in itertools.chain(names[number % len(names):], names[:number % len(names)])}
        arguments = ["--cpus", pick("1", "1", "2"), "--memory", pick("1G", "512M", "700M", "1500M"),
                     "--disk-size", pick("1G", "1G", "3G")]
        umask = pick(0o022, 0o077, 0o002, 0)
        output = self.directory / f"{number}.tar"
        process = self.start("run", "--accel", self.accel, "--from", f"tar:{harness.busybox_root()}", "--script",
                             self.script, "--output", output, *arguments, env=env, umask=umask)
        try:
            out, err = process.communicate(timeout=harness.LONG)
        finally:
            process.kill()
        self.assertEqual(process.returncode, 0, err.decode(errors="replace"))
        output.unlink()
        temporary.rmdir()
        if not any(temporary.parent.iterdir()):
            temporary.parent.rmdir()
        return (clock, arguments, umask, names), out

    def cache_without_bases(self, number):
        """Keeps the guest image, which takes long to make. The base is converted again and a template is made, because
        those of the shared cache may be removed at any time."""
        cache = self.directory / f"cache-{number}"
        shutil.copytree(self.cache, cache, symlinks=True, ignore=shutil.ignore_patterns("layers", "templates", "*.partial*"))
        return cache


class Clock(harness.Machine):
    """[T5][T12] The host's clock is not an input."""

    GIVEN = {"old": 0, "new-year": 1_767_225_600, "later": 1_900_000_000, "base": 4_000_000_000}
    # Some hours before and after each of them, and the limits of 32-bit clocks.
    CLOCKS = (None, "@1970-01-01 00:00:05", "@2025-12-31 20:00:00", "@2026-01-01 04:00:00", "@2030-03-17 14:00:00",
              "@2030-03-17 22:00:00", "@2096-10-02 03:00:00", "@2106-02-08 00:00:00")
    SCRIPT = """
mkdir /srv /copy; touch -d @0 /srv/old; touch -d @1767225600 /srv/new-year; touch -d @1900000000 /srv/later
echo made > /srv/made; touch -d @$(date +%s) /srv/now; tar -c -C /srv . | tar -x -C /copy; chmod 600 /base
date -s '2001-09-09 01:46:40'; echo set > /srv/set; date -s @2000000000; echo set > /srv/set-again
touch -d @1999990000 /srv/near
"""

    def setUp(self):
        super().setUp()
        self.assertTrue(FAKETIME.exists(), "scripts/setup --test installs faketime")
        self.base = self.directory / "base.tar"
        with tarfile.open(harness.busybox_root()) as busybox, tarfile.open(self.base, "w") as tar:
            for member in busybox:
                tar.addfile(member, busybox.extractfile(member) if member.isreg() else None)
            harness.add(tar, "base", data=b"of the base", mtime=self.GIVEN["base"])

    def at(self, clock, *arguments):
        env = self.environment(TZ="UTC")
        if clock:
            env.update(LD_PRELOAD=str(FAKETIME), FAKETIME=clock, FAKETIME_DONT_FAKE_MONOTONIC="1")
        return self.layer("--from", f"tar:{self.base}", *arguments, script=self.SCRIPT, env=env)

    def test_times_that_the_script_gave_stay_and_those_of_the_run_do_not_show(self):
        found = {}
        for clock in self.CLOCKS:
            layer, diff_id = self.at(clock)
            times = {name: member.mtime for name, member in harness.members(layer).items()}
            found.setdefault(diff_id, []).append((clock, times))
        self.assertEqual(len(found), 1, found)
        for name, time in self.GIVEN.items():
            for path in {f"srv/{name}", f"copy/{name}", name} & set(times):
                self.assertEqual(times.pop(path), time, path)
        self.assertEqual(times.pop("srv/near"), 1_999_990_000)
        self.assertEqual(set(times.values()), {1}, times)
        self.assertLessEqual({"srv/made", "srv/now", "copy/now", "srv/set", "srv/set-again"}, set(times))

    def test_an_epoch_hides_a_clock_that_is_before_it_too(self):
        epoch = ("--source-date-epoch", "1800000000")
        layers = [self.at(clock, *epoch) for clock in ("@2026-05-01 00:00:00", "@2031-01-01 00:00:00")]
        self.assertEqual(layers[0][1], layers[1][1])
        times = {name: member.mtime for name, member in harness.members(layers[0][0]).items()}
        self.assertEqual((times["srv/made"], times["srv/later"], times["srv/new-year"]),
                         (1_800_000_000, 1_800_000_000, 1_767_225_600))


if __name__ == "__main__":
    unittest.main()
