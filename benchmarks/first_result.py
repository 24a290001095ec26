"""What the first result costs, when kernels must be compiled: `python -m benchmarks.first_result`.

A small table of answers, and `blocs demo` (menus, several numbers of types), each in a process of its own with an empty
folder of kept kernels, and once more with the kernels that the first run kept. The byte code of the sources is there,
as pip makes it when it installs. `--against ../before/src` measures another version in turn.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import io
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from .common import Clock
from .run import ROOT, environment

CASES = ("fit", "demo")


def answers() -> dict[str, list[int]]:
    """Return five answers of 300 people of two types."""
    rng = np.random.default_rng(0)
    first = rng.random(300) < 0.4
    columns = [np.where(first, rng.random(300) < 0.8, rng.random(300) < 0.2) for _ in range(5)]
    return {f"q{j}": column.astype(int).tolist() for j, column in enumerate(columns)}


def one(case: str) -> int:
    """Run a case in this process; return how many functions were compiled."""
    from numba.core import event

    import blocs
    from blocs.cli import cli as command

    compiled = event.RecordingListener()
    with event.install_listener("numba:compile", compiled), contextlib.redirect_stdout(io.StringIO()):
        if case == "fit":
            blocs.fit(blocs.Profiles.from_table(answers()), types=2, jobs=1)
        else:
            sys.argv = ["blocs", "demo", "--jobs", "1"]
            with contextlib.suppress(SystemExit):
                command()
    return sum(found.is_start for _, found in compiled.buffer)


def measured(case: str, source: str, kept: str) -> tuple[int, Clock]:
    """Return the number of compiled functions and the time of a case in a process of its own."""
    run = {**environment(1), "PYTHONPATH": source, "NUMBA_CACHE_DIR": kept}
    run.pop("PYTHONDONTWRITEBYTECODE", None)
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.first_result", "--one", case]
    done = subprocess.run(command, cwd=ROOT, env=run, capture_output=True, text=True, check=True)
    wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return int(done.stdout.splitlines()[-1]), Clock(cpu, wall)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", help="source folder of another version")
    parser.add_argument("--case", nargs="+", choices=CASES, default=CASES)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--one", choices=CASES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(one(given.one))
        return
    versions = {"before": str(Path(given.against).resolve())} if given.against else {}
    versions["now"] = str(ROOT / "src")
    for source in versions.values():
        compileall.compile_dir(source, quiet=1)
    print("| case | version | functions compiled | first: CPU s | wall s | again: CPU s |")
    print("|---|---|---:|---:|---:|---:|", flush=True)
    for case in given.case:
        for _ in range(given.rounds):
            for version, source in versions.items():
                with tempfile.TemporaryDirectory() as kept:
                    (number, first), (_, again) = measured(case, source, kept), measured(case, source, kept)
                figures = f"{number} | {first.cpu:.1f} | {first.wall:.1f} | {again.cpu:.2f}"
                print(f"| {case} | {version} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
