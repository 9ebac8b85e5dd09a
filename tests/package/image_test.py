"""The image of rootlayer itself (scripts/package image), in a container as restricted as Kubernetes' Pod Security Standard
"restricted" wants it: no root, no capability, no new privileges, a read-only root, the default filter of system calls."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import places

IMAGE = places.newest("rootlayer-*-image.tar")
DEBUG = places.newest("rootlayer-*-image-debug.tar")
FILTER = pathlib.Path("/usr/share/containers/seccomp.json")
HOSTS = pathlib.Path(os.environ.get("ROOTLAYER_TEST_BUILD", places.TOP / "build" / "release")) / "host" / "cli" / "rootlayer"
SCRIPT = places.TOP / "examples" / "setup.sh"


def default_filter():
    """The filter that podman and docker give a container without capabilities, as runc takes it."""
    known = json.loads(FILTER.read_text())
    rules = [{"names": rule["names"], "action": rule["action"], "args": rule.get("args") or [],
              **({"errnoRet": rule["errnoRet"]} if "errnoRet" in rule else {})}
             for rule in known["syscalls"]
             if not rule.get("includes", {}).get("caps") and "amd64" in rule.get("includes", {}).get("arches", ["amd64"])]
    return {"defaultAction": known["defaultAction"], "defaultErrnoRet": known.get("defaultErrnoRet", 1),
            "architectures": ["SCMP_ARCH_X86_64"], "syscalls": rules}


@unittest.skipUnless(IMAGE and DEBUG, "there is no image; make it: scripts/package image")
@unittest.skipUnless(os.geteuid() == 0 and shutil.which("runc") and shutil.which("umoci") and FILTER.exists(),
                     "it needs root, runc, umoci and podman's default filter")
class Restricted(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="rlp-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        (self.directory / "in").mkdir()
        shutil.copy(SCRIPT, self.directory / "in" / "setup.sh")
        self.directory.chmod(0o755)

    def bundle(self, image, *arguments, entrypoint=None):
        """An OCI runtime's bundle of the image, restricted."""
        layout = self.directory / "layout"
        layout.mkdir()
        subprocess.run(["tar", "-xf", image, "-C", layout], check=True, timeout=places.LONG)
        index = json.loads((layout / "index.json").read_text())
        tag = index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"]
        subprocess.run(["skopeo", "copy", "--quiet", "--insecure-policy", f"oci:{layout}:{tag}", f"dir:{self.directory}/dir"],
                       check=True, timeout=places.LONG)
        manifest = json.loads((self.directory / "dir" / "manifest.json").read_text())
        config = json.loads((self.directory / "dir" / manifest["config"]["digest"].split(":")[1]).read_text())["config"]
        root = self.directory / "bundle" / "rootfs"
        root.mkdir(parents=True)
        for layer in manifest["layers"]:
            subprocess.run(["tar", "-xf", self.directory / "dir" / layer["digest"].split(":")[1], "-C", root],
                           check=True, timeout=places.LONG)
        subprocess.run(["runc", "spec"], cwd=root.parent, check=True, timeout=places.LONG)
        spec = json.loads((root.parent / "config.json").read_text())
        user = int(config["User"].split(":")[0])
        spec["root"]["readonly"] = True
        spec["process"].update(
            terminal=False, user={"uid": user, "gid": user}, env=config["Env"], cwd=config["WorkingDir"], noNewPrivileges=True,
            args=[*(config["Entrypoint"] if entrypoint is None else entrypoint), *arguments],
            capabilities={kind: [] for kind in ("bounding", "effective", "permitted", "inheritable", "ambient")})
        spec["linux"]["seccomp"] = default_filter()
        spec["linux"]["resources"]["memory"] = {"limit": 2 << 30}
        spec["mounts"] += [
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=1777", "size=1g"]},
            {"destination": "/in", "type": "bind", "source": str(self.directory / "in"), "options": ["bind", "ro"]}]
        (root / "in").mkdir()
        (root.parent / "config.json").write_text(json.dumps(spec))
        return root.parent

    def run_in(self, bundle):
        name = self.directory.name
        try:
            return subprocess.run(["runc", "--root", self.directory / "state", "run", name], cwd=bundle, capture_output=True,
                                  text=True, timeout=places.LONG, stdin=subprocess.DEVNULL)
        finally:
            subprocess.run(["runc", "--root", self.directory / "state", "delete", "--force", name], capture_output=True,
                           timeout=places.LONG, check=False)

    def hosts_digest(self):
        done = subprocess.run([HOSTS, "run", "--accel", "tcg", "--script", SCRIPT, "--output", self.directory / "layer.tar"],
                              capture_output=True, text=True, timeout=places.LONG, stdin=subprocess.DEVNULL,
                              env={"PATH": os.environ["PATH"], "HOME": str(self.directory), "TMPDIR": str(self.directory),
                                   "ROOTLAYER_CACHE_DIR": str(places.KEPT / "cache")})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_it_gives_the_layer_that_the_host_gives(self):
        done = self.run_in(self.bundle(IMAGE, "run", "--script", "/in/setup.sh", "--output", "/tmp/layer.tar"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, self.hosts_digest())

    def test_the_debug_image_has_a_shell(self):
        said = "id -u && rootlayer run --script /in/setup.sh --output /tmp/layer.tar >/dev/null && tar -tf /tmp/layer.tar"
        done = self.run_in(self.bundle(DEBUG, "sh", "-c", said, entrypoint=[]))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.split()[0], "65534")
        self.assertIn("etc/motd", done.stdout.split())


if __name__ == "__main__":
    unittest.main()
