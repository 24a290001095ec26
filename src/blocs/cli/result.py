"""How a command ends that has a result: printed, as JSON or for people, with the files it was saved to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .exit_codes import ExitCode
from .printer import Printer, print_json

__all__ = ["give"]


def give(
    document: Mapping[str, Any], show: Callable[[Printer], None], as_json: bool, failures: Sequence[Exception],
    saved: Sequence[str],
) -> int:  # fmt: skip
    """Print a result and return the exit code; raise the first of the failures to save it afterwards."""
    if as_json:
        print_json({**document, "saved": saved})
    else:
        printer = Printer()
        show(printer)
        if saved:
            printer.text()
        for name in saved:
            printer.line(f"Saved to {name}.")
    for failure in failures:
        raise failure
    return ExitCode.DONE
