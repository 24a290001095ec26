"""Whole numbers of percent add up to 100 and are never more than one away from the exact share."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocs.cli.percent import whole_percents
from blocs.cli.show import type_names


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=12).filter(lambda sizes: sum(sizes) > 1e-3))
def test_they_add_up_and_stay_near(sizes: list[float]) -> None:
    shares = np.array(sizes) / sum(sizes)
    whole = whole_percents(shares)
    assert sum(whole) == 100
    assert all(abs(w - 100 * share) < 1 + 1e-6 for w, share in zip(whole, shares, strict=True))
    order = np.argsort(shares, kind="stable")
    assert all(whole[a] <= whole[b] for a, b in pairwise(order) if shares[a] < shares[b] - 1e-9)


@pytest.mark.parametrize(
    ("shares", "whole"),
    [
        ([0.335, 0.335, 0.33], [34, 33, 33]), ([0.506, 0.303, 0.191], [51, 30, 19]), ([0.295, 0.705], [30, 70]),
        ([1.0], [100]), ([0.29, 0.71], [29, 71]), ([0.004, 0.004, 0.992], [1, 0, 99]),
        ([1 / 7] * 7, [15, 15, 14, 14, 14, 14, 14]),
    ],
)  # fmt: skip
def test_largest_remainders(shares: list[float], whole: list[int]) -> None:
    assert whole_percents(shares) == whole


def test_the_names_of_types_add_up() -> None:
    assert type_names([1 / 3] * 3) == ["Type 1 (34 %)", "Type 2 (33 %)", "Type 3 (33 %)"]
