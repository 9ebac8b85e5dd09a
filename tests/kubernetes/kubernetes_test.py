"""The manifests satisfy the restricted Pod Security Standard, and call rootlayer rightly."""
import copy
import functools
import os
import pathlib
import re
import subprocess
import unittest

import manifests

BINARY = pathlib.Path(os.environ.get("ROOTLAYER_TEST_BUILD", manifests.TOP / "build" / "release")) / "host" / "cli" / "rootlayer"
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


@functools.lru_cache(maxsize=None)
def parsed():
    return [(path.name, pod) for path in manifests.FILES for pod in manifests.pods(path)]


def pods():
    """(name of the file, specification) of each pod; a copy."""
    return copy.deepcopy(parsed())


def containers_of(pod):
    return [*pod["containers"], *pod.get("initContainers", []), *pod.get("ephemeralContainers", [])]


def deviations(pod):
    """What the standard forbids in a pod, the baseline's controls first."""
    found = [f"{name}: true" for name in ("hostNetwork", "hostPID", "hostIPC") if pod.get(name)]
    outer = pod.get("securityContext", {})
    found += [f"sysctl {entry['name']}" for entry in outer.get("sysctls", [])]
    found += [f"volume {volume['name']}" for volume in pod.get("volumes", []) if not set(volume) - {"name"} <= VOLUMES]
    for container in containers_of(pod):
        inner = container.get("securityContext", {})
        both = {**outer, **inner}
        rules = {
            "runAsNonRoot": both.get("runAsNonRoot") is True,
            "runAsUser": all(context.get("runAsUser", 1) != 0 for context in (outer, inner)),
            "seccompProfile": both.get("seccompProfile", {}).get("type") in ("RuntimeDefault", "Localhost"),
            "allowPrivilegeEscalation": inner.get("allowPrivilegeEscalation") is False,
            "capabilities.drop": "ALL" in inner.get("capabilities", {}).get("drop", []),
            "capabilities.add": set(inner.get("capabilities", {}).get("add", [])) <= {"NET_BIND_SERVICE"},
            "privileged": not inner.get("privileged"),
            "procMount": inner.get("procMount", "Default") == "Default",
            "hostPort": not any(port.get("hostPort") for port in container.get("ports", [])),
            "appArmorProfile": both.get("appArmorProfile", {}).get("type") != "Unconfined",
            "seLinuxOptions": not {"user", "role"} & set(both.get("seLinuxOptions", {})),
            "windowsOptions": not both.get("windowsOptions", {}).get("hostProcess"),
        }
        found += [f"{container['name']}: {name}" for name, kept in rules.items() if not kept]
    return found


class Restricted(unittest.TestCase):
    def test_the_standard_is_kept(self):
        for name, pod in pods():
            with self.subTest(name):
                self.assertEqual(deviations(pod), [])

    def test_what_breaks_it_is_found(self):
        changes = (
            (("hostPID",), True, "hostPID: true"), (("securityContext", "runAsNonRoot"), False, "rootlayer: runAsNonRoot"),
            (("securityContext", "runAsUser"), 0, "rootlayer: runAsUser"), (("securityContext", "seccompProfile"), {}, "seccomp"),
            (("containers", 0, "securityContext", "allowPrivilegeEscalation"), True, "allowPrivilegeEscalation"),
            (("containers", 0, "securityContext", "capabilities", "drop"), ["NET_RAW"], "capabilities.drop"),
            (("containers", 0, "securityContext", "capabilities", "add"), ["SYS_ADMIN"], "capabilities.add"),
            (("volumes", 0), {"name": "kvm", "hostPath": {"path": "/dev/kvm"}}, "volume kvm"))
        for place, value, named in changes:
            pod = dict(pods())["pod.yaml"]
            part = pod
            for step in place[:-1]:
                part = part[step]
            part[place[-1]] = value
            with self.subTest(place):
                self.assertIn(named, "\n".join(deviations(pod)))

    def test_more_than_the_standard(self):
        """a read-only root, no token of the cluster, 2 GiB, and a place for each thing that is written"""
        for name, pod in pods():
            container, = pod["containers"]
            self.assertFalse(pod["automountServiceAccountToken"])
            self.assertTrue(container["securityContext"]["readOnlyRootFilesystem"])
            self.assertEqual(manifests.in_bytes(container["resources"]["limits"]["memory"]), 2 * 2**30)
            mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
            self.assertEqual({mount["name"] for mount in mounts.values()}, {volume["name"] for volume in pod["volumes"]})
            variables = {entry["name"]: entry["value"] for entry in container["env"]}
            # A volume's own directory is open to all users, which a cache must not be.
            for place in (variables["HOME"], variables["TMPDIR"], os.path.dirname(variables["ROOTLAYER_CACHE_DIR"])):
                self.assertFalse(mounts[place].get("readOnly"), place)

    def test_only_the_variant_for_kvm_asks_for_a_device(self):
        asking = {name for name, pod in pods() for container in pod["containers"]
                  if any("/kvm" in limit for limit in container["resources"]["limits"])}
        self.assertEqual(asking, {"pod-kvm.yaml"})
        plain, variant = dict(pods())["pod.yaml"], dict(pods())["pod-kvm.yaml"]
        del variant["containers"][0]["resources"]["limits"]["devices.kubevirt.io/kvm"]
        variant["containers"][0]["args"].remove("--accel=auto")
        self.assertEqual(variant, plain)


class Calls(unittest.TestCase):
    def test_rootlayer_has_the_options(self):
        if not BINARY.exists():
            self.skipTest(f"there is no {BINARY}")
        for name, pod in pods():
            command, *options = pod["containers"][0]["args"]
            known = subprocess.run([BINARY, command, "--help"], capture_output=True, text=True, check=True, timeout=60).stdout
            for option in options:
                with self.subTest(name, option=option):
                    self.assertRegex(known, rf"(?m)^ +.*{re.escape(option.partition('=')[0])}\b")

    def test_the_image_is_that_of_this_version(self):
        version = re.search(r"project\(rootlayer\s+VERSION\s+([\d.]+)", (manifests.TOP / "CMakeLists.txt").read_text())[1]
        for name, pod in pods():
            self.assertEqual(pod["containers"][0]["image"], f"registry.example/rootlayer:{version}", name)


if __name__ == "__main__":
    unittest.main()
