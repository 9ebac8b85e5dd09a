"""KVM, in the lab (tests/kvm/lab): what a user of a host with KVM meets, and of one where it cannot be used.

The lab is slower than any host, and emulation in it is too slow to be run. Where TCG is expected, the QEMU is false_qemu.py,
which runs no guest. What a layer must be was found on the host, with TCG."""
import contextlib
import json
import os
import pathlib
import shutil
import stat
import subprocess
import threading
import time
import unittest

import harness
import kvm_jobs

KEPT = harness.KEPT
USER = 54321
GIB = 1 << 30
DEVICE = pathlib.Path("/dev/kvm")
ENDLESS = "echo started; while :; do sleep 1; done\n"


class Lab(harness.Machine):
    accel = "kvm"

    def setUp(self):
        super().setUp()
        self.expected = json.loads((KEPT / "expected.json").read_text())
        self.metadata = self.directory / "metadata.json"
        self.began = time.monotonic()

    def tearDown(self):
        super().tearDown()
        print(f"({time.monotonic() - self.began:.0f} s)", end=" ", flush=True)

    def machine(self):
        return json.loads(self.metadata.read_text())["machine"]

    def phases(self):
        return [each["phase"] for each in json.loads(self.metadata.read_text())["phases"]]

    def seconds(self):
        """How long the last run took, without its script, which sleeps."""
        phases = json.loads(self.metadata.read_text())["phases"]
        return sum(each["seconds"] for each in phases if each["phase"] != "script")

    def job(self, name, *options, env=None, start=None):
        """Runs the job, whose layer must be TCG's. Returns what the script said as a dictionary."""
        done = self.rootlayer("run", "--output", self.directory / "layer.tar", "--metadata-file", self.metadata,
                              *kvm_jobs.JOBS[name].arguments(KEPT), *options, env=env)
        self.assertEqual(done.stdout.decode().strip(), self.expected[name])
        self.assertEqual(self.machine()["accelerator"], "kvm")
        if start:
            self.assertEqual((self.machine()["start"], self.machine()["startReason"]), (start, ""))
        self.assert_nothing_left()
        words = [line.split(None, 1) for line in done.stderr.splitlines()]
        return {pair[0]: pair[1] for pair in words if len(pair) == 2}

    def begin(self, script, *options):
        """Starts a run and waits until its script runs."""
        (self.directory / "script").write_text(script)
        process = self.start("run", "--accel", "kvm", "--from", f"tar:{KEPT}/busybox.tar", "--script",
                             self.directory / "script", *options)
        self.addCleanup(process.kill)
        for line in process.stderr:
            if b"started" in line:
                return process
        self.fail("the script never started")

    def nothing_left(self):
        return not self.processes() and not any(self.temporary.iterdir())

    def false_qemu(self, behaviour="none"):
        """An environment with false_qemu.py, which behaves so without KVM."""
        place = self.directory / "false"
        place.mkdir(exist_ok=True)
        shutil.copy(harness.TOP / "tests" / "e2e" / "false_qemu.py", place / "qemu")
        os.chmod(place / "qemu", 0o755)
        (place / "behaviour").write_text(behaviour)
        return self.environment(ROOTLAYER_QEMU=place / "qemu")

    def auto_without_kvm(self, env, wrapper=()):
        """A run with --accel auto that must succeed without KVM. Returns why it does."""
        (self.directory / "script").write_text("true\n")
        process = self.start("run", "--accel", "auto", "--from", f"tar:{KEPT}/busybox.tar", "--script",
                             self.directory / "script", "--metadata-file", self.metadata, env=env, wrapper=wrapper)
        _, said = process.communicate(timeout=harness.LONG)
        self.assertEqual(process.returncode, 0, said.decode())
        self.assertEqual(self.machine()["accelerator"], "tcg")
        reason = self.machine()["acceleratorReason"]
        self.assertIn(f"running without KVM, which is slower: {reason}", said.decode())
        return reason

    def kvm_by_name(self, wrapper=()):
        """What a run with --accel kvm says that must fail."""
        process = self.start("run", "--accel", "kvm", "--script", "/dev/null", wrapper=wrapper)
        _, said = process.communicate(timeout=harness.LONG)
        self.assertEqual(process.returncode, 125, said.decode())
        return said.decode()

    def doctor(self, env, wrapper=()):
        process = self.start("doctor", "--format", "json", env=env, wrapper=wrapper)
        out, said = process.communicate(timeout=harness.LONG)
        self.assertTrue(out, said.decode())
        return {each["what"]: each for each in json.loads(out)}

    @contextlib.contextmanager
    def as_user(self, *groups):
        """A command that starts another as a user who is not root and has a copy of the cache."""
        cache = self.directory / "cache"
        subprocess.run(["cp", "-a", "--sparse=always", self.cache, cache], check=True, timeout=harness.LONG)
        subprocess.run(["chown", "-R", f"{USER}:{USER}", cache], check=True, timeout=harness.LONG)
        os.chmod(self.directory, 0o777)
        shared, self.cache = self.cache, cache
        try:
            yield ["setpriv", f"--reuid={USER}", f"--regid={USER}",
                   "--groups=" + ",".join(map(str, groups)) if groups else "--clear-groups"]
        finally:
            self.cache = shared

    @contextlib.contextmanager
    def device(self, mode, group=0):
        """/dev/kvm with this mode and group."""
        os.chown(DEVICE, 0, group)
        os.chmod(DEVICE, mode)
        try:
            yield
        finally:
            os.chmod(DEVICE, 0o666)


