"""Starts: valid, reproducible, the same in any company and for any row order, and never already the answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import blocs
from blocs.core.errors import InputError
from blocs.em import initialization
from blocs.em.initialization import METHODS, DistinctStarts, draw
from blocs.model.mixture import Mixture, Params
from blocs.profiles import Profiles, draws
from cases import Case, cases

methods = pytest.mark.parametrize("method", METHODS)
seeds = st.integers(0, 2**32 - 1)


@methods
@given(case=cases(weights="any"), k=st.integers(1, 5), seed=seeds)
def test_starts_are_valid(method: str, case: Case, k: int, seed: int) -> None:
    """Shares and probabilities are on the simplex, every row is possible, codes on each menu sum to 1."""
    profiles = case.profiles()
    mixture = Mixture.of(profiles.schema, k)
    params = draw(method, mixture, profiles, seed, range(3))
    assert params.shares.shape == (3, k)
    np.testing.assert_allclose(params.shares.sum(axis=1), 1.0)
    table = mixture.table(params)
    assert (table >= 0).all()
    for item, a in zip(profiles.schema.items, profiles.schema.offsets, strict=False):
        np.testing.assert_array_equal(table[a], 1.0)
        for m in range(len(item.menus)):
            codes = [a + c for c, (menu, _) in enumerate(item.codes, 1) if menu == m]
            np.testing.assert_allclose(table[codes].sum(axis=0), 1.0, rtol=1e-12)
    assert np.isfinite(mixture.estep(params, profiles).loglik).all()


@methods
def test_start_number_i_of_a_seed_is_always_the_same(method: str, two_types: pd.DataFrame) -> None:
    data = two_types.drop(columns="kind")
    profiles = Profiles.from_table(data)
    mixture = Mixture.of(profiles.schema, 3)
    five = draw(method, mixture, profiles, 7, range(5)).vector()
    np.testing.assert_array_equal(draw(method, mixture, profiles, 7, range(3, 5)).vector(), five[3:])
    assert len({row.tobytes() for row in five}) == 5
    assert not np.array_equal(draw(method, mixture, profiles, 8, range(1)).vector(), five[:1])
    other = Profiles.from_table(data.iloc[::-1])
    np.testing.assert_array_equal(draw(method, mixture, other, 7, range(5)).vector(), five)


def beginnings(profiles: Profiles, types: int, starts: Params) -> int:
    """Count starts that differ in the probabilities they give the rows; the order of the types does not matter."""
    mixture = Mixture.of(profiles.schema, types)
    each = [mixture.estep(starts.take(slice(s, s + 1)), profiles) for s in range(starts.starts)]
    steps = [mixture.mstep(starts.take(slice(s, s + 1)), e) for s, e in enumerate(each)]
    values = np.array([np.append(e.loglik, np.sort(step.shares[0])) for e, step in zip(each, steps, strict=True)])
    return sum(bool((np.abs(values[:s] - value).max(axis=1) > 1e-6).all()) for s, value in enumerate(values))


@methods
@pytest.mark.parametrize("rows", ["two", "sixteen", "numbers"])
def test_no_two_starts_begin_at_the_same_values(method: str, rows: str) -> None:
    """Also where few centres can be drawn; two starts that begin alike are no two that found one optimum."""
    rng = np.random.default_rng(4)
    tied = blocs.Gaussian(["x"], "tied")
    tables = {
        "two": Profiles.from_table({"a": [0] * 7 + [1] * 5, "b": [0] * 7 + [1] * 5}),
        "sixteen": Profiles.from_table({f"q{j}": rng.integers(0, 2, 200) for j in range(4)}),
        "numbers": Profiles.from_table({"x": [1.0, 2.0, 2.5, 7.0]}, items=[], kinds={"g": tied}),
    }
    profiles = tables[rows]
    mixture = Mixture.of(profiles.schema, 2)
    starts = DistinctStarts(method, mixture, profiles, 3)
    twenty = starts(range(20))
    assert beginnings(profiles, 2, twenty) == 20
    alike = beginnings(profiles, 2, draw(method, mixture, profiles, 3, range(20)))
    assert alike < 20 or method in ("posteriors", "probabilities", "hard") or (method, rows) == ("mixed", "sixteen")
    other = DistinctStarts(method, mixture, profiles, 3)
    np.testing.assert_array_equal(other(range(12, 15)).vector(), twenty.vector()[12:15])
    np.testing.assert_array_equal(other(range(2)).vector(), twenty.vector()[:2])


def test_starts_that_begin_apart_are_as_they_were_drawn(two_types: pd.DataFrame) -> None:
    profiles = Profiles.from_table(two_types.drop(columns="kind"))
    mixture = Mixture.of(profiles.schema, 3)
    drawn = draw("probabilities", mixture, profiles, 5, range(8)).vector()
    np.testing.assert_array_equal(DistinctStarts("probabilities", mixture, profiles, 5)(range(8)).vector(), drawn)


@methods
@pytest.mark.parametrize("types", [1, 3, 9])
def test_starts_drawn_together_have_the_bits_of_each_alone(
    method: str, types: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where some are drawn again, as three answers of few rows are."""
    rng = np.random.default_rng(6)
    answers = {f"q{j}": rng.choice([0, 1, 2, np.nan], 40) for j in range(3)}
    menus = {"q0": [{0.0, 1.0, 2.0} if answer == 2 else {0.0, 1.0} for answer in answers["q0"]]}
    profiles = Profiles.from_table(answers, menus=menus, design_weights=rng.random(40))
    mixture = Mixture.of(profiles.schema, types)
    together = DistinctStarts(method, mixture, profiles, 2)(range(30)).vector()
    in_parts = DistinctStarts(method, mixture, profiles, 2)
    for upto in (4, 9, 10, 30):
        in_parts(range(upto))
    monkeypatch.setattr(initialization, "TOGETHER", 1)
    np.testing.assert_array_equal(DistinctStarts(method, mixture, profiles, 2)(range(30)).vector(), together)
    np.testing.assert_array_equal(in_parts(range(30)).vector(), together)


