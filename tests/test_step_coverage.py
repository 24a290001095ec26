"""A study: how often intervals of two and three steps cover the truth, with and without sampling weights."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.profiles import Profiles

COEFFICIENTS = np.array([[0.0, -0.8], [-0.3, -1.6]])
"""Intercept and slope of types 2 and 3 against type 1."""
CHANCES = np.array([[0.8] * 3 + [0.2] * 3, [0.8] * 6, [0.2] * 6])
MEANS = np.array([2.0, 1.0, 3.0])
METHODS = ("two_step", "ml", "bch")


def sample(seed: int, n: int = 1000) -> pd.DataFrame:
    """Three types of six items; x and the weight do not depend on the type beyond that."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n).round(2)
    eta = np.column_stack([np.zeros(n), COEFFICIENTS[:, 0] + x[:, None] * COEFFICIENTS[:, 1]])
    p = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    kind = (rng.random(n)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    answers = (rng.random((n, 6)) < CHANCES[kind]).astype(int)
    table = pd.DataFrame({f"q{j}": answers[:, j] for j in range(6)})
    return table.assign(x=x, y=rng.normal(MEANS[kind], 1).round(2), w=rng.uniform(0.3, 3.0, n).round(2))


def intervals(seed: int, weighted: bool) -> dict[tuple[str, str, str], bool]:
    """Whether each interval covers the truth: by method, errors, and what is estimated."""
    how = {"design_weights": "w"} if weighted else {}
    table = sample(seed)
    profiles = Profiles.from_table(table, items=[f"q{j}" for j in range(6)], groups="x", outcomes="y", **how)
    fit = blocs.fit(profiles, 3, starts=4, seed=seed, jobs=1)
    p = fit.table().query("outcome == 1")["probability"].to_numpy().reshape(3, 6)
    order = min(permutations(range(3)), key=lambda own: ((p[list(own)] - CHANCES) ** 2).sum())
    out = {}
    for errors in ("corrected", "uncorrected"):
        for method in METHODS:
            found = blocs.regress(fit, profiles, "~ x", method, errors=errors, kind="robust")
            rows = found.coefficients(reference=order[0] + 1).set_index(["type", "term"])
            for k in (1, 2):
                for q, term in enumerate(("intercept", "x")):
                    row = rows.loc[(order[k] + 1, term)]
                    out[method, errors, f"{term} {k + 1}"] = row["low"] <= COEFFICIENTS[k - 1, q] <= row["high"]
        means = blocs.distal(fit, profiles, "y", errors=errors).table().set_index("type")
        for k in range(3):
            row = means.loc[order[k] + 1]
            out["bch", errors, f"mean {k + 1}"] = row["low"] <= MEANS[k] <= row["high"]
    return out


def coverage(number: int, weighted: bool) -> pd.Series[float]:
    """The share of data sets whose interval covers the truth."""
    return pd.DataFrame([intervals(seed, weighted) for seed in range(number)]).mean()


@pytest.mark.study
@pytest.mark.parametrize("weighted", [False, True])
def test_corrected_intervals_cover_the_truth(weighted: bool) -> None:
    """500 data sets of 1,000; uncorrected intervals of intercepts are too short."""
    covered = coverage(500, weighted)
    corrected = covered.xs("corrected", level=1)
    assert ((corrected > 0.91) & (corrected < 0.99)).all(), covered
    for what in ("intercept", "x", "mean"):
        of = corrected[corrected.index.get_level_values(1).str.startswith(what)]
        assert 0.925 < of.mean() < 0.985, covered
    uncorrected = covered.xs("uncorrected", level=1)
    assert (uncorrected[uncorrected.index.get_level_values(1).str.startswith("intercept")] < 0.92).all(), covered
