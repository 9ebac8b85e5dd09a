"""The events of `--progress json` (docs/events.md) as objects."""
from __future__ import annotations

import dataclasses
import datetime
import json
from typing import Any, Callable, Dict, Mapping, Optional, Tuple


@dataclasses.dataclass(frozen=True)
class Event:
    """What all events have."""
    time: Optional[datetime.datetime]


@dataclasses.dataclass(frozen=True)
class PhaseStarted(Event):
    phase: str


@dataclasses.dataclass(frozen=True)
class PhaseFinished(Event):
    phase: str
    seconds: float


@dataclasses.dataclass(frozen=True)
class Progress(Event):
    """`done` bytes of a phase are processed; `total` is 0 while unknown."""
    phase: str
    done: int
    total: int


@dataclasses.dataclass(frozen=True)
class Output(Event):
    """What a script wrote to stdout (`stream` 1) or stderr (2); `phase` is "before", "script" or "after"."""
    stream: int
    text: str
    phase: str = "script"


@dataclasses.dataclass(frozen=True)
class Message(Event):
    """A text to show; `level` is "warning" or "note"."""
    level: str
    text: str


@dataclasses.dataclass(frozen=True)
class Product:
    """An output: a layer, an image, a tar, a directory or a disk. A layer has `entries`; an image, `layers` and `names`."""
    kind: str
    place: str
    digest: str
    bytes: int
    entries: int = 0
    layers: int = 0
    names: Tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Finished(Event):
    """The command has finished, or its script failed: then there is a reason."""
    exit_status: int
    seconds: float
    products: Tuple[Product, ...]
    reason: str = ""
    hint: str = ""


@dataclasses.dataclass(frozen=True)
class Failed(Event):
    """rootlayer failed."""
    exit_status: int
    seconds: float
    code: str
    message: str
    hint: str = ""
    option: str = ""


@dataclasses.dataclass(frozen=True)
class Unknown(Event):
    """An event of a newer version."""
    name: str
    fields: Mapping[str, Any]


Fields = Dict[str, Any]


def _time(fields: Fields) -> Optional[datetime.datetime]:
    try:
        time = datetime.datetime.strptime(fields["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
    except (KeyError, TypeError, ValueError):
        return None
    return time.replace(tzinfo=datetime.timezone.utc)


def _product(fields: Fields) -> Product:
    return Product(kind=fields["kind"], place=fields["place"], digest=fields["digest"], bytes=fields["bytes"],
                   entries=fields.get("entries", 0), layers=fields.get("layers", 0), names=tuple(fields.get("names", ())))


def _message(fields: Fields) -> Message:
    return Message(_time(fields), fields["event"], fields["text"])


def _finished(fields: Fields) -> Finished:
    return Finished(_time(fields), fields["exitStatus"], fields["seconds"], tuple(map(_product, fields["products"])),
                    fields.get("exitReason", ""), fields.get("hint", ""))


def _failed(fields: Fields) -> Failed:
    return Failed(_time(fields), fields["exitStatus"], fields.get("seconds", 0.0), fields["code"], fields["message"],
                  fields.get("hint", ""), fields.get("option", ""))


_KINDS: Dict[str, Callable[[Fields], Event]] = {
    "phase-started": lambda fields: PhaseStarted(_time(fields), fields["phase"]),
    "phase-finished": lambda fields: PhaseFinished(_time(fields), fields["phase"], fields["seconds"]),
    "progress": lambda fields: Progress(_time(fields), fields["phase"], fields["done"], fields["total"]),
    "output": lambda fields: Output(_time(fields), fields["stream"], fields["text"], fields.get("phase", "script")),
    "warning": _message,
    "note": _message,
    "result": _finished,
    "error": _failed,
}


def parsed(line: str) -> Optional[Event]:
    """The event of a line; None if the line is text."""
    try:
        fields = json.loads(line)
        name = fields["event"]
    except (ValueError, KeyError, TypeError):
        return None
    kind = _KINDS.get(name)
    return kind(fields) if kind else Unknown(_time(fields), str(name), fields)
