"""Goodness of fit and residuals: published values, enumeration of all cells, and counts drawn from a fit."""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from scipy.stats import chi2

import blocs
import naive
from blocs.core.errors import InputError, MismatchError, UnsupportedError
from blocs.inference.bivariate import _x2
from blocs.inference.fitted_rows import FittedRows
from blocs.inference.goodness import _statistics
from blocs.inference.parametric_bootstrap import bootstrap_p
from blocs.inference.simulated_counts import simulated_counts
from blocs.model.mixture import Mixture
from cases import Case, cases, in_loops, random_params, told

ITEMS = {"values": ["A", "B", "C", "D"], "cheating": ["LIEEXAM", "LIEPAPER", "FRAUD", "COPYEXAM"]}
FINE = {"starts": 10, "seed": 1, "gain": 1e-9, "change": 1e-8, "jobs": 1}


@pytest.fixture(scope="module")
def numbers() -> dict[str, Any]:
    path = Path(__file__).resolve().parents[2] / "shared" / "data" / "inference" / "numbers.json"
    if not path.exists():
        pytest.skip("needs ../shared/data/inference/numbers.json, which is not here")
    return {one["id"]: one["value"] for one in json.loads(path.read_text())["numbers"]}


def published(name: str, shared_data: Callable[[str], Path]) -> tuple[blocs.Profiles, blocs.Fit]:
    profiles = blocs.Profiles.from_table(pd.read_csv(shared_data(f"lca/{name}.csv")), items=ITEMS[name])
    return profiles, blocs.fit(profiles, 2, **FINE)


@pytest.mark.parametrize("name", ITEMS)
def test_published_values(name: str, numbers: dict[str, Any], shared_data: Callable[[str], Path]) -> None:
    profiles, fit = published(name, shared_data)
    whole, expected = blocs.goodness_of_fit(fit, profiles), numbers[f"{name}_K2.fit"]
    found = {"G2": whole.g2, "X2": whole.x2, "FT": whole.freeman_tukey, "CR_2_3": whole.cressie_read,
             "dissimilarity": whole.dissimilarity, "entropy_fitted_table_poLCA": whole.entropy}  # fmt: skip
    for key, value in found.items():
        assert value == pytest.approx(expected[key], abs=1e-6 if key[0] in "de" else 2e-3), key
    assert (whole.df, whole.df_polca) == (expected["df_cells"], expected["df_poLCA"])
    assert whole.p == pytest.approx(chi2.sf(expected["G2"], expected["df_cells"]), abs=1e-4)
    pairs = blocs.bivariate_residuals(fit, profiles).set_index(["item_a", "item_b"])
    assert len(pairs) == 6
    for a, b, x2, df, bvr in numbers[f"{name}_K2.bvr"]:
        row = pairs.loc[(a, b)]
        assert (row["x2"], row["df"], row["bvr"]) == pytest.approx((x2, df, bvr), abs=2e-3)
    assert pairs["bvr"].is_monotonic_decreasing
    assert pairs["p"].isna().all()


def all_cells(case: Case, mixture: Mixture, params: Any) -> list[tuple[float, float]]:
    """Observed and expected number of every possible row of every pattern of menus, in loops."""
    pi, mu = in_loops(mixture, params, case.outcomes)
    observed: dict[tuple[Any, ...], float] = Counter()
    totals: dict[tuple[Any, ...], float] = Counter()
    for row, n in zip(told(case, mixture), case.weights, strict=True):
        menus = tuple(None if answer is None else answer[0] for answer in row)
        observed[menus, tuple(row)] += n
        totals[menus] += n
    cells = []
    for menus, n in totals.items():
        for row in naive.outcome_space(menus):
            cells.append((observed.get((menus, tuple(row)), 0.0), n * math.fsum(naive.joint(pi, mu, row))))
    return cells


