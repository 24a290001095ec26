"""Fit: the labelled answer — its questions, its way to a file and back, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import blocs
from blocs.errors import InputError, MismatchError


def voters(seed: int = 1, n: int = 900) -> dict[str, list[Any]]:
    """Two types, four items of outcomes x, y, z."""
    rng = np.random.default_rng(seed)
    kind = rng.random(n) < 0.4
    return {
        f"q{j}": np.where(rng.random(n) < np.where(kind, 0.9, 0.15), "x", np.where(rng.random(n) < 0.3 + 0.1 * j, "y", "z"))
        .astype(object).tolist()
        for j in range(4)
    }  # fmt: skip


TABLE = voters()
PROFILES = blocs.Profiles.from_table(TABLE)
FIT = blocs.fit(PROFILES, 2, starts=4, seed=1)


def by_hand(fit: blocs.Fit, answers: dict[str, Any], menus: dict[str, set[Any]] | None = None) -> list[float]:
    """The posterior of one row, by Bayes' rule from the printed table."""
    table = fit.table().set_index(["type", "item", "outcome"])["probability"]
    joint = []
    for k, share in fit.shares.items():
        p = share
        for item, answer in answers.items():
            if answer is not None:
                offered = (menus or {}).get(item, {"x", "y", "z"})
                p *= table[k, item, answer] / sum(table[k, item, option] for option in offered)
        joint.append(p)
    return [p / sum(joint) for p in joint]


@given(seed=st.integers(0, 2**32 - 1))
def test_posteriors_belong_to_their_rows_whatever_the_order_of_items_outcomes_and_rows(seed: int) -> None:
    """The data are the same; only their coding differs, so that their profiles stand in another order."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(TABLE["q0"]))[:200]
    items = [f"q{j}" for j in rng.permutation(4)]
    frame = pd.DataFrame({item: [TABLE[item][i] for i in rows] for item in items}, index=rows)
    levels = {item: rng.permutation(["x", "y", "z"]).tolist() for item in items}
    weights = rng.integers(0, 3, len(rows))
    other = blocs.Profiles.from_table(frame, weights=weights, levels=levels)
    plain = blocs.Profiles.from_table(pd.DataFrame(TABLE).iloc[rows], weights=weights)
    zeta = FIT.posterior(other)
    pd.testing.assert_frame_equal(zeta, FIT.posterior(plain), rtol=1e-12)
    assert FIT.score(other) == pytest.approx(FIT.score(plain), rel=1e-12)
    some = int(np.flatnonzero(weights)[0])
    assert zeta.iloc[some].tolist() == pytest.approx(by_hand(FIT, frame.iloc[some].to_dict()))
    assert zeta.index.tolist() == rows.tolist()
    assert zeta.isna().all(axis=1).tolist() == (weights == 0).tolist()
