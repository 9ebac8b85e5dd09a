"""The images of examples/, made of Debian packages as a reader would make them, and started with podman."""
import os
import shutil
import subprocess
import sys
import unittest

import harness
import judges

EXAMPLES = harness.TOP / "examples"
# podman's own defaults may be more than its caller has.
LIMITS = ("--ulimit", "nofile=256:256", "--ulimit", "nproc=100:100")
FETCH = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())"


class Containers(judges.Podman):
    """Runs containers without a network, each with the name of its image."""

    @classmethod
    def is_here(cls):
        return super().is_here() and cls.runtime() is not None

    @staticmethod
    def runtime():
        return next((name for name in ("runc", "crun") if shutil.which(name)), None)

    def managed(self, *words):
        return self.podman("--runtime", self.runtime(), "--cgroup-manager", "cgroupfs", *words)

    def run(self, name, *words, how=("--rm",)):
        return self.managed("run", "--pull", "never", "--network", "none", *LIMITS, *how, f"docker.io/library/{name}:latest", *words)

    def is_running(self, name):
        return self.managed("inspect", "--format", "{{.State.Running}}", name) == "true"

    def pid(self, name):
        return self.managed("inspect", "--format", "{{.State.Pid}}", name)


class Examples(harness.Machine):
    def made(self, *examples):
        """Runs examples. The packages are fetched once, for this run and the next ones."""
        packages = harness.KEPT / "packages"
        packages.mkdir(parents=True, exist_ok=True)
        env = self.environment(ROOTLAYER_ACCEL=self.accel, ROOTLAYER_PROGRESS="quiet", PACKAGES=packages)
        env["PATH"] = f"{harness.BINARY.parent}:{env['PATH']}"
        for name in examples:
            done = subprocess.run([EXAMPLES / f"{name}.sh"], cwd=self.directory, env=env, capture_output=True, text=True,
                                  check=False, timeout=harness.LONG, stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, 0, done.stderr[-3000:])

    def loaded(self, *images):
        """podman with images, to be left at the end of the test."""
        if not Containers.is_here():
            self.skipTest("the images were made; starting them needs root, podman, and runc or crun")
        containers = Containers()
        containers.__enter__()
        self.addCleanup(containers.__exit__)
        for name in images:
            containers.podman("load", "--quiet", "--input", self.directory / f"{name}.tar")
        return containers

    def test_programs_start(self):
        self.made("hello", "bash", "editor", "on-an-image")
        containers = self.loaded("hello", "bash", "editor", "on-an-image")
        self.assertEqual(containers.run("hello"), "Hello, world!")
        self.assertEqual(containers.run("bash", "/bin/bash", "-c", "id -un; ls -d /bin/sh"), "root\n/bin/sh")
        self.assertIn("GNU nano", containers.run("editor", "--version"))
        self.assertRegex(containers.run("on-an-image"), r"\Ahello from bash 5")

    def test_an_environment_is_inherited_and_of_several_layers_the_last_one_counts(self):
        self.made("environment", "layers")
        containers = self.loaded("environment", "layers")
        environment = containers.run("environment").splitlines()
        self.assertTrue({"FROM_PARENT=true", "FROM_CHILD=true", "LAST=child"} <= set(environment), environment)
        self.assertEqual(containers.run("layers").split(), ["3", "1", "2", "3"])

    def test_a_layered_image_is_layered_on_another(self):
        self.made("layered")
        containers = self.loaded("layered", "layered-on-layered")
        self.assertEqual(containers.run("layered"), "Hello, world!")
        self.assertEqual(containers.run("layered-on-layered"), "Hello, world!")
        below, all_layers = (containers.podman("image", "inspect", "--format", "{{.RootFS.Layers}}", name).strip("[]").split()
                             for name in ("layered", "layered-on-layered"))
        self.assertEqual(all_layers[:len(below)], below)
        self.assertEqual(len(all_layers), len(below) + 2, "bash and what only it needs")

    def test_a_script_of_root_runs_between_two_that_work_on_the_layer(self):
        self.made("run-as-root")
        containers = self.loaded("run-as-root")
        self.assertEqual(containers.run("run-as-root"), "made by 0")
        self.assertEqual(containers.run("run-as-root", "/bin/bash", "-c", "ls /srv; stat -c '%a %u' /srv/data; test -k /tmp"),
                         "data\nnull\n755 1000")

    def test_servers_answer(self):
        self.made("redis", "nginx")
        containers = self.loaded("redis", "nginx")
        for name in ("redis", "nginx"):
            containers.run(name, how=("--detach", "--name", name))
            self.addCleanup(containers.managed, "rm", "--force", "--time", "0", name)
        self.wait_until(lambda: self.reply(containers, "redis", containers.managed, "exec", "redis", "/usr/bin/redis-cli", "ping")
                        == "PONG", "redis answers", 30)
        process = containers.pid("nginx")
        page = (judges.command, "nsenter", "--target", process, "--net", sys.executable, "-c", FETCH, "http://127.0.0.1:8080/")
        self.wait_until(lambda: "It works" in self.reply(containers, "nginx", *page), "nginx answers", 30)
        self.assertEqual(os.stat(f"/proc/{process}").st_uid, 33, "it is never root")

    def reply(self, containers, name, call, *words):
        """What a server answers; empty if it does not listen yet."""
        try:
            return call(*words)
        except RuntimeError:
            self.assertTrue(containers.is_running(name), containers.managed("logs", name))
            return ""


if __name__ == "__main__":
    unittest.main()
