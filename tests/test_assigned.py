"""Assignment one to one by the smallest sum, beside all ways there are; and draws beside those of places."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocs.core.assignment import assigned
from blocs.profiles.draws import drawn_places, drawn_times, ordered_draws


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
    probability, draws = rng.integers(0, 5, rows) + 1.0 * (rng.random() < 0.5), ordered_draws(rng, samples, size)
    probability[rng.integers(rows)] += 1.0
    each = [np.bincount(drawn_places(probability, own), minlength=rows) for own in draws]
    np.testing.assert_array_equal(drawn_times(probability, draws), np.array(each).T)


def test_ordered_draws_rise_and_are_those_of_uniform_numbers() -> None:
    draws = ordered_draws(np.random.default_rng(1), 4_000, 5)
    assert (np.diff(draws, axis=1) > 0).all()
    assert (draws >= 0).all()
    assert (draws < 1).all()
    rank = np.arange(1, 6)  # the i-th of n ordered uniform numbers is Beta(i, n + 1 - i)
    np.testing.assert_allclose(draws.mean(axis=0), rank / 6, atol=4 * np.sqrt(1 / 28 / 4_000))
    np.testing.assert_allclose(draws.var(axis=0), rank * (6 - rank) / (36 * 7), rtol=0.1)
