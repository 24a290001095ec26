"""Distinct rows of codes against numpy's, by each way to rank them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocs.profiles import rows
from blocs.profiles.rows import rank, unique_rows


@given(
    count=st.integers(0, 60),
    sizes=st.lists(st.sampled_from([1, 2, 3, 7, 200, 2**16, 2**32 - 1]), min_size=1, max_size=12),
    repeats=st.integers(1, 4),
    at_a_time=st.sampled_from([1, 7, 8_192]),
    seed=st.integers(0, 10_000),
)
def test_unique_rows_are_those_of_numpy(
    count: int, sizes: list[int], repeats: int, at_a_time: int, seed: int
) -> None:
    """Also where the packed key overflows, and where rows are packed in several parts."""
    rng = np.random.default_rng(seed)
    few = np.stack([rng.integers(0, size, count) for size in sizes], axis=1).astype(np.uint32)
    codes = few[rng.integers(0, max(1, count), repeats * count)] if count else few
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "PACKED", at_a_time)
        found, inverse = unique_rows(codes, sizes)
    expected, places = np.unique(codes, axis=0, return_inverse=True)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(inverse, places.ravel())


@given(
    values=st.lists(st.one_of(st.integers(0, 3), st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**62)), max_size=80),
    few=st.booleans(),
)
def test_ranks_of_any_numbers(values: list[int], few: bool) -> None:
    """With and without numbers that leave no place for where they stand; hashed where few of them differ."""
    key = np.array(values * (3 if few else 1), dtype=np.int64)
    distinct, places = np.unique(key, return_inverse=True)
    found, number = rank(key.copy())
    assert number == len(distinct)
    np.testing.assert_array_equal(found, places)
