"""End commands by a signal at a random moment, and look at what is left.

    python tools/random_signals.py --trials 50
    python tools/random_signals.py --trials 50 --commands fit "one county" --signals SIGKILL

A trial is good if the file asked for is the old one or the new one, whole, with nothing of the meantime beside it and
no process left. Trials are forks of this process, in which kernels are loaded, so that they take moments; with
--processes they are processes that begin, load and compile, too. After SIGINT, SIGTERM and SIGHUP the command ends by
itself, without a traceback and with 130, 143 or 129, and temporary files are gone; a fit that was ended may also be the
best so far, which `blocs.load` reads. With --twice the signal comes a second time, within a tenth of a second. After
SIGKILL the same command, run again, writes the same bytes. With --compiling no kernel is kept on disk, so that every
trial compiles them for most of its time. How long commands take from the signal to their end is printed: on the clock,
and as processor time, which other work on the machine does not change. The exit code is 1 if a trial is not good.
"""

from __future__ import annotations

import argparse
import atexit
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np

import blocs
from blocs.cli import COMMANDS as SUBCOMMANDS
from blocs.cli import cli
from blocs.core.errors import BlocsError
from blocs.engines import Serial

BLOCS = [sys.executable, "-m", "blocs.cli"]
DATA = ["--top", "President", "--parties", "DEM,REP"]
SEARCH = ["--starts", "6", "--jobs", "1"]
COMMANDS = {
    "fit": (["fit", "county.csv", *DATA, *SEARCH, "--types", "3", "--out", "out/fit.json"], "fit.json"),
    "compare": (["compare", "county.csv", *DATA, *SEARCH, "--types", "1-3", "--out", "out/c.csv"], "c.csv"),
    "assign": (["assign", "county.csv", "--fit", "fit.json", "--out", "out/types.parquet"], "types.parquet"),
    "one county": (["simulate", "out/many.csv", "--voters", "30000"], "many.csv"),
    "a folder of counties": (["simulate", "out/counties", "--voters", "60000", "--parts", "4", "--jobs", "2"],
                             "counties"),
}  # fmt: skip
"""What is tried -> the arguments, and the name of the result below out/."""
Run = Callable[[Path, list[str], int, float], "Trial"]
TWICE: list[bool] = []
"""Not empty where signals come twice."""
KERNELS = os.environ.get("KERNELS_OF_TRIALS")
"""The folder for compiled kernels that is emptied before every trial, in place of that of the user."""
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LIMIT, LONG = 120, 3600
"""Seconds in which a command ends after one of them, and by itself, on a machine that is busy."""


class Trial(NamedTuple):
    """A command that was ended: its exit code, what it printed on stderr, whether a process of it is left.

    seconds: from the signal to the end, on the clock and of the processor; not a number where it had ended before.
    """

    code: int
    errors: str
    left: bool
    seconds: tuple[float, float] = (math.nan, math.nan)


def contents(path: Path) -> dict[str, bytes] | None:
    """Return name -> bytes of a file or of all files of a folder; None where there is nothing."""
    if not path.exists():
        return None
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


def ended(folder: Path, arguments: list[str], number: int, after: float) -> Trial:
    """Run a command in a fork of this process, send it a signal after some seconds, and wait for its end."""
    begin, errors = time.monotonic(), folder / "errors"
    errors.write_text("")
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    child = os.fork()
    if not child:
        _command(folder, arguments, errors)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    while time.monotonic() < begin + after and not _has_ended(child):
        time.sleep(0.002)
    sent, spent = math.nan, math.nan
    if not _has_ended(child):
        sent, spent = time.monotonic(), _processor_seconds(child)
        os.kill(child, number)
        if TWICE:
            time.sleep(random.uniform(0, 0.1))
            os.kill(child, number)
    while not (over := _has_ended(child)) and time.monotonic() < begin + after + LIMIT:
        time.sleep(0.01)
    if not over:
        os.kill(child, signal.SIGKILL)
    _, status, used = os.wait4(child, 0)
    seconds = time.monotonic() - sent, used.ru_utime + used.ru_stime - spent
    words = errors.read_text() if over else f"no end in {LIMIT} s"
    return Trial(os.waitstatus_to_exitcode(status), words, _is_running(child), seconds)


