"""Exit codes of the commands, and the message of each error. docs/cli.md has the same table for users."""

from __future__ import annotations

from enum import IntEnum

from ..core.errors import BlocsError, InputError, PathError

__all__ = ["REPORTED_ERRORS", "ExitCode", "OptionError", "code_and_message"]


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    FAULT = 1
    """The data break a rule, or the machine could not do what was asked."""
    USAGE = 2
    """The command line is wrong; click ends with it, too."""
    NOT_CONVERGED = 3
    """Done, but the fit did not converge or has an empty type."""
    INTERRUPTED = 130
    """Ended by Ctrl-C."""


class OptionError(InputError):
    """An option has a wrong value."""


REPORTED_ERRORS = (BlocsError, MemoryError, OSError)
"""Errors that end a command with a message; any other is an error of blocs itself and shows its traceback."""


def code_and_message(error: BaseException) -> tuple[ExitCode, str]:
    """Return how a command ends after one of the errors of `REPORTED_ERRORS`, and what it prints."""
    if isinstance(error, OptionError | PathError):
        return ExitCode.USAGE, str(error)
    if isinstance(error, MemoryError):
        return ExitCode.FAULT, (
            "there is not enough memory. Use fewer threads (--jobs) or a lower limit for the reading (--memory) where "
            "the command has them, or a machine with more memory."
        )
    if isinstance(error, OSError):
        return ExitCode.FAULT, f"{error.filename or 'the system'}: {error.strerror or error}"
    return ExitCode.FAULT, str(error)
