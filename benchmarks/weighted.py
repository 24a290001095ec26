"""Fits under other weights: `python -m benchmarks.weighted` times a thousand, side by side and one after the other."""

from __future__ import annotations

import time

import numpy as np

import blocs
from blocs.em.many import fit_many
from blocs.profiles import Profiles

from .cases import CASES

FITS = 1_000
ALONE = 50
"""Fits one after the other, of which the time of all is estimated."""


def small() -> tuple[str, Profiles, int]:
    """300 rows of five binary items, two types."""
    rng = np.random.default_rng(1)
    kind = rng.random(300) < 0.4
    answers = {f"q{j}": (rng.random(300) < np.where(kind, 0.8, 0.25)).astype(int) for j in range(5)}
    return "300 x 5, K = 2", Profiles.from_table(answers), 2


def palm_beach() -> tuple[str, Profiles, int]:
    """The table W1 with four types."""
    case = CASES["W1"]()
    return "W1, K = 4", Profiles.from_table(case.votes, weights=case.weights), 4


def seconds(function, repeats: int) -> float:  # type: ignore[no-untyped-def]
    """Return the least CPU seconds of several calls."""
    best = np.inf
    for _ in range(repeats):
        begin = time.process_time()
        function()
        best = min(best, time.process_time() - begin)
    return best


def main() -> None:
    """Print a line for each table."""
    print("| data | profiles | iterations of a fit | 1,000 side by side, CPU s | one by one, CPU s |")
    print("|---|---:|---:|---:|---:|")
    for name, profiles, types in (small(), palm_beach()):
        fit = blocs.fit(profiles, types, seed=1, jobs=1)
        mixture, shards = fit.mixture, fit.mixture.place(profiles)
        n, rng = int(profiles.n), np.random.default_rng(1)
        weights = rng.multinomial(n, profiles.weights / n, size=FITS).T.astype(float)
        found = fit_many(mixture, shards, weights, fit.params)

        def alone() -> None:
            for w in weights.T[:ALONE]:  # noqa: B023  # called before the loop goes on
                there = w > 0
                rows = Profiles(profiles.schema, profiles.codes[there], w[there], w[there])  # noqa: B023
                blocs.fit(rows, types, init=fit.params, jobs=1)  # noqa: B023

        together = seconds(lambda: fit_many(mixture, shards, weights, fit.params), 5)  # noqa: B023
        one_by_one = seconds(alone, 2) * FITS / ALONE
        print(f"| {name} | {len(profiles):,} | {found.iterations.mean():.0f} | {together:.2f} | {one_by_one:.1f} |")


if __name__ == "__main__":
    main()
