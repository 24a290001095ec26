"""Questions about rows where the shares of types depend on covariates: the same answers, or refused by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.core.errors import UnsupportedError
from blocs.inference.resampling import resampled

FINE = {"starts": 4, "seed": 1, "gain": 1e-9, "change": 1e-8}
RNG = np.random.default_rng(0)
X = RNG.normal(size=400).round(1)
KIND = RNG.random(400) < 1 / (1 + np.exp(-X))
TABLE = pd.DataFrame({name: (RNG.random(400) < np.where(KIND, 0.8, 0.2)).astype(int) for name in "abcd"}).assign(x=X)
ITEMS = list("abcd")
PLAIN = blocs.Profiles.from_table(TABLE[ITEMS])
WITH = blocs.Profiles.from_table(TABLE, items=ITEMS, covariates=["x"])
FIT = blocs.fit(PLAIN, 2, starts=4, seed=1)
SAME = blocs.fit(WITH, 2, starts=4, seed=1)
"""The same fit, of profiles that have a covariate beside it."""
DEPENDS = blocs.fit(WITH, 2, covariates="~ x", starts=4, seed=1)


def test_rows_that_differ_in_covariates_alone_are_the_same_rows() -> None:
    assert len(WITH) > len(PLAIN)
    one, other = blocs.goodness_of_fit(FIT, PLAIN).to_dict(), blocs.goodness_of_fit(SAME, WITH).to_dict()
    assert {key: value for key, value in one.items() if isinstance(value, float)} == pytest.approx(
        {key: value for key, value in other.items() if isinstance(value, float)}, rel=1e-4, abs=1e-4
    )
    pd.testing.assert_frame_equal(blocs.residuals(FIT, PLAIN), blocs.residuals(SAME, WITH), rtol=1e-3, atol=1e-3)
    pairs = [blocs.bivariate_residuals(*given).sort_values(["item_a", "item_b"], ignore_index=True)
             for given in ((FIT, PLAIN), (SAME, WITH))]  # fmt: skip
    pd.testing.assert_frame_equal(*pairs, rtol=1e-2, atol=1e-4)


def test_pairs_of_items_are_expected_at_the_shares_of_each_row() -> None:
    table = DEPENDS.table().pivot(index="type", columns=["item", "outcome"], values="probability")
    gamma = DEPENDS.coefficients().set_index("term")["coefficient"]
    second = 1 / (1 + np.exp(-(gamma["intercept"] + gamma["x"] * X)))
    shares = np.array([1 - second, second])
    expected = {
        (i, j): (shares.T @ (table["a", i] * table["b", j]).to_numpy()).sum() for i in (0, 1) for j in (0, 1)
    }
    observed = TABLE.groupby(["a", "b"]).size()
    x2 = sum((observed[cell] - e) ** 2 / e for cell, e in expected.items())
    found = blocs.bivariate_residuals(DEPENDS, WITH).set_index(["item_a", "item_b"])
    assert found.loc[("a", "b"), "x2"] == pytest.approx(x2, rel=5e-3)  # EM stops a little before the maximum


def test_rows_are_expected_at_the_shares_of_each_row() -> None:
    """Rows with the same answers are one, whatever their covariates; by loops over the observations."""
    holes = TABLE.astype(object)
    holes.loc[::7, "b"] = None
    data = blocs.Profiles.from_table(holes, items=ITEMS, covariates=["x"])
    fit = blocs.fit(data, 2, covariates="~ x", starts=4, seed=1)
    table = fit.table().set_index(["type", "item", "outcome"])["probability"]
    gamma = fit.coefficients().set_index("term")["coefficient"]
    second = 1 / (1 + np.exp(-(gamma["intercept"] + gamma["x"] * X)))
    found = blocs.residuals(fit, data, top=8)
    for row in found.to_dict("records"):
        answers = {name: row[name] for name in ITEMS if row[name] is not None}
        given = [np.prod([table.loc[(k, name, value)] for name, value in answers.items()]) for k in (1, 2)]
        alike = holes["b"].isna() == (row["b"] is None)
        expected = ((1 - second) * given[0] + second * given[1])[alike].sum()
        assert row["expected"] == pytest.approx(expected, rel=1e-9)
        same = holes[ITEMS].fillna(-1) == pd.Series({**dict.fromkeys(ITEMS, -1), **answers})
        assert row["observed"] == same.all(axis=1).sum()
    everything = blocs.residuals(fit, data, top=1000)
    assert everything["expected"].sum() == pytest.approx(400, rel=0.1)  # but for the rows that do not occur
    halves = blocs.Profiles.from_table(TABLE.assign(x=X > 0), items=ITEMS, covariates=["x"])
    by_group, as_covariate = blocs.fit(halves, 2, groups="x", **FINE), blocs.fit(halves, 2, covariates="~ C(x)", **FINE)
    pd.testing.assert_frame_equal(blocs.residuals(by_group, halves), blocs.residuals(as_covariate, halves), rtol=1e-4)


@pytest.mark.parametrize(("fit", "by"), [(DEPENDS, "covariates"), (None, "shares by group")])
def test_the_whole_table_has_no_test_there(fit: blocs.Fit | None, by: str) -> None:
    data = WITH if fit else blocs.Profiles.from_table(TABLE.assign(x=X > 0), items=ITEMS, covariates=["x"])
    with pytest.raises(UnsupportedError) as refused:
        blocs.goodness_of_fit(fit or blocs.fit(data, 2, groups="x", starts=2), data)
    assert str(refused.value) == (
        f"Goodness of fit is not available for fits with {by}: the saturated model would have a table for each of "
        "their values, with hardly any rows. blocs.bivariate_residuals and blocs.residuals are."
    )


@pytest.mark.parametrize(
    ("ask", "question"),
    [
        (lambda: blocs.menu_shares_test(DEPENDS, WITH), "The test of shares by menu"),
        (lambda: blocs.bootstrap(DEPENDS, WITH, replicates=3, kind="parametric"), "A parametric bootstrap"),
        (lambda: blocs.bivariate_residuals(DEPENDS, WITH, bootstrap=3), "A bootstrap of bivariate residuals"),
    ],
)
def test_what_takes_shares_to_be_the_same_for_all_is_refused(ask: Callable[[], Any], question: str) -> None:
    with pytest.raises(UnsupportedError) as refused:
        ask()
    assert str(refused.value) == (
        f"{question} is not available for fits with covariates: each row has shares of its own. Fit without them."
    )


@pytest.mark.parametrize(
    ("asked", "question"),
    [({"cross_validate": 3}, "Cross-validation"), ({"blrt": 9}, "The bootstrap likelihood-ratio test")],
)
def test_comparisons_that_divide_or_draw_rows_are_refused(asked: dict[str, int], question: str) -> None:
    with pytest.raises(UnsupportedError) as refused:
        blocs.compare(WITH, [1, 2], covariates="~ x", starts=2, **asked)
    assert str(refused.value) == f"{question} is not available with covariates. Leave out one of the two."


def test_a_test_of_the_number_of_types_is_refused_by_itself_too() -> None:
    with pytest.raises(UnsupportedError) as refused:
        blocs.blrt(WITH, 2, covariates="~ x")
    assert str(refused.value) == (
        "The bootstrap likelihood-ratio test is not available with covariates. Leave out one of the two."
    )


def test_a_bootstrap_draws_covariates_with_their_rows() -> None:
    """Each replicate is the fit of the rows that were drawn; errors are near the robust ones."""
    boot, errors = blocs.bootstrap(DEPENDS, WITH, 150, seed=2), blocs.standard_errors(DEPENDS, WITH, "robust")
    drawn = resampled(WITH, None, 2)(range(3))
    slopes = []
    for b in range(3):
        some = np.flatnonzero(drawn[:, b])
        rows = replace(WITH.take(some), counts=drawn[some, b], weights=drawn[some, b])
        again = blocs.fit(rows, 2, covariates="~ x", init=DEPENDS, gain=1e-9, change=1e-6)
        assert boot.loglik[b] == pytest.approx(again.loglik, abs=1e-4)
        again = again.relabel(blocs.match(again, DEPENDS).mapping)
        slopes.append(again.coefficients()["coefficient"].tolist())
    of_replicates = np.concatenate([of.values(1) for of in boot.replicate_coefficients])
    np.testing.assert_allclose(of_replicates[:3], slopes, atol=1e-2)
    table, robust = boot.coefficients(), errors.coefficients()
    assert table.columns.tolist() == robust.columns.tolist()
    np.testing.assert_allclose(table["se"], of_replicates.std(axis=0, ddof=1))
    np.testing.assert_allclose(table["se"], robust["se"], rtol=0.25)
    np.testing.assert_allclose(table[["low", "high"]].T, np.quantile(of_replicates, (0.025, 0.975), axis=0))
    turned = boot.coefficients(reference=2)
    np.testing.assert_allclose(turned["coefficient"], -table["coefficient"])
    np.testing.assert_allclose(turned["low"], -table["high"])
    x = table.set_index("term").loc["x"]
    assert boot.wald("x").statistic == pytest.approx(x["z"] ** 2)
    margins = boot.margins()
    np.testing.assert_allclose(margins["se"], errors.margins()["se"], rtol=0.25)
    assert margins["effect"].tolist() == errors.margins()["effect"].tolist()
    assert "nonparametric bootstrap, 150 replicates" in str(DEPENDS.summary(boot))


def test_coefficients_that_are_infinite_in_some_replicates_have_no_errors() -> None:
    """Of four people of one party one is of the other type, and is not among those of every replicate."""
    rng = np.random.default_rng(3)
    kind = np.concatenate([[True, True, True, False], rng.random(196) < 0.4])
    table = {f"q{j}": (rng.random(200) < np.where(kind, 0.97, 0.03)).astype(int) for j in range(6)}
    party = np.where(np.arange(200) < 4, "B", "A")
    profiles = blocs.Profiles.from_table({**table, "party": party}, covariates="party")
    fit = blocs.fit(profiles, 2, covariates="~ party", starts=3)
    boot = blocs.bootstrap(fit, profiles, 30)
    rows = boot.coefficients().set_index("term")
    assert blocs.standard_errors(fit, profiles).coefficients()["flag"].tolist() == ["", ""]
    assert rows["flag"].tolist() == ["boundary", "boundary"]  # the intercept is where party is at its mean
    assert rows["se"].isna().all() and rows["p"].isna().all()
    assert rows["low"]["party[B]"] < rows["coefficient"]["party[B]"] < rows["high"]["party[B]"]
    with pytest.raises(UnsupportedError) as refused:
        boot.wald("party")
    assert str(refused.value) == (
        "A Wald test of party is not available: 1 coefficient has no standard error (boundary): party[B] of type 2. "
        "`blocs.shares_test` tests the terms by likelihood ratios, which are there without sampling weights."
    )
    assert boot.margins()["se"].between(0.01, 0.4).all()


def test_weights_that_are_a_column_of_a_matrix() -> None:
    """Kernels load several weights at once, so that they must lie beside one another."""
    strided = np.column_stack([PLAIN.weights, np.full(len(PLAIN), 7.0)])[:, 0]
    params = FIT.params
    whole = [FIT.mixture.task(params)(shard) for p in (PLAIN, replace(PLAIN, weights=strided))
             for shard in FIT.mixture.place(p)]  # fmt: skip
    assert whole[0].loglik == pytest.approx(whole[1].loglik, abs=1e-9)
    np.testing.assert_allclose(whole[0].counts, whole[1].counts)


def test_tests_of_terms_that_are_in_products_say_of_what_they_are() -> None:
    party = np.where(RNG.random(400) < 0.5, "D", "R")
    profiles = blocs.Profiles.from_table(TABLE.assign(party=party), items=ITEMS, covariates=["x", "party"])
    fit = blocs.fit(profiles, 2, covariates="~ C(party) * x", starts=2, seed=1)
    words = (
        "C(party) and x are also in C(party):x: a Wald test of such a term is one where what it is multiplied by is 0, "
        "or at its reference level. Likelihood-ratio tests of terms leave out their products as well."
    )
    assert words in blocs.standard_errors(fit, profiles).notes
    assert words in blocs.bootstrap(fit, profiles, 2).notes
    assert words in blocs.regress(blocs.fit(profiles, 2, starts=2, seed=1), profiles, "~ C(party) * x").notes
    assert words not in blocs.standard_errors(DEPENDS, WITH).notes
