"""Iterations with and without acceleration, from the same starts: `python -m benchmarks.acceleration`.

For every start: its own optimum is where it converges; counted are the iterations until the value first comes within
1e-6 of it. "lower" are starts that end below plain EM's end by more than 1e-6: by their own accelerated iterations, and
in `blocs.fit`, where split-and-merge moves lead out of poor optima. "iterations in fit" counts all that led to the end.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import partial
from threading import Event
from typing import Any, NamedTuple

import numpy as np

from .cases import CASES, Case
from .common import timed
from .rivals import blocs as rival

__all__ = ["Compared", "compare"]

NEAR = 1e-6
STEPS = 200_000


class Compared(NamedTuple):
    """Iterations of each start (plain, accelerated), ends of both, and processor seconds of all starts together."""

    iterations: tuple[np.ndarray, np.ndarray]
    ends: tuple[np.ndarray, np.ndarray]
    cpu: tuple[float, float]
    converged: tuple[int, int]
    fitted: np.ndarray
    fit_iterations: np.ndarray
    fit_cpu: float

    @property
    def starts(self) -> int:
        return len(self.ends[0])

    @property
    def ratio(self) -> float:
        """Median iterations of plain EM over those of the accelerator."""
        return float(np.median(self.iterations[0]) / np.median(self.iterations[1]))

    @property
    def lower(self) -> int:
        return int((self.ends[1] < self.ends[0] - NEAR).sum())

    @property
    def higher(self) -> int:
        return int((self.ends[1] > self.ends[0] + NEAR).sum())

    @property
    def lower_in_fit(self) -> int:
        return int((self.fitted < self.ends[0] - NEAR).sum())

    @property
    def higher_in_fit(self) -> int:
        return int((self.fitted > self.ends[0] + NEAR).sum())


class Runs(NamedTuple):
    """All starts with one stepper."""

    iterations: np.ndarray
    ends: np.ndarray
    cpu: float
    converged: int


def run_starts(case: Case, starts: int, seed: int, accelerate: str, steps: int = STEPS, gain: float = 1e-9) -> Runs:
    """Run starts of the default method and count iterations."""
    from blocs.em.initialization import draw
    from blocs.em.loop import StoppingRule, run_em
    from blocs.em.quasi_newton import stepper

    table = rival.prepare(case)
    given = draw("mixed", table.mixture, table.profiles, seed, range(starts))
    seen: list[np.ndarray] = []

    def watch(progress: Any) -> None:
        seen.append(np.asarray(progress.values))

    rule = StoppingRule(gain=gain, change=1e-6, steps=steps)
    made = stepper(accelerate, table.mixture)
    out, took = timed(lambda: run_em(table.mixture, table.engine, table.placed, given, rule, made, watch))
    # the watcher sees the best value of every start after every iteration, not that of a step that was not accepted
    values = np.maximum.accumulate(np.array(seen), axis=0)
    iterations = 1 + (values < out.value - NEAR).sum(axis=0)
    return Runs(iterations, out.value, took.cpu, sum(status == "converged" for status in out.status))


def compare(case: Case, starts: int, seed: int, steps: int = STEPS, plain: Runs | None = None) -> Compared:
    """Compare plain EM, or what is known of it, with the default: the starts alone, and the fit."""
    plain = plain or run_starts(case, starts, seed, "none", steps)
    accelerated = run_starts(case, starts, seed, "auto", steps)
    return Compared(*zip(plain, accelerated, strict=True), *fitted(case, starts, seed))  # type: ignore[arg-type]


def fitted(case: Case, starts: int, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return where the same starts end in a fit, the iterations that led there, and processor seconds of them all."""
    from blocs.em.initialization import draw
    from blocs.em.loop import StoppingRule
    from blocs.em.multistart import Multistart

    table = rival.prepare(case)
    rule, begin = StoppingRule(gain=1e-9, change=1e-6), partial(draw, "mixed", table.mixture, table.profiles, seed)
    search = Multistart(
        table.mixture, table.profiles, table.profiles, rule, "auto", 1, begin, starts, starts, starts, seed, None,
        Event(),
    )  # fmt: skip
    ends, took = timed(search.run)
    values = np.array([end.value for end in ends])
    late = np.array([(np.array(end.trace) >= end.value - NEAR).sum() for end in ends])
    return values, np.array([end.iterations for end in ends]) - late + 1, took.cpu


def with_constants(constants: Mapping[str, float], case: Case, starts: int, seed: int, plain: Runs) -> Compared:
    """Compare with other constants of the accelerator."""
    from blocs.em import quasi_newton as accelerate

    old = {name: getattr(accelerate, name) for name in constants}
    try:
        for name, value in constants.items():
            setattr(accelerate, name, value)
        return compare(case, starts, seed, plain=plain)
    finally:
        for name, value in old.items():
            setattr(accelerate, name, value)


VARIED: tuple[dict[str, float], ...] = (
    {}, {"MEMORY": 5}, {"MEMORY": 10}, {"MEMORY": 40}, {"WARMUP": 1}, {"WARMUP": 10}, {"WARMUP": 30}, {"RADIUS": 0.03},
    {"RADIUS": 0.05}, {"RADIUS": 0.2}, {"RADIUS": 0.4},
)  # fmt: skip


def _constant(pair: str) -> tuple[str, float]:
    name, value = pair.split("=")
    return name, float(value) if "." in value else int(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=50)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--types", type=int, nargs="+", default=[4, 6, 8])
    parser.add_argument("--vary", action="store_true", help="also with other constants of the accelerator")
    parser.add_argument("--constants", nargs="+", default=[], metavar="NAME=VALUE,...",
                        help="with these instead, such as WARMUP=10,RADIUS=0.05")  # fmt: skip
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    varied = [dict(_constant(pair) for pair in one.split(",")) for one in given.constants]
    varied = varied or list(VARIED if given.vary else VARIED[:1])
    heads = ("K", "seed", "constants", "median iterations, EM", "accelerated", "ratio", "starts ended lower", "higher",
             "iterations in fit",
             "starts of fit lower", "higher", "CPU s, EM", "accelerated", "fit", "not converged, EM",
             "accelerated")  # fmt: skip
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for types in given.types:
        for seed in given.seed:
            case = CASES["W1"](types, quick=given.quick)
            plain = run_starts(case, given.starts, seed, "none")
            for constants in varied:
                got = with_constants(constants, case, given.starts, seed, plain)
                names = ", ".join(f"{name} {value}" for name, value in constants.items()) or "default"
                row = (
                    types, seed, names, *(f"{np.median(n):.0f}" for n in got.iterations), f"{got.ratio:.1f}",
                    f"{got.lower} of {got.starts}", got.higher,
                    f"{np.median(got.fit_iterations):.0f}", got.lower_in_fit, got.higher_in_fit,
                    *(f"{s:.1f}" for s in (*got.cpu, got.fit_cpu)),
                    *(got.starts - n for n in got.converged),
                )  # fmt: skip
                print(f"| {' | '.join(map(str, row))} |", flush=True)


if __name__ == "__main__":
    main()
