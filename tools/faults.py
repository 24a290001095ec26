"""Let go wrong what does go wrong in long fits, at random, and look at how the fit ends.

    python tools/faults.py --trials 50
    python tools/faults.py --trials 50 --faults shard clock

A trial is good if the command ends with the fit of an undisturbed run, to the byte, or with one line that says what is
wrong, an exit code that is not 0, and nothing new in the folder of the results; and if the same command, run again
where nothing goes wrong, ends with that fit (from its checkpoint where it has one). The exit code is 1 if a trial is
not good.

shard             one of five shards is truncated, changed in one byte, missing, or another shard under its name
disk              no file can become longer than a number of bytes, so that a write ends half way, as on a full disk
clock             time.time jumps by up to thirty years, forwards and backwards, at every call
memory            the address space may grow by a number of bytes, and no more
two processes     two commands with one result and one checkpoint are begun, the second a moment after the first
dask scheduler    the scheduler of a cluster of one worker is killed in the midst of the fit

Trials are forks of this process, in which kernels are loaded, so that they take moments. Linux only. Workers that are
killed: python -m pytest tests/test_dask.py -m study -s, and tests/test_spark.py.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

import blocs
from blocs.cli import cli
from blocs.core.schema import Item, Schema
from blocs.engines import Serial

FIT = ["fit", "county.shards", "--types", "2", "--starts", "2", "--no-exchange", "--jobs", "1", "--quiet"]
OUT = ["--out", "out/fit.json"]
KEPT = ["--checkpoint", "out/kept", "--every", "0.02"]
ITEMS, ROWS, SHARDS = 8, 300, 5
NOTES = ("Note: ", "blocs: the checkpoint ")
"""How lines begin that are printed where a fit goes on."""


class End(NamedTuple):
    """How a command ended: its exit code, and the lines that it printed on stderr."""

    code: int
    lines: list[str]


class Place:
    """A folder with shards, and what an undisturbed fit of them saves."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.whole = folder, folder / "whole.shards"
        schema = Schema(tuple(Item.full(f"q{j}", (0, 1, 2)) for j in range(ITEMS)))
        blocs.write_shards([two_types(schema, seed) for seed in range(SHARDS)], self.whole)
        self.clear()
        self.expected = b""
        blocs.fit(blocs.open_shards(self.whole, 1), 2, starts=2, most=2, jobs=1, engine=Serial())  # loads the kernels
        begin = time.perf_counter()
        end = self.command()
        assert end.code == 0, end
        self.seconds = time.perf_counter() - begin
        self.expected = self.result.read_bytes()
        print(f"an undisturbed fit: {self.seconds:.2f} s", flush=True)

    @property
    def result(self) -> Path:
        """The file of the saved fit."""
        return self.folder / "out" / "fit.json"

    def clear(self) -> None:
        """Make the shards and the folder of the results anew."""
        for name in ("county.shards", "out"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.whole, self.folder / "county.shards")
        (self.folder / "out").mkdir()

    def begin(self, *more: str, change: Callable[[], None] | None = None) -> int:
        """Begin the fit in a fork of this process, in which something may be changed before; return its number."""
        child = os.fork()
        if child:
            return child
        code = 70
        try:
            with open(self.folder / f"errors.{os.getpid()}", "w") as errors:
                os.dup2(errors.fileno(), 2)
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                if change is not None:
                    change()
                try:
                    cli([*FIT, *OUT, *KEPT, *more])
                except SystemExit as end:
                    code = end.code if isinstance(end.code, int) else 70
                finally:
                    sys.stderr.flush()
        finally:
            os._exit(code)

    def end(self, child: int) -> End:
        """Wait for a fit that was begun."""
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        errors = self.folder / f"errors.{child}"
        lines = [line for line in errors.read_text().splitlines() if line.strip()]
        errors.unlink()
        return End(code, [line for line in lines if not line.startswith(NOTES)])

    def command(self, change: Callable[[], None] | None = None) -> End:
        """Run the fit to its end."""
        return self.end(self.begin(change=change))

    def wrong(self, end: End) -> str:
        """Say what is wrong after a trial, "" when nothing is."""
        beside = sorted(path.name for path in self.result.parent.iterdir() if path.name not in ("fit.json", "kept"))
        if beside:
            return f"left beside the result: {beside}"
        if end.code == 0:
            return "" if self.result.read_bytes() == self.expected else "another fit was saved"
        if len(end.lines) != 1 or end.code in (70, *range(-64, 0)):
            return f"exit code {end.code}: {' | '.join(end.lines[-3:])[-400:]}"
        if self.result.exists() and self.result.read_bytes() != self.expected:
            return "an error, and another fit was saved"
        return ""

    def wrong_after(self, end: End) -> str:
        """Say what is wrong after a trial, or after the same command once more where nothing goes wrong."""
        fault = self.wrong(end)
        if fault:
            return fault
        shutil.rmtree(self.folder / "county.shards")
        shutil.copytree(self.whole, self.folder / "county.shards")
        again = self.command()
        fault = self.wrong(again) or (f"exit code {again.code}" if again.code else "")
        return f"run again: {fault}" if fault else ""


