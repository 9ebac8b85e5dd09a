#!/usr/bin/python3 -SEs
"""Started in QEMU's place: a QEMU that a guest has taken over tries to leave. Prints one line for what works."""
import ctypes
import os
import socket
import sys

SECRET = next(word for word in sys.argv if word.startswith("guest=")).removeprefix("guest=") + "/../secret"
LIBC = ctypes.CDLL(None, use_errno=True)


def works(name, attempt):
    try:
        attempt()
    except (OSError, PermissionError):
        return
    print("ESCAPED:", name, file=sys.stderr)


def call(number, *arguments):
    if LIBC.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def write(path, flags=os.O_WRONLY):
    os.write(os.open(path, flags, 0o600), b"x")


def shell():
    os.posix_spawn("/bin/sh", ["sh", "-c", "true"], {})


def secret_by_descriptor():
    for number in range(3, 256):
        try:
            if os.pread(number, 6, 0) == b"secret":
                return
        except OSError:
            pass
    raise OSError


# A machine that boots for a run has no file of its memory: then that of another one.
memory = next((word for word in sys.argv if "mem-path=" in word), "mem-path=" + SECRET.removesuffix("secret") + "memory")
memory = memory.rpartition("mem-path=")[2]
works("reads a file", lambda: os.open(SECRET, os.O_RDONLY))
works("writes a file", lambda: write(SECRET))
works("lists a directory", lambda: os.listdir("/tmp"))
works("creates a file", lambda: write("/tmp/rootlayer-probe", os.O_WRONLY | os.O_CREAT))
works("reads passwords", lambda: os.open("/etc/shadow", os.O_RDONLY))
works("reads users", lambda: os.open("/etc/passwd", os.O_RDONLY))
works("writes the memory that later runs use", lambda: write(memory))
works("writes it as QEMU opens it", lambda: os.write(LIBC.open(memory.encode(), os.O_RDWR), b"x"))
works("has a descriptor of the caller", secret_by_descriptor)
works("has a socket", lambda: socket.socket(socket.AF_INET))
works("has a local socket", lambda: socket.socket(socket.AF_UNIX))
works("starts a program", shell)
works("forks", os.fork)
works("executes", lambda: os.execv("/bin/true", ["true"]) if SECRET == "" else write("/bin/true"))
works("signals its parent", lambda: os.kill(os.getppid(), 0))
works("signals a thread of its parent", lambda: call(234, os.getppid(), os.getppid(), 0))
works("traces its parent", lambda: call(101, 16, os.getppid(), 0, 0))
works("reads its parent's memory", lambda: open(f"/proc/{os.getppid()}/mem", "rb"))
works("reads its parent's environment", lambda: open(f"/proc/{os.getppid()}/environ", "rb"))
works("mounts", lambda: call(165, b"none", b"/", b"tmpfs", 0, None))
works("makes namespaces", lambda: call(272, 0x10000000))
works("changes the root", lambda: os.chroot("/usr"))
works("truncates a file", lambda: os.truncate(SECRET, 0))
works("changes a mode", lambda: os.chmod(SECRET, 0o777))
works("changes an owner", lambda: os.chown(SECRET, os.getuid(), -1))
works("changes times", lambda: os.utime(SECRET))
works("renames a file", lambda: os.rename(SECRET, SECRET + "2"))
works("removes a file", lambda: os.unlink(SECRET))
works("links a file", lambda: os.link(SECRET, SECRET + "2"))
works("becomes root", lambda: os.setuid(0))
works("limits another", lambda: call(302, os.getppid(), 7, None, None))
print("the probe has ended", file=sys.stderr)
