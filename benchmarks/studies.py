"""How often intervals cover the truth and tests reject it: `python -m benchmarks.studies coverage --sets 1000`.

Every data set is drawn anew from known types, with a seed of its own: `--first` goes on where another run ended. Types
are numbered as the truth has them, by the smallest distance of their probabilities.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Iterator
from itertools import permutations
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

import blocs
from blocs.inference.blrt import blrt_of

from .step_coverage import steps

SHARES = np.array([0.5, 0.3, 0.2])
YES = np.array(
    [[0.9, 0.85, 0.8, 0.9, 0.8, 0.97], [0.2, 0.3, 0.75, 0.2, 0.7, 0.5], [0.15, 0.75, 0.2, 0.3, 0.2, 0.6]]
)
"""(types, items) probability of "1"; the first of the last item is near the boundary."""
MENU = np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5], [0.3, 0.5, 0.2]])
"""(types, outcomes) of an item whose second outcome is missing on the menu of two in five observations."""
NEAR = ("q5", 1)


def drawn(n: int, seed: int) -> blocs.Profiles:
    """Return n observations of three types."""
    rng = np.random.default_rng([n, seed])
    kind, short = rng.choice(3, size=n, p=SHARES), rng.random(n) < 0.4
    frame = pd.DataFrame({f"q{j}": (rng.random(n) < YES[kind, j]).astype(int) for j in range(YES.shape[1])})
    weight = np.where(short[:, None] & (np.arange(3) == 1), 0.0, MENU[kind])
    edges = (weight / weight.sum(axis=1, keepdims=True)).cumsum(axis=1)
    frame["m"] = (rng.random(n)[:, None] > edges).sum(axis=1)
    levels: dict[str, Any] = {f"q{j}": [0, 1] for j in range(YES.shape[1])} | {"m": [0, 1, 2]}
    table = frame.astype({name: pd.CategoricalDtype(of) for name, of in levels.items()})
    return blocs.Profiles.from_table(table, menus={"m": [{0, 2} if s else {0, 1, 2} for s in short]})


def truth() -> pd.DataFrame:
    """Return type, item, outcome and the true probability."""
    rows = [(k + 1, f"q{j}", o, p if o else 1 - p) for k in range(3) for j, p in enumerate(YES[k]) for o in (0, 1)]
    rows += [(k + 1, "m", o, MENU[k, o]) for k in range(3) for o in range(3)]
    return pd.DataFrame(rows, columns=["type", "item", "outcome", "truth"])


def as_true(fit: blocs.Fit) -> blocs.Fit:
    """Return the fit with its types numbered as the truth has them."""
    table = fit.table().merge(truth(), on=["item", "outcome"], suffixes=("", "_true"))
    squares = (table["probability"] - table["truth"]) ** 2
    distance = squares.groupby([table["type"], table["type_true"]]).sum().unstack().to_numpy()
    best = min(permutations(range(3)), key=lambda order: sum(distance[k, order[k]] for k in range(3)))
    return fit.relabel({k + 1: best[k] + 1 for k in range(3)})


def covered(intervals: Any) -> Iterator[tuple[str, float]]:
    """Yield whether each interval has the truth: nan without one."""
    table = intervals.table().merge(truth(), on=["type", "item", "outcome"])
    shares = intervals.shares().assign(truth=SHARES)
    for name, of in (("probabilities", table), ("shares", shares)):
        inside = (of["low"] <= of["truth"]) & (of["truth"] <= of["high"])
        yield from ((name, value) for value in np.where(of["low"].isna(), np.nan, inside))
    near = table[(table["type"] == 1) & (table["item"] == NEAR[0]) & (table["outcome"] == NEAR[1])].iloc[0]
    yield "near 1", np.nan if np.isnan(near["low"]) else float(near["low"] <= near["truth"] <= near["high"])


def coverage(n: int, seed: int, replicates: int) -> Iterator[tuple[str, str, float]]:
    """Yield kind of interval, what it is of, and whether it has the truth, for one data set."""
    profiles = drawn(n, seed)
    fit = as_true(blocs.fit(profiles, 3, starts=5, seed=1, jobs=1))
    for kind in ("observed", "opg", "robust"):
        yield from ((kind, *found) for found in covered(blocs.standard_errors(fit, profiles, kind)))
    if replicates:
        percentile = blocs.bootstrap(fit, profiles, replicates, seed=seed, jobs=1)
        yield from (("bootstrap", *found) for found in covered(percentile))
        p = blocs.profile_interval(fit, profiles, item=NEAR[0], outcome=NEAR[1], type=1)
        yield "profile", "near 1", float(p.low <= YES[0, -1] <= p.high)


def binary(n: int, seed: int) -> blocs.Profiles:
    """Return n observations of six binary items, of two types."""
    rng = np.random.default_rng([n, seed])
    yes = np.where(rng.random(n)[:, None] < 0.6, 0.8, 0.25)
    return blocs.Profiles.from_table(pd.DataFrame((rng.random((n, 6)) < yes).astype(int), columns=list("abcdef")))


def blrt(n: int, seed: int, replicates: int) -> Iterator[tuple[str, str, float]]:
    """Yield whether the bootstrap likelihood-ratio test rejects two types, which is the truth, for three."""
    profiles = binary(n, seed)
    null, alternative = (blocs.fit(profiles, k, starts=10, seed=1, jobs=1) for k in (2, 3))
    yield "BLRT", "2 against 3", float(blrt_of(null, alternative, profiles, replicates, seed=seed, jobs=1).p <= 0.05)


STUDIES = {"coverage": coverage, "blrt": blrt, "steps": steps}


def main() -> None:
    """Print the share of intervals with the truth, or of tests that reject it, and its standard error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", choices=STUDIES)
    parser.add_argument("--sets", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--n", type=int, default=500)
    parser.add_argument("--replicates", type=int, default=0, help="of a bootstrap in each data set")
    given = parser.parse_args()
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    sets: dict[tuple[str, str], list[float]] = defaultdict(list)
    for seed in range(given.first, given.first + given.sets):
        of_set: dict[tuple[str, str], list[float]] = defaultdict(list)
        for kind, what, value in STUDIES[given.study](given.n, seed, given.replicates):
            of_set[kind, what].append(value)
        for key, values in of_set.items():
            found[key] += values
            if not np.isnan(values).all():
                sets[key].append(float(np.nanmean(values)))
        if (seed + 1) % 100 == 0 or seed + 1 == given.first + given.sets:
            print(f"\n{given.study}, N = {given.n:,}, sets {given.first} to {seed}", flush=True)
            for (kind, what), values in found.items():
                error = np.std(sets[kind, what]) / np.sqrt(len(sets[kind, what]))
                none = f"without: {np.isnan(values).mean():.3f}"
                print(f"{kind:10} {what:22} {np.nanmean(values):.3f} +- {error:.3f}   {none}", flush=True)


if __name__ == "__main__":
    main()
