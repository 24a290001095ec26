"""How often the best optimum is found, and what is said when it is not: `python -m benchmarks.optimum`.

For every problem of `hard.py`: default fits with many seeds, one thread. "Found": within 0.002 of the best value known
of fits without a covariance at its floor. "Singular": fits that ended higher in such a spike on a few rows. "Claimed
when wrong": the largest number of replications (`Fit.hits`) of a fit that missed the best. `--best` searches for better
values: plain starts without moves, and keeps the best of them in `optimum_best.json`; a fit that is better than the
best known is reported and fails the run.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .common import timed
from .hard import FAMILIES, problem

__all__ = ["SUITE", "Row", "best_known", "measure"]

BEST = Path(__file__).with_name("optimum_best.json")
SUITE = (
    *(f"{family}/{seed}" for family in FAMILIES for seed in range(2)),
    "crowded/3", "crowded/8", "boundary/5", "diag/7", "tied/4", "tied/7",
)  # fmt: skip
"""Problems that are measured: the first two of each family, and more on which 20 starts often miss the best."""
BATCH = 150
"""Starts of a batch of plain starts."""
WITHIN = 2e-3
"""Log-likelihood units from the best value known that count as found."""


class Row(NamedTuple):
    """What the fits of one problem came to."""

    name: str
    best: float
    seeds: int
    found: int
    singular: int
    claimed: int
    replicated: float
    starts: float
    seconds: float
    higher: float

    def text(self) -> str:
        claimed = "" if self.found == self.seeds else str(self.claimed)
        new = f" (a fit is higher by {self.higher:.3f})" if self.higher > WITHIN else ""
        return (
            f"| {self.name} | {self.best:.4f}{new} | {self.found} of {self.seeds} | {self.singular or ''} "
            f"| {claimed} | {self.replicated:.0f} "
            f"of {self.starts:.0f} | {self.seconds:.2f} |"
        )


def best_known() -> dict[str, float]:
    """Return the best value known of each problem."""
    return dict(json.loads(BEST.read_text()))


def measure(name: str, seeds: Sequence[int], best: float) -> Row:
    """Fit one problem with the defaults, once for each seed."""
    import blocs

    made = problem(name)
    profiles = made.profiles()
    fits: list[Any] = []
    seconds = 0.0
    for seed in seeds:
        fit, took = timed(lambda seed=seed: blocs.fit(profiles, made.types, seed=seed, jobs=1))
        fits.append(fit)
        seconds += took.cpu
    regular = [fit for fit in fits if "singular" not in fit.flags]
    values = np.array([fit.loglik for fit in regular])
    found = int((values >= best - WITHIN).sum())
    claims = [fit.hits for fit in fits if "singular" in fit.flags or fit.loglik < best - WITHIN]
    hits, starts = np.median([fit.hits for fit in fits]), np.mean([len(fit.ends) for fit in fits])
    return Row(
        name, best, len(fits), found, len(fits) - len(regular), max(claims, default=0), float(hits),
        float(starts), seconds / len(fits), float(values.max(initial=-np.inf) - best),
    )  # fmt: skip


def search(name: str, starts: int) -> float:
    """Return the best value of plain starts, without moves: a third of them of each of three methods.

    They are run in batches, as a batch counts only if its best is no spike.
    """
    import blocs

    made = problem(name)
    profiles, each, values = made.profiles(), -(-BATCH // 3), [-np.inf]
    for seed in range(-(-starts // (3 * each))):
        for method in ("modes", "probabilities", "posteriors"):
            fit = blocs.fit(
                profiles, made.types, starts=each, most=each, finish=each, seed=seed, method=method, exchange=False,
                jobs=1,
            )  # fmt: skip
            values.append(-np.inf if "singular" in fit.flags else fit.loglik)
    return max(values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", nargs="+", default=list(SUITE), metavar="FAMILY/SEED")
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--best", type=int, metavar="STARTS", help="search for better values instead, with so many")
    given = parser.parse_args()
    known = best_known() if BEST.exists() else {}
    if given.best:
        for name in given.problems:
            value, before = search(name, given.best), known.get(name, -np.inf)
            known[name] = round(max(value, before), 6)
            print(f"{name}: {value:.6f}, before {before:.6f}", flush=True)
            BEST.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n")
        return
    heads = ("problem", "best known", "found", "singular", "claimed when wrong", "replicated, median", "CPU s")
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}", flush=True)
    rows = []
    for name in given.problems:
        rows.append(measure(name, range(given.seeds), known[name]))
        print(rows[-1].text(), flush=True)
    if any(row.higher > WITHIN for row in rows):
        raise SystemExit("a fit is better than the best known: raise the values in optimum_best.json")


if __name__ == "__main__":
    main()
