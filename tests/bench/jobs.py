"""The jobs of docs/performance.md, each a function that returns rows of the table."""
import hashlib
import io
import json
import pathlib
import shutil
import tarfile
import tempfile
import threading
import time

from measure import Row, Skipped, command, debian, environment, need, phases, timed  # first: it sets the path
from peers import Buildah, BuildahAdd, Pasta, Slirp, VirtCustomize

import harness
import network_servers as servers

SCRIPT = "echo a >/a\nmkdir /b\nls / >/c\n"
GIB = 1 << 30


def base():
    return "--from", f"tar:{debian()}"


def wall(bench, *arguments, script=SCRIPT, **more):
    return timed(lambda: bench.run(*base(), *arguments, script=script, **more))


def p1(bench):
    """a script of 3 commands on Debian, from a template"""
    buildah = Buildah(bench)
    ours, peer = bench.in_turn(lambda: wall(bench), lambda: buildah.once(SCRIPT))
    return [Row("P1", "3 commands on Debian (170 MB)", ours, "buildah", peer, target="2 x")]


def p2(bench):
    """the same, booted, beside libguestfs' machine, which takes half a minute"""
    def ours():
        return wall(bench, "--no-template")
    try:
        peer = VirtCustomize(bench)
        mine, others = bench.in_turn(ours, lambda: peer.once(SCRIPT), rounds=min(bench.rounds, 3))
        return [Row("P2", "the same, cold boot", mine, "virt-customize", others, target="0.1 x")]
    except Skipped as reason:
        mine, _ = bench.in_turn(ours)
        return [Row("P2", "the same, cold boot", mine, target="0.1 x", note=str(reason))]


def p3(bench):
    """one large file: end of the script to the layer in place"""
    size = GIB // 8 if bench.quick else GIB
    script = f"dd if=/dev/zero of=/big bs=1M count={size >> 20} oflag=direct 2>/dev/null\n"
    big = bench.directory / "big"
    command("dd", "if=/dev/urandom", f"of={big}", "bs=1M", f"count={size >> 20}")
    ours, peer = bench.in_turn(
        lambda: size / 1e6 / phases(bench.run(*base(), script=script), "pack", "publish"),
        lambda: size / 1e6 / timed(lambda: command("sh", "-c", 'tar -cf - "$1" | tee "$1.tar" | sha256sum', "sh", big)))
    return [Row("P3", f"a layer of {size >> 20} MiB", ours, "tar, sha256sum", peer, unit="MB/s", target="200 MB/s")]


