"""What must hold after a fault."""
import signal

import place as places


def outputs(place, fault, status):
    """Each output is whole or absent (or the old one); all of them are there, or none, unless the command was killed."""
    expected, found, wrong = place.expected[fault.command], place.outputs(), []
    old = {name for name in found if (place.output / name).is_file() and (place.output / name).read_bytes() == b"old\n"}
    new = {name for name in found if name not in old}
    wrong += [f"an unknown output {name}" for name in sorted(new - set(expected)) if status != -signal.SIGKILL]
    wrong += [f"{name} is not whole" for name in sorted(new & set(expected)) if found[name] != expected[name]]
    if status == 0 and new != set(expected):
        wrong.append(f"success, and only {sorted(new)}")
    if status not in (0, -signal.SIGKILL) and new:
        wrong.append(f"status {status}, and there are {sorted(new)}")
    missing = set(expected) - {"layout"} - set(found)
    if fault.old and missing:
        wrong.append(f"neither the old nor the new {', '.join(sorted(missing))}")
    metadata = place.output / "metadata.json"
    if metadata.exists() and (fault_text := places.metadata_fault(metadata, status)):
        wrong.append(fault_text)
    return wrong


def status(place, fault, injection, status, said, errors):
    if status is None:
        return [f"it did not end\n{errors[-1500:]}"]
    allowed = {0, 125}
    if fault.kind == "kill":
        allowed.add(-signal.SIGKILL)
    if fault.kind == "interrupt":
        allowed.add(128 + signal.Signals[fault.values["signal"]])
    if fault.kind == "interrupt" and fault.values["after"] < 0.1:
        allowed.add(-signal.Signals[fault.values["signal"]])  # before it can have said what to do with a signal
    if fault.kind == "limit" and "error while loading shared libraries" in errors:
        return []  # it never started
    wrong = []
    if status not in allowed:
        wrong.append(f"status {status}\n{errors[-1500:]}")
    elif status > 0 and not errors.strip():
        wrong.append(f"status {status} and not a word")
    if status == 0 and said != place.expected[fault.command, "stdout"]:
        wrong.append(f"it printed {said!r}")
    if not injection.happened and status != 0:
        wrong.append(f"status {status} although nothing happened\n{errors[-1500:]}")
    return wrong


def cache(place, fault):
    """Verification finds nothing, or what the fault damaged; and then nothing."""
    done = place.rootlayer("cache", "verify")
    if done.returncode == 1 and fault.kind in ("damage", "remove"):
        done = place.rootlayer("cache", "verify")
    return [] if done.returncode == 0 else [f"cache verify: {done.returncode}\n{done.stdout}\n{done.stderr[-800:]}"]


def next_run(place):
    place.clear_outputs()
    done = place.rootlayer(*place.arguments("run"), "-q")
    wrong = []
    if done.returncode != 0 or done.stdout != place.expected["run", "stdout"]:
        wrong.append(f"the next run: status {done.returncode}, {done.stdout!r}\n{done.stderr[-1500:]}")
    elif place.outputs() != place.expected["run"]:
        wrong.append("the next run has other outputs")
    if left := place.wait_for_nothing():
        wrong.append(f"the next run left {left}")
    return wrong


def of(place, fault, injection):
    """Lets a fault happen. Returns how the command ended, and all that was wrong."""
    place.clear_outputs()
    place.empty(fault.cold)
    if fault.old and not (fault.kind == "full" and fault.values["place"] == "output"):
        place.put_old_outputs(fault.command)
    else:
        fault.old = False
    code, said, errors = injection.run()
    if fault.kind == "revoke" and fault.values["place"] == "temporary":
        place.wait_until_alone()
        place.remove_empty()
    left = place.wait_for_nothing()
    wrong = [f"left: {left}"] if left else []
    if fault.kind == "revoke":
        injection.restore()
    wrong += status(place, fault, injection, code, said, errors) + outputs(place, fault, code)
    wrong += cache(place, fault)
    injection.restore()
    return code, errors, wrong + next_run(place)
