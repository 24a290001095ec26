"""Workers: counties written by several processes, each told its parts and drawing all else from the seed.

A worker is a fresh Python that runs `work` with the arguments as JSON; it prints the voters of each block written. No
part of the caller's program is imported again, so that scripts need no guard.
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


def run_workers(arguments: dict[str, Any], jobs: int, told: Callable[[int], None]) -> None:
    """Write a collection by `jobs` processes, part p by process p modulo jobs; told: called with voters written.

    Raises BlocsError with the last words when a process fails. No process is left behind, on Ctrl-C neither.
    """
    command = [sys.executable, "-c", f"from {__name__} import work; work()"]
    with ExitStack() as stack:
        words = [stack.enter_context(TemporaryFile()) for _ in range(jobs)]
        ours, theirs = os.pipe()  # one for all: a line is written whole, and the last process to end closes it
        counts = stack.enter_context(open(ours, "rb"))
        with open(theirs, "wb") as told_by_all:
            running = [
                _started([*command, json.dumps({**arguments, "first": i, "step": jobs})], told_by_all, words[i], stack)
                for i in range(jobs)
            ]
        for line in counts:
            told(int(line))
            if any(process.poll() for process in running):
                break
        failed = [said for said, process in zip(words, running, strict=True) if process.poll()]
        failed = failed or [said for said, process in zip(words, running, strict=True) if process.wait()]
        if failed:
            failed[0].seek(0)
            last = (failed[0].read().decode(errors="replace").strip() or "it was killed").splitlines()[-1]
            raise BlocsError(f"a process that writes counties failed: {last}")


def _started(command: list[str], out: IO[bytes], words: IO[bytes], stack: ExitStack) -> subprocess.Popen[bytes]:
    """Start a process that is ended and waited for when the stack is left, whatever the reason."""
    process = stack.enter_context(subprocess.Popen(command, stdout=out, stderr=words))
    stack.callback(process.terminate)
    return process


def work() -> None:
    """Write every `step`-th part from `first` on, as the JSON in the first argument of the process says."""
    def told(voters: int) -> None:
        os.write(1, b"%d\n" % voters)  # at once and whole: the pipe is shared

    said = json.loads(sys.argv[1])
    first, step, out = said.pop("first"), said.pop("step"), said.pop("out")
    for plan, voters in parts_of(**said)[first::step]:
        write_part(out, plan, voters, told)
