"""Time to import blocs and to print its help: `python -m benchmarks.startup`."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

from .common import Clock

__all__ = ["best"]


def best(command: list[str], repeats: int) -> Clock:
    """Return the quickest of several runs of a command: processor and wall seconds, interpreter included."""
    found = Clock(float("inf"), float("inf"))
    for _ in range(repeats):
        before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        took = time.perf_counter() - wall
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        found = Clock(min(found.cpu, cpu), min(found.wall, took))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=10)
    given = parser.parse_args()
    rows = {
        "python -c pass": ["-c", "pass"],
        "import blocs": ["-c", "import blocs"],
        "from blocs import fit, Profiles": ["-c", "from blocs import fit, Profiles"],
        "blocs --help": ["-c", "import sys; sys.argv = ['blocs', '--help']; from blocs.cli import main; main()"],
        "import stepmix": ["-c", "import stepmix"],
    }
    print("| command | CPU s | wall s |\n|---|---:|---:|")
    for name, arguments in rows.items():
        try:
            took = best([sys.executable, *arguments], given.repeats)
        except subprocess.CalledProcessError:
            print(f"| {name} | not installed | |")
            continue
        print(f"| {name} | {took.cpu:.3f} | {took.wall:.3f} |")


if __name__ == "__main__":
    main()
