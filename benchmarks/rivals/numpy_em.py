"""EM in plain numpy, as anyone would write it: logarithms, one gather an item, all rows at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..cases import Case, Start


class Table(NamedTuple):
    """Votes, weights, number of outcomes of each item, K."""

    votes: np.ndarray
    weights: np.ndarray
    outcomes: tuple[int, ...]
    types: int


def missing() -> str | None:
    return None


def version() -> str:
    return np.__version__


def takes(case: Case) -> str | None:
    return "no menus" if case.offered else None if case.values is None else "measured on categories only"


def prepare(case: Case) -> Table:
    return Table(case.votes, case.weights, case.outcomes, case.types)


def iterate(table: Table, start: Start, steps: int) -> Start:
    for _ in range(steps):
        start, _ = _step(table, start)
    return start


def fit(table: Table, starts: int, seed: int, gain: float) -> tuple[Start, list[float] | None]:
    best, ends = None, []
    for i in range(starts):
        rng = np.random.default_rng([seed, i])
        at = Start(
            np.full(table.types, 1 / table.types), [rng.dirichlet(np.ones(n), table.types).T for n in table.outcomes]
        )
        value = -np.inf
        while True:
            following, now = _step(table, at)
            if now - value < gain:
                break
            at, value = following, now
        ends.append(now)
        if best is None or now >= max(ends):
            best = at
    assert best is not None
    return best, ends


def _step(table: Table, at: Start) -> tuple[Start, float]:
    """Return the next parameters and the log-likelihood of these."""
    with np.errstate(divide="ignore"):
        logs = np.log(at.shares)[None, :] + sum(np.log(p)[table.votes[:, j]] for j, p in enumerate(at.probs))
    top = logs.max(axis=1, keepdims=True)
    zeta = np.exp(logs - top)
    total = zeta.sum(axis=1, keepdims=True)
    loglik = float(table.weights @ (top + np.log(total))[:, 0])
    zeta *= table.weights[:, None] / total
    n = zeta.sum(axis=0)
    probs = []
    for j, size in enumerate(table.outcomes):
        counts = np.stack([np.bincount(table.votes[:, j], zeta[:, k], size) for k in range(table.types)], axis=1)
        probs.append(counts / n)
    return Start(n / n.sum(), probs), loglik
