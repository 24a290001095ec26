"""Give commands files that somebody made to do harm, and look at how they end.

    python tools/hostile_files.py
    python tools/hostile_files.py --only xlsx zip

A trial is good if the command ends by itself with an answer or with one error in words (exit codes 0 to 3), within 60 s
of the processor and 2 GB of memory, without a traceback, a character that acts on a terminal, or more than 20,000
letters on stderr. Trials are forks of this process, in which modules and kernels are loaded. The exit code is 1 if a
trial is not good.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import unicodedata
from pathlib import Path
from typing import NamedTuple

import click
import hostile_archives  # noqa: F401  adds its kinds
import hostile_columns  # noqa: F401  adds its kinds
import hostile_documents  # noqa: F401  adds its kinds
import hostile_saved  # noqa: F401  adds its kinds
import hostile_text  # noqa: F401  adds its kinds
import hostile_workbooks  # noqa: F401  adds its kinds
from hostile_kinds import KINDS

import blocs
from blocs.cli import COMMANDS, cli
from blocs.engines import Serial

SECONDS, MEMORY, LETTERS = 60, 2 * 2**30, 20_000
"""Bounds of a trial: seconds of the processor, bytes, and letters on stderr."""
ENDS = (0, 1, 2, 3)
CONTROL = {"Cc", "Cf", "Cs"}
"""Unicode categories of characters that are not shown but act."""


class End(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    errors: str
    seconds: float
    memory: int


def ran(arguments: list[str], folder: Path) -> End:
    """Run a command in a fork of this process, in a folder."""
    streams = [folder.parent / name for name in ("stdout", "stderr")]
    child = os.fork()
    if not child:
        code = 70
        try:
            os.chdir(folder)
            for number, stream in enumerate(streams, 1):
                os.dup2(os.open(stream, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 2 * SECONDS))
            try:
                cli(arguments)
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 70
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
        finally:
            os._exit(code)
    limit = time.monotonic() + 20 * SECONDS
    while os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() > limit:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.005)
    _, status, used = os.wait4(child, 0)
    out, errors = (stream.read_bytes().decode("utf-8", "surrogateescape") for stream in streams)
    return End(os.waitstatus_to_exitcode(status), out, errors, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def made(name: str, folder: Path) -> list[list[str]]:
    """Make the files of a kind in a folder, in a fork, whose memory is not that of a trial; return the commands."""
    child = os.fork()
    if not child:
        code = 1
        try:
            (folder.parent / "calls").write_text(json.dumps(KINDS[name](folder)))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, name
    calls: list[list[str]] = json.loads((folder.parent / "calls").read_text())
    return calls


def wrong(end: End) -> str:
    """Say what is wrong with the end of a command, "" where nothing is."""
    acting = {c for c in end.out + end.errors if unicodedata.category(c) in CONTROL and c not in "\n\t\r"}
    faults = [
        *([f"exit code {end.code}"] if end.code not in ENDS else []),
        *(["a traceback"] if "Traceback" in end.errors else []),
        *(["no word"] if end.code and not end.errors.strip() else []),
        *([f"{len(end.errors):,} letters on stderr"] if len(end.errors) > LETTERS else []),
        *([f"characters {sorted(map(ascii, acting))}"] if acting else []),
        *([f"{end.seconds:.0f} s"] if end.seconds > SECONDS else []),
        *([f"{end.memory / 2**30:.1f} GB"] if end.memory > MEMORY else []),
    ]
    return "; ".join(faults)


def loaded() -> None:
    """Load the modules of all commands and the kernels of small fits, without a thread: this process forks."""
    for command in COMMANDS:
        cli.get_command(click.Context(cli), command)
    answers = {"a": [0, 0, 0, 1, 1, 1], "b": [0, 0, 0, 1, 1, 1], "c": [0, 0, 1, 1, 1, 0]}
    for types in (1, 2):
        blocs.fit(blocs.Profiles.from_table(answers), types, starts=2, most=2, jobs=1, engine=Serial())


def main() -> int:
    """Run the trials and print how they ended."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", nargs="+", metavar="WORD", help="kinds that begin with one of these words")
    arguments.add_argument("--verbose", action="store_true", help="print the first line of every end")
    given = arguments.parse_args()
    loaded()
    good = trials = 0
    most = End(0, "", "", 0.0, 0)
    for name in KINDS:
        if given.only and not name.startswith(tuple(given.only)):
            continue
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place, "work")
            folder.mkdir()
            for call in made(name, folder):
                end = ran(call, folder)
                fault = wrong(end)
                trials, good = trials + 1, good + (not fault)
                most = most._replace(seconds=max(most.seconds, end.seconds), memory=max(most.memory, end.memory))
                if fault or given.verbose:
                    words = (end.errors.strip().splitlines() or end.out.strip().splitlines() or [""])[-1]
                    print(f"{'BAD ' + fault if fault else 'good'}: {name}: {' '.join(call)}: {end.code}, "
                          f"{end.seconds:.1f} s, {end.memory / 2**20:.0f} MB: {ascii(words)[:300]}", flush=True)  # fmt: skip  # noqa: E501
    print(f"{good} of {trials} good; at most {most.seconds:.1f} s of the processor and {most.memory / 2**20:.0f} MB")
    return 0 if good == trials else 1


if __name__ == "__main__":
    sys.exit(main())
