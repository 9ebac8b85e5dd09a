"""Stands in for rootlayer: says its arguments and then what a real one says in the situation that the script names."""
import json
import os
import signal
import sys
import time

DIGEST = "sha256:" + "a" * 64


def say(event, **fields):
    line = json.dumps({"event": event, "time": "2026-01-31T12:00:00.004312Z", **fields}) + "\n"
    os.write(2, line.encode())  # not print(): a signal's handler says something too, and print() refuses to be in print()


def failed(status, code, message, hint="", **more):
    say("error", exitStatus=status, seconds=0.5, code=code, message=message, hint=hint, **more)
    sys.exit(status)


def success():
    say("phase-started", phase="script")
    say("output", stream=1, text="hello\n")
    say("output", stream=2, text="\ufffd\n")
    say("from-the-future", colour="blue")
    say("warning", text="beware")
    say("phase-finished", phase="script", seconds=0.25)
    say("progress", phase="pack", done=2048, total=0)
    say("result", exitStatus=0, seconds=1.5, products=[
        {"kind": "layer", "place": "layer.tar", "digest": DIGEST, "bytes": 2048, "entries": 1, "new": True},
        {"kind": "image", "place": "oci:x", "digest": DIGEST, "bytes": 9, "layers": 2, "names": ["x:1"]}])
    print(DIGEST)


def script_fails():
    say("output", stream=2, text="no such user\n")
    say("result", exitStatus=7, exitReason="the script exited with status 7", hint="--trace", seconds=1, products=[])
    sys.exit(7)


def waits(ignoring=False):
    def stop(*_):
        if not ignoring:
            failed(143, "cancelled", "stopped on request")
    signal.signal(signal.SIGTERM, stop)
    say("phase-started", phase="script")
    while True:
        time.sleep(60)


def dies():
    print("half a line", file=sys.stderr, end="", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def text():
    sys.exit(print("rootlayer: rootlayer run has no option --nonsense\n  try: rootlayer run --help", file=sys.stderr) or 125)


def chatters():
    for _ in range(5000):
        say("output", stream=1, text="x" * 99 + "\n")
    success()


SITUATIONS = {
    "success": success, "script fails": script_fails, "waits": waits, "deaf": lambda: waits(True), "dies": dies, "text": text,
    "refused": lambda: failed(125, "usage", "the script has no network", "--allow x", option="--allow"),
    "late": lambda: failed(125, "timeout", "the deadline has passed", "a longer --deadline"),
    "late result": lambda: (success(), failed(125, "system", "cannot write image.tar")),
    "chatters": chatters, "arguments": lambda: print(json.dumps(sys.argv[1:])), "stdin": lambda: print(sys.stdin.read()),
    "different": lambda: sys.exit(print('{"equal": false}') or 1), "environment": lambda: print(dict(os.environ)),
}
SITUATIONS[os.environ.get("SITUATION", "success")]()
