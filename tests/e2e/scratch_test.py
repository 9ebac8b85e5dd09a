"""Runs on scratch: the shortest real path, and what every run must guarantee."""
import hashlib
import json
import os
import stat
import subprocess
import tarfile
import unittest

import harness


class Scratch(harness.Machine):
    def test_a_script_without_a_base_makes_a_layer(self):
        layer, diff_id = self.layer(script="mkdir /etc\necho hello > /etc/motd\nmknod /null c 1 3\n")
        entries = harness.members(layer)
        self.assertEqual(list(entries), ["etc", "etc/motd", "null"])
        self.assertEqual(harness.content(layer, "etc/motd"), b"hello\n")
        self.assertTrue(entries["null"].ischr())
        digest = subprocess.run(["sha256sum", layer], capture_output=True, text=True, check=True).stdout.split()[0]
        self.assertEqual(diff_id, "sha256:" + digest)

    def test_a_script_that_changes_nothing_makes_the_empty_layer(self):
        """[W15][W17] none of the mount points is in the layer, and files left there are reported"""
        done = self.rootlayer("run", script="ls -R /dev /proc/self /sys /run /tmp > /tmp/list\n"
                              "mkdir /run/d; echo x > /run/d/x; echo x > /dev/x; echo x > /dev/shm/x\n")
        self.assertEqual(done.stdout, b"sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef\n")
        self.assertIn('(4 names, the first is "/tmp/list"); --keep-tmp', done.stderr)
        quiet = self.rootlayer("run", "--keep-tmp", script="echo > /tmp/x; rm /tmp/x; mkdir /run/d; rmdir /run/d\n")
        self.assertEqual(quiet.stdout, done.stdout)
        self.assertNotIn("warning", quiet.stderr)

    def test_tmp_and_run_are_in_the_layer_when_they_are_kept(self):
        layer, _ = self.layer("--keep-tmp", script="test -z \"$(ls /tmp /run | grep -v :)\"; echo x > /tmp/x; "
                              "mkdir /run/d; echo x > /dev/x; stat -c %a /tmp\n")
        entries = harness.members(layer)
        self.assertEqual(list(entries), ["run", "run/d", "tmp", "tmp/x"])
        self.assertEqual(entries["tmp"].mode, 0o1777)

    def test_a_large_file_comes_whole_from_the_disk_and_from_memory(self):
        """written with O_DIRECT, then changed in the page cache in some places; it ends in the middle of a block"""
        places = (0, 1048575, 5000000, 9000001)
        layer, _ = self.layer(script="seq 1 2000000 | dd of=/big bs=1M count=10 iflag=fullblock oflag=direct\n" + "".join(
            f"printf changed | dd of=/big bs=1 seek={at} conv=notrunc\n" for at in places) + "printf end >> /big\n")
        expected = bytearray("".join(f"{number}\n" for number in range(1, 2000001)).encode()[:10 << 20])
        for at in places:
            expected[at:at + 7] = b"changed"
        self.assertEqual(hashlib.sha256(harness.content(layer, "big")).hexdigest(),
                         hashlib.sha256(expected + b"end").hexdigest())

    def test_large_files_with_holes_and_space_that_was_never_written(self):
        """ranges that the host reads from the disk, between data from the guest"""
        layer, _ = self.layer(script="""
blob() { seq 1 400000 | head -c $1; }
blob 1000000 > /a-memory
blob 1000000 > /b-hole; dd if=/b-hole of=/b-hole bs=4096 seek=700 count=100 conv=notrunc; truncate -s 5000001 /b-hole
fallocate -l 3000000 /c-space; blob 300000 | dd of=/c-space bs=4096 seek=100 conv=notrunc
truncate -s 2000000 /d-nothing
for i in $(seq 0 40); do blob 9000 | dd of=/e-pieces bs=12288 seek=$((i * 2)) conv=notrunc; sync; done
blob 262143 > /f-small; blob 262144 > /g-least; ln /g-least /h-link
""")
        blob = "".join(f"{number}\n" for number in range(1, 400001)).encode()
        hole = bytearray(5000001)
        hole[:1000000] = blob[:1000000]
        hole[700 * 4096:800 * 4096] = blob[:409600]
        space = bytearray(3000000)
        space[409600:709600] = blob[:300000]
        pieces = (blob[:9000] + bytes(2 * 12288 - 9000)) * 40 + blob[:9000]
        expected = {"a-memory": blob[:1000000], "b-hole": hole, "c-space": space, "d-nothing": bytes(2000000),
                    "e-pieces": pieces, "f-small": blob[:262143], "g-least": blob[:262144]}
        for name, content in expected.items():
            with self.subTest(name):
                self.assertTrue(harness.content(layer, name) == bytes(content), "other bytes")
        self.assertTrue(harness.members(layer)["h-link"].islnk())

    def test_the_layer_goes_to_stdout_alone(self):
        done = self.rootlayer("run", "--output", "-", script="echo noise; echo x > /x\n")
        listed = subprocess.run(["tar", "-t"], input=done.stdout, capture_output=True, check=True)
        self.assertEqual(listed.stdout, b"x\n")
        self.assertIn("noise", done.stderr)

    def test_the_script_comes_from_stdin(self):
        with open(self.directory / "piped", "w+") as script:
            script.write("echo piped > /x\n")
            script.seek(0)
            self.rootlayer("run", "--script", "-", "--output", "out.tar", stdin=script)
        self.assertEqual(harness.content(self.directory / "out.tar", "x"), b"piped\n")

    def test_what_the_script_sees(self):
        """environment, arguments, working directory, user, and a machine of its own"""
        script = """
test "$GREETING" = "good day"
test "$1" = "a b"; test "$2" = c
test "$(pwd)" = /srv/app
test "$(id -u)" = 0
test "$(cut -d' ' -f1 /proc/self/maps)" = "$(cut -d' ' -f1 /proc/self/maps)" # the same addresses in every process
test -c /dev/null; test -d /dev/pts; test -d /dev/shm; test -e /dev/fd/0
test ! -e /dev/vda
test "$(hostname)" = rootlayer
ip addr show lo 2>/dev/null | grep -q 'UP' || ifconfig lo | grep -q UP
test "$(ls /proc | grep -c '^[0-9]*$')" -lt 10
test "$(readlink /proc/1/root)" = /
grep -q '^Groups:[[:space:]]*0[[:space:]]*$' /proc/self/status
for i in 1 2 3; do echo to-out$i; echo to-err$i >&2; done
nslookup example.org || wget -T 1 http://example.org/ || :
"""
        done = self.rootlayer("run", "-e", "GREETING=good day", "-w", "/srv/app", "--args", "a b", "c",
                              script=script)
        self.assertIn("to-out1\nto-err1\nto-out2\nto-err2\nto-out3\nto-err3\n", done.stderr)
        self.assertEqual(done.stderr.count("the script has no network, and wanted to reach example.org;"), 1)

    def test_more_environment_than_a_frame_holds_and_a_working_directory_behind_a_dangling_link(self):
        """like docker's; events have separate streams and whole lines"""
        base = self.directory / "base.tar"
        with tarfile.open(harness.busybox_root()) as whole, tarfile.open(base, "w") as tar:
            for member in whole:
                tar.addfile(member, whole.extractfile(member) if member.isreg() else None)
            harness.add(tar, "t", type=tarfile.SYMTYPE, linkname="/var/lib/t")
        values = [item for number in range(12) for item in ("-e", f"V{number}=" + "x" * 100000)]
        done = self.rootlayer("run", "--from", f"tar:{base}", "-w", "/t", "-u", "app", *values, "--progress", "json",
                              script="""
test ${#V0} = 100000; test ${#V11} = 100000; test "$(pwd -P)" = /var/lib/t
grep -q '^Groups:[[:space:]]*10 1001[[:space:]]*$' /proc/self/status || cat /proc/self/status
printf 'half '; printf 'a line\n' >&2; printf 'and half\n'
""")
        output = [event for event in map(json.loads, done.stderr.splitlines()) if event["event"] == "output"]
        for stream, text in (1, "half and half\n"), (2, "a line\n"):
            self.assertEqual("".join(event["text"] for event in output if event["stream"] == stream), text)
        self.assertEqual(list(harness.members(self.directory / "layer.tar")), ["var", "var/lib", "var/lib/t"])

    def test_the_metadata_and_the_events_tell_what_happened(self):
        metadata, layer = self.directory / "run.json", self.directory / "layer.tar"
        done = self.rootlayer("run", "--accel", self.accel, "--output", layer, "--metadata-file", metadata, "--progress",
                              "json", "-c", 'echo "$1" | tee /x', "--", "--x")
        diff_id = done.stdout.decode().strip()
        events = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertEqual(sorted(event["time"] for event in events), [event["time"] for event in events])
        self.assertIn("--x\n", [event["text"] for event in events if event["event"] == "output"])
        packed = [event["done"] for event in events if event["event"] == "progress" and event["phase"] == "pack"]
        self.assertEqual(packed, [layer.stat().st_size])
        self.assertEqual((events[-1]["event"], events[-1]["exitStatus"]), ("result", 0))
        self.assertEqual(events[-1]["products"], [{"kind": "layer", "place": str(layer), "digest": diff_id,
                                                   "bytes": layer.stat().st_size, "entries": 1}])
        said = json.loads(metadata.read_text())
        self.assertEqual(said["exitStatus"], 0)
        self.assertEqual(said["layer"], {"diffId": diff_id, "size": layer.stat().st_size, "entries": 1})
        self.assertEqual(said["machine"]["accelerator"], "tcg")
        self.assertGreater(said["machine"]["peakMemory"], 0)
        self.assertGreater(said["machine"]["peakDisk"], 0)
        phases = [phase["phase"] for phase in said["phases"]]
        for phase in ("base", "guest-image", "convert", "start", "hello", "assemble", "script", "pack", "publish"):
            self.assertIn(phase, phases)

    def test_the_same_run_twice_gives_the_same_bytes(self):
        """[T12] whatever the clock, umask, zone, locale and number of processors"""
        script = "mkdir /d\necho x > /d/x\nln /d/x /d/y\nmkfifo /d/p\ndate > /tmp/now\n"
        _, first = self.layer(script=script)
        for more in ({"arguments": ["--cpus", "2"]}, {"env": {"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"}},
                     {"umask": 0o077}, {"faketime": "+400d"}):
            env = self.environment(**more.get("env", {}))
            if "faketime" in more:
                env.update(LD_PRELOAD="/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", FAKETIME=more["faketime"],
                           FAKETIME_DONT_FAKE_MONOTONIC="1")
            popen = {"umask": more["umask"]} if "umask" in more else {}
            _, again = self.layer(*more.get("arguments", []), script=script, env=env, **popen)
            self.assertEqual(first, again, more)

    def test_the_output_replaces_what_was_there_and_has_an_ordinary_mode(self):
        output = self.directory / "layer.tar"
        output.write_text("old")
        self.layer(script="echo x > /x\n", umask=0o022)
        self.assertEqual(stat.S_IMODE(output.stat().st_mode), 0o644)
        self.assertNotEqual(output.read_bytes()[:3], b"old")


if __name__ == "__main__":
    unittest.main()