def small_files(bench, count):
    """A base of Debian and a tree of many small files, as a tar; and the tree alone, on the disk."""
    tree, path = bench.directory / "many", bench.directory / "many.tar"
    for number in range(count):
        directory = tree / "tree" / str(number // 1000)
        if number % 1000 == 0:
            directory.mkdir(parents=True)
        (directory / f"file-{number}").write_text(f"{number}\n" * 20)
    shutil.copyfile(debian(), path)
    command("tar", "-rf", path, "-C", tree, "tree")
    return tree, path


def p4(bench):
    """many small files; the tree is the base's, and the script copies it"""
    count = 10_000 if bench.quick else 100_000
    tree, tar = small_files(bench, count)
    ours, peer = bench.in_turn(
        lambda: phases(bench.run("--from", f"tar:{tar}", script="cp -a /tree /copy\n"), "pack", "publish"),
        lambda: timed(lambda: command("tar", "-cf", bench.directory / "peer.tar", "-C", tree, "tree")),
        rounds=min(bench.rounds, 3))
    return [Row("P4", f"a layer of {count} small files", ours, "tar", peer, target="2 x")]


def small_tree(bench, count):
    """A tree of small files on the disk."""
    tree = bench.directory / "small"
    for number in range(count):
        directory = tree / str(number // 1000)
        if number % 1000 == 0:
            directory.mkdir(parents=True)
        (directory / f"file-{number}").write_text(f"{number}\n" * 20)
    return tree


def layer_beside_tar(bench, tree):
    """Seconds of `rootlayer layer` and of GNU tar for the same tree, each into a file that it replaces."""
    return bench.in_turn(
        lambda: timed(lambda: command(bench.binary, "layer", "--contents", tree, "-o", bench.directory / "ours.tar",
                                      "--progress", "quiet", env=environment())),
        lambda: timed(lambda: command("tar", "-cf", bench.directory / "peer.tar", "-C", tree, ".")))


def p15(bench):
    """a layer of many small files of the host, without a machine"""
    count = 10_000 if bench.quick else 100_000
    ours, peer = layer_beside_tar(bench, small_tree(bench, count))
    return [Row("P15", f"layer of {count} small files", ours, "tar", peer, target="1.2 x")]


def p16(bench):
    """a layer of one large file of the host, without a machine"""
    size = GIB // 8 if bench.quick else 2 * GIB
    tree = bench.directory / "large"
    tree.mkdir()
    command("dd", "if=/dev/urandom", f"of={tree}/big", "bs=1M", f"count={size >> 20}")
    ours, peer = layer_beside_tar(bench, tree)
    return [Row("P16", f"layer of {size >> 20} MiB", ours, "tar", peer, target="1 x")]


def p5(bench):
    """the first use of a base: MB of uncompressed tar a second"""
    need("tar2sqfs")
    size = debian().stat().st_size / 1e6

    def ours():
        with tempfile.TemporaryDirectory(dir=bench.directory) as cache:
            # The guest image is made too, and not counted; the kernel is not fetched anew.
            command("sh", "-c", 'cp -a "$1/kernel" "$1/guest" "$2"', "sh", bench.cache, cache)
            return size / phases(bench.run(*base(), cache=cache), "convert")

    def peer():
        with open(debian(), "rb") as tar:
            return size / timed(lambda: command("tar2sqfs", "-q", "-f", "-c", "lz4", bench.directory / "peer.sqfs",
                                                stdin=tar))
    mine, others = bench.in_turn(ours, peer)
    return [Row("P5", "converting Debian (170 MB)", mine, "tar2sqfs -c lz4", others, unit="MB/s", target="300 MB/s")]


def stacked(bench, layers):
    """The same files as one layer or as many, in a docker-archive."""
    path = bench.directory / f"stack-{layers}.tar"
    names, ids = [], []
    with tarfile.open(path, "w") as archive:
        def add(name, data):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        for layer in range(layers):
            bytes_ = io.BytesIO()
            with tarfile.open(fileobj=bytes_, mode="w") as tar:
                for number in range(layer, 127, layers):
                    entry = tarfile.TarInfo(f"file-{number}")
                    entry.size = 65536
                    tar.addfile(entry, io.BytesIO(bytes([number]) * entry.size))
            data = bytes_.getvalue()
            ids.append("sha256:" + hashlib.sha256(data).hexdigest())
            names.append(f"{layer}.tar")
            add(names[-1], data)
        add("config.json", json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                                       "rootfs": {"type": "layers", "diff_ids": ids}}).encode())
        add("manifest.json", json.dumps([{"Config": "config.json", "RepoTags": ["a:b"], "Layers": names}]).encode())
    return path


def p6(bench):
    """127 base layers beside 1, until the script starts"""
    many, one = stacked(bench, 127), stacked(bench, 1)

    def start(archive):
        said = bench.run("--from", f"docker-archive:{archive}")
        return phases(said, "base", "convert", "disks", "start", "hello", "assemble")
    ours, peer = bench.in_turn(lambda: start(many), lambda: start(one))
    return [Row("P6", "until the script starts, 127 layers", ours, "1 layer", peer, target="1.3 x")]


def p7(bench):
    """the memory of rootlayer itself: its high-water mark, looked at until it ends"""
    size = GIB // 4 if bench.quick else 4 * GIB

    def peak(script):
        process, most = bench.start(*base(), script=script), 0

        def watch():
            nonlocal most
            while process.poll() is None:
                try:
                    with open(f"/proc/{process.pid}/status") as status:
                        most = max([most] + [int(line.split()[1]) for line in status if line.startswith("VmHWM")])
                except OSError:
                    pass
                time.sleep(0.02)
        watcher = threading.Thread(target=watch)
        watcher.start()
        bench.end(process)
        watcher.join()
        return most / 1024
    ours, small = bench.in_turn(lambda: peak(f"truncate -s {size} /big\n"), lambda: peak(SCRIPT), rounds=1)
    return [Row("P7", f"rootlayer's memory, a layer of {size >> 20} MiB", ours, "a small layer", small, unit="MiB",
                target="64 MiB")]


def p8(bench):
    """8 runs at once beside 8 one after another"""
    def at_once():
        for process in [bench.start(*base(), script=SCRIPT) for _ in range(8)]:
            bench.end(process)
    ours, peer = bench.in_turn(lambda: timed(at_once), lambda: sum(wall(bench) for _ in range(8)),
                               rounds=min(bench.rounds, 3))
    return [Row("P8", "8 runs at once", ours, "one after another", peer, target="1 x")]


