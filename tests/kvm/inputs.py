#!/usr/bin/python3
"""Makes the lab's input: inputs.py DIRECTORY INPUT.tar [TEST...]. The command, a cache with the guest and the bases, the tests,
and the digests of the layers that the same scripts make here, without KVM."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

TESTS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS.parent / "e2e"))

import harness
import images
import kvm_jobs
import random_test

SEQUENCES = 12
SEED = 20
LONG = 300  # seconds


def debian(directory):
    """A Debian of three layers, and a script of random operations on what the upper two have."""
    sequences = [random_test.Sequence(number, SEED) for number in range(SEQUENCES)]
    image = images.Image(directory / "debian", [harness.small_debian(), *random_test.two_layers(directory, sequences)])
    lines = [sequence.operation() for sequence in sequences for _ in range(random_test.STEPS)]
    # Its content is read from the scratch disk, not sent by the guest.
    large = "head -c 9000000 /dev/zero | tr '\\0' x >/large\n"
    (directory / "debian.script").write_text(
        large + "cat >/dev/shm/operations <<'END_OF_OPERATIONS'\n" + random_test.INTERPRETER + "\n".join(lines) +
        "\nEND_OF_OPERATIONS\nperl /dev/shm/operations\n")
    image.archive.unlink()


def main():
    directory, output = map(pathlib.Path, sys.argv[1:3])
    shutil.rmtree(directory, ignore_errors=True)
    kept = directory / "kept"
    kept.mkdir(parents=True)
    shutil.copy(harness.busybox_root(), kept)
    debian(kept)
    # The kernel is not fetched again.
    (kept / "cache").mkdir(mode=0o700)
    if (harness.KEPT / "cache" / "kernel").exists():
        shutil.copytree(harness.KEPT / "cache" / "kernel", kept / "cache" / "kernel",
                        ignore=shutil.ignore_patterns("*.partial"))
    env = {"PATH": os.environ["PATH"], "HOME": str(directory), "ROOTLAYER_CACHE_DIR": str(kept / "cache")}
    expected = {}
    for name, job in kvm_jobs.JOBS.items():
        done = subprocess.run([harness.BINARY, "run", "--accel", "tcg", "--output", directory / "layer.tar",
                               *job.arguments(kept)], env=env, stdout=subprocess.PIPE, text=True, check=True, timeout=LONG,
                              stdin=subprocess.DEVNULL)
        expected[name] = done.stdout.strip()
    (kept / "expected.json").write_text(json.dumps(expected))
    (kept / "tests").write_text(" ".join(sys.argv[3:]) or "kvm_test")
    for part in ("templates", "accelerators", "libvirt"):
        shutil.rmtree(kept / "cache" / part, ignore_errors=True)

    with tarfile.open(output, "w", format=tarfile.PAX_FORMAT) as tar:
        tar.add(kept, "kept")
        tar.add(TESTS / "start", "start")
        tar.add(TESTS.parent, "tests", filter=lambda entry: None if "__pycache__" in entry.name else entry)
        for path in (harness.BINARY, *(harness.BUILD / "host").glob("librootlayer.so*"), harness.BUILD / "tests/e2e/caller"):
            tar.add(path, pathlib.Path("build/release") / path.relative_to(harness.BUILD))


if __name__ == "__main__":
    main()
