"""The tables: `python -m benchmarks.run` measures every package on every case, each in a process of its own.

Packages take turns, so that a busy moment of the machine hits all of them; of the rounds the quickest counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from .cases import CASES
from .rivals import RIVALS

ROOT = Path(__file__).resolve().parents[1]
BEFORE = "blocs before"
"""The name under which blocs of another checkout is measured."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class Job(NamedTuple):
    """What is measured on a case: name of a worker's job, its settings, and the packages that take part."""

    job: str
    settings: dict[str, int]
    rivals: tuple[str, ...] = RIVALS


QUICK = {"short": 20, "long": 220, "repeats": 5}
FAIR = {"short": 2, "long": 12, "repeats": 3}
HEAVY = {"short": 1, "long": 4, "repeats": 2}
SIMPLE = ("blocs", "stepmix", "numpy_em")
PLANS: dict[str, list[Job]] = {
    "W1": [Job("iterations", QUICK), Job("fits", {"starts": 20}, ("blocs", "stepmix"))],
    "W1-voters": [Job("iterations", FAIR)],
    "W2": [Job("iterations", HEAVY)],
    "G": [Job("iterations", HEAVY)],
    **{name: [Job("iterations", FAIR)] for name in CASES if name.startswith("W3")},
    **{name: [Job("fits", {"starts": 100}, SIMPLE)] for name in CASES if name.startswith("W5")},
    **{name: [Job("iterations", FAIR, SIMPLE)] for name in CASES if name[:2] in ("N-", "J-", "K-")},
}
"""What is measured on each case."""


def environment(jobs: int) -> dict[str, str]:
    """Return the environment of a measurement: every library on that many threads."""
    return {**os.environ, **dict.fromkeys(THREADS, str(jobs)), "BENCHMARK_JOBS": str(jobs), "PYTHONHASHSEED": "0"}


def measure(python: str, rival: str, job: Job, file: Path, jobs: int = 1, root: Path = ROOT) -> dict[str, Any]:
    """Return what the worker says, or {"missing": reason}; root: the checkout whose `benchmarks` and blocs it runs."""
    settings = [part for key, value in job.settings.items() for part in (f"--{key}", str(value))]
    command = [python, "-m", "benchmarks.worker", rival, job.job, str(file), *settings]
    run = environment(jobs)
    if root != ROOT:
        run["PYTHONPATH"] = str(root / "src")
    try:
        done = subprocess.run(command, cwd=root, env=run, capture_output=True, text=True, check=False)
    except OSError as error:
        return {"missing": str(error)}
    if done.returncode:
        return {"missing": (done.stderr.strip().splitlines() or ["it failed"])[-1]}
    out: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return out


def compared(
    pythons: dict[str, str], name: str, job: Job, file: Path, rounds: int, jobs: int, against: Path | None = None
) -> dict[str, Any]:
    """Return the quickest of several rounds for every package; within a round they take turns.

    against: another checkout, whose blocs takes part.
    """
    found: dict[str, dict[str, Any]] = {}
    for _ in range(rounds):
        for rival in (*job.rivals, *([BEFORE] if against else [])):
            if "missing" in found.get(rival, {}) and found[rival]["missing"]:
                continue
            python = pythons.get(rival, sys.executable)
            if rival == BEFORE and against:
                now = measure(python, "blocs", job, file, jobs, against)
            else:
                now = measure(python, rival, job, file, jobs)
            old = found.setdefault(rival, now)
            if "cpu" in now:
                found[rival] = {**now, **{key: min(old[key], now[key]) for key in ("cpu", "wall", "peak_mb")}}
    return {"case": name, "job": job.job, "jobs": jobs, **job.settings, "rivals": found}


def tell(about: str, row: dict[str, Any]) -> None:
    """Print one comparison as a table."""
    what = "an iteration" if row["job"] == "iterations" else f"{row['starts']} starts"
    threads = "one thread" if row["jobs"] == 1 else f"{row['jobs']} threads"
    print(f"\n### {row['case']}: {about}\n\nCost of {what}, {threads}.\n")
    print("| package | CPU ms | wall ms | CPU, times blocs | peak memory MB | log-likelihood | starts at the best |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    ours = row["rivals"].get("blocs", {}).get("cpu")
    for rival, got in row["rivals"].items():
        if got.get("missing"):
            print(f"| {rival} | | | | | {got['missing']} | |")
            continue
        ratio = f"{got['cpu'] / ours:.1f}" if ours else ""
        hits = f"{got['at_best']} of {got['starts']}" if got.get("at_best") is not None else ""
        print(f"| {rival} {got['version']} | {1e3 * got['cpu']:.4g} | {1e3 * got['wall']:.4g} | {ratio} | "
              f"{got['peak_mb']:.0f} | {got['loglik']:.6f} | {hits} |")  # fmt: skip
    sys.stdout.flush()


def machine() -> str:
    """Return the machine in neutral words."""
    kind = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as info:
            kind = next(line.split(":")[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{kind}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", nargs="+", default=list(PLANS), metavar="CASE", help=", ".join(PLANS))
    parser.add_argument("--rival", nargs="+", default=list(RIVALS), choices=RIVALS)
    parser.add_argument("--quick", action="store_true", help="tiny versions of the cases, to see that all runs")
    parser.add_argument("--rounds", type=int, default=2, help="processes a package and case; the quickest counts")
    parser.add_argument("--jobs", type=int, default=1, help="threads")
    parser.add_argument("--python", action="append", default=[], metavar="RIVAL=INTERPRETER",
                        help="measure a package with the interpreter of another environment")  # fmt: skip
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="measure blocs of another checkout as well")
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    given = parser.parse_args()
    for name in given.case:
        if name not in PLANS:
            parser.error(f"there is no case {name!r}; the cases are {', '.join(PLANS)}")
    pythons = dict(pair.split("=", 1) for pair in given.python)
    against = given.against and given.against.resolve()
    print(f"Machine: {machine()}.")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in given.case:
            file = Path(folder) / "case.npz"
            quick = ["--quick"] if given.quick else []
            subprocess.run([sys.executable, "-m", "benchmarks.cases", name, str(file), *quick], cwd=ROOT, check=True)
            about = subprocess.run([sys.executable, "-c", "import sys; from pathlib import Path; from benchmarks.cases "
                                    "import Case; print(Case.load(Path(sys.argv[1])).about)", str(file)],
                                   cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()  # fmt: skip
            for job in PLANS[name]:
                job = job._replace(rivals=tuple(rival for rival in job.rivals if rival in given.rival))
                if job.rivals:
                    rows.append(compared(pythons, name, job, file, given.rounds, given.jobs, against))
                    tell(about, rows[-1])
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
