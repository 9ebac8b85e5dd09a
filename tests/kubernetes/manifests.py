"""The manifests in integrations/kubernetes: their pods, and how podman starts the same container."""
import json
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
FILES = sorted((TOP / "integrations" / "kubernetes").glob("*.yaml"))
TO_JSON = "import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)"
UNITS = {"Mi": 2**20, "Gi": 2**30}


def documents(path):
    """The documents of a file; python3-yaml is the system's Python's."""
    done = subprocess.run(["/usr/bin/python3", "-c", TO_JSON], input=path.read_text(), check=True, capture_output=True, text=True,
                          timeout=60)
    return json.loads(done.stdout)


def pods(path):
    """The specifications of the pods that a file's documents make: of a Pod itself, or a Job's template."""
    return [document["spec"] if document["kind"] == "Pod" else document["spec"]["template"]["spec"]
            for document in documents(path) if document["kind"] in ("Pod", "Job")]


def in_bytes(quantity):
    return int(quantity[:-2]) * UNITS[quantity[-2:]]


def podman_options(pod, directory):
    """`podman run` with the settings of a pod that has one container. Its volumes are directories, as a node's kubelet makes them;
    TMPDIR is a tmpfs."""
    container, = pod["containers"]
    security = {**pod["securityContext"], **container["securityContext"]}
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}  # podman has one too, unless it is told otherwise
    limits = container["resources"]["limits"]
    options = [f"--user={security['runAsUser']}:{security['runAsGroup']}", f"--memory={in_bytes(limits['memory'])}",
               f"--cpus={limits['cpu']}", "--read-only-tmpfs=false", "--network=none",
               # podman's own limits may be above this host's.
               "--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096"]
    options += [f"--cap-drop={name.lower()}" for name in security["capabilities"]["drop"]]
    if not security["allowPrivilegeEscalation"]:
        options.append("--security-opt=no-new-privileges")
    if security["readOnlyRootFilesystem"]:
        options.append("--read-only")
    variables = {entry["name"]: entry["value"] for entry in container["env"]}
    options += [f"--env={name}={value}" for name, value in variables.items()]
    for mount in container["volumeMounts"]:
        if mount["mountPath"] == variables["TMPDIR"]:
            options.append(f"--tmpfs={mount['mountPath']}:rw,mode=1777")
            continue
        volume = pathlib.Path(directory) / mount["name"]
        volume.mkdir(exist_ok=True)
        volume.chmod(0o777)
        options.append(f"--volume={volume}:{mount['mountPath']}")
    return options