def two_types(schema: Schema, seed: int) -> blocs.Profiles:
    """Return rows of two types."""
    rng = np.random.default_rng(seed)
    first = rng.random((ROWS, 1)) < 0.4
    codes = 1 + np.where(first, rng.integers(0, 3, (ROWS, ITEMS)), rng.random((ROWS, ITEMS)) ** 2 * 3)
    return blocs.Profiles.from_codes(schema, codes.astype(np.uint8), np.ones(ROWS))


def shard(place: Place, dice: random.Random) -> tuple[str, str]:
    """Damage a shard; return how the fit ended and what is wrong with that."""
    files = sorted((place.folder / "county.shards").glob("*.parquet"))
    file, how = dice.choice(files), dice.choice(["truncated", "changed", "missing", "another"])
    content = bytearray(file.read_bytes())
    if how == "truncated":
        file.write_bytes(content[: dice.randrange(len(content))])
    elif how == "changed":
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        file.write_bytes(content)
    elif how == "missing":
        file.unlink()
    else:
        shutil.copyfile(dice.choice([other for other in files if other != file]), file)
    end = place.command()
    if end.code == 0 or not end.lines or not end.lines[0].startswith(f"blocs: county.shards/{file.name}: "):
        return how, f"{how}: exit code {end.code} and {end.lines}"
    return how, place.wrong_after(end)


def disk(place: Place, dice: random.Random) -> tuple[str, str]:
    """Let writes end half way."""
    most = int(10 ** dice.uniform(2, 6))
    end = place.command(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    return "the fit" if end.code == 0 else "one line", place.wrong_after(end)


def clock(place: Place, dice: random.Random) -> tuple[str, str]:
    """Let the clock jump."""
    jumps = random.Random(dice.random())

    def change() -> None:
        now = time.time()
        time.time = lambda: now + jumps.uniform(-1e9, 1e9)

    end = place.command(change)
    return "the fit" if end.code == 0 else "one line", place.wrong_after(end)


def memory(place: Place, dice: random.Random) -> tuple[str, str]:
    """Let memory become short."""
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    most = size + int(10 ** dice.uniform(5, 9))
    end = place.command(lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)))
    return "the fit" if end.code == 0 else "one line", place.wrong_after(end)


def two_processes(place: Place, dice: random.Random) -> tuple[str, str]:
    """Let two fits write one result and one checkpoint."""
    first = place.begin()
    time.sleep(dice.uniform(0, place.seconds))
    second = place.begin()
    ends = [place.end(first), place.end(second)]
    how = f"{sum(end.code == 0 for end in ends)} of two ended with the fit"
    return how, place.wrong(ends[0]) or place.wrong_after(ends[1])


def ended(child: int) -> bool:
    """Say whether a process has ended; it can still be waited for."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def dask_scheduler(place: Place, dice: random.Random) -> tuple[str, str]:
    """Kill the scheduler of a cluster in the midst of a fit."""
    address = place.folder / "scheduler.json"
    address.unlink(missing_ok=True)
    options = ["--scheduler-file", str(address), "--no-dashboard"]
    environment = {**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s"}
    processes = [
        subprocess.Popen([sys.executable, "-m", f"distributed.cli.dask_{name}", *options, *more], env=environment,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for name, more in (("scheduler", ["--host", "127.0.0.1", "--port", "0"]), ("worker", ["--nthreads", "1"]))
    ]  # fmt: skip
    os.environ["DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT"] = "2s"
    try:
        while not address.exists():
            time.sleep(0.05)
        child = place.begin("--engine", "dask", "--scheduler", str(address))
        while not (place.folder / "out" / "kept").exists() and not ended(child):
            time.sleep(0.02)
        time.sleep(dice.uniform(0, 3 * place.seconds))
        processes[0].kill()
        end = place.end(child)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    return "the fit" if end.code == 0 else "one line", place.wrong_after(end)


FAULTS = {"shard": shard, "disk": disk, "clock": clock, "memory": memory, "two processes": two_processes,
          "dask scheduler": dask_scheduler}  # fmt: skip
"""Names of faults -> what lets them happen, and says how the fit ended and what is wrong with that."""


def main() -> int:
    """Run the trials and print how many of each were good."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--trials", type=int, default=50)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--faults", nargs="+", choices=FAULTS, default=list(FAULTS))
    given = arguments.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as made:
        os.chdir(made)
        place = Place(Path(made))
        for name in given.faults:
            dice, ends, faults = random.Random(given.seed), dict[str, int](), list[str]()
            for trial in range(given.trials):
                place.clear()
                how, fault = FAULTS[name](place, dice)
                ends[how] = ends.get(how, 0) + 1
                if fault:
                    faults.append(f"trial {trial}: {fault}")
            failed += len(faults)
            listed = ", ".join(f"{how} {number}" for how, number in sorted(ends.items()))
            print(f"{name}: {given.trials - len(faults)} of {given.trials} good ({listed})", flush=True)
            for fault in faults:
                print(f"  {fault}", flush=True)
        os.chdir("/")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
