"""Which faults there are. A fault is drawn from its seed and its number alone, so one of them can be repeated without the
others."""
import dataclasses
import errno
import random
import signal

PHASES = ("base", "guest-image", "convert", "disks", "template", "start", "hello", "assemble", "script", "pack", "stop", "publish")

# How often a run makes each call, more or less, and the errors that the call can give.
CALLS = {
    "open": (180, "EMFILE EIO ENOMEM ENOSPC EINTR EACCES"), "openat": (40, "EMFILE EIO ENOMEM ENOSPC"),
    "read": (130, "EIO EINTR ENOMEM"), "pread": (50, "EIO EINTR"), "write": (40, "ENOSPC EIO EINTR EDQUOT"),
    "pwrite": (20, "ENOSPC EIO EINTR"), "rename": (8, "ENOSPC EIO EACCES"), "ftruncate": (4, "ENOSPC EFBIG EINTR"),
    "mkdir": (130, "ENOSPC EACCES EIO"), "fork": (5, "EAGAIN ENOMEM"), "pipe": (9, "EMFILE ENFILE"),
    "socketpair": (5, "EMFILE ENOMEM"), "link": (5, "ENOSPC EIO"), "stat": (320, "EIO ENOMEM EACCES"),
    "memfd": (6, "EMFILE ENOMEM"), "opendir": (30, "EMFILE ENOMEM EIO"), "poll": (40, "EINTR ENOMEM"),
    "flock": (8, "EINTR ENOLCK"), "lseek": (5, "EIO"),
}
# Kinds and their weights.
KINDS = {"kill": 4, "interrupt": 4, "kill-machine": 2, "kill-tool": 2, "full": 4, "limit": 3, "damage": 3, "remove": 2,
         "revoke": 2, "call": 12}


@dataclasses.dataclass
class Fault:
    number: int
    kind: str
    command: str        # run or build
    cold: tuple         # the parts of the cache that are emptied before
    old: bool           # outputs of an earlier run are in the way
    values: dict        # the kind's own

    def __str__(self):
        values = " ".join(f"{name}={value}" for name, value in self.values.items())
        return " ".join(filter(None, (self.kind, values, self.command, self.cold and "without " + "+".join(self.cold),
                                      self.old and "over old outputs")))


def moment(chance):
    """When something happens: at a phase, or at any time."""
    if chance.random() < 0.5:
        return {"phase": chance.choice(PHASES), "after": round(chance.choice((0, chance.random() / 10)), 3)}
    return {"after": round(chance.random() * chance.choice((0.3, 1, 2)), 3)}


def draw_values(kind, chance):
    if kind == "kill":
        return moment(chance)
    if kind == "interrupt":
        return {"signal": chance.choice((signal.SIGINT, signal.SIGTERM)).name, **moment(chance)}
    if kind == "kill-machine":
        return moment(chance)
    if kind == "kill-tool":
        return {"nth": chance.randrange(3), **moment(chance)}
    if kind == "full":
        place = chance.choice(("temporary", "output", "layers", "templates", "digests"))
        return {"place": place, "bytes": int(2 ** chance.uniform(12, 27 if place == "templates" else 22))}
    if kind == "limit":
        what = chance.choice(("NOFILE", "AS", "FSIZE"))
        low, high = {"NOFILE": (3.4, 6.5), "AS": (27.6, 30.5), "FSIZE": (9, 35)}[what]
        return {"what": what, "value": int(2 ** chance.uniform(low, high))}
    if kind == "damage":
        return {"how": chance.choice(("flip", "truncate", "grow")), "file": chance.random(), "at": chance.random()}
    if kind == "remove":
        return {"file": chance.random(), **moment(chance)}
    if kind == "revoke":
        return {"place": chance.choice(("output", "temporary", "cache", "layers", "templates", "guest", "kernel", "digests")),
                "mode": oct(chance.choice((0, 0o500, 0o300, 0o777))), **moment(chance)}
    call = chance.choice(list(CALLS))
    most, errors = CALLS[call]
    return {"call": call, "n": chance.randint(1, most), "errno": chance.choice(errors.split()),
            "stays": int(chance.random() < 0.25)}


def draw(seed, number):
    chance = random.Random(f"{seed}/{number}")
    kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
    values = draw_values(kind, chance)
    if values.get("errno") == "EINTR":
        values["stays"] = 0  # a signal that comes at every call for ever is none
    cold = chance.choices(((), ("layers", "digests"), ("templates",)), (70, 24, 6))[0]
    if kind == "full" and values["place"] in ("layers", "templates", "digests"):
        cold = (values["place"],)
    return Fault(number, kind, chance.choice(("run", "run", "build")), cold, chance.random() < 0.3, values)


def error_number(name):
    return getattr(errno, name)
