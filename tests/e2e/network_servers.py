"""Servers on 127.0.0.1 and ::1 that the tests of the network let a script reach. Each is a thread, and ends with its test."""
import base64
import contextlib
import hashlib
import socket
import ssl
import subprocess
import threading


class Server:
    """Accepts connections and gives each to `serve` in a thread of its own."""

    def __init__(self, serve, address="127.0.0.1"):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.serve = serve
        self.listener = socket.socket(family)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((address, 0))
        self.listener.listen(512)
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            connection.settimeout(120)
            self.serve(connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def read_all(connection):
    """What a client sends until it has ended."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def http(pages, address="127.0.0.1"):
    """Answers GET with the bytes of `pages`, a dictionary by path."""
    return Server(lambda connection: answer(connection, pages), address)


def answer(connection, pages):
    request = b""
    while b"\r\n\r\n" not in request:
        part = connection.recv(4096)
        if not part:
            return
        request += part
    body = pages.get(request.split()[1].decode())
    status = "404 Not Found" if body is None else "200 OK"
    connection.sendall(f"HTTP/1.0 {status}\r\nContent-Length: {len(body or b'')}\r\n\r\n".encode() + (body or b""))


def https(pages, directory, name="server.test"):
    """The same over TLS, and the path of the certificate that it shows."""
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name}"], check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def serve(connection):
        with contextlib.suppress(ssl.SSLError), context.wrap_socket(connection, server_side=True) as secure:
            answer(secure, pages)
    return Server(serve), certificate


def digest():
    """Answers everything that a client sends with its SHA-256, after the client has ended."""
    def serve(connection):
        state = hashlib.sha256()
        while part := connection.recv(1 << 20):
            state.update(part)
        connection.sendall(state.hexdigest().encode() + b"\n")
    return Server(serve)


def recorder(heard):
    """Keeps what clients send, and answers nothing."""
    def serve(connection):
        with contextlib.suppress(OSError):
            heard.append(read_all(connection))
    return Server(serve)


def proxy(asked, credentials=None):
    """An HTTP proxy that connects to 127.0.0.1 whatever the name. `asked` gets each request."""
    def serve(connection):
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(1)
        asked.append(request.decode())
        wanted = base64.b64encode(credentials.encode()).decode() if credentials else None
        if wanted and f"Proxy-Authorization: Basic {wanted}\r\n" not in request.decode():
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return
        port = int(request.split()[1].rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port)) as other:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            copier = threading.Thread(target=_copy, args=(other, connection), daemon=True)
            copier.start()
            _copy(connection, other)
            copier.join(60)
    return Server(serve)


def _copy(source, target):
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)


def client_hello(name=None):
    """The first bytes of a TLS client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()