@given(case=cases(items=3))
def test_statistics_are_those_of_all_cells(case: Case) -> None:
    profiles = case.profiles()
    mixture = Mixture.of(profiles.schema, 2)
    params = random_params(mixture, profiles, 1)
    rows = FittedRows(mixture, params, profiles)
    g2, x2, ft, cr, apart, empty = _statistics(rows).tolist()
    # outcomes that were left out as nobody chose them against another are impossible here, too
    cells = [(o, e) for o, e in all_cells(case, mixture, params) if e > 0]
    assert g2 == pytest.approx(2 * math.fsum(o * math.log(o / e) for o, e in cells if o > 0), abs=1e-8)
    assert x2 == pytest.approx(math.fsum((o - e) ** 2 / e for o, e in cells), rel=1e-8, abs=1e-8)
    assert ft == pytest.approx(4 * math.fsum((o**0.5 - e**0.5) ** 2 for o, e in cells), rel=1e-8, abs=1e-8)
    assert cr == pytest.approx(1.8 * math.fsum(o * ((o / e) ** (2 / 3) - 1) for o, e in cells if o > 0), abs=1e-8)
    assert apart == pytest.approx(math.fsum(abs(o - e) for o, e in cells) / (2 * profiles.n), abs=1e-9)
    assert empty == pytest.approx(math.fsum(e for o, e in cells if o == 0), abs=1e-8)


def naive_x2(case: Case, mixture: Mixture, params: Any, a: int, b: int) -> float:
    """The two-way table of outcomes in loops: sums of posteriors of the rows that answered both."""
    pi, mu = in_loops(mixture, params, case.outcomes)
    rows = told(case, mixture)
    observed: dict[tuple[int, int], float] = Counter()
    expected: dict[tuple[int, int], float] = Counter()
    for row, zeta, n in zip(rows, naive.posteriors(pi, mu, rows), case.weights, strict=True):
        if row[a] is None or row[b] is None:
            continue
        observed[row[a][1], row[b][1]] += n
        for left, right in itertools.product(row[a][0], row[b][0]):
            for k in range(len(pi)):
                p = naive.answer_probability(mu[k][a], (row[a][0], left))
                expected[left, right] += n * zeta[k] * p * naive.answer_probability(mu[k][b], (row[b][0], right))
    return math.fsum((observed.get(cell, 0.0) - e) ** 2 / e for cell, e in expected.items() if e > 0)


@given(case=cases(items=4))
def test_bivariate_residuals_are_those_of_loops(case: Case) -> None:
    profiles = case.profiles()
    mixture = Mixture.of(profiles.schema, 2)
    params = random_params(mixture, profiles, 2)
    place = {item.name: int(item.name[1:]) for item in profiles.schema.items}
    names = [place[name] for name in profiles.schema.names]
    pairs = list(itertools.combinations(range(len(names)), 2))
    found = _x2(FittedRows(mixture, params, profiles), pairs)
    expected = [naive_x2(case, mixture, params, names[a], names[b]) for a, b in pairs]
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)


MENUS = {"house": ("stood", {"both": {"D", "R", "none"}, "one": {"D", "none"}})}


def county(n: int = 600, seed: int = 0) -> pd.DataFrame:
    """Three offices, one of them without a Republican in half of the districts, some ballots without the last."""
    rng = np.random.default_rng(seed)
    kind = rng.random(n) < 0.6
    chances = np.where(kind[:, None], [0.7, 0.2, 0.1], [0.2, 0.5, 0.3])
    drawn = {name: np.array(["D", "R", "none"])[(rng.random(n)[:, None] > chances.cumsum(axis=1)).sum(axis=1)]
             for name in ("senate", "house", "judge")}  # fmt: skip
    table = pd.DataFrame(drawn).assign(stood=np.where(rng.random(n) < 0.5, "both", "one"))
    lone = (table["stood"] == "one") & (table["house"] == "R")
    table.loc[lone, "house"] = "D"
    table["judge"] = table["judge"].where(rng.random(n) > 0.2, None)
    return table


@pytest.fixture(scope="module")
def profiles() -> blocs.Profiles:
    return blocs.Profiles.from_table(county(), items=["senate", "house", "judge"], menus=MENUS)


@pytest.fixture(scope="module")
def fit(profiles: blocs.Profiles) -> blocs.Fit:
    return blocs.fit(profiles, 2, starts=5, seed=1, jobs=1)


def test_degrees_of_freedom_are_those_of_every_pattern(profiles: blocs.Profiles, fit: blocs.Fit) -> None:
    whole = blocs.goodness_of_fit(fit, profiles)
    cells = [3 * 3 * 3, 3 * 3, 3 * 2 * 3, 3 * 2]  # both or one stood; the judge on the ballot or not
    assert (whole.patterns, whole.cells, whole.missing) == (4, sum(cells), True)
    assert whole.df == sum(cells) - 4 - fit.n_parameters
    assert fit.n_parameters == 1 + 2 * 6
    assert whole.observed_cells == len(profiles)
    assert whole.notes == ("The hypothesis includes that items are missing completely at random.",)
    sparse = blocs.Profiles.from_table(county(60), items=["senate", "house", "judge"], menus=MENUS)
    assert blocs.goodness_of_fit(blocs.fit(sparse, 1), sparse).notes[0] == (
        "The table is sparse, 1 observations a cell: the chi-square p-values mean little. Use those of the bootstrap."
    )


