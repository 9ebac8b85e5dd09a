"""Scripts that attack their own machine: the run ends by itself, and the error names what happened."""
import json
import unittest

import harness

SYSRQ = "mount -o remount,rw /proc; echo 1 >/proc/sys/kernel/sysrq; "
ENDED = "the machine ended during the run: "


class HostileScripts(harness.Machine):
    def attack(self, script, *arguments, status=125):
        """Runs the script; returns what was said, and the metadata."""
        metadata = self.directory / "metadata.json"
        metadata.unlink(missing_ok=True)
        done = self.rootlayer("run", "--from", f"tar:{harness.busybox_root()}", "--memory", "256M", "--disk-size", "64M",
                              "--metadata-file", metadata, *arguments, script=script, status=status)
        self.assertEqual((self.directory / "layer.tar").exists(), status == 0)
        self.assert_nothing_left()
        return done.stderr, json.loads(metadata.read_text())

    def test_a_machine_that_ends_itself_is_an_error_that_says_how(self):
        """[A9] panic, power off, reboot"""
        for word, how in {"c": "Kernel panic - not syncing: sysrq triggered crash", "o": "the guest powered itself off",
                          "b": "the guest reset itself"}.items():
            with self.subTest(word):
                said, metadata = self.attack(f"{SYSRQ} echo {word} >/proc/sysrq-trigger; sleep 100\n")
                self.assertEqual(metadata["error"]["code"], "machine")
                self.assertEqual(metadata["error"]["message"], ENDED + how)
                self.assertIn(f"rootlayer: {ENDED}{how}\n", said)

    def test_a_disk_and_its_inodes_that_run_out_are_named(self):
        """[A9]"""
        said, _ = self.attack("dd if=/dev/zero of=/big bs=1M 2>/dev/null\n", status=1)
        self.assertIn("the script filled its disk", said)
        said, _ = self.attack("mkdir /m; cd /m; seq 1 9000 | xargs touch 2>/dev/null || exit 4\n",
                              "--disk-size", "16M", status=4)
        self.assertIn("no inodes left", said)

    def test_forks_without_end_end_at_the_timeout(self):
        """[A9]"""
        said, metadata = self.attack("f() { f | f & }; f & while :; do :; done\n", "--timeout", "4s")
        self.assertEqual(metadata["error"]["code"], "timeout", said)
        self.assertIn("timed out after 4 s", metadata["error"]["message"])

    def test_what_a_script_does_to_its_root_and_processes_does_not_hold_the_packer(self):
        """[A9] daemons that write, programs replaced by fifos and links to endless files, a mount over /proc"""
        said, metadata = self.attack("""
            for pid in /proc/[0-9]*; do
                [ ${pid#/proc/} = $$ ] || kill -9 ${pid#/proc/} 2>/dev/null || true
            done
            (trap '' HUP TERM; while :; do echo x >>/log; done) &
            rm /etc/passwd; ln -s /dev/zero /etc/passwd
            mkdir -p /root; ln -s / /root/loop
            mount -t tmpfs none /proc; mknod /etc/group-fifo p
            rm /bin/tar; mknod /bin/tar p; rm /bin/sh; ln -s /dev/urandom /bin/sh
            exit 0
            """, status=0)
        names = harness.members(self.directory / "layer.tar")
        self.assertTrue(names["bin/tar"].isfifo())
        self.assertEqual(names["bin/sh"].linkname, "/dev/urandom")
        self.assertEqual(names["etc/passwd"].linkname, "/dev/zero")
        (self.directory / "layer.tar").unlink()

    def test_a_script_that_writes_to_its_devices_and_the_port_harms_no_one(self):
        """[A9][A11] whatever this guest is good for afterwards, the next run is what it was before"""
        def digest():
            done = self.rootlayer("run", "--from", f"tar:{harness.busybox_root()}", script="echo x >/x\n")
            (self.directory / "layer.tar").unlink()
            return done.stdout
        before = digest()
        metadata = self.directory / "metadata.json"
        path = self.directory / "script"
        path.write_text("""
            set +e
            mkdir /d; cd /d
            for device in $(cat /sys/block/vd*/dev); do
                mknod b$device b ${device%:*} ${device#*:}
                dd if=/dev/zero of=b$device bs=64k count=64 conv=notrunc && echo wrote $device
            done
            for device in $(cat /sys/class/virtio-ports/*/dev); do
                mknod p$device c ${device%:*} ${device#*:}
                (echo '{"how":"exited","value":0}' >p$device; cat p$device) &
                echo port $device
            done
            sleep 1; sync; exit 9
            """)
        process = self.start("run", "--accel", self.accel, "--from", f"tar:{harness.busybox_root()}", "--timeout", "20s",
                             "--metadata-file", metadata, "--script", path)
        said = process.communicate(timeout=harness.LONG)[1].decode(errors="replace")
        self.assertIn(process.returncode, (9, 125), said)
        self.assertIn("wrote ", said)
        self.assertIn("port ", said)
        found = json.loads(metadata.read_text())
        if process.returncode == 125:
            self.assertIn(found["error"]["code"], ("machine", "protocol", "guest", "timeout", "system", "bad-image"), said)
        self.assertFalse((self.directory / "layer.tar").exists())
        self.assertEqual(digest(), before)


if __name__ == "__main__":
    unittest.main()
