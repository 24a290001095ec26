"""The data that every package is measured on: seeded, and the same on every machine.

Nothing here needs blocs, so that packages can be measured in environments of their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"
PALM_BEACH = SHARED / "palm_beach" / "herron_lewis_counts.csv.gz"
OFFICES = ("v_EDU", "v_TRS", "v_USS", "v_SHF", "v_CLR", "v_TAX", "v_SOL", "v_USH")


class Start(NamedTuple):
    """Parameters: shares (K,); for each item the (L, K) probabilities of its outcomes; for measurements the means
    (K, D) and covariances (K, D, D).
    """

    shares: np.ndarray
    probs: list[np.ndarray]
    normal: tuple[np.ndarray, np.ndarray] | None = None


@dataclass(frozen=True)
class Case:
    """A table and what is fitted to it.

    votes: (R, J) uint8, outcome of each item from 0; weights: (R,) float; outcomes: number of outcomes of each item;
    types: K; offered: menus as tuples of outcomes, the same list for all items, and menu: (R, J) uint8, which of them
    the row had (both empty without menus); values: (R, D) measurements, of a case that has nothing else; about: one
    line for the table of results.
    """

    name: str
    votes: np.ndarray
    weights: np.ndarray
    outcomes: tuple[int, ...]
    types: int
    about: str
    offered: tuple[tuple[int, ...], ...] = ()
    menu: np.ndarray | None = None
    values: np.ndarray | None = None

    def start(self, seed: int) -> Start:
        """Return a random start: equal shares, probabilities uniform on the simplex of every item.

        Measurements: means at random rows, covariances 1.
        """
        rng = np.random.default_rng([77, seed])
        if self.values is not None:
            means = self.values[rng.choice(len(self.values), self.types, replace=False)]
            ones = np.repeat(np.eye(self.values.shape[1])[None], self.types, axis=0)
            return Start(np.full(self.types, 1 / self.types), [], (means, ones))
        probs = [rng.dirichlet(np.ones(size), self.types).T for size in self.outcomes]
        return Start(np.full(self.types, 1 / self.types), probs)

    def save(self, path: Path) -> None:
        """Write to `path`, an .npz file."""
        told = {"name": self.name, "outcomes": self.outcomes, "types": self.types, "about": self.about,
                "offered": self.offered}  # fmt: skip
        more = {name: array for name, array in (("menu", self.menu), ("values", self.values)) if array is not None}
        np.savez(path, votes=self.votes, weights=self.weights, told=np.array(json.dumps(told)), **more)

    @classmethod
    def load(cls, path: Path) -> Case:
        """Inverse of `save`."""
        with np.load(path) as data:
            told: dict[str, Any] = json.loads(str(data["told"]))
            return cls(told["name"], data["votes"], data["weights"], tuple(told["outcomes"]), told["types"],
                       told["about"], tuple(tuple(menu) for menu in told["offered"]),
                       data.get("menu"), data.get("values"))  # fmt: skip


def simulate(rng: np.random.Generator, rows: int, shares: Any, probs: list[Any]) -> np.ndarray:
    """Return (rows, J) outcomes of a mixture; probs: for each item (K, L)."""
    kind = rng.choice(len(shares), rows, p=shares)
    votes = np.empty((rows, len(probs)), dtype=np.uint8)
    for j, p in enumerate(probs):
        edge = np.asarray(p, dtype=float).cumsum(axis=1)[kind, :-1]
        votes[:, j] = (rng.random(rows)[:, None] > edge).sum(axis=1)
    return votes


def compress(votes: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct rows and their weights."""
    unique, inverse = np.unique(votes, axis=0, return_inverse=True)
    return unique, np.bincount(inverse.ravel(), weights, len(unique))


def separated(rng: np.random.Generator, types: int, items: int, outcomes: int, even: float = 0.1) -> list[np.ndarray]:
    """Return for each item the (K, L) probabilities of well separated types."""
    return [(1 - even) * rng.dirichlet(np.full(outcomes, 0.5), types) + even / outcomes for _ in range(items)]


def palm_beach(types: int = 4, quick: bool = False, voters: bool = False) -> Case:
    """W1: voters of two parties at 8 offices: abstained, with their party, against it or another.

    The ballots of Palm Beach County, 2000, where the file is there, else a simulation of that size. voters: one row a
    voter, to show what compression is worth.
    """
    if PALM_BEACH.exists() and not quick:
        votes, weights, about = *_palm_beach_file(), "Palm Beach 2000"
    else:
        rng = np.random.default_rng(11)
        shares = [0.30, 0.25, 0.2, 0.15, 0.07, 0.03]
        votes = simulate(rng, 3_000 if quick else 335_140, shares, separated(rng, 6, 8, 3, 0.06))
        votes, weights = compress(votes, np.ones(len(votes)))
        about = "simulated, like Palm Beach 2000"
    if voters:
        votes, weights = np.repeat(votes, weights.astype(int), axis=0), np.ones(int(weights.sum()))
        order = np.random.default_rng(12).permutation(len(votes))
        votes = np.ascontiguousarray(votes[order])
    rows = f"{len(votes):,} voters" if voters else f"{len(votes):,} weighted profiles of {int(weights.sum()):,} voters"
    name = f"W1 voters, K={types}" if voters else f"W1, K={types}"
    return Case(name, votes, weights, (3,) * 8, types, f"{about}: {rows}, 8 items of 3, K = {types}")


