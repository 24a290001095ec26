"""Workers: counties written by several processes, each told its parts and drawing all else from the seed.

A worker is a fresh Python that runs `work` with the arguments as JSON; it prints the voters of each block written. No
part of the caller's program is imported again, so that scripts need no guard.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from ..errors import BlocsError

__all__ = ["run_workers", "work"]


def run_workers(arguments: dict[str, Any], jobs: int, told: Callable[[int], None]) -> None:
    """Write a collection by `jobs` processes, part p by process p modulo jobs; told: called with voters written.

    Raises BlocsError when a process fails, with its last words; all others are stopped then, and on Ctrl-C.
    """
    command = [sys.executable, "-c", f"from {__name__} import work; work()"]
    running = [
        subprocess.Popen([*command, json.dumps({**arguments, "first": first, "step": jobs})], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
        for first in range(jobs)
    ]  # fmt: skip
    try:
        with ThreadPoolExecutor(2 * jobs) as pool:
            try:
                words = [pool.submit(_read, process.stderr) for process in running]
                for done in [pool.submit(_follow, process, told) for process in running]:
                    done.result()
                failed = [w.result() for w, process in zip(words, running, strict=True) if process.wait()]
            finally:
                for process in running:
                    process.terminate()
    finally:
        for process in running:
            process.wait()
            _close(process)
    if failed:
        last = (failed[0].strip() or "it was killed").splitlines()[-1]
        raise BlocsError(f"a process that writes counties failed: {last}")


def _close(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdout, process.stderr):
        assert pipe is not None
        pipe.close()


def _follow(process: subprocess.Popen[str], told: Callable[[int], None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        told(int(line))


def _read(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.read()


def work() -> None:
    """Write every `step`-th part from `first` on, as the JSON in the first argument of the process says."""
    from .collection import parts_of, write_part

    said = json.loads(sys.argv[1])
    first, step, out = said.pop("first"), said.pop("step"), said.pop("out")
    for plan, voters in parts_of(**said)[first::step]:
        write_part(out, plan, voters, lambda size: print(size, flush=True))
