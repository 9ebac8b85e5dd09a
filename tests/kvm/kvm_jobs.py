"""What is run with KVM in the lab, and without it on the host: the layers must be equal."""
import dataclasses

# The guest's clock and random numbers go to stderr, and are in no layer.
PLAIN = """set -e
echo "random $(head -c16 /dev/urandom | od -An -tx1 | tr -d ' ')" >&2
echo "now $(date +%s)" >&2
echo "source $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)" >&2
echo "flags $(grep -m1 ^flags /proc/cpuinfo | md5sum)" >&2
before=$(cut -d. -f1 /proc/uptime); sleep 2; after=$(cut -d. -f1 /proc/uptime)
echo "slept $((after - before))" >&2
mkdir -p /made/deep && echo text >/made/deep/file && ln /made/deep/file /made/link
rm -f /etc/group
grep -c ^processor /proc/cpuinfo >/made/processors
"""


@dataclasses.dataclass(frozen=True)
class Job:
    base: str
    script: str  # a file beside the base
    options: tuple = ()

    def arguments(self, kept):
        path = kept / self.script
        if self.script == "plain.script":
            path.write_text(PLAIN)
        return ["--from", self.base.format(kept), "--script", path, *self.options]


JOBS = {
    "plain": Job("tar:{}/busybox.tar", "plain.script"),
    "plain, 2 processors": Job("tar:{}/busybox.tar", "plain.script", ("--cpus", "2")),
    "debian": Job("oci:{}/debian/layout:latest", "debian.script"),
    "debian, 2 processors": Job("oci:{}/debian/layout:latest", "debian.script", ("--cpus", "2")),
}
