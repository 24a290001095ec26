"""What standard errors, bootstraps and tests cost: `python -m benchmarks.inference_times`, or some of its questions.

Processor seconds, seconds by the clock and the largest memory of the process, which imports and data are part of; each
question in a process of its own. Kernels are compiled before the clock starts.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

import blocs
from blocs.simulation import Truth

from .cases import CASES
from .run import ROOT

__all__ = ["measured"]


def measured(name: str, question: Callable[[], object]) -> None:
    """Ask once, and print what it took."""
    clock, processor = time.perf_counter(), time.process_time()
    question()
    took, cpu = time.perf_counter() - clock, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{name}: {cpu:.1f} s of processor time, {took:.1f} s by the clock, {peak:.2f} GB at most", flush=True)


def simulated(voters: int, items: int, types: int) -> blocs.Profiles:
    """Return voters of known types, hardly two of whom have the same answers where items are many."""
    truth = Truth.draw(types=types, offices=items, seed=1)
    return blocs.Profiles.from_table(blocs.simulate(truth, voters, seed=1))


def errors() -> None:
    """A million voters, 20 items, eight types."""
    profiles = simulated(1_000_000, 20, 8)
    fit = blocs.fit(profiles, 8, starts=1, seed=1, steps=40, gain=10)
    some = profiles.take(np.arange(1000))
    blocs.standard_errors(blocs.fit(some, 8, starts=1, steps=5), some)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{len(profiles):,} profiles; {before:.2f} GB at most for the fit")
    measured("standard errors, observed", lambda: blocs.standard_errors(fit, profiles, "observed").table())
    measured("standard errors, robust", lambda: blocs.standard_errors(fit, profiles, "robust").table())


def bootstrap() -> None:
    """A thousand replicates of Palm Beach County, eight offices, four types."""
    case = CASES["W1"]()
    profiles = blocs.Profiles.from_table(case.votes, weights=case.weights)
    fit = blocs.fit(profiles, case.types, starts=5, seed=1)
    for kind in ("nonparametric", "parametric"):
        blocs.bootstrap(fit, profiles, 4, kind)
    print(case.about)
    measured("bootstrap, 1,000 replicates", lambda: blocs.bootstrap(fit, profiles, 1000))
    measured("bootstrap, parametric", lambda: blocs.bootstrap(fit, profiles, 1000, "parametric"))


def blrt() -> None:
    """118 rows of seven binary items, two against three types, all 999 replicates."""
    rng = np.random.default_rng(2)
    kind = rng.choice(3, 118, p=[0.45, 0.37, 0.18])
    yes = np.array([[0.95, 0.98, 0.85, 0.6, 0.95, 0.45, 0.98], [0.06, 0.14, 0.02, 0.02, 0.06, 0.02, 0.02],
                    [0.5, 0.98, 0.02, 0.05, 0.75, 0.02, 0.6]])  # fmt: skip
    rows = pd.DataFrame((rng.random((118, 7)) < yes[kind]).astype(int), columns=list("ABCDEFG"))
    profiles = blocs.Profiles.from_table(rows)
    blocs.blrt(profiles, 3, 5, starts=4)
    measured("BLRT, 999 replicates of 2 against 3 types", lambda: print(blocs.blrt(profiles, 3, 999)))


QUESTIONS = {"errors": errors, "bootstrap": bootstrap, "blrt": blrt}


def main() -> None:
    """Ask one question here, several in a process of their own each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=f"{', '.join(QUESTIONS)}; by default all")
    asked = parser.parse_args().questions or list(QUESTIONS)
    if wrong := set(asked).difference(QUESTIONS):
        parser.error(f"{', '.join(sorted(wrong))}: the questions are {', '.join(QUESTIONS)}")
    if len(asked) == 1:
        QUESTIONS[asked[0]]()
        return
    for question in asked:
        command = [sys.executable, "-m", "benchmarks.inference_times", question]
        subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
