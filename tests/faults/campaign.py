"""Many faults, one after the other."""
import collections
import json
import time

import injection
import judge
import place as places
import plan


def run(asked):
    """Returns the exit status."""
    for needed in (asked.binary, asked.library):
        if not needed.exists():
            raise SystemExit(f"{needed} is missing; scripts/build release makes it")
    place = places.Place(asked.binary.resolve(), asked.cache)
    print(f"{asked.runs} faults, --seed {asked.seed}", flush=True)
    counts, failed = collections.Counter(), []
    try:
        for number in [asked.only] if asked.only else range(1, asked.runs + 1):
            fault = plan.draw(asked.seed, number)
            if asked.kind not in (None, fault.kind):
                continue
            begin = time.monotonic()
            attempt = injection.Injection(place, fault, asked.library.resolve())
            status, errors, wrong = judge.of(place, fault, attempt)
            outcome = "FAILED" if wrong else last_word(status, errors, attempt.happened)
            counts[fault.kind, "failed" if wrong else "did not happen" if not attempt.happened else
                   "survived" if status == 0 else "ended"] += 1
            print(f"{number}: {fault}: {outcome} ({time.monotonic() - begin:.1f} s)", flush=True)
            if wrong:
                failed.append(number)
                print("\n".join(wrong), f"\n  again: scripts/faults --seed {asked.seed} --only {number}", flush=True)
    except KeyboardInterrupt:
        print("stopped", flush=True)
    finally:
        place.remove()
    for kind in plan.KINDS:
        each = {what: count for (of, what), count in counts.items() if of == kind}
        print(f"{kind}: {sum(each.values())} ({', '.join(f'{count} {what}' for what, count in sorted(each.items()))})")
    print(f"{counts.total()} faults, {len(failed)} failed{': ' + ', '.join(map(str, failed)) if failed else ''}")
    return 1 if failed else 0


def last_word(status, errors, happened):
    if status == 0:
        return "survived" if happened else "did not happen"
    for line in reversed(errors.splitlines()):
        try:
            return f"{status}, {json.loads(line).get('message', '')[:120]}"
        except (ValueError, AttributeError):
            pass
    return str(status)
