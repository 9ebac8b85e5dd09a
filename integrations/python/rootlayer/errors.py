"""What a call raises."""
from __future__ import annotations


class Error(Exception):
    """A command that did not succeed."""

    def __init__(self, message: str, *, hint: str = "", code: str = "", option: str = "", exit_status: int = 125,
                 output: str = "") -> None:
        super().__init__(f"{message}\n  try: {hint}" if hint else message)
        self.message = message
        self.hint = hint
        """What to try; empty if nothing is known."""
        self.code = code
        """A stable word, such as bad-input; empty if the command said none."""
        self.option = option
        """The option that would help, such as --network; empty if there is none."""
        self.exit_status = exit_status
        """That of the command; negative if a signal killed it."""
        self.output = output
        """The end of what the script wrote."""


class ScriptError(Error):
    """The script failed, could not be executed (126), or its interpreter was not found (127)."""


class CommandError(Error):
    """rootlayer failed."""


class TimeLimitError(CommandError):
    """A time limit has passed: `timeout`, `deadline`, or `kill_after`."""


class CancelledError(CommandError):
    """The job was cancelled."""


class MissingCommandError(CommandError):
    """The command was not found, or cannot be executed."""
