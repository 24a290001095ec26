"""Workers: counties written by several processes, each with the numbers of its parts; all else follows from the seed.

A worker is a fresh Python that runs `work` with the arguments as JSON; it prints the voters of each block written. No
part of the caller's program is imported again, so that scripts need no `if __name__ == "__main__"`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, Any

from ..core.errors import BlocsError
from .parts import parts_of, write_part

__all__ = ["run_workers", "work"]


def run_workers(arguments: dict[str, Any], jobs: int, written: Callable[[int], None]) -> None:
    """Write a collection with `jobs` processes, part p by process p modulo jobs.

    written: called with the number of voters of each block. Raises BlocsError with the last line that a process wrote
    when it failed. No process is left running, also after Ctrl-C.
    """
    command = [sys.executable, "-c", f"from {__name__} import work; work()"]
    with ExitStack() as stack:
        errors = [stack.enter_context(TemporaryFile()) for _ in range(jobs)]
        reading_end, writing_end = os.pipe()  # one for all: a line is written whole, the last process to end closes it
        counts = stack.enter_context(open(reading_end, "rb"))
        with open(writing_end, "wb") as pipe:
            running = [
                _started([*command, json.dumps({**arguments, "first": i, "step": jobs})], pipe, errors[i], stack)
                for i in range(jobs)
            ]
        for line in counts:
            written(int(line))
            if any(process.poll() for process in running):
                break
        failed = [error for error, process in zip(errors, running, strict=True) if process.poll()]
        failed = failed or [error for error, process in zip(errors, running, strict=True) if process.wait()]
        if failed:
            failed[0].seek(0)
            last = (failed[0].read().decode(errors="replace").strip() or "it was killed").splitlines()[-1]
            raise BlocsError(f"a process that writes counties failed: {last}")


def _started(command: list[str], out: IO[bytes], errors: IO[bytes], stack: ExitStack) -> subprocess.Popen[bytes]:
    """Start a process that is ended and waited for when the stack closes, for any reason."""
    process = stack.enter_context(subprocess.Popen(command, stdout=out, stderr=errors))
    stack.callback(process.terminate)
    return process


def work() -> None:
    """Write every `step`-th part from `first` on, by the JSON in the first argument of the process."""

    def written(voters: int) -> None:
        os.write(1, b"%d\n" % voters)  # at once and whole: the pipe is shared

    arguments = json.loads(sys.argv[1])
    first, step, out = arguments.pop("first"), arguments.pop("step"), arguments.pop("out")
    for plan, voters in parts_of(**arguments)[first::step]:
        write_part(out, plan, voters, written)
