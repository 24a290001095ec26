"""Assignment one to one by the smallest sum, beside all ways there are; and draws beside those of places."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocs.core.assignment import assigned
from blocs.profiles.draws import drawn_places, drawn_times


@given(rows=st.integers(1, 5), columns=st.integers(1, 5), seed=st.integers(0, 10_000), whole=st.booleans())
def test_the_sum_is_that_of_the_best_of_all_ways(rows: int, columns: int, seed: int, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    cost = rng.integers(-2, 4, (rows, columns)).astype(float) if whole else rng.normal(size=(rows, columns))
    pairs, wide = assigned(cost), cost if rows <= columns else cost.T
    best = min(
        sum(wide[row, column] for row, column in enumerate(chosen))
        for chosen in permutations(range(wide.shape[1]), len(wide))
    )
    assert sum(cost[pair] for pair in pairs) == pytest.approx(best)
    assert pairs == sorted(pairs)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == min(rows, columns)


@given(rows=st.integers(1, 30), size=st.integers(1, 50), samples=st.integers(1, 4), seed=st.integers(0, 10_000))
def test_places_are_drawn_as_often_as_their_draws_are_at_them(rows: int, size: int, samples: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    probability, draws = rng.integers(0, 5, rows) + 1.0 * (rng.random() < 0.5), rng.random((size, samples))
    probability[rng.integers(rows)] += 1.0
    each = [np.bincount(drawn_places(probability, own), minlength=rows) for own in draws.T]
    np.testing.assert_array_equal(drawn_times(probability, draws), np.array(each).T)
