"""Likelihood-ratio tests of what the shares depend on: published values, the same test by other routes, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, kstest

import blocs
from blocs.core.interrupts import interruptible
from blocs.profiles import Profiles
from errors_support import Shared, published
from test_covariates import FINE
from test_covariates import made as with_age
from test_group_shares import FIT, ITEMS, TABLE, fitted, made


def test_tests_that_were_interrupted_are_not_reported() -> None:
    with interruptible() as interrupt:
        interrupt.set()
        test = blocs.shares_test(FIT, made())
    assert (test.tests, test.complete) == ((), False)
    assert str(test) == "Same shares of the types without\nInterrupted: 0 of 1 test done."


def test_the_published_likelihood_ratio(shared_data: Shared) -> None:
    number = published(shared_data)["cheating_GPA_K2.LR"]
    profiles = Profiles.from_table(pd.read_csv(shared_data("lca/cheating.csv")), covariates="GPA")
    fit = blocs.fit(profiles, 2, covariates="~ GPA", **FINE)
    test = blocs.shares_test(fit, profiles)
    assert [test.tests[0].term, test.tests[0].df] == ["GPA", 1]
    assert test.tests[0].statistic == pytest.approx(number["value"], abs=max(number["tol"], 1e-3))
    assert test.table()["p"].tolist() == pytest.approx([chi2.sf(number["value"], 1)], rel=1e-3)


def test_equal_shares_are_tested_as_independence_is_with_the_group_as_an_item() -> None:
    """Without types the test of groups against answers has other degrees of freedom; here two fits say it directly."""
    profiles = made()
    test = blocs.shares_test(FIT, profiles)
    plain = blocs.fit(profiles, 2, starts=3, seed=1, gain=1e-11, change=1e-8)
    only = test.tests[0]
    assert (only.term, only.df) == ("precinct", 3)
    assert only.statistic == pytest.approx(2 * (FIT.loglik - plain.loglik), abs=1e-6)
    assert only.p == pytest.approx(chi2.sf(only.statistic, 3))
    assert only.moved == pytest.approx(blocs.match(FIT, plain).distance, abs=1e-6)
    assert len(test.tests) == 1
    assert test.notes == ()
    assert str(test).startswith("Same shares of the types without\n  precinct  LR ")


@pytest.mark.slow
def test_terms_are_left_out_with_the_products_that_they_are_part_of() -> None:
    profiles = with_age()
    fit = blocs.fit(profiles, 2, covariates="~ age * party", starts=2, seed=1)
    table = blocs.shares_test(fit, profiles).table()
    assert table["term"].tolist() == ["age + age:party", "party + age:party", "age:party", "age + party + age:party"]
    assert table["df"].tolist() == [2, 2, 1, 3]
    assert table["statistic"].iloc[3] >= table["statistic"].iloc[:3].max() - 1e-6
    assert (table["moved"].between(0, 0.5)).all()


def test_small_groups_have_a_note() -> None:
    few = TABLE.assign(precinct=np.where(np.arange(1200) < 12, 99, TABLE["precinct"]))
    profiles = made(few)
    test = blocs.shares_test(fitted(profiles, starts=2), profiles)
    assert test.notes == (
        "1 of 5 groups have fewer than 20 observations: the chi-squared distribution is rough there.",
    )
    assert str(test).endswith(test.notes[0])


@pytest.mark.slow
def test_the_statistic_is_chi_squared_where_shares_are_equal() -> None:
    chance = np.array([[0.9, 0.85, 0.8, 0.9, 0.8, 0.85], [0.1, 0.2, 0.85, 0.15, 0.9, 0.2]])
    p = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        kind = (rng.random(900) > 0.6).astype(int)
        table = pd.DataFrame((rng.random((900, 6)) < chance[kind]).astype(int), columns=ITEMS)
        profiles = made(table.assign(precinct=rng.integers(4, size=900)))
        p.append(blocs.shares_test(fitted(profiles, starts=2), profiles).tests[0].p)
    assert kstest(p, "uniform").pvalue > 0.01


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda: blocs.shares_test(blocs.fit(made(), 2, starts=1), made()),
         "A likelihood-ratio test of shares is not available for a fit with the same shares for all rows: fit with "
         "groups= or covariates= first."),
        (lambda: blocs.shares_test(blocs.fit(made(), 1, groups="precinct"), made()),
         "A likelihood-ratio test of shares is not available for a fit of one type."),
        (lambda: blocs.shares_test(fitted(made(TABLE.assign(precinct=1)), starts=1), made(TABLE.assign(precinct=1))),
         "A likelihood-ratio test of shares is not available for a fit of one group."),
        (lambda: blocs.shares_test(fitted(made(design_weights="w"), starts=1), made(design_weights="w")),
         "A likelihood-ratio test of shares is not available for sampling weights, whose likelihood is none of the "
         "rows: use the Wald tests of `blocs.standard_errors`."),
    ],
)  # fmt: skip
def test_what_is_not_available_is_refused_by_name(asked: Any, words: str) -> None:
    with pytest.raises(blocs.UnsupportedError) as caught:
        asked()
    assert str(caught.value) == words


def test_a_fit_that_is_no_maximum_is_refused() -> None:
    fit = fitted(starts=1, steps=2, exchange=False)
    lost = max(blocs.fit(made(), 2, starts=3, seed=1).loglik - fit.loglik, 0.0)
    with pytest.raises(blocs.UnsupportedError) as caught:
        blocs.shares_test(fit, made())
    assert str(caught.value) == (
        f"Without precinct the log-likelihood is {lost:.4f} higher than that of the fit, which is no maximum. Fit "
        "again with more starts."
    )
