"""Registries on loopback, one for each test: Debian's docker-registry, and a small one that can send wrong data."""
import base64
import contextlib
import hashlib
import http.server
import json
import pathlib
import shutil
import socket
import threading
import urllib.error
import urllib.request

from judges import Daemon

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(data, media_type, **more):
    return {"mediaType": media_type, "digest": digest(data), "size": len(data), **more}


def manifest_of(config, layers, media_type=MANIFEST):
    return json.dumps({"schemaVersion": 2, "mediaType": media_type, "config": descriptor(config, CONFIG),
                       "layers": [descriptor(layer, LAYER) for layer in layers]}).encode()


def index_of(*manifests):
    """Of pairs (manifest, "os/arch[/variant]")."""
    entries = []
    for data, platform in manifests:
        names = dict(zip(("os", "architecture", "variant"), platform.split("/")))
        entries.append(descriptor(data, MANIFEST, platform=names))
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# "joe" and "open sesame", as htpasswd -B writes them, with the least cost.
LOGIN = "joe:open sesame"
HTPASSWD = "joe:$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy\n"


class Registry:
    """Debian's docker-registry, in a directory of the test. With `login` it requires LOGIN."""

    @staticmethod
    def is_here():
        return shutil.which("docker-registry") is not None

    def __init__(self, directory, login=False):
        self.address = f"127.0.0.1:{free_port()}"
        settings = pathlib.Path(directory) / "registry.yml"
        users = pathlib.Path(directory) / "users"
        users.write_text(HTPASSWD)
        settings.write_text(
            "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: '%s'}\n"
            % (pathlib.Path(directory) / "registry", self.address)
            + (f"auth: {{htpasswd: {{realm: test, path: '{users}'}}}}\n" if login else ""))
        self.daemon = Daemon(pathlib.Path(directory) / "registry.log", "docker-registry", "serve", settings)
        try:
            host, port = self.address.split(":")
            self.daemon.answer("python3", "-c", f"import socket; socket.create_connection(('{host}', {port}))")
        except BaseException:
            self.daemon.end()
            raise

    def end(self):
        self.daemon.end()

    def put(self, name, tag, manifest, blobs=(), media_type=MANIFEST):
        """Uploads an image as in the distribution-spec."""
        for blob in blobs:
            started = self.ask("POST", f"/v2/{name}/blobs/uploads/")
            place = started.headers["Location"]
            place += ("&" if "?" in place else "?") + "digest=" + digest(blob)
            self.ask("PUT", place, blob, "application/octet-stream")
        self.ask("PUT", f"/v2/{name}/manifests/{tag}", manifest, media_type)

    def ask(self, method, place, data=None, media_type=None):
        url = place if place.startswith("http") else f"http://{self.address}{place}"
        headers = {"Content-Type": media_type} if media_type else {}
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=60) as answer:
            return answer


class Liar:
    """A registry of a dictionary: path -> (media type, bytes). It can send wrong data. With `login` it requires
    one; with `mute` it accepts requests and never answers."""

    def __init__(self, documents=None, login=None, mute=False):
        self.documents = documents or {}
        self.login = login
        self.questions = []
        self.silence = threading.Event()
        liar = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # the name is http.server's
                liar.questions.append(self.path)
                if mute:
                    liar.silence.wait()
                    return
                self.reply(*liar.answer(self.path, self.headers.get("Authorization")))

            do_HEAD = do_GET

            def reply(self, status, media_type, body):
                self.send_response(status)
                if status == 401:
                    self.send_header("WWW-Authenticate", 'Basic realm="test"')
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    with contextlib.suppress(ConnectionError):
                        self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def answer(self, path, authorization):
        if self.login and authorization != "Basic " + base64.b64encode(self.login.encode()).decode():
            return 401, "application/json", b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}'
        if path == "/v2/":
            return 200, "application/json", b"{}"
        if path in self.documents:
            return 200, *self.documents[path]
        return 404, "application/json", b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}'

    def put(self, name, tag, manifest, blobs=(), media_type=MANIFEST):
        for reference in (tag, digest(manifest)):
            self.documents[f"/v2/{name}/manifests/{reference}"] = (media_type, manifest)
        for blob in blobs:
            self.documents[f"/v2/{name}/blobs/{digest(blob)}"] = ("application/octet-stream", blob)

    def end(self):
        self.silence.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