def _palm_beach_file() -> tuple[np.ndarray, np.ndarray]:
    import pandas as pd

    frame = pd.read_csv(PALM_BEACH, usecols=["num_PRS", "Nvoters", *OFFICES])
    frame = frame[frame["num_PRS"].isin([1, 2])]
    vote, own = frame[list(OFFICES)].to_numpy(), frame["num_PRS"].to_numpy()[:, None]
    votes = np.where(vote == 0, 0, np.where(vote == own, 1, 2)).astype(np.uint8)
    return compress(votes, frame["Nvoters"].to_numpy(float))


def rows(n: int = 1_000_000, items: int = 20, outcomes: int = 3, types: int = 8, quick: bool = False) -> Case:
    """W2 and scaling: many rows, nearly all of them distinct."""
    n = min(n, 2_000) if quick else n
    rng = np.random.default_rng(21)
    votes = simulate(rng, n, np.full(types, 1 / types), separated(rng, types, items, outcomes, 0.19))
    name = f"W2, N={n:,}, J={items}, K={types}"
    about = f"{n:,} rows x {items} items of {outcomes}, K = {types}"
    return Case(name, votes, np.ones(n), (outcomes,) * items, types, about)


def menus(n: int = 30_000, styles: int = 0, quick: bool = False) -> Case:
    """W3: 10 offices, each uncontested for half of the voters, 4 types.

    An uncontested office offers outcomes 0 (abstained) and 1 (the one candidate), a contested one also 2. styles:
    number of ballot styles that menus come from, 0 for a menu drawn for each voter and office: the worst case.
    """
    n = min(n, 1_000) if quick else n
    rng, offices, types = np.random.default_rng(31), 10, 4
    probs = separated(rng, types, offices, 3)
    kind = rng.choice(types, n, p=[0.4, 0.3, 0.2, 0.1])
    half = rng.random((styles or n, offices)) < 0.5
    menu = (half[rng.integers(0, styles, n)] if styles else half).astype(np.uint8)  # 1: uncontested
    votes = np.empty((n, offices), dtype=np.uint8)
    for j, p in enumerate(probs):
        chance = np.where(menu[:, [j]] == 1, p[kind] * [1, 1, 0], p[kind])
        edge = chance.cumsum(axis=1) / chance.sum(axis=1, keepdims=True)
        votes[:, j] = (rng.random(n)[:, None] > edge[:, :-1]).sum(axis=1)
    told = f"{styles} ballot styles" if styles else "a menu for each voter and office"
    about = f"{n:,} voters x {offices} offices, half uncontested ({told}), K = {types}"
    name = f"W3, N={n:,}" + (f", {styles} styles" if styles else "")
    return Case(name, votes, np.ones(n), (3,) * offices, types, about, ((0, 1, 2), (0, 1)), menu)


def menus_ignored(n: int = 30_000, quick: bool = False) -> Case:
    """W3's votes without their menus: fewer distinct rows, another model."""
    case = menus(n, quick=quick)
    return Case(f"W3 votes only, N={n:,}", case.votes, case.weights, case.outcomes, case.types,
                case.about.replace("half uncontested", "menus ignored"))  # fmt: skip


def menus_as_outcomes(n: int = 30_000, quick: bool = False) -> Case:
    """W3 with every (menu, vote) an outcome of its own: the same distinct rows and codes without a choice model."""
    case = menus(n, quick=quick)
    votes = (case.votes + 3 * case.menu).astype(np.uint8)
    return Case(f"W3 same rows, no menus, N={n:,}", votes, case.weights, (5,) * votes.shape[1], case.types,
                case.about.replace("half uncontested", "(menu, vote) an outcome of its own"))  # fmt: skip


