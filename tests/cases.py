"""Small random data sets in two tongues: the package's (a table, menus) and naive's (pairs of menu and outcome)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

import naive
from blocs.model.mixture import Mixture, Params
from blocs.profiles import Profiles


@dataclass(frozen=True)
class Case:
    """A data set of N rows; every outcome has a number below its item's `outcomes`."""

    table: pd.DataFrame
    menus: dict[str, list[set[int]]]
    outcomes: list[int]
    rows: list[list[naive.Answer]]  # missing, off the ballot and one-option menus are all None or probability 1
    weights: list[float]

    def profiles(self, **more: Any) -> Profiles:
        levels = {f"q{j}": range(n) for j, n in enumerate(self.outcomes)}
        return Profiles.from_table(self.table, weights=self.weights, menus=self.menus, levels=levels,
                                   keep_empty=True, **more)  # fmt: skip


def cases(menus: bool | None = None, weights: str = "whole", items: int = 4, rows: int = 14) -> st.SearchStrategy[Case]:
    """Data sets of 1 .. items items with 2 to 4 outcomes; outcome 0 is on every menu, so that menus connect."""
    seeds = st.integers(0, 2**32 - 1)
    return st.builds(
        _case, seeds, st.integers(1, items), st.integers(1, rows), st.just(weights),
        st.booleans() if menus is None else st.just(menus),
    )  # fmt: skip


def _case(seed: int, items: int, rows: int, weights: str, with_menus: bool) -> Case:
    rng = np.random.default_rng(seed)
    outcomes = [int(n) for n in rng.integers(2, 5, items)]
    holes = rng.choice([0.0, 0.3])
    table: dict[str, list[Any]] = {f"q{j}": [] for j in range(items)}
    menus: dict[str, list[set[int]]] = {f"q{j}": [] for j in range(items) if with_menus and rng.random() < 0.7}
    answers: list[list[naive.Answer]] = []
    for _ in range(rows):
        row: list[naive.Answer] = []
        for j, n in enumerate(outcomes):
            name = f"q{j}"
            menu = set(range(n))
            if name in menus:
                menu = {0} | {int(option) for option in range(1, n) if rng.random() < 0.6}
                menus[name].append(menu)
            missing = rng.random() < holes
            chosen = None if missing else int(rng.choice(sorted(menu)))
            table[name].append(chosen)
            row.append(None if chosen is None else (tuple(sorted(menu)), chosen))
        answers.append(row)
    n_u = rng.integers(1, 4, rows).astype(float) if weights == "whole" else rng.uniform(1.0, 3.0, rows)
    frame = pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in table.items()})
    return Case(frame, menus, outcomes, answers, [float(n) for n in n_u])


def random_params(mixture: Mixture, profiles: Profiles, seed: int, starts: int = 1) -> Params:
    """Parameters with unequal shares."""
    rng = np.random.default_rng(seed)
    parts = [mixture.random(profiles, rng) for _ in range(starts)]
    shares = rng.dirichlet(np.full(mixture.types, 2.0), size=starts)
    return Params.of(shares, Params.stack(parts).families)


def in_loops(mixture: Mixture, params: Params, outcomes: list[int], start: int = 0) -> tuple[list[float], naive.Mu]:
    """Parameters of one start as naive wants them: outcomes that were pruned get probability 0."""
    mu: naive.Mu = [[[0.0] * n for n in outcomes] for _ in range(mixture.types)]
    names = {item.name: j for j, item in enumerate(mixture.schema.items)}
    for family, block in zip(mixture.families, params.families, strict=True):
        row = 0
        for item in family.items:
            for outcome in item.outcomes:
                for k in range(mixture.types):
                    mu[k][names[item.name]][int(outcome)] = float(block[row, start, k])
                row += 1
    return [float(p) for p in params.shares[start]], mu


def told(case: Case, mixture: Mixture) -> list[list[naive.Answer]]:
    """The case's rows without the answers that say nothing: those given from a menu of one option."""
    return [[None if a is None or len(a[0]) == 1 else a for a in row] for row in case.rows]
