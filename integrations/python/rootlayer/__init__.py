"""Calls the command rootlayer, which runs a root script in a throw-away VM over a container image.

run(), build() and the other functions use the `rootlayer` in PATH; a Rootlayer object uses another one."""
from .client import Rootlayer
from .errors import CancelledError, CommandError, Error, MissingCommandError, ScriptError, TimeLimitError
from .events import Event, Failed, Finished, Message, Output, PhaseFinished, PhaseStarted, Product, Progress, Unknown
from .job import Job, Result

__version__ = "0.1.0"

_default = Rootlayer()

start = _default.start
run = _default.run
build = _default.build
layer = _default.layer
export = _default.export
pull = _default.pull
push = _default.push
merge = _default.merge
inspect = _default.inspect
verify = _default.verify
diff = _default.diff
doctor = _default.doctor
version = _default.version

__all__ = [
    "CancelledError", "CommandError", "Error", "Event", "Failed", "Finished", "Job", "Message", "MissingCommandError", "Output",
    "PhaseFinished", "PhaseStarted", "Product", "Progress", "Result", "Rootlayer", "ScriptError", "TimeLimitError", "Unknown",
    "build", "diff", "doctor", "export", "inspect", "layer", "merge", "pull", "push", "run", "start", "verify", "version",
]