def test_a_saturated_model_fits_and_has_no_p_value() -> None:
    profiles = blocs.Profiles.from_table({"a": [0, 1, 1, 1]})
    whole = blocs.goodness_of_fit(blocs.fit(profiles, 1), profiles)
    assert (whole.g2, whole.x2) == pytest.approx((0, 0), abs=1e-12)
    assert (whole.df, whole.p, whole.p_x2) == (0, None, None)
    assert str(whole) == (
        "Goodness of fit\n"
        "  G2                  0.0000\n"
        "  X2                  0.0000\n"
        "  degrees of freedom  0 (as poLCA counts: 0)\n"
        "  cells               2 in 1 pattern of menus and missing items, 2 observed\n"
        "  expected in others  0.00 % of 4 observations\n"
        "  dissimilarity       0.00 %\n"
        "  note                There are no degrees of freedom: the model has as many parameters as the table has free "
        "cells, or more."
    )


def test_a_table_of_more_cells_than_a_float_can_count_has_a_p_value() -> None:
    rng = np.random.default_rng(2)
    table = {f"q{j}": rng.integers(0, 4, 60) for j in range(40)}
    profiles = blocs.Profiles.from_table(table)
    found = blocs.goodness_of_fit(blocs.fit(profiles, 1), profiles)
    assert found.df == 4**40 - 1 - 120
    assert found.p == 1.0 and found.p_x2 is not None


def test_poLCA_counts_no_more_free_cells_than_observations() -> None:
    rng = np.random.default_rng(1)
    profiles = blocs.Profiles.from_table(pd.DataFrame(rng.integers(2, size=(20, 7)), columns=list("abcdefg")))
    whole = blocs.goodness_of_fit(blocs.fit(profiles, 1), profiles)
    assert (whole.df, whole.df_polca) == (127 - 7, 20 - 7)


def test_a_row_that_the_model_calls_impossible_gives_infinity_and_no_warning() -> None:
    profiles = blocs.Profiles.from_table({"a": [0, 0, 1, 1], "b": [0, 0, 1, 1], "n": [5, 1, 5, 2]}, weights="n")
    mixture = Mixture.of(profiles.schema, 1)
    params = blocs.given(profiles, [1.0], {"a": {0: [1.0], 1: [0.0]}, "b": {0: [0.5], 1: [0.5]}})
    rows = FittedRows(mixture, params, profiles)
    assert _statistics(rows)[:2].tolist() == [math.inf, math.inf]
    assert _x2(rows, [(0, 1)]).tolist() == [math.inf]
    assert _statistics(rows)[5] == pytest.approx(6.5)  # cell (0, 1), which does not occur


def test_draws_have_the_patterns_of_the_data_and_the_probabilities_of_the_model(
    profiles: blocs.Profiles, fit: blocs.Fit
) -> None:
    rows = FittedRows(fit.mixture, fit.params, profiles)
    rng = np.random.default_rng(5)
    draws = [simulated_counts(fit.mixture, fit.params, rows.patterns, rng) for _ in range(400)]
    for drawn in draws[:3]:
        again = FittedRows(fit.mixture, fit.params, drawn).patterns
        assert again.menus.tolist() == rows.patterns.menus.tolist()
        assert again.n.tolist() == rows.patterns.n.tolist()
    together = blocs.concat(draws)
    sums = FittedRows(fit.mixture.bind(together.schema), fit.params, together)
    expected = np.exp(sums.log_expected)
    assert expected.sum() == pytest.approx(400 * profiles.n, rel=1e-6)  # every possible cell occurs
    g2 = _statistics(sums)[0]
    df = 60 - 4
    assert len(together) == 60
    assert chi2.sf(g2, df) > 0.001


