"""Passes over the data with and without acceleration, from the same starts: `python -m benchmarks.acceleration`.

For every start: its own optimum is where its climb ends; counted are the passes until the value first comes within
1e-6 of it. "lower" are starts that end below plain EM's end by more than 1e-6: after their own accelerated climb, and
in `blocs.fit`, where starts leave poor optima by exchanging types. "passes in fit" counts what led a start to its end.
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
from .rivals import blocs as ours

__all__ = ["Compared", "compare"]

NEAR = 1e-6
STEPS = 200_000


class Compared(NamedTuple):
    """Passes of each start (plain, quick), ends (plain, quick), and processor seconds of all starts together."""

    passes: tuple[np.ndarray, np.ndarray]
    ends: tuple[np.ndarray, np.ndarray]
    cpu: tuple[float, float]
    arrived: tuple[int, int]
    fitted: np.ndarray
    fit_passes: np.ndarray
    fit_cpu: float

    @property
    def starts(self) -> int:
        return len(self.ends[0])

    @property
    def ratio(self) -> float:
        """Median passes of plain EM over median passes of the accelerator."""
        return float(np.median(self.passes[0]) / np.median(self.passes[1]))

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


class Plainly(NamedTuple):
    """One stepper's climbs."""

    passes: np.ndarray
    ends: np.ndarray
    cpu: float
    arrived: int


def climbs(case: Case, starts: int, seed: int, accelerate: str, steps: int = STEPS, gain: float = 1e-9) -> Plainly:
    """Climb from the start method's own starts and count passes."""
    from blocs.em.initialization import draw
    from blocs.em.loop import Rule, climb
    from blocs.em.quasi_newton import stepper

    table = ours.prepare(case)
    given = draw("mixed", table.mixture, table.profiles, seed, range(starts))
    seen: list[np.ndarray] = []

    def watch(progress: Any) -> None:
        seen.append(np.asarray(progress.values))

    rule = Rule(gain=gain, change=1e-6, steps=steps)
    out, took = timed(
        lambda: climb(table.mixture, table.engine, table.placed, given, rule, stepper(accelerate, table.mixture), watch)
    )
    # the watcher sees the best value of every start after every pass: a step that fell is not its value
    values = np.maximum.accumulate(np.array(seen), axis=0)
    passes = 1 + (values < out.value - NEAR).sum(axis=0)
    return Plainly(passes, out.value, took.cpu, sum(status == "converged" for status in out.status))


def compare(case: Case, starts: int, seed: int, steps: int = STEPS, plain: Plainly | None = None) -> Compared:
    """Compare plain EM, or what is known of it, with the default: the climbs alone, and the fit."""
    plain = plain or climbs(case, starts, seed, "none", steps)
    quick = climbs(case, starts, seed, "auto", steps)
    return Compared(*zip(plain, quick, strict=True), *fitted(case, starts, seed))  # type: ignore[arg-type]


def fitted(case: Case, starts: int, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return where the same starts end in a fit, the passes that led there, and processor seconds of them all."""
    from blocs.em.initialization import draw
    from blocs.em.loop import Rule
    from blocs.em.multistart import Search

    table = ours.prepare(case)
    rule, begin = Rule(gain=1e-9, change=1e-6), partial(draw, "mixed", table.mixture, table.profiles, seed)
    search = Search(
        table.mixture, table.profiles, table.profiles, rule, "auto", 1, begin, starts, starts, starts, seed, None,
        Event(),
    )  # fmt: skip
    ends, took = timed(search.run)
    values = np.array([end.value for end in ends])
    late = np.array([(np.array(end.trace) >= end.value - NEAR).sum() for end in ends])
    return values, np.array([end.steps for end in ends]) - late + 1, took.cpu


def with_constants(constants: Mapping[str, float], case: Case, starts: int, seed: int, plain: Plainly) -> Compared:
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
    {}, {"MEMORY": 5}, {"MEMORY": 10}, {"MEMORY": 40}, {"WARM": 1}, {"WARM": 10}, {"WARM": 30}, {"REACH": 0.03},
    {"REACH": 0.05}, {"REACH": 0.2}, {"REACH": 0.4},
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
                        help="with these instead, such as WARM=10,REACH=0.05")  # fmt: skip
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    varied = [dict(_constant(pair) for pair in one.split(",")) for one in given.constants]
    varied = varied or list(VARIED if given.vary else VARIED[:1])
    heads = ("K", "seed", "constants", "median passes, EM", "accelerated", "ratio", "climbs ended lower", "higher",
             "passes in fit",
             "starts of fit lower", "higher", "CPU s, EM", "accelerated", "fit", "not arrived, EM",
             "accelerated")  # fmt: skip
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for types in given.types:
        for seed in given.seed:
            case = CASES["W1"](types, quick=given.quick)
            plain = climbs(case, given.starts, seed, "none")
            for constants in varied:
                got = with_constants(constants, case, given.starts, seed, plain)
                told = ", ".join(f"{name} {value}" for name, value in constants.items()) or "default"
                row = (
                    types, seed, told, *(f"{np.median(n):.0f}" for n in got.passes), f"{got.ratio:.1f}",
                    f"{got.lower} of {got.starts}", got.higher,
                    f"{np.median(got.fit_passes):.0f}", got.lower_in_fit, got.higher_in_fit,
                    *(f"{s:.1f}" for s in (*got.cpu, got.fit_cpu)),
                    *(got.starts - n for n in got.arrived),
                )  # fmt: skip
                print(f"| {' | '.join(map(str, row))} |", flush=True)


if __name__ == "__main__":
    main()
