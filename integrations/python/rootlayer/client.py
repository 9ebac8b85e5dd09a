"""The commands as functions."""
from __future__ import annotations

import json
import os
from typing import IO, TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Sequence, Union

from . import options as opts
from .events import Event
from .job import Job, Result

if TYPE_CHECKING:
    from typing_extensions import Unpack

Observer = Callable[[Event], object]


class Rootlayer:
    """The command rootlayer at one place."""

    def __init__(self, command: Union[str, os.PathLike[str], Sequence[str]] = "rootlayer", *,
                 cwd: Optional[Union[str, os.PathLike[str]]] = None, environment: Optional[Mapping[str, str]] = None) -> None:
        """`command`: a name in PATH, a path, or the words of a command. `environment`: in place of this process's."""
        single = isinstance(command, (str, os.PathLike))
        self._command = [os.fspath(command)] if single else list(command)  # type: ignore[arg-type]
        self._cwd = cwd
        self._environment = environment

    def start(self, command: str, *positional: str, stdin: Optional[IO[Any]] = None, stdout: Optional[IO[Any]] = None,
              kill_after: Optional[float] = None, **options: Any) -> Job:
        """Starts run, build, layer, export, pull, push or merge with the options of that function. `stdin` is for `script="-"`,
        `stdout` for `output="-"`: files with descriptors."""
        words = [command, "--progress=json", *opts.arguments(command, options)]
        if "-" in _outputs(options) and stdout is None:
            raise TypeError('output="-" needs stdout=FILE')
        return self._job([*words, *_guarded(positional), *opts.trailing(options)], stdin, stdout, kill_after)

    def run(self, *, on_event: Optional[Observer] = None, stdin: Optional[IO[Any]] = None, stdout: Optional[IO[Any]] = None,
            kill_after: Optional[float] = None, **options: Unpack[opts.RunOptions]) -> Result:
        """Runs a script as root on a base, and saves its changes as one layer (default: layer.tar)."""
        return _finished(self.start("run", stdin=stdin, stdout=stdout, kill_after=kill_after, **options), on_event)

    def build(self, *, on_event: Optional[Observer] = None, stdin: Optional[IO[Any]] = None, stdout: Optional[IO[Any]] = None,
              kill_after: Optional[float] = None, **options: Unpack[opts.BuildOptions]) -> Result:
        """Builds an image from a base, files, a script and a config."""
        return _finished(self.start("build", stdin=stdin, stdout=stdout, kill_after=kill_after, **options), on_event)

    def layer(self, *, on_event: Optional[Observer] = None, stdout: Optional[IO[Any]] = None,
              **options: Unpack[opts.LayerOptions]) -> Result:
        """Makes one layer of files, without a script and a VM (default: layer.tar)."""
        return _finished(self.start("layer", stdout=stdout, **options), on_event)

    def export(self, image: str, *, on_event: Optional[Observer] = None, stdout: Optional[IO[Any]] = None,
               **options: Unpack[opts.ExportOptions]) -> Result:
        """Writes the file tree of an image as a tar, a directory or a VM disk."""
        return _finished(self.start("export", image, stdout=stdout, **options), on_event)

    def pull(self, image: Optional[str] = None, *, on_event: Optional[Observer] = None,
             **options: Unpack[opts.PullOptions]) -> Result:
        """Pulls an image from a registry into a file; `stdout` of the result is its line for a lock file."""
        return _finished(self.start("pull", *([image] if image else []), **options), on_event)

    def push(self, image: str, name: str, *, on_event: Optional[Observer] = None,
             **options: Unpack[opts.PushOptions]) -> Result:
        """Pushes an image to a registry."""
        return _finished(self.start("push", image, name, **options), on_event)

    def merge(self, *images: str, on_event: Optional[Observer] = None, **options: Unpack[opts.MergeOptions]) -> Result:
        """Merges images into one archive, storing shared layers once."""
        return _finished(self.start("merge", *images, **options), on_event)

    def inspect(self, image: str, **options: Unpack[opts.LayersOptions]) -> Dict[str, Any]:
        """An image's names, digests, config, layers and history."""
        found: Dict[str, Any] = self._json("inspect", [image], options, (0,))
        return found

    def verify(self, image: str, **options: Unpack[opts.LayersOptions]) -> Dict[str, Any]:
        """Checks a layer or an image against the rules; `deviations` is empty if it breaks none."""
        found: Dict[str, Any] = self._json("verify", [image], options, (0, 1))
        return found

    def diff(self, first: str, second: str, **options: Unpack[opts.ImageOptions]) -> Dict[str, Any]:
        """Compares two layers or images entry by entry: `equal`, and `differences`."""
        found: Dict[str, Any] = self._json("diff", [first, second], options, (0, 1))
        return found

    def doctor(self) -> List[Dict[str, Any]]:
        """What a run needs on this host: `what`, `state`, `detail` and `hint` of each."""
        with self._job(["doctor", "--format=json"]) as job:
            found: List[Dict[str, Any]] = json.loads(job.ended((0, 1)))
        return found

    def version(self) -> str:
        """The version of the command, such as 0.1.0."""
        with self._job(["version"]) as job:
            return job.ended((0,)).split()[-1]

    def _json(self, command: str, images: Sequence[str], options: Mapping[str, Any], statuses: Sequence[int]) -> Any:
        with self._job([command, "--format=json", *opts.arguments(command, options), *_guarded(images)]) as job:
            return json.loads(job.ended(statuses))

    def _job(self, words: Sequence[str], stdin: Optional[IO[Any]] = None, stdout: Optional[IO[Any]] = None,
             kill_after: Optional[float] = None) -> Job:
        return Job([*self._command, *words], cwd=self._cwd, environment=self._environment, stdin=stdin, stdout=stdout,
                   kill_after=kill_after)


def _guarded(positional: Sequence[str]) -> List[str]:
    """A name that looks like an option would be one."""
    for word in positional:
        if word.startswith("-") and word != "-":
            raise ValueError(f"{word!r} is an option, not an image")
    return list(positional)


def _outputs(options: Mapping[str, Any]) -> List[str]:
    output = options.get("output") or []
    return [os.fspath(output)] if isinstance(output, (str, os.PathLike)) else [os.fspath(item) for item in output]


def _finished(job: Job, on_event: Optional[Observer]) -> Result:
    with job:
        if on_event is not None:
            for event in job:
                on_event(event)
        return job.result()