@pytest.mark.parametrize("at_a_time", [7, 1_000])
def test_draws_fall_where_they_do_in_one_distribution(at_a_time: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draws, "ROWS_AT_A_TIME", at_a_time)
    rng = np.random.default_rng(7)
    probability, uniform = rng.random((5, 30)) * (rng.random((5, 30)) < 0.6), rng.random((5, 40))
    each = [draws.drawn_places(own, of_row) for own, of_row in zip(probability, uniform, strict=True)]
    np.testing.assert_array_equal(draws.drawn_in_each(probability, uniform), each)


@methods
def test_start_is_not_yet_the_answer(method: str, two_types: pd.DataFrame) -> None:
    """Far from the truth and its likelihood: tests of recovery would otherwise prove nothing."""
    profiles = Profiles.from_table(two_types.drop(columns="kind"))
    mixture = Mixture.of(profiles.schema, 2)
    params = draw(method, mixture, profiles, 1, range(4))
    start = mixture.estep(params, profiles).loglik
    for _ in range(200):
        params = mixture.mstep(params, mixture.estep(params, profiles))
    end = mixture.estep(params, profiles).loglik
    assert (end - start > 5).all()
    assert np.ptp(end) < 1e-3 * abs(end[0])


@methods
def test_starts_know_design_weights(method: str) -> None:
    """Rows of weight 1e-9 beside rows of weight 1 hardly move a start by assignment."""
    votes = [0] * 50 + [1] * 50
    weights = [1.0] * 50 + [1e-9] * 50
    profiles = Profiles.from_table({"a": votes, "b": votes}, design_weights=weights)
    mixture = Mixture.of(profiles.schema, 1)
    start = draw(method, mixture, profiles, 1, range(1))
    if method in ("modes", "posteriors", "hard"):
        np.testing.assert_allclose(start.families[0][[0, 2], 0, 0], 1.0, atol=1e-6)
    assert np.isfinite(mixture.estep(start, profiles).loglik).all()


def test_unknown_method() -> None:
    profiles = Profiles.from_table({"a": [0, 1]})
    with pytest.raises(InputError) as error:
        draw("mode", Mixture.of(profiles.schema, 2), profiles, 1, range(1))
    names = ", ".join(map(repr, METHODS))
    assert str(error.value) == (
        f"method: there is no start method 'mode'. The methods are {names}. Nearest match: modes."
    )
