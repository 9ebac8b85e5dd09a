"""A command that runs, and what it leaves."""
from __future__ import annotations

import dataclasses
import signal
import subprocess
import tempfile
import threading
from types import TracebackType
from typing import IO, Any, Collection, Iterator, List, Mapping, Optional, Sequence, Tuple, Type

from .errors import CancelledError, CommandError, Error, MissingCommandError, ScriptError, TimeLimitError
from .events import Event, Failed, Finished, Message, Output, Product, parsed

GRACE = 10.0  # seconds between SIGTERM and SIGKILL
KEPT = 65536  # characters of the script's output, and of other text


@dataclasses.dataclass(frozen=True)
class Result:
    """What a command made."""
    products: Tuple[Product, ...]
    seconds: float
    messages: Tuple[Message, ...]
    output: str
    """The end of what the script wrote."""
    stdout: str
    """What the command printed, unless it went elsewhere."""

    @property
    def digest(self) -> str:
        """That of the first product: a layer's diff_id, or an image's manifest."""
        return self.products[0].digest if self.products else ""


class Job:
    """A command that runs. Iterate over it for its events, and call result() for what it made.

    Leaving its `with` block ends it. One thread reads a job; any thread may cancel it."""

    def __init__(self, arguments: Sequence[str], *, cwd: Optional[Any] = None, environment: Optional[Mapping[str, str]] = None,
                 stdin: Optional[IO[Any]] = None, stdout: Optional[IO[Any]] = None, kill_after: Optional[float] = None) -> None:
        self._stdout: IO[Any] = stdout if stdout is not None else tempfile.TemporaryFile()
        self._owns_stdout = stdout is None
        self._text = self._output = ""
        self._messages: List[Message] = []
        self._finished: Optional[Finished] = None
        self._failed: Optional[Failed] = None
        self._cancelled = self._late = False
        self._kill_after = kill_after
        self._timers: List[threading.Timer] = []
        try:
            self._process = subprocess.Popen(
                list(arguments), cwd=cwd, env=dict(environment) if environment is not None else None,
                stdin=subprocess.DEVNULL if stdin is None else stdin, stdout=self._stdout, stderr=subprocess.PIPE)
        except OSError as error:
            self._close_stdout()
            raise MissingCommandError(f"cannot execute {arguments[0]!r}: {error.strerror}", code="system",
                                      hint="give its path: Rootlayer(command=...)") from error
        if kill_after is not None:
            self._after(kill_after, self._give_up)

    def __enter__(self) -> Job:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    def __iter__(self) -> Iterator[Event]:
        stream = self._process.stderr
        assert stream is not None
        if stream.closed:
            return
        for line in stream:
            event = self._noted(line.decode(errors="replace"))
            if event is not None:
                yield event

    @property
    def pid(self) -> int:
        """The number of the command's process."""
        return self._process.pid

    def cancel(self) -> None:
        """Asks the command to end, and kills it 10 seconds later. Does not wait."""
        if self._process.poll() is None:
            self._cancelled = True
            self._process.send_signal(signal.SIGTERM)
            self._after(GRACE, self._process.kill)

    def close(self) -> None:
        """Cancels the command if it runs, and waits until it has ended."""
        self.cancel()
        try:
            for _ in self:
                pass
        finally:
            if self._process.stderr is not None:
                self._process.stderr.close()
            self._process.wait()
            for timer in self._timers:
                timer.cancel()
            self._close_stdout()

    def result(self) -> Result:
        """Waits for the end. Raises an Error unless the command succeeded."""
        printed = self.ended((0,))
        done = self._finished
        return Result(done.products if done else (), done.seconds if done else 0.0, tuple(self._messages), self._output, printed)

    def ended(self, statuses: Collection[int]) -> str:
        """Waits for the end and returns what the command printed. Raises an Error for an exit status not in `statuses`."""
        for _ in self:
            pass
        status = self._process.wait()
        printed = ""
        if self._owns_stdout and not self._stdout.closed:
            self._stdout.seek(0)
            printed = self._stdout.read().decode(errors="replace")
        if self._failed is not None or status not in statuses:
            raise self._error(status)
        return printed

    def _noted(self, line: str) -> Optional[Event]:
        event = parsed(line)
        if isinstance(event, Output):
            self._output = (self._output + event.text)[-KEPT:]
        elif isinstance(event, Message):
            self._messages.append(event)
        elif isinstance(event, Finished):
            self._finished = event
        elif isinstance(event, Failed):
            self._failed = event
        elif event is None:
            self._text = (self._text + line)[-KEPT:]
        return event

    def _error(self, status: int) -> Error:
        if self._late:
            return TimeLimitError(f"rootlayer was stopped after kill_after={self._kill_after} seconds", code="timeout",
                                  hint="a longer kill_after", exit_status=status, output=self._output)
        if self._failed is not None:
            failed = self._failed
            kind = {"timeout": TimeLimitError, "cancelled": CancelledError}.get(failed.code, CommandError)
            return kind(failed.message, hint=failed.hint, code=failed.code, option=failed.option, exit_status=failed.exit_status,
                        output=self._output)
        if self._finished is not None and self._finished.exit_status != 0:
            return ScriptError(self._finished.reason, hint=self._finished.hint, code="script", exit_status=status,
                               output=self._output)
        return self._error_of_text(status)

    def _error_of_text(self, status: int) -> Error:
        """A command that ended without an event: it wrote text, or was killed."""
        message = hint = ""
        for line in self._text.splitlines():
            if line.startswith("rootlayer: "):
                message, hint = line[len("rootlayer: "):], ""
            elif line.startswith("  try: "):
                hint = line[len("  try: "):]
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        kind = CancelledError if self._cancelled else CommandError
        return kind(message or f"rootlayer {how} and said: {self._text[-300:].strip() or 'nothing'}", hint=hint,
                    exit_status=status, output=self._output)

    def _give_up(self) -> None:
        if self._process.poll() is None:
            self._late = True
            self.cancel()

    def _after(self, seconds: float, action: Any) -> None:
        timer = threading.Timer(seconds, action)
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def _close_stdout(self) -> None:
        if self._owns_stdout:
            self._stdout.close()