def test_the_bootstrap_is_the_same_for_a_seed_and_any_order_of_the_rows(
    profiles: blocs.Profiles, fit: blocs.Fit
) -> None:
    table = county()
    turned = blocs.Profiles.from_table(table.iloc[::-1], items=["senate", "house", "judge"], menus=MENUS)
    again = blocs.fit(turned, 2, starts=5, seed=1, jobs=1)
    one, other = (blocs.goodness_of_fit(f, p, 19, seed=3) for f, p in ((fit, profiles), (again, turned)))
    assert one == other
    assert one.bootstrap_p is not None
    assert one.bootstrap_p * 20 == pytest.approx(round(one.bootstrap_p * 20))
    assert one != blocs.goodness_of_fit(fit, profiles, 19, seed=4)
    pairs = blocs.bivariate_residuals(fit, profiles, 19, seed=3)
    assert pairs.equals(blocs.bivariate_residuals(again, turned, 19, seed=3))
    assert pairs["p"].between(1 / 20, 1).all()
    assert "(bootstrap of 19)" in str(one)
    assert one.to_dict()["bootstrap_p_x2"] == one.bootstrap_p_x2


def test_p_values_count_replicates_that_are_as_large() -> None:
    assert bootstrap_p(np.array([2.0, 5.0]), np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])).tolist() == [3 / 4, 1 / 4]


def test_a_bootstrap_rejects_types_that_are_too_few() -> None:
    rng = np.random.default_rng(2)
    kind = rng.random(400) < 0.5
    table = pd.DataFrame({f"q{j}": rng.random(400) < np.where(kind, 0.9, 0.1) for j in range(4)})
    profiles = blocs.Profiles.from_table(table)
    one, two = blocs.fit(profiles, 1), blocs.fit(profiles, 2, starts=3)
    assert blocs.goodness_of_fit(one, profiles, 39).bootstrap_p == 1 / 40
    assert blocs.goodness_of_fit(two, profiles, 39).bootstrap_p > 0.05
    assert (blocs.bivariate_residuals(one, profiles, 39)["p"] == 1 / 40).all()


def test_residuals_are_the_most_common_rows(profiles: blocs.Profiles, fit: blocs.Fit) -> None:
    table = county()
    rows = blocs.residuals(fit, profiles, top=12)
    assert rows.columns.tolist() == ["senate", "house", "judge", "menus", "observed", "expected", "standardised"]
    assert rows["observed"].is_monotonic_decreasing
    counts = table.fillna("-").value_counts()
    assert rows["observed"].tolist() == counts.tolist()[:12]
    for row in rows.to_dict("records"):
        lone = row["menus"] == "house: D|none"
        assert row["menus"] in ("", "house: D|none")
        assert row["observed"] == counts[row["senate"], row["house"], row["judge"] or "-", "one" if lone else "both"]
    shares, mu = fit.params.shares[0], fit.table().set_index(["item", "outcome", "type"])["probability"]
    first = rows[(rows["menus"] == "house: D|none") & rows["judge"].notna()].iloc[0]
    f = 0.0
    for k in (1, 2):
        p = shares[k - 1]
        for item in ("senate", "house", "judge"):
            p *= mu[item, first[item], k]
        f += p / (mu["house", "D", k] + mu["house", "none", k])
    n = ((table["stood"] == "one") & table["judge"].notna()).sum()
    assert first["expected"] == pytest.approx(n * f)
    assert first["standardised"] == pytest.approx((first["observed"] - n * f) / math.sqrt(n * f))


def test_an_item_called_like_a_column_of_the_residuals_keeps_its_values() -> None:
    profiles = blocs.Profiles.from_table({"observed": [0, 0, 1], "b": [1, 1, 0]})
    rows = blocs.residuals(blocs.fit(profiles, 1), profiles)
    assert rows.columns.tolist() == ["observed_item", "b", "menus", "observed", "expected", "standardised"]
    assert rows["observed_item"].tolist() == [0, 1]


def test_a_prior_is_said(profiles: blocs.Profiles) -> None:
    fit = blocs.fit(profiles, 2, starts=3, prior=1.0)
    whole = blocs.goodness_of_fit(fit, profiles, 9)
    assert "The fit has a prior: the chi-square p-values do not hold." in whole.notes
    assert whole.bootstrap_p > 0.1  # replicates are fitted with it, too


def refused(question: Callable[[], object]) -> str:
    with pytest.raises((InputError, UnsupportedError, MismatchError)) as caught:
        question()
    return str(caught.value)