def slides(quick: bool = False) -> Case:
    """W5: 118 slides judged by 7 raters, K = 3; two clear types and a mixed one, about 20 distinct rows."""
    yes = [[0.06, 0.14, 0, 0, 0.06, 0, 0], [0.51, 1, 0, 0.06, 0.75, 0, 0.63], [1, 0.98, 0.86, 0.59, 1, 0.48, 1]]
    probs = [np.array([[1 - p[j], p[j]] for p in yes]) for j in range(7)]
    votes = simulate(np.random.default_rng(51), 118, [0.37, 0.18, 0.45], probs)
    return Case("W5 118 x 7", votes, np.ones(118), (2,) * 7, 3,
                f"118 rows ({len(np.unique(votes, axis=0))} distinct) x 7 binary items, K = 3")  # fmt: skip


def survey(quick: bool = False) -> Case:
    """W5: 1,202 answers to 4 questions with 3, 2, 2 and 3 outcomes, K = 3: types overlap and EM is slow."""
    probs = [
        [[0.89, 0.05, 0.06], [0.91, 0.07, 0.02], [0.16, 0.22, 0.62]],
        [[0.62, 0.38], [0.65, 0.35], [0.03, 0.97]],
        [[0.99, 0.01], [0.32, 0.68], [0.75, 0.25]],
        [[0.95, 0.05, 0.0], [0.69, 0.26, 0.05], [0.64, 0.26, 0.10]],
    ]
    votes = simulate(np.random.default_rng(52), 1202, [0.62, 0.21, 0.17], probs)
    return Case("W5 1,202 x 4", votes, np.ones(1202), (3, 2, 2, 3), 3,
                f"1,202 rows ({len(np.unique(votes, axis=0))} distinct) x 4 items of 3, 2, 2, 3, K = 3")  # fmt: skip


def traits(quick: bool = False) -> Case:
    """W5: 1,311 answers to 12 questions with 4 outcomes: two candidates' traits seen by friends, foes and neither."""
    good, even, bad = [0.28, 0.50, 0.16, 0.06], [0.11, 0.55, 0.27, 0.07], [0.06, 0.25, 0.39, 0.30]
    seen = [(good, bad), (bad, good), (even, even)]
    rng, probs = np.random.default_rng(53), []
    for j in range(12):
        probs.append(np.array([rng.dirichlet(35 * np.array(pair[j // 6])) for pair in seen]))
    votes = simulate(rng, 1311, [0.33, 0.32, 0.35], probs)
    return Case("W5 1,311 x 12", votes, np.ones(1311), (4,) * 12, 3,
                f"1,311 rows ({len(np.unique(votes, axis=0)):,} distinct) x 12 items of 4, K = 3")  # fmt: skip


def blobs(n: int = 1_000_000, columns: int = 10, types: int = 10, quick: bool = False) -> Case:
    """G: measurements, normal with full covariances, types apart but touching."""
    n = min(n, 2_000) if quick else n
    rng = np.random.default_rng(61)
    means, roots = 3 * rng.normal(size=(types, columns)), 0.3 * rng.normal(size=(types, columns, columns))
    values = np.empty((n, columns))
    for a in range(0, n, 10_000):
        kind = rng.integers(types, size=min(10_000, n - a))
        noise = rng.normal(size=(len(kind), columns))
        values[a : a + len(kind)] = means[kind] + noise + np.einsum("nij,nj->ni", roots[kind], noise)
    about = f"{n:,} x {columns} measurements, full covariances, K = {types}"
    return Case(f"G, N={n:,}", np.zeros((n, 0), np.uint8), np.ones(n), (), types, about, values=values)


CASES: dict[str, Callable[..., Case]] = {
    "W1": palm_beach,
    "W1-K6": partial(palm_beach, 6),
    "W1-K8": partial(palm_beach, 8),
    "W1-voters": partial(palm_beach, voters=True),
    "W2": rows,
    "W2-200k": partial(rows, 200_000),
    **{f"W3-{n}": partial(menus, n) for n in (300, 3_000, 30_000, 300_000)},
    **{f"W3-{n}-styles": partial(menus, n, 50) for n in (30_000, 300_000)},
    **{f"W3-{n}-votes": partial(menus_ignored, n) for n in (30_000, 300_000)},
    **{f"W3-{n}-outcomes": partial(menus_as_outcomes, n) for n in (300, 3_000, 30_000, 300_000)},
    "W5-slides": slides,
    "W5-survey": survey,
    "W5-traits": traits,
    "G": blobs,
    **{f"N-{n}": partial(rows, n) for n in (1_000, 10_000, 100_000)},
    **{f"J-{j}": partial(rows, 100_000, j) for j in (5, 10, 40, 80)},
    **{f"K-{k}": partial(rows, 100_000, 20, 3, k) for k in (2, 4, 16, 32)},
}
"""Cases by name; each takes quick=True for a tiny version."""


if __name__ == "__main__":
    import argparse

    parser = argparse.ArgumentParser(description="Write one case to a file.")
    parser.add_argument("case", choices=CASES)
    parser.add_argument("file", type=Path)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    CASES[given.case](quick=given.quick).save(given.file)