def p9(bench):
    """a program that calls the library, with a machine that waits for the next run and without: seconds a run"""
    runs = 5 if bench.quick else 20
    caller = bench.binary.parents[2] / "tests" / "e2e" / "caller"
    if not caller.exists():
        raise Skipped(f"there is no {caller}: build it")
    (bench.directory / "script").write_text(SCRIPT)

    def seconds(most):
        lines = f"{bench.directory}/script {bench.directory}/made {GIB}\n" * runs
        said = command(caller, f"tar:{debian()}", most, 60, input=lines.encode(),
                       env=environment(ROOTLAYER_CACHE_DIR=bench.cache))
        times = [float(line.split()[2]) for line in said.stdout.decode().splitlines()]
        return sum(times[1:]) / (runs - 1)
    ours, peer = bench.in_turn(lambda: seconds(GIB), lambda: seconds(0), rounds=min(bench.rounds, 3))
    return [Row("P9", f"a run of {runs}, one after another in one process", ours, "no machine waits", peer)]


def p10(bench):
    """compressing on the way beside not compressing, of bytes that do not shrink"""
    pieces = 4 if bench.quick else 16
    script = ("dd if=/dev/urandom of=/seed bs=1M count=32 2>/dev/null\n"
              f"for i in $(seq {pieces}); do cat /seed; done >/big\nrm /seed\n")

    def rate(compression):
        said = bench.run("--compression", compression, script=script, verb="build", output="oci:")
        return pieces * 32 * 1.048576 / phases(said, "pack", "publish")
    ours, peer = bench.in_turn(lambda: rate("zstd"), lambda: rate("none"), rounds=min(bench.rounds, 3))
    return [Row("P10", f"zstd on the way, {pieces * 32} MiB", ours, "not compressed", peer, unit="MB/s", target="1 x")]


def fetching(bench, size):
    """A server of this host's loopback, and how long a script takes to fetch from it: its own time, and connections a second."""
    server = servers.http({"/": bytes(size), "/small": b"x"})
    options = ("--from", f"tar:{harness.busybox_root()}", "--allow", "server.test", "--add-host", "server.test:127.0.0.1",
               "--permit", "127.0.0.1")
    url = f"http://server.test:{server.port}"

    def once():
        return phases(bench.run(*options, script=f"wget -q -O /dev/null {url}/\n"), "script")

    def connections():
        count = 100
        said = bench.run(*options, script=f"for i in $(seq {count}); do wget -q -O /dev/null {url}/small; done\n")
        return count / phases(said, "script")
    return server, once, connections


def p12(bench):
    """the first run ever, with nothing in the cache but the kernel's package, beside a later one"""
    def first():
        wall(bench)  # which has fetched it
        cache = pathlib.Path(tempfile.mkdtemp(dir=bench.directory))
        shutil.copytree(bench.cache / "kernel", cache / "kernel")
        try:
            return wall(bench, cache=cache)
        finally:
            shutil.rmtree(cache)
    ours, later = bench.in_turn(first, lambda: wall(bench))
    return [Row("P12", "the first run on a host, the kernel is there", ours, "a later run", later, target="+4 s")]


def p14(bench):
    """a file that the script fetches, beside what containers without root use"""
    size = 64 << 20
    server, ours, connections = fetching(bench, size)
    rows = []
    with server:
        for peer in (Slirp, Pasta):
            try:
                other = peer(server.port)
            except Skipped as reason:
                rows.append(Row("P14", f"fetching {size >> 20} MiB", bench.in_turn(ours)[0], note=str(reason)))
                continue
            with other:
                mine, others = bench.in_turn(ours, other.once)
                rows.append(Row("P14", f"fetching {size >> 20} MiB", mine, peer.name, others, target="1.3 x"))
        mine, _ = bench.in_turn(connections)
        return [*rows, Row("P14", "connections, one after another", mine, unit="/s")]


def p17(bench):
    """a layered image of 200 paths, a layer for each of 99 of them"""
    root, graph = bench.directory / "closure", bench.directory / "graph.json"
    paths = [f"/opt/{number:03}" for number in range(200)]
    for number, path in enumerate(paths):
        for name in range(10):
            file = root / path[1:] / f"d{name % 3}" / f"f{name}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(hashlib.sha256(f"{number} {name}".encode()).digest() * 3200)
    graph.write_text(json.dumps({"paths": [{"path": path, "references": paths[number + 1:number + 4]}
                                           for number, path in enumerate(paths)]}))
    outputs = (bench.directory / f"layered-{number}" for number in range(1000))
    buildah = BuildahAdd(bench)
    ours, peer = bench.in_turn(
        lambda: timed(lambda: command(bench.binary, "build", "--layered", "--closure", graph, "--closure-root", root, "-o",
                                      f"oci:{next(outputs)}:latest")),
        lambda: buildah.once(root))
    return [Row("P17", "a layered image of 200 paths (195 MiB)", ours, "buildah add, commit", peer, target="1 x")]


JOBS = {job.__name__: job for job in (p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p12, p14, p15, p16, p17)}
