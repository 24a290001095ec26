"""How often intervals cover the truth and tests reject it: `python -m benchmarks.studies coverage --sets 1000`.

Every data set is drawn anew from known types, with a seed of its own: `--first` goes on where another run ended. Types
are numbered as the truth has them, by the smallest distance of their probabilities.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import blocs
from blocs.inference.blrt import blrt_of

from .step_coverage import steps

Floats = NDArray[np.float64]
Found = Iterator[tuple[str, str, float]]


class Types(NamedTuple):
    """Known types: shares (K,); yes (K, J) the probability of "1" of J items; menu (K, 3) of an item "m".

    The second outcome of "m" is missing on the menu of two in five observations.
    """

    shares: Floats
    yes: Floats
    menu: Floats

    def draw(self, n: int, seed: int, shift: float = 0.0) -> blocs.Profiles:
        """Return n observations; shift: how far IIA fails, in log-odds of the third outcome on the smaller menu."""
        rng = np.random.default_rng([n, seed])
        kind, short = rng.choice(len(self.shares), size=n, p=self.shares), rng.random(n) < 0.4
        own = self.yes[kind]
        frame = pd.DataFrame({f"q{j}": (rng.random(n) < own[:, j]).astype(int) for j in range(own.shape[1])})
        weight = np.where(short[:, None] & (np.arange(3) == 1), 0.0, self.menu[kind])
        weight[short, 2] *= np.exp(shift)
        edges = (weight / weight.sum(axis=1, keepdims=True)).cumsum(axis=1)
        frame["m"] = (rng.random(n)[:, None] > edges).sum(axis=1)
        levels: dict[str, Any] = {f"q{j}": [0, 1] for j in range(own.shape[1])} | {"m": [0, 1, 2]}
        table = frame.astype({name: pd.CategoricalDtype(of) for name, of in levels.items()})
        return blocs.Profiles.from_table(table, menus={"m": [{0, 2} if s else {0, 1, 2} for s in short]})

    @property
    def table(self) -> pd.DataFrame:
        """Return type, item, outcome and the true probability."""
        each = range(len(self.shares))
        rows = [(k + 1, f"q{j}", o, p if o else 1 - p) for k in each for j, p in enumerate(self.yes[k]) for o in (0, 1)]
        rows += [(k + 1, "m", o, self.menu[k, o]) for k in each for o in range(3)]
        return pd.DataFrame(rows, columns=["type", "item", "outcome", "truth"])

    def named(self, fit: blocs.Fit) -> blocs.Fit:
        """Return the fit with its types numbered as here."""
        types = range(len(self.shares))
        table = fit.table().merge(self.table, on=["item", "outcome"], suffixes=("", "_true"))
        squares = (table["probability"] - table["truth"]) ** 2
        distance = squares.groupby([table["type"], table["type_true"]]).sum().unstack().to_numpy()
        best = min(permutations(types), key=lambda order: sum(distance[k, order[k]] for k in types))
        return fit.relabel({k + 1: best[k] + 1 for k in types})


THREE = Types(
    np.array([0.5, 0.3, 0.2]),
    np.array([[0.9, 0.85, 0.8, 0.9, 0.8, 0.97], [0.2, 0.3, 0.75, 0.2, 0.7, 0.5], [0.15, 0.75, 0.2, 0.3, 0.2, 0.6]]),
    np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5], [0.3, 0.5, 0.2]]),
)
"""The first probability of the last item but "m" is near the boundary."""
EDGE = Types(
    np.array([0.5, 0.5]),
    np.array([[0.9, 0.85, 0.8, 0.9, 0.99], [0.2, 0.3, 0.25, 0.2, 0.5]]),
    np.array([[0.59, 0.4, 0.01], [0.2, 0.3, 0.5]]),
)
"""Probabilities of .99, and of .01 on the menu of all outcomes."""


def covered(truth: Types, intervals: Any) -> Iterator[tuple[str, float]]:
    """Yield whether each interval has the truth: nan without one."""
    table = intervals.table().merge(truth.table, on=["type", "item", "outcome"])
    shares = intervals.shares().assign(truth=truth.shares)
    for name, of in (("probabilities", table), ("shares", shares)):
        yield from ((name, value) for value in _inside(of))
    for name, item, outcome in _near(truth):
        one = table[(table["type"] == 1) & (table["item"] == item) & (table["outcome"] == outcome)]
        yield name, float(_inside(one)[0])


def _inside(table: pd.DataFrame) -> Floats:
    inside = (table["low"] <= table["truth"]) & (table["truth"] <= table["high"])
    return np.where(table["low"].isna(), np.nan, inside)


def _near(truth: Types) -> list[tuple[str, str, int]]:
    """Return name, item and outcome of the probabilities of type 1 that are near the boundary."""
    last = truth.yes.shape[1] - 1
    near = [(f"of {truth.yes[0, -1]:g}", f"q{last}", 1)]
    return near + ([(f"of {truth.menu[0, 2]:g}, menus", "m", 2)] if truth.menu[0, 2] < 0.05 else [])


def coverage(n: int, seed: int, replicates: int) -> Found:
    """Yield kind of interval, what it is of, and whether it has the truth, for one data set."""
    profiles = THREE.draw(n, seed)
    fit = THREE.named(blocs.fit(profiles, 3, starts=5, seed=1, jobs=1))
    for kind in ("observed", "opg", "robust"):
        yield from ((kind, *found) for found in covered(THREE, blocs.standard_errors(fit, profiles, kind)))
    if replicates:
        percentile = blocs.bootstrap(fit, profiles, replicates, seed=seed, jobs=1)
        yield from (("bootstrap", *found) for found in covered(THREE, percentile))


def boundary(n: int, seed: int, replicates: int) -> Found:
    """Yield the same near the boundary, with profile intervals on both sides and bounds on one."""
    profiles = EDGE.draw(n, seed)
    fit = EDGE.named(blocs.fit(profiles, 2, starts=5, seed=1, jobs=1))
    for kind in ("observed", "robust"):
        yield from ((kind, *found) for found in covered(EDGE, blocs.standard_errors(fit, profiles, kind)))
    percentile = blocs.bootstrap(fit, profiles, replicates or 400, seed=seed, jobs=1)
    yield from (("bootstrap", *found) for found in covered(EDGE, percentile))
    for (name, item, outcome), p in zip(_near(EDGE), (EDGE.yes[0, -1], EDGE.menu[0, 2]), strict=True):
        both, one = (blocs.profile_interval(fit, profiles, item=item, outcome=outcome, type=1, side=side)
                     for side in ("both", "one"))  # fmt: skip
        yield "profile", name, float(both.low <= p <= both.high)
        yield "one side", name, float(one.low <= p if p > 0.5 else p <= one.high)


def binary(n: int, seed: int) -> blocs.Profiles:
    """Return n observations of six binary items, of two types."""
    rng = np.random.default_rng([n, seed])
    yes = np.where(rng.random(n)[:, None] < 0.6, 0.8, 0.25)
    return blocs.Profiles.from_table(pd.DataFrame((rng.random((n, 6)) < yes).astype(int), columns=list("abcdef")))


def blrt(n: int, seed: int, replicates: int) -> Found:
    """Yield whether the bootstrap likelihood-ratio test rejects two types, which is the truth, for three."""
    profiles = binary(n, seed)
    null, alternative = (blocs.fit(profiles, k, starts=10, seed=1, jobs=1) for k in (2, 3))
    yield "BLRT", "2 against 3", float(blrt_of(null, alternative, profiles, replicates, seed=seed, jobs=1).p <= 0.05)


def iia(n: int, seed: int, replicates: int) -> Found:
    """Yield whether the tests of IIA reject it where it holds."""
    yield from _rejected("IIA holds", THREE.draw(n, seed), replicates)


def power(n: int, seed: int, replicates: int) -> Found:
    """Yield whether they do where the odds on the two menus differ by a factor of 1.65, and of 2.72."""
    for shift in (0.5, 1.0):
        yield from _rejected(f"odds x {np.exp(shift):.2f}", THREE.draw(n, seed, shift), replicates)


def _rejected(words: str, profiles: blocs.Profiles, replicates: int) -> Found:
    for kind in ("lr", "wald"):
        test = blocs.iia_test(profiles, 3, kind=kind, starts=5, seed=1, jobs=1, bootstrap=replicates)
        yield kind, words, float(test.p <= 0.05)
        if replicates:
            yield f"{kind}, drawn", words, float(test.bootstrap_p <= 0.05)


STUDIES: dict[str, Callable[[int, int, int], Found]] = {
    "coverage": coverage, "boundary": boundary, "blrt": blrt, "iia": iia, "power": power,
    "steps": steps,
}  # fmt: skip


class Record:
    """The results of data sets, one line of a file each: a run that was stopped goes on after the last whole line."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        lines = []
        if path is not None and path.exists():
            lines = path.read_text(encoding="utf-8").split("\n")[:-1]
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        self.values = {tuple(key): values for key, values in map(json.loads, lines)}

    def of(self, study: str, n: int, seed: int, replicates: int) -> Found:
        """Yield what one data set says, computed unless it is in the file."""
        key = (study, n, seed, replicates)
        if key not in self.values:
            each = STUDIES[study](n, seed, replicates)
            self.values[key] = [[kind, what, None if np.isnan(value) else value] for kind, what, value in each]
            if self.path is not None:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([key, self.values[key]]) + "\n")
        yield from ((kind, what, np.nan if value is None else value) for kind, what, value in self.values[key])


def main() -> None:
    """Print the share of intervals with the truth, or of tests that reject it, and its standard error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", choices=STUDIES)
    parser.add_argument("--sets", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--n", type=int, default=500)
    parser.add_argument("--replicates", type=int, default=0, help="of a bootstrap in each data set")
    parser.add_argument("--record", type=Path, help="file of the results of data sets, added to")
    given = parser.parse_args()
    record = Record(given.record)
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    sets: dict[tuple[str, str], list[float]] = defaultdict(list)
    for seed in range(given.first, given.first + given.sets):
        of_set: dict[tuple[str, str], list[float]] = defaultdict(list)
        for kind, what, value in record.of(given.study, given.n, seed, given.replicates):
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
