"""Slow and obvious: mixtures of categorical items with missing cells, menus and weights, in plain loops.

Written from the formulas, not from the package, and sharing nothing with it. Symbols: pi[k]; mu[k][j][l]; an
answer is a pair (menu, outcome), a menu being a tuple of outcome numbers, or None when the item is missing.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

Answer = tuple[tuple[int, ...], int] | None
Row = Sequence[Answer]
Mu = list[list[list[float]]]


def answer_probability(mu_kj: Sequence[float], answer: Answer) -> float:
    """p_kj(S, l) = mu_kjl / sum of mu_kjl' over l' in S; 1 for a missing item."""
    if answer is None:
        return 1.0
    menu, outcome = answer
    assert outcome in menu
    return mu_kj[outcome] / math.fsum(mu_kj[option] for option in menu)


def joint(pi: Sequence[float], mu: Mu, row: Row) -> list[float]:
    """pi_k times the product over items of p_kj."""
    out = []
    for k in range(len(pi)):
        value = pi[k]
        for j, answer in enumerate(row):
            value *= answer_probability(mu[k][j], answer)
        out.append(value)
    return out


def posteriors(pi: Sequence[float], mu: Mu, rows: Sequence[Row]) -> list[list[float]]:
    """zeta_uk."""
    return [[value / math.fsum(values) for value in values] for values in (joint(pi, mu, row) for row in rows)]


def loglik(pi: Sequence[float], mu: Mu, rows: Sequence[Row], weights: Sequence[float]) -> float:
    """L = sum_u n_u log sum_k pi_k prod_j p_kj."""
    return math.fsum(n * math.log(math.fsum(joint(pi, mu, row))) for row, n in zip(rows, weights, strict=True))


def log_joint(pi: Sequence[float], mu: Mu, row: Row) -> list[float]:
    """As `joint`, in logs, for rows of many items."""
    return [
        math.log(pi[k]) + math.fsum(math.log(answer_probability(mu[k][j], a)) for j, a in enumerate(row))
        for k in range(len(pi))
    ]


def expected_choices(
    zeta: Sequence[Sequence[float]], rows: Sequence[Row], weights: Sequence[float], k: int, j: int
) -> dict[tuple[tuple[int, ...], int], float]:
    """Expected number of type k that gave each answer to item j."""
    counts: dict[tuple[tuple[int, ...], int], float] = {}
    for z, row, n in zip(zeta, rows, weights, strict=True):
        answer = row[j]
        if answer is not None:
            counts[answer] = counts.get(answer, 0.0) + n * z[k]
    return counts


def choice_value(mu_kj: Sequence[float], counts: dict[tuple[tuple[int, ...], int], float]) -> float:
    """The part of the expected log-likelihood that mu_kj changes."""
    return math.fsum(c * math.log(answer_probability(mu_kj, answer)) for answer, c in counts.items() if c > 0)


def choice_maximum(
    outcomes: int, counts: dict[tuple[tuple[int, ...], int], float], tolerance: float = 1e-13, steps: int = 3_000
) -> list[float]:
    """Maximise choice_value by minorising steps (Hunter 2004): mu_l = c_l / sum over menus with l of C_S / sum mu."""
    chosen = [math.fsum(c for (_, option), c in counts.items() if option == o) for o in range(outcomes)]
    menus: dict[tuple[int, ...], float] = {}
    for (menu, _), c in counts.items():
        menus[menu] = menus.get(menu, 0.0) + c
    mu = [1.0 / outcomes] * outcomes
    for _ in range(steps):
        new = []
        for o in range(outcomes):
            mine = [(menu, c) for menu, c in menus.items() if o in menu and c > 0]
            bottom = math.fsum(c / math.fsum(mu[option] for option in menu) for menu, c in mine)
            new.append(chosen[o] / bottom if bottom > 0 else mu[o])
        total = math.fsum(new)
        new = [value / total for value in new]
        if max(abs(a - b) for a, b in zip(new, mu, strict=True)) < tolerance:
            return new
        mu = new
    return mu


def em_step(
    pi: Sequence[float], mu: Mu, rows: Sequence[Row], weights: Sequence[float]
) -> tuple[list[float], Mu]:
    """One E-step and one M-step, each to its own maximum."""
    zeta = posteriors(pi, mu, rows)
    n = math.fsum(weights)
    new_pi = [math.fsum(w * z[k] for w, z in zip(weights, zeta, strict=True)) / n for k in range(len(pi))]
    new_mu: Mu = []
    for k in range(len(pi)):
        new_mu.append([])
        for j in range(len(mu[k])):
            counts = expected_choices(zeta, rows, weights, k, j)
            new_mu[k].append(choice_maximum(len(mu[k][j]), counts) if counts else list(mu[k][j]))
    return new_pi, new_mu


def outcome_space(menus: Sequence[tuple[int, ...] | None]) -> Iterator[Row]:
    """Every row that the given menus (one an item, None = missing) allow."""
    options: list[list[Answer]] = [[None] if menu is None else [(menu, o) for o in menu] for menu in menus]
    return (list(row) for row in itertools.product(*options))