def _processor_seconds(process: int) -> float:
    """Return the processor time that a process has used so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _has_ended(child: int) -> bool:
    """Say whether a process has ended; it can still be waited for."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _command(folder: Path, arguments: list[str], errors: Path) -> None:
    """Run a command in this process, which was just forked, and end."""
    code = 70
    atexit._clear()  # what is registered is the other process's
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    try:
        os.setsid()
        os.chdir(folder)
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder / "temporary")
        os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            cli([*arguments, "--quiet"])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 70
        finally:
            sys.stderr.flush()
        atexit._run_exitfuncs()
    finally:
        os._exit(code)


def ended_process(folder: Path, arguments: list[str], number: int, after: float) -> Trial:
    """Run a command as a process of its own, send it a signal after some seconds, and wait for its end."""
    environment = os.environ | {"TMPDIR": str(folder / "temporary")}
    process = subprocess.Popen([*BLOCS, *arguments, "--quiet"], cwd=folder, env=environment, start_new_session=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # fmt: skip
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(number)
    try:
        _, errors = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return Trial(process.returncode, f"no end in {LIMIT} s", False)
    return Trial(process.returncode, errors, _is_running(process.pid))


def _is_running(group: int) -> bool:
    """Say whether a process of the group is left after ten seconds, and end it: one may have been just begun."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.1)
    os.killpg(group, signal.SIGKILL)
    return True


def wrong(folder: Path, name: str, number: int, trial: Trial, old: object, new: object) -> str:
    """Say what is wrong after a trial, "" when nothing is."""
    _, result = COMMANDS[name]
    found, beside = contents(folder / "out" / result), {path.name for path in (folder / "out").iterdir()}
    allowed = (0, -number) if number == signal.SIGKILL else (0, 128 + number, -number)  # -number: Python had not begun
    best_so_far = name in ("fit", "compare") and trial.code == 128 + number and number != signal.SIGKILL
    if trial.code not in allowed:
        return f"exit code {trial.code}: {trial.errors[-500:]}"
    if "Traceback" in trial.errors and trial.code != -number:
        return trial.errors[-500:]
    if trial.left:
        return "a process is left"
    if number != signal.SIGKILL:
        beside -= {result, f"{result}.truth.json"}
        if beside or any((folder / "temporary").iterdir()):
            return f"left beside it: {sorted(beside)} {os.listdir(folder / 'temporary')}"
    if found in (old, new):
        return ""
    if found is not None and name == "a folder of counties" and set(found) <= {f for f in found if ".unfinished" in f}:
        return "" if number == signal.SIGKILL else "an unfinished folder is left"
    if best_so_far and found is not None:
        return _unreadable(folder / "out" / result)
    return "the file is neither the old one nor the new one"


def _unreadable(path: Path) -> str:
    """Say why a fit, or a table of fits, is not one, "" when it is."""
    if path.suffix == ".csv":
        return "" if path.read_text().startswith("types,") else "it is no table of fits"
    try:
        blocs.load(path)
    except BlocsError as error:
        return str(error)
    return ""


def tried(
    folder: Path, name: str, number: int, trials: int, dice: random.Random, run: Run
) -> tuple[list[str], list[tuple[float, float]]]:
    """Run the trials of one command and one signal; return what was wrong, and how long each took to end."""
    arguments, result = COMMANDS[name]
    out = folder / "out"
    clear(folder)
    began = time.monotonic()
    undisturbed = run(folder, arguments, signal.SIGINT, LONG)
    assert undisturbed.code == 0, undisturbed
    seconds, new, faults, ends = time.monotonic() - began, contents(out / result), [], []
    for _ in range(trials):
        clear(folder)
        old = None
        if "simulate" not in arguments:
            (out / result).write_bytes(b"old")
            old = {".": b"old"}
        after = dice.uniform(0, seconds)
        trial = run(folder, arguments, number, after)
        ends.append(trial.seconds)
        fault = wrong(folder, name, number, trial, old, new)
        if number == signal.SIGKILL and not fault:
            if "simulate" in arguments:
                clear(folder)  # as the message of a second run says
            again = run(folder, arguments, signal.SIGINT, LONG)
            same = again.code == 0 and contents(out / result) == new
            fault = "" if same else f"run again: {again.code}, {again.errors[-300:]}"
        if fault:
            faults.append(f"after {after:.2f} s: {fault}")
    return faults, ends


def _taken(ends: list[tuple[float, float]]) -> str:
    """Say how long the commands took from the signal to their end, "" where all had ended before."""
    clock, processor = np.transpose([end for end in ends if end[0] == end[0]] or [(math.nan, math.nan)]).tolist()
    if math.isnan(clock[0]):
        return ""
    return (f"; ended within {max(clock):.1f} s of the signal, {np.median(clock):.1f} s in the middle, "
            f"{max(processor):.1f} s and {np.median(processor):.1f} s of the processor")  # fmt: skip


def clear(folder: Path) -> None:
    """Make the folder of the results and that of temporary files anew, and that of kernels where they are compiled."""
    kernels = [Path(KERNELS)] if KERNELS else []
    for place in (folder / "out", folder / "temporary", *kernels):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()


def loaded(folder: Path) -> None:
    """Load the modules of all commands, and the kernels if they are not to be compiled by each trial.

    No thread is begun, so that this process may fork.
    """
    for command in SUBCOMMANDS:
        cli.get_command(click.Context(cli), command)
    if KERNELS:
        return
    profiles = blocs.open_shards(folder / "county.shards", 1)
    for types in (2, 3):
        blocs.fit(profiles, types, starts=2, most=2, jobs=1, engine=Serial())


def main() -> int:
    """Run the trials and print how many of each were good."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--trials", type=int, default=5)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--commands", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    arguments.add_argument("--processes", action="store_true")
    arguments.add_argument("--signals", nargs="+", default=["SIGKILL", "SIGINT", "SIGTERM"])
    arguments.add_argument("--twice", action="store_true")
    arguments.add_argument("--compiling", action="store_true")
    given = arguments.parse_args()
    if given.compiling and not KERNELS:  # numba looks for the place of its files when kernels are imported
        with tempfile.TemporaryDirectory() as made:
            places = {"NUMBA_CACHE_DIR": made, "KERNELS_OF_TRIALS": made}
            return subprocess.run([sys.executable, *sys.argv], env=os.environ | places).returncode
    TWICE.extend([True] * given.twice)
    dice, failed = random.Random(given.seed), 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for call in (["simulate", "county.csv", "--voters", "3000", "--seed", "1"],
                     ["fit", "county.csv", *DATA, "--types", "2", "--starts", "2", "--out", "fit.json"],
                     ["shards", "county.csv", *DATA, "--out", "county.shards"]):
            subprocess.run([*BLOCS, *call, "--quiet"], cwd=folder, check=True, capture_output=True)
        loaded(folder)
        for name in given.commands:
            for word in given.signals:
                faults, ends = tried(folder, name, signal.Signals[word], given.trials, dice,
                                     ended_process if given.processes else ended)  # fmt: skip
                failed += len(faults)
                print(f"{name}, {word}: {given.trials - len(faults)} of {given.trials} good"
                      f"{'' if word == 'SIGKILL' else _taken(ends)}", flush=True)  # fmt: skip
                for fault in faults:
                    print(f"  {fault}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
