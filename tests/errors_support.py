"""What the tests of standard errors share: data of known types row by row, published values, derivatives."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import blocs
import naive

Floats = np.ndarray
Shared = Callable[[str], Path]
FINE = {"gain": 1e-9, "change": 1e-8, "starts": 10, "seed": 1, "jobs": 1}


def published(shared_data: Shared) -> dict[str, Any]:
    numbers = json.loads(shared_data("inference/numbers.json").read_text(encoding="utf-8"))["numbers"]
    return {number["id"]: number for number in numbers}


class Problem:
    """Two types, four items with menus and missing cells, sampling weights and clusters; everything row by row."""

    outcomes = (3, 2, 3, 2)
    offered = ((0, 1, 2), (0, 2), (1, 2))
    mu = (((0.7, 0.2, 0.1), (0.9, 0.1), (0.2, 0.2, 0.6), (0.8, 0.2)),
          ((0.1, 0.3, 0.6), (0.2, 0.8), (0.6, 0.3, 0.1), (0.3, 0.7)))  # fmt: skip

    def __init__(self, seed: int = 3, n: int = 600) -> None:
        rng = np.random.default_rng(seed)
        self.rows: list[list[naive.Answer]] = []
        for _ in range(n):
            k, row = int(rng.random() < 0.4), []
            for j, size in enumerate(self.outcomes):
                menu = self.offered[rng.integers(3)] if j == 2 else tuple(range(size))
                p = np.array([self.mu[k][j][o] for o in menu])
                row.append(None if j and rng.random() < 0.1 else (menu, int(rng.choice(menu, p=p / p.sum()))))
            self.rows.append(row)
        self.cluster, self.weight = rng.integers(25, size=n), rng.uniform(0.3, 3.0, size=n).round(2)
        answers = {f"q{j}": [None if row[j] is None else row[j][1] for row in self.rows] for j in range(4)}
        self.frame = pd.DataFrame(answers).assign(cluster=self.cluster, weight=self.weight)
        self.menus = {"q2": [{0, 1, 2} if row[2] is None else set(row[2][0]) for row in self.rows]}

    def profiles(self, **roles: Any) -> blocs.Profiles:
        return blocs.Profiles.from_table(self.frame, items=["q0", "q1", "q2", "q3"], menus=self.menus, **roles)

    def take(self, rows: Floats) -> Problem:
        """The table in another order, or with copies of rows."""
        other = Problem()
        other.frame = self.frame.iloc[rows].reset_index(drop=True)
        other.menus = {"q2": [self.menus["q2"][i] for i in rows]}
        return other

    def unpack(self, v: Floats) -> tuple[list[float], naive.Mu]:
        """Shares and probabilities of log-odds against the last type or outcome."""

        def softmax(part: Floats) -> list[float]:
            e = np.exp(np.append(part, 0.0))
            return (e / e.sum()).tolist()

        parts = np.split(v[1:], np.cumsum([s - 1 for _ in range(2) for s in self.outcomes])[:-1])
        return softmax(v[:1]), [[softmax(part) for part in parts[:4]], [softmax(part) for part in parts[4:]]]

    def pack(self, fit: blocs.Fit) -> Floats:
        table, shares = fit.table(), fit.shares.tolist()
        out = [math.log(shares[0] / shares[1])]
        for k in (1, 2):
            for j in range(4):
                p = table.query(f"type == {k} and item == 'q{j}'")["probability"].to_numpy()
                out += np.log(p[:-1] / p[-1]).tolist()
        return np.array(out)

    @cached_property
    def cells(self) -> list[tuple[Floats, Floats, Floats]]:
        """For each item the rows that answered, their menus (n, L) and their outcomes."""
        out = []
        for j, size in enumerate(self.outcomes):
            at = np.array([i for i, row in enumerate(self.rows) if row[j] is not None])
            told = [self.rows[i][j] or ((), 0) for i in at]
            menus = np.array([[o in menu for o in range(size)] for menu, _ in told])
            out.append((at, menus, np.array([outcome for _, outcome in told])))
        return out

    def logs(self, v: Floats) -> Floats:
        """(N,) log-likelihood of each row; a test compares it with naive.py."""
        pi, mu = self.unpack(v)
        joint = np.tile(pi, (len(self.rows), 1))
        for k in range(2):
            for j, (at, menus, outcome) in enumerate(self.cells):
                p = np.array(mu[k][j])
                joint[at, k] *= p[outcome] / (menus @ p)
        return np.log(joint.sum(axis=1))

    def probabilities(self, v: Floats) -> Floats:
        pi, mu = self.unpack(v)
        return np.array([*pi, *(p for of_type in mu for item in of_type for p in item)])


def jacobian(function: Callable[[Floats], Floats], at: Floats, step: float = 1e-4) -> Floats:
    """(..., P) central differences of the fourth order."""
    columns = []
    for p in range(len(at)):
        move = step * np.eye(len(at))[p]
        one, two = (function(at + c * move) - function(at - c * move) for c in (1, 2))
        columns.append((8 * one - two) / (12 * step))
    return np.stack(columns, axis=-1)


def with_boundaries() -> blocs.Profiles:
    """Type 2 never gives outcome 2 of q5, and always 1 to q6."""
    rng = np.random.default_rng(0)
    two = rng.random(500) < 0.4
    frame = pd.DataFrame({f"q{j}": rng.binomial(1, np.where(two, 0.9, 0.15)) for j in range(5)})
    frame["q5"] = np.where(two, rng.choice(3, 500, p=[0.5, 0.5, 0]), rng.choice(3, 500, p=[0.1, 0.3, 0.6]))
    frame["q6"] = np.where(two, 1, rng.integers(2, size=500))
    return blocs.Profiles.from_table(frame)