class A1Works(Lab):
    """In this order: the first tests make the templates of the later ones."""

    def test_01_a_kvm_that_is_too_slow_for_auto_is_given_up_and_remembered(self):
        """[A13]"""
        env = self.false_qemu()
        for machines in (2, 1):
            self.assertEqual(self.auto_without_kvm(env), "a guest was started with it and never answered")
            self.assertEqual(self.machine()["start"], "template")
            self.assertEqual(self.phases().count("disks"), machines)
        found = self.doctor(env)
        self.assertEqual((found["kvm"]["state"], found["kvm"]["detail"]),
                         ("limited", "a guest was started with it and never answered"))
        self.assertEqual(found["kvm"]["hint"], "runs work without KVM, but several times slower")

    def test_02_a_run_from_a_template_has_the_layer_of_a_boot_its_own_clock_and_random_bytes(self):
        """[A11][A13]"""
        booted = self.job("plain", "--no-template")
        cold = self.seconds()
        self.assertEqual((self.machine()["start"], self.machine()["startReason"]), ("cold", "disabled"))
        said, times = [], []
        for accel in ("kvm", "auto", "auto", "kvm"):
            before = time.time()
            said.append(self.job("plain", "--accel", accel, start="template"))
            times.append(self.seconds())
            self.assertTrue(int(before) <= int(said[-1]["now"]) <= time.time() + 1, said)
            self.assertEqual(said[-1]["source"], "kvm-clock")
            self.assertIn(said[-1]["slept"], ("2", "3"))
            self.assertEqual(said[-1]["flags"], booted["flags"])
        self.assertEqual(len({each["random"] for each in said}), 4, said)
        restored = sorted(times[1:])[1]
        print(f"(cold {cold:.1f} s, making a template {times[0]:.1f} s, from one {restored:.1f} s, 1 : {cold / restored:.1f})",
              end=" ", flush=True)

    def test_03_two_processors(self):
        for _ in range(2):
            self.job("plain, 2 processors", start="template")

    def test_04_the_layer_of_a_debian_of_three_layers_is_that_of_tcg(self):
        """[A11]"""
        self.job("debian", start="template")
        self.job("debian, 2 processors", start="template")

    def test_05_a_script_that_takes_too_long_is_ended(self):
        self.rootlayer("run", "--timeout", "3s", "--metadata-file", self.metadata, script=ENDLESS, status=125)
        self.assertEqual(json.loads(self.metadata.read_text())["error"]["code"], "timeout")

    def test_06_kill_9_leaves_nothing(self):
        """[A12]"""
        process = self.begin(ENDLESS)
        self.assertIn("accel=kvm", " ".join(self.processes()))
        process.kill()
        process.communicate(timeout=harness.LONG)
        self.wait_until(self.nothing_left, "nothing is left")

    def test_07_two_at_once(self):
        commands = [self.start("run", "--accel", "kvm", *kvm_jobs.JOBS["plain"].arguments(KEPT), "--output",
                               self.directory / f"{number}.tar") for number in range(2)]
        for process in commands:
            out, said = process.communicate(timeout=harness.LONG)
            self.assertEqual(process.returncode, 0, said.decode())
            self.assertEqual(out.decode().strip(), self.expected["plain"])

    def test_08_a_machine_waits_for_the_next_run_of_a_program(self):
        """[A12]"""
        caller = subprocess.Popen([harness.BUILD / "tests/e2e/caller", f"tar:{KEPT}/busybox.tar", str(GIB), "600", "kvm"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=self.environment())
        deadline = threading.Timer(harness.LONG, caller.kill)
        deadline.start()
        for cleanup in (caller.stdout.close, caller.stdin.close, caller.wait, caller.kill, deadline.cancel):
            self.addCleanup(cleanup)

        def waiting():
            return [line for line in self.processes() if "driver=raw,node-name=disk0" in line and "-incoming" in line]

        starts = []
        for number in range(3):
            (self.directory / "script").write_text(f"echo {number} >/file\n")
            caller.stdin.write(f"{self.directory}/script {self.directory}/layer.tar {GIB}\n")
            starts.append(caller.stdout.readline().split()[0])
            self.assertEqual(harness.content(self.directory / "layer.tar", "file"), b"%d\n" % number)
            self.wait_until(waiting, "a machine waits")
        self.assertEqual(starts, ["template", "waiting", "waiting"])
        self.assertIn("accel=kvm", waiting()[0])
        caller.kill()
        self.wait_until(self.nothing_left, "nothing is left")

    def test_09_a_restored_machine_that_does_not_answer_is_replaced_by_a_boot_and_remembered(self):
        env = self.false_qemu("asleep")
        for attempt in range(2):
            self.job("plain", env=env)
            self.assertEqual((self.machine()["start"], self.machine()["startReason"]),
                             ("cold", "the restored machine does not answer"))
            self.assertEqual("template" in self.phases(), attempt == 0)
        # KVM has worked with this QEMU now.
        found = self.doctor(env)
        self.assertEqual(found["kvm"]["state"], "ok", found["kvm"])
        self.assertRegex(found["kvm"]["detail"], r"^a guest boots in [0-9.]+ s$")
        self.assertEqual((found["template"]["state"], found["template"]["detail"]),
                         ("limited", "a guest cannot be restored from a template: the restored machine does not answer"))


class A2Refuses(Lab):
    """The last test takes KVM away."""

    def test_1_a_user_with_access_through_a_group(self):
        with self.device(0o660, group=107), self.as_user(107) as wrapper:
            self.job_as(wrapper)

    def job_as(self, wrapper):
        job = kvm_jobs.JOBS["plain"]
        process = self.start("run", "--accel", "kvm", *job.arguments(KEPT), "--metadata-file", self.metadata,
                             wrapper=wrapper)
        out, said = process.communicate(timeout=harness.LONG)
        self.assertEqual(process.returncode, 0, said.decode())
        self.assertEqual(out.decode().strip(), self.expected["plain"])
        self.assertEqual((self.machine()["accelerator"], self.machine()["start"]), ("kvm", "template"))

    def test_2_a_user_without_access(self):
        """[A13]"""
        reason = "/dev/kvm cannot be opened: Permission denied"
        env_of = self.false_qemu
        with self.device(0o660, group=107), self.as_user() as wrapper:
            self.assertEqual(self.auto_without_kvm(env_of(), wrapper), reason)
            said = self.kvm_by_name(wrapper)
            self.assertIn(f"KVM cannot be used: {reason}", said)
            self.assertIn("try: get access to /dev/kvm (group kvm), or use --accel tcg", said)
            found = self.doctor(env_of(), wrapper)["kvm"]
            self.assertEqual((found["state"], found["detail"]), ("limited", reason))

    def test_3_root_s_qemu_has_a_user_of_its_own_who_may_use_kvm(self):
        with self.device(0o660, group=107):
            self.job("plain", start="template")
            self.assertIn("own-user", self.machine()["confinement"])

    def test_4_no_kvm(self):
        """[A13] a processor without SVM, or one that firmware has switched off"""
        subprocess.run(["modprobe", "-r", "kvm_amd"], check=True, timeout=60)
        self.assertFalse(DEVICE.exists())
        self.assertEqual(self.auto_without_kvm(self.false_qemu()), "there is no /dev/kvm")
        self.assertIn("KVM cannot be used: there is no /dev/kvm", self.kvm_by_name())
        found = self.doctor(self.false_qemu())["kvm"]
        self.assertEqual((found["state"], found["detail"]), ("limited", "there is no /dev/kvm"))
        # A device without a driver, as in a container that was given one.
        os.mknod(DEVICE, stat.S_IFCHR | 0o666, os.makedev(10, 232))
        self.addCleanup(DEVICE.unlink)
        self.assertRegex(self.auto_without_kvm(self.false_qemu()), "^/dev/kvm cannot be opened: No such device")


if __name__ == "__main__":
    unittest.main()
