"""Failures on the host: nothing outlives its run."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import unittest

import harness

ENDLESS = "echo started; while :; do sleep 1; done\n"


def copy_cache(source, target, parts=("kernel", "guest", "libvirt")):
    """A cache with the entries that take long to make, but without bases and a verdict about KVM."""
    target.mkdir(parents=True)
    for part in parts:
        if (source / part).exists():
            # Skip what another test is creating.
            shutil.copytree(source / part, target / part, symlinks=True, ignore=shutil.ignore_patterns("*.partial"))
    return target


class Robust(harness.Machine):
    def begin(self, script, *arguments, **popen):
        """Starts a run and waits until its script has reported its start."""
        path = self.directory / "script"
        path.write_text(script)
        process = self.start("run", "--accel", self.accel, "--script", path, *arguments, **popen)
        said = b""
        for line in process.stderr:
            said += line
            if b"started" in line:
                return process
        self.fail(f"the script never started: {said.decode(errors='replace')}")

    def finish(self, process):
        try:
            process.communicate(timeout=harness.LONG)
        except subprocess.TimeoutExpired:
            process.kill()
            self.fail("it did not end")
        return process.returncode

    def signal_machine(self, number):
        machines = [line.split(":")[0] for line in self.processes() if "qemu" in line]
        self.assertNotEqual(machines, [])
        for pid in machines:
            os.kill(int(pid), number)

    def nothing_left(self):
        return not self.processes() and not any(self.temporary.iterdir())

    def test_one_ctrl_c_ends_the_run_and_cleans_up(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.begin(ENDLESS)
            process.send_signal(number)
            self.assertEqual(self.finish(process), 128 + number)
            self.assert_nothing_left()
            self.assertFalse((self.directory / "layer.tar").exists())

    def test_ctrl_c_reaches_the_whole_group_as_on_a_terminal(self):
        process = self.begin(ENDLESS, start_new_session=True)
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(self.finish(process), 128 + signal.SIGINT)

    def test_kill_9_of_the_command_leaves_no_machine_and_no_file(self):
        """[A12]"""
        process = self.begin(ENDLESS)
        self.assertTrue(self.processes())
        process.kill()
        self.finish(process)
        self.wait_until(self.nothing_left, "the machine is gone after kill -9")

    def test_kill_9_while_a_guest_does_not_answer(self):
        """[A12] a stopped QEMU does not notice end of file, so a process on the host must kill it"""
        process = self.begin(ENDLESS)
        self.signal_machine(signal.SIGSTOP)
        process.kill()
        self.finish(process)
        self.wait_until(self.nothing_left, "the hung machine is gone after kill -9")

    def test_a_qemu_that_dies_in_the_middle_is_an_error(self):
        """[A13]"""
        process = self.begin(ENDLESS)
        self.signal_machine(signal.SIGKILL)
        _, err = process.communicate(timeout=harness.LONG)
        self.assertEqual(process.returncode, 125)
        self.assertIn(b"the machine", err)

    def test_a_guest_that_powers_itself_off_is_an_error(self):
        """[A9]"""
        for word in ("o", "b", "c"):
            done = self.rootlayer("run", script=f"mount -o remount,rw /proc || true; echo {word} > /proc/sysrq-trigger; "
                                                "sleep 100\n", status=125)
            self.assertIn("the machine ended", done.stderr)
            if word == "c":
                self.assertIn("run: Kernel panic - not syncing: sysrq triggered crash\n", done.stderr)
            self.assertFalse((self.directory / "layer.tar").exists())

    def test_a_deadline_ends_the_command_wherever_it_is(self):
        """[A9] reading a base that never comes, and a script that never ends"""
        reader, writer = os.pipe()
        self.addCleanup(os.close, writer)
        with os.fdopen(reader) as endless:
            self.assert_timed_out("--deadline", "1s", "--from", "tar:-", script="true\n", stdin=endless)
        self.assert_timed_out("--deadline", "12s", script=ENDLESS)

    def assert_timed_out(self, *arguments, **more):
        metadata = self.directory / "run.json"
        done = self.rootlayer("run", "--metadata-file", metadata, "--output", self.directory / "layer.tar", *arguments,
                              status=125, **more)
        self.assertEqual(json.loads(metadata.read_text())["error"]["code"], "timeout", done.stderr)
        self.assertIn("longer --deadline", done.stderr)
        self.assertFalse((self.directory / "layer.tar").exists())
        self.assert_nothing_left()

    def test_the_console_is_kept_when_asked_for(self):
        log = self.directory / "console.log"
        self.rootlayer("run", "--console-log", log, status=125,
                       script="mount -o remount,rw /proc || true; echo c > /proc/sysrq-trigger; sleep 100\n")
        self.assertIn(b"Kernel panic", log.read_bytes())

    def test_two_runs_at_once_share_a_cache(self):
        """[A12]"""
        env = self.environment(ROOTLAYER_CACHE_DIR=copy_cache(self.cache, self.directory / "cache"))
        script = self.directory / "script"
        script.write_text("echo x > /x\n")
        runs = [self.start("run", "--accel", self.accel, "--from", f"tar:{harness.busybox_root()}", "--script", script,
                           "--output", self.directory / f"{number}.tar", env=env) for number in range(3)]
        said = [run.communicate(timeout=harness.LONG) for run in runs]
        self.assertEqual([run.returncode for run in runs], [0, 0, 0], said)
        self.assertEqual(len({out for out, _ in said}), 1)

    def test_an_unprivileged_user_without_a_home_directory_can_run_it(self):
        """An arbitrary user of a container: no entry in /etc/passwd, and HOME is /."""
        if os.geteuid() != 0:
            self.skipTest("the tests run as an unprivileged user already")
        user = "54321"
        os.chmod(self.directory, 0o777)
        env = self.environment(HOME="/")
        del env["ROOTLAYER_CACHE_DIR"]
        # Provides the guest image, so that the test does not need the network.
        self.rootlayer("guest", "build")
        kept = self.temporary / f"rootlayer-cache-{user}"
        self.addCleanup(shutil.rmtree, kept, ignore_errors=True)
        copy_cache(self.cache, kept, ("kernel", "guest"))
        subprocess.run(["chown", "-R", f"{user}:{user}", kept], check=True)
        script = self.directory / "script"
        script.write_text("id -u\nmkdir /d; chown 5:6 /d; mknod /d/null c 1 3\n")
        reachable = all(os.stat(directory).st_mode & 0o001 for directory in harness.BINARY.parents)
        binary = harness.BINARY
        if not reachable:
            binary = self.directory / "rootlayer"
            shutil.copy(harness.BINARY, binary)
        done = subprocess.run(
            ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", str(binary), "run", "--accel", self.accel,
             "--from", f"tar:{self.copy_of_base()}", "--script", str(script), "--output", str(self.directory / "u.tar")],
            env=env, cwd=self.directory, capture_output=True, timeout=harness.LONG)
        said = done.stderr.decode(errors="replace")
        self.assertEqual(done.returncode, 0, said)
        self.assertEqual(said.count("--cache-dir"), 1, said)
        self.assertIn(str(kept), said)
        self.assertEqual(os.stat(kept).st_mode & 0o7777, 0o700)
        shutil.rmtree(kept)
        entry = harness.members(self.directory / "u.tar")["d"]
        self.assertEqual((entry.uid, entry.gid), (5, 6))

    def copy_of_base(self):
        path = self.directory / "base.tar"
        shutil.copy(harness.busybox_root(), path)
        os.chmod(path, 0o644)
        return path


class Acceleration(harness.Machine):
    accel = "auto"

    def test_auto_ends_well_whatever_kvm_does_here_and_remembers(self):
        """[A13] /dev/kvm may be missing, forbidden, hang every guest, or work"""
        env = self.environment(ROOTLAYER_CACHE_DIR=copy_cache(self.cache, self.directory / "cache"))
        said = []
        for number in range(2):
            metadata = self.directory / f"{number}.json"
            done = self.rootlayer("run", "--metadata-file", metadata, script="echo x > /x\n", env=env)
            machine = json.loads(metadata.read_text())["machine"]
            said.append((machine["accelerator"], machine["acceleratorReason"]))
            if machine["accelerator"] == "tcg":
                self.assertTrue(machine["acceleratorReason"])
                self.assertEqual(done.stderr.count("without KVM"), 1)
        self.assertEqual(said[0], said[1])

    def test_kvm_by_name_is_an_error_where_it_does_not_work(self):
        metadata = self.directory / "run.json"
        self.rootlayer("run", "--metadata-file", metadata, script="true\n")
        if json.loads(metadata.read_text())["machine"]["accelerator"] == "kvm":
            self.skipTest("KVM works here")
        done = self.rootlayer("run", "--accel", "kvm", script="true\n", status=125)
        self.assertIn("try: ", done.stderr)

    def test_doctor_tells_text_and_json(self):
        text = self.rootlayer("doctor").stdout.decode()
        findings = {each["what"]: each for each in json.loads(self.rootlayer("doctor", "--format", "json").stdout)}
        for what in ("qemu", "boot", "libvirt", "kvm", "guest-image", "cache", "disk-space", "template", "skopeo", "libguestfs"):
            self.assertIn(what, findings)
            self.assertIn(what, text)
        self.assertEqual(findings["qemu"]["state"], "ok")
        if findings["kvm"]["state"] != "ok":
            self.assertTrue(findings["kvm"]["hint"])

    def test_doctor_finds_a_broken_libvirt_though_runs_work(self):
        def findings(status=0, **env):
            done = self.rootlayer("doctor", "--format", "json", env=self.environment(**env), status=status)
            return {each["what"]: each for each in json.loads(done.stdout)}

        whole = findings()
        self.assertEqual((whole["boot"]["state"], whole["libvirt"]["state"]), ("ok", "ok"))
        broken = findings(LIBVIRT_DRIVER_DIR=self.directory)
        self.assertEqual((broken["boot"]["state"], broken["libvirt"]["state"]), ("ok", "limited"))
        self.assertEqual(broken["template"]["state"], whole["template"]["state"])


if __name__ == "__main__":
    unittest.main()