def test_what_is_no_fit_is_refused(profiles: blocs.Profiles) -> None:
    by_group = blocs.fit_by_group(blocs.Profiles.from_table(county(), groups="stood"), 1, "stood")
    for question in (blocs.goodness_of_fit, blocs.bivariate_residuals, blocs.residuals, blocs.menu_shares_test):
        assert refused(lambda question=question: question(by_group, profiles)) == (
            "fit: it is a FitsByGroup. One Fit is needed, as blocs.fit and blocs.load return it. Ask of each of its "
            "`fits` with the profiles of its group."
        )
    assert refused(lambda: blocs.match(by_group.first, profiles)) == (
        "other: it is a Profiles. One Fit is needed, as blocs.fit and blocs.load return it."
    )
    assert refused(lambda: blocs.stability([by_group.first, None])) == (
        "fits: it is a NoneType. One Fit is needed, as blocs.fit and blocs.load return it."
    )
    assert refused(lambda: blocs.recommend(by_group.first)) == (
        "table: it is a Fit. It is the table that blocs.compare returns."
    )


def test_what_is_refused(profiles: blocs.Profiles, fit: blocs.Fit) -> None:
    assert refused(lambda: blocs.goodness_of_fit(fit, profiles, -1)) == (
        "bootstrap: it is -1. It is a whole number, 0 or more."
    )
    assert refused(lambda: blocs.residuals(fit, profiles, top=0)) == "top: it is 0. It is a whole number, 1 or more."
    other = blocs.Profiles.from_table(county(seed=1), items=["senate", "house", "judge"], menus=MENUS)
    assert "which are other data (the content hash differs)" in refused(lambda: blocs.goodness_of_fit(fit, other))
    assert len(blocs.bivariate_residuals(fit, other)) == 3  # other data may be described
    table = {"a": [0, 1, 1, 0], "n": [3, 0, 5, 2], "w": [1.0, 2.0, 1.5, 1.0]}
    counts = blocs.Profiles.from_table(table, items=["a", "n"], kinds={"n": blocs.Poisson()})
    assert refused(lambda: blocs.goodness_of_fit(blocs.fit(counts, 1), counts)) == (
        "Goodness of fit is not available for the poisson family (item 'n'), only for items of categories. Fit without "
        "the item."
    )
    design = blocs.Profiles.from_table(table, items=["a"], design_weights="w")
    assert refused(lambda: blocs.goodness_of_fit(blocs.fit(design, 1), design)) == (
        "Goodness of fit is not available with sampling weights: it needs numbers of observations."
    )
    two = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "w": [1.5, 2.0, 1.5, 1.0]}
    half = blocs.Profiles.from_table(two, items=["a", "b"], weights="w")
    assert refused(lambda: blocs.goodness_of_fit(blocs.fit(half, 1), half, 9)) == (
        "A parametric bootstrap is not available for weights that are not whole numbers."
    )
    weighted = blocs.Profiles.from_table(two, items=["a", "b"], design_weights="w")
    assert refused(lambda: blocs.bivariate_residuals(blocs.fit(weighted, 1), weighted, 9)) == (
        "A parametric bootstrap is not available with sampling weights: it needs numbers of observations."
    )


def test_rows_that_parts_of_a_folder_share_are_one_cell(tmp_path: Path) -> None:
    """Two counties with the same distinct rows, written as parts: tests of fit are those of both in one table."""
    rng = np.random.default_rng(4)
    table = pd.DataFrame((rng.random((400, 4)) < np.where(rng.random((400, 1)) < 0.4, 0.8, 0.3)).astype(int))
    table.columns = list("abcd")
    whole = blocs.Profiles.from_table(table)
    parts = [blocs.Profiles.from_codes(whole.schema, whole.codes, n) for n in (whole.counts, whole.counts + 1)]
    blocs.write_shards(iter(parts), tmp_path / "counties")
    opened = blocs.open_shards(tmp_path / "counties")
    assert len(opened) == 2 * len(whole)
    both = blocs.Profiles.from_codes(whole.schema, whole.codes, 2 * whole.counts + 1)
    fit = blocs.fit(both, 2, starts=2, seed=1, jobs=1)
    one, other = (blocs.goodness_of_fit(fit, of) for of in (both, opened))
    assert (other.g2, other.x2, other.df) == pytest.approx((one.g2, one.x2, one.df), rel=1e-9)
    pd.testing.assert_frame_equal(blocs.residuals(fit, opened), blocs.residuals(fit, both), rtol=1e-9)
