"""One measurement in a process of its own: `python -m benchmarks.worker RIVAL JOB FILE` prints a line of JSON."""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from pathlib import Path
from typing import Any

from .cases import Case
from .common import loglik, marginal, peak_mb, timed

__all__ = ["fits", "iterations"]


def iterations(rival: Any, case: Case, seed: int, short: int, long: int, repeats: int) -> dict[str, Any]:
    """Return the cost of an iteration from a start that every rival begins at, and where `long` iterations lead."""
    before = peak_mb()
    table, setup = timed(lambda: rival.prepare(case))
    start = case.start(seed)
    end, first = timed(lambda: rival.iterate(table, start, long))
    peak = peak_mb()
    took = marginal(lambda n: rival.iterate(table, start, n), short, long, repeats)
    return {"cpu": took.cpu, "wall": took.wall, "setup_cpu": setup.cpu, "first_cpu": first.cpu, "peak_mb": peak,
            "before_mb": before, "loglik": loglik(case, end), "iterations": long}  # fmt: skip


def fits(rival: Any, case: Case, seed: int, starts: int, gain: float) -> dict[str, Any]:
    """Return the cost of a fit of many starts, after a fit of two that compiles what is to be compiled."""
    table, setup = timed(lambda: rival.prepare(case))
    rival.fit(table, 2, seed + 1, gain)
    (best, ends), took = timed(lambda: rival.fit(table, starts, seed, gain))
    value = loglik(case, best)
    at_best = None if ends is None else sum(bool(end > value - 1e-3) for end in ends)
    return {"cpu": took.cpu, "wall": took.wall, "setup_cpu": setup.cpu, "peak_mb": peak_mb(), "loglik": value,
            "starts": starts if ends is None else len(ends), "at_best": at_best}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rival")
    parser.add_argument("job", choices=["iterations", "fits", "version"])
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", type=int, default=2)
    parser.add_argument("--long", type=int, default=6)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--starts", type=int, default=100)
    parser.add_argument("--gain", type=float, default=1e-6)
    given = parser.parse_args()
    rival = import_module(f"benchmarks.rivals.{given.rival}")
    out: dict[str, Any] = {"missing": rival.missing()}
    if out["missing"] is None:
        out["version"] = rival.version()
        if given.job != "version":
            case = Case.load(given.file)
            out["missing"] = rival.takes(case)
            if out["missing"] is None:
                if given.job == "iterations":
                    out |= iterations(rival, case, given.seed, given.short, given.long, given.repeats)
                else:
                    out |= fits(rival, case, given.seed, given.starts, given.gain)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
