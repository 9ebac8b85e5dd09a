"""The port between host and guest: no request is lost, however fast they are sent."""
import shutil
import socket
import struct
import subprocess
import unittest

import harness

HELLO, REQUEST, REPLY = 1, 2, 3
MANY = 3000


class Port(harness.Machine):
    def setUp(self):
        """A cache of its own, so that there is one guest image in it; the kernel is not fetched again."""
        super().setUp()
        shared = self.cache
        self.cache = self.directory / "cache"
        if (shared / "kernel").is_dir():
            shutil.copytree(shared / "kernel", self.cache / "kernel", ignore=shutil.ignore_patterns("*.partial"))
        self.rootlayer("guest", "build")
        self.image, = (path.parent for path in self.cache.glob("guest/*/initramfs"))

    def boot(self, processors):
        """Starts a machine with only the port; returns the host's end of it."""
        ours, qemus = socket.socketpair()
        self.addCleanup(ours.close)
        port = "virtserialport,bus=ports.0,nr=1,chardev=agent,name=org.rootlayer.agent.0"
        machine = subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
             "-machine", "pc-q35-7.2,accel=tcg", "-cpu", "max", "-smp", str(processors), "-m", "512M",
             "-kernel", self.image / "kernel", "-initrd", self.image / "initramfs",
             "-append", "console=ttyS0 quiet panic=-1", "-device", "virtio-serial-pci,id=ports",
             "-chardev", f"socket,id=agent,fd={qemus.fileno()}", "-device", port],
            pass_fds=[qemus.fileno()], stdin=subprocess.DEVNULL)
        qemus.close()
        self.addCleanup(machine.wait)
        self.addCleanup(machine.kill)
        ours.settimeout(60)
        return ours.makefile("rwb")

    def receive(self, port):
        length, kind, _, _ = struct.unpack("<IBBH", port.read(8))
        return kind, port.read(length)

    def test_no_request_is_lost_with_two_processors(self):
        """virtio_console does not wake a poll for data that another poll took, and the agent's watchdog polls too"""
        port = self.boot(2)
        kind, hello = self.receive(port)
        self.assertEqual(kind, HELLO)
        request = b'{"op":"wake"}'
        for _ in range(MANY):
            port.write(struct.pack("<IBBH", len(request), REQUEST, 0, 0) + request)
            port.flush()
            self.assertEqual(self.receive(port), (REPLY, hello))


if __name__ == "__main__":
    unittest.main()
