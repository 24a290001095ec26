"""Exit codes of the commands, and the message of each error. docs/cli.md has the same table for users."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import IntEnum
from itertools import chain

from ..core.errors import BlocsError, Fault, InputError, PathError

__all__ = ["ExitCode", "OptionError", "as_one", "code_and_message"]

LONGEST = 300
"""Characters of an error of blocs itself that are printed."""
_SHORTAGE = ("out of memory", "cannot allocate memory", "allocation failure", "bad_alloc", "failed to map segment",
             "can't start new thread", "failed to launch worker thread")  # fmt: skip
"""What libraries say, in small letters, where memory is short; few of them raise MemoryError."""


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    FAULT = 1
    """The data break a rule, or the machine could not do what was asked."""
    USAGE = 2
    """The command line is wrong; click ends with it, too."""
    NOT_CONVERGED = 3
    """Done, but the fit did not converge, has an empty type, or has types that are not stable enough to report."""
    INTERNAL = 70
    """An error of blocs itself."""
    INTERRUPTED = 130
    """Ended by Ctrl-C; by another signal the code is 128 and its number."""


class OptionError(InputError):
    """An option has a wrong value."""


def code_and_message(error: BaseException) -> tuple[ExitCode, str]:
    """Return how a command ends after an error, and what it prints."""
    if isinstance(error, OptionError | PathError):
        return ExitCode.USAGE, str(error)
    if _is_shortage(error):
        return ExitCode.FAULT, (
            "there is not enough memory. Use fewer threads (--jobs) or a lower limit for the reading (--memory) where "
            "the command has them, or a machine with more memory."
        )
    if isinstance(error, FileNotFoundError) and error.filename is None and not _has_folder():
        return ExitCode.FAULT, "the folder in which blocs was begun is not there any more. Change to one that is."
    if isinstance(error, OSError):
        return ExitCode.FAULT, f"{error.filename or 'the system'}: {error.strerror or error}"
    if isinstance(error, BlocsError):
        return ExitCode.FAULT, str(error)
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return ExitCode.INTERNAL, f"an error of blocs itself ({words[:LONGEST]}). --debug shows where it came from."


def _has_folder() -> bool:
    """Whether the folder of this process is there, from which names of files begin."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return False
    return True


def as_one(errors: Sequence[Exception]) -> Exception:
    """Return the error of a command that has one or more: of several, one that says what each of them says."""
    if len(errors) == 1:
        return errors[0]
    faults = (error.faults if isinstance(error, InputError) else (Fault(code_and_message(error)[1]),)
              for error in errors)  # fmt: skip
    return InputError(*chain.from_iterable(faults))


def _is_shortage(error: BaseException) -> bool:
    """Whether memory, or a thread, which needs some, was not to be had."""
    if isinstance(error, MemoryError):
        return True
    text = str(error).casefold()
    return not isinstance(error, BlocsError) and any(words in text for words in _SHORTAGE)
