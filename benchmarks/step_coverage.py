"""How often intervals of two and three steps cover the truth: `python -m benchmarks.studies steps --n 1000 --sets 500`.

Three types of six items, whose shares depend on x; y is an outcome with a mean by type. Sampling weights w say nothing
of the types; v rise with x, by which they say much.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pandas as pd

import blocs

__all__ = ["steps"]

COEFFICIENTS = np.array([[0.0, -0.8], [-0.3, -1.6]])
"""Intercept and slope of types 2 and 3 against type 1."""
CHANCES = np.array([[0.8] * 3 + [0.2] * 3, [0.8] * 6, [0.2] * 6])
"""(types, items) probability of "1"."""
MEANS = np.array([2.0, 1.0, 3.0])
ITEMS = [f"q{j}" for j in range(CHANCES.shape[1])]
WAYS = [("two_step", None), *((method, way) for method in ("ml", "bch") for way in ("modal", "proportional"))]
"""Methods, and how observations are assigned to types."""


def drawn(n: int, seed: int) -> pd.DataFrame:
    """Return n observations: items, x, y and weights w and v."""
    rng = np.random.default_rng([n, seed])
    x = rng.normal(size=n).round(2)
    eta = np.column_stack([np.zeros(n), COEFFICIENTS[:, 0] + x[:, None] * COEFFICIENTS[:, 1]])
    p = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    kind = (rng.random(n)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    answers = (rng.random((n, len(ITEMS))) < CHANCES[kind]).astype(int)
    table = pd.DataFrame(answers, columns=ITEMS)
    table = table.assign(x=x, y=rng.normal(MEANS[kind], 1).round(2), w=rng.uniform(0.3, 3.0, n).round(2))
    return table.assign(v=np.exp(0.5 * x).round(2))


def steps(n: int, seed: int, replicates: int) -> Iterator[tuple[str, str, float]]:
    """Yield method and errors, what the interval is of, and whether it has the truth, with weights and without."""
    table = drawn(n, seed)
    for weights in (None, "w", "v"):
        how = {} if weights is None else {"design_weights": weights}
        suffix = "" if weights is None else f", {weights}"
        profiles = blocs.Profiles.from_table(table, items=ITEMS, groups="x", outcomes="y", **how)
        fit = blocs.fit(profiles, 3, starts=4, seed=seed, jobs=1)
        p = fit.table().query("outcome == 1")["probability"].to_numpy().reshape(3, len(ITEMS))
        order = min(permutations(range(3)), key=lambda own: ((p[list(own)] - CHANCES) ** 2).sum())
        for errors in ("corrected", "uncorrected"):
            for method, way in WAYS:
                name = method if way is None else f"{method} {way}"
                found = blocs.regress(fit, profiles, "~ x", method, assignment=way, errors=errors, kind="robust")
                rows = found.coefficients(reference=order[0] + 1).set_index(["type", "term"])
                for k, (term, q) in ((k, of) for k in (1, 2) for of in (("intercept", 0), ("x", 1))):
                    row = rows.loc[(order[k] + 1, term)]
                    inside = float(row["low"] <= COEFFICIENTS[k - 1, q] <= row["high"])
                    yield name + suffix, f"{term}, {errors}", inside
            means = blocs.distal(fit, profiles, "y", errors=errors).table().set_index("type")
            for k in range(3):
                row = means.loc[order[k] + 1]
                yield "bch modal" + suffix, f"mean, {errors}", float(row["low"] <= MEANS[k] <= row["high"])
