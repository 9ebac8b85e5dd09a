"""Images, assembled from layers without other tools: for bases, and for the judges."""
import hashlib
import io
import json
import pathlib
import tarfile

import harness


def layer_bytes(fill, **options):
    """A layer of what `fill` adds to it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", **{"format": tarfile.GNU_FORMAT, **options}) as tar:
        fill(tar)
    return buffer.getvalue()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def config_of(layers, **runtime):
    return json.dumps({"architecture": "amd64", "os": "linux", "config": runtime,
                       "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]}}).encode()


def docker_archive(path, layers, **runtime):
    """An image as an old `docker save` wrote it."""
    config = config_of(layers, **runtime)
    with tarfile.open(path, "w") as tar:
        names = []
        for number, layer in enumerate(layers):
            harness.add(tar, f"{number}", type=tarfile.DIRTYPE)
            harness.add(tar, f"{number}/layer.tar", data=layer)
            names.append(f"{number}/layer.tar")
        harness.add(tar, "config.json", data=config)
        manifest = [{"Config": "config.json", "RepoTags": ["test:latest"], "Layers": names}]
        harness.add(tar, "manifest.json", data=json.dumps(manifest).encode())


def oci_layout(path, layers, **runtime):
    blobs = path / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(data, media_type):
        (blobs / hashlib.sha256(data).hexdigest()).write_bytes(data)
        return {"mediaType": media_type, "digest": digest(data), "size": len(data)}

    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(config_of(layers, **runtime), "application/vnd.oci.image.config.v1+json"),
        "layers": [blob(layer, "application/vnd.oci.image.layer.v1.tar") for layer in layers]}).encode()
    descriptor = blob(manifest, "application/vnd.oci.image.manifest.v1+json")
    descriptor["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
    (path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [descriptor]}))
    (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def layers_of_archive(archive, directory):
    """The layers of a `docker save`, the lowest first, as files in `directory`; they may be links to one another."""
    paths = []
    with tarfile.open(archive) as tar:
        names = json.load(tar.extractfile("manifest.json"))[0]["Layers"]
        for number, name in enumerate(names):
            path = directory / f"layer-{number}.tar"
            path.write_bytes(tar.extractfile(name).read())
            paths.append(path)
    return paths


class Image:
    """One image in every form that a judge reads: `layers` are paths of tars, the lowest first."""

    def __init__(self, directory, layers):
        self.layers = [pathlib.Path(layer) for layer in layers]
        self.layout = directory / "layout"
        self.archive = directory / "image.tar"
        data = [layer.read_bytes() for layer in self.layers]
        directory.mkdir(parents=True, exist_ok=True)
        oci_layout(self.layout, data)
        docker_archive(self.archive, data, Cmd=["/bin/true"])


class Built:
    """An image that rootlayer wrote as an archive named test:latest and as a layout with the tag latest."""

    def __init__(self, directory, archive, layout):
        self.archive, self.layout = archive, layout
        self.layers = []
        with tarfile.open(archive) as tar:
            document = json.load(tar.extractfile("manifest.json"))[0]
            self.config = json.load(tar.extractfile(document["Config"]))
            for number, name in enumerate(document["Layers"]):
                layer = directory / f"layer-{number}.tar"
                layer.write_bytes(tar.extractfile(name).read())
                self.layers.append(layer)


class TarTree:
    """Adds entries to a tar with one word each. Owner and time are unusual, so that a lost one is noticed."""

    def __init__(self, tar):
        self.tar = tar
        self.known = {}

    def add(self, name, data=b"", xattrs=None, **fields):
        fields = self.known[name] = {"uid": 7, "gid": 8, "mtime": 1_000_000_001, **fields}
        fields["pax_headers"] = {f"SCHILY.xattr.{key}": value for key, value in (xattrs or {}).items()}
        harness.add(self.tar, name, data, **fields)

    def directory(self, *names, **fields):
        for name in names:
            self.add(name, type=tarfile.DIRTYPE, **{"mode": 0o755, **fields})

    def files(self, *names, **fields):
        for name in names:
            self.add(name, data=f"{name} of the base\n".encode(errors="surrogateescape"), **fields)

    def symlink(self, name, target, **fields):
        self.add(name, type=tarfile.SYMTYPE, linkname=target, **{"mode": 0o777, **fields})

    def link(self, name, target):
        """With the target's mode and owner: some tools give the file those of its last link."""
        self.add(name, **{**self.known[target], "type": tarfile.LNKTYPE, "linkname": target})

    def fifo(self, name, **fields):
        self.add(name, type=tarfile.FIFOTYPE, **fields)

    def device(self, name, major, minor, **fields):
        self.add(name, type=tarfile.CHRTYPE, devmajor=major, devminor=minor, **fields)

    def whiteouts(self, *names):
        """The names are those that are removed."""
        for name in names:
            directory, slash, last = name.rpartition("/")
            self.add(f"{directory}{slash}.wh.{last}", mode=0, uid=0, gid=0, mtime=0)

    def opaque(self, directory):
        self.add(f"{directory}/.wh..wh..opq", mode=0, uid=0, gid=0, mtime=0)
