"""Standard errors of covariates: published values, numerical derivatives, other units, refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.model.scores import from_free_vector, to_free_vector
from blocs.profiles import Profiles
from blocs.results.summary import TESTED, _tested
from errors_support import Shared, published
from test_covariates import FINE, ITEMS, TABLE, made

KEYS = {"observed": "observed", "opg": "opg", "robust": "sandwich"}


@pytest.mark.parametrize("kind", list(KEYS))
def test_published_standard_errors(shared_data: Shared, kind: str) -> None:
    """OPG are those of poLCA 1.6, robust those of Mplus, on cheating ~ GPA."""
    wanted, frame = published(shared_data), pd.read_csv(shared_data("lca/cheating.csv"))
    profiles = Profiles.from_table(frame, covariates="GPA")
    errors = blocs.standard_errors(blocs.fit(profiles, 2, covariates="~ GPA", **FINE), profiles, kind)
    mu = [[g["se"].tolist() for _, g in of.groupby("item", sort=False)] for _, of in errors.table().groupby("type")]
    each = {"beta": [errors.coefficients()["se"].tolist()], "shares": errors.shares()["se"].tolist(), "mu": mu}
    for part, got in each.items():
        number = wanted[f"cheating_GPA_K2.se_{KEYS[kind]}.{part}"]
        np.testing.assert_allclose(got, number["value"], rtol=0, atol=number["tol"])
    test = errors.wald("GPA")
    number = wanted[f"cheating_GPA_K2.wald_{KEYS[kind]}"]
    assert test.statistic == pytest.approx(number["value"], abs=number["tol"])
    assert (test.term, test.df) == ("GPA", wanted["cheating_GPA_K2.df"]["value"])
    assert errors.kept.boundary == tuple(wanted["cheating_GPA_K2.boundary"]["value"])
    margins = errors.margins()
    for part, key in (("effect", "ame"), ("se", f"ame_se_{KEYS[kind]}")):
        number = wanted[f"cheating_GPA_K2.{key}"]
        np.testing.assert_allclose(margins[part], number["value"], rtol=0, atol=number["tol"])
    row = errors.coefficients().set_index("term").loc["GPA"]
    assert test.statistic == pytest.approx(row["z"] ** 2)
    assert test.p == pytest.approx(row["p"])  # of one coefficient they are the same test
    assert row["odds_ratio"] == pytest.approx(math.exp(row["coefficient"]))
    assert row["high"] - row["low"] == pytest.approx(2 * 1.959963984540054 * row["se"])


def problem(**how: Any) -> tuple[blocs.Fit, Profiles]:
    table = TABLE.iloc[:500].assign(area=np.arange(500) % 45)
    profiles = made(table, groups="area", **how)
    return blocs.fit(profiles, 3, covariates="~ age * party", starts=6, **FINE), profiles


@pytest.mark.slow
def test_observed_information_is_minus_the_hessian_of_the_likelihood() -> None:
    fit, profiles = problem()
    errors, mixture = blocs.standard_errors(fit, profiles), fit.mixture
    vector, weights = to_free_vector(mixture, fit.params)[0], profiles.weights
    size, step = len(vector), 1e-3
    assert errors.at_boundary == 0

    def loglik(at: np.ndarray) -> np.ndarray:
        params = from_free_vector(mixture, at, fit.params)
        return np.array([weights @ mixture.posterior(params.take(slice(s, s + 1)), profiles)[0]
                         for s in range(len(at))])  # fmt: skip

    hessian, unit = np.zeros((size, size)), step * np.eye(size)
    for i in range(size):
        four = [vector + a * unit[i] + b * unit[: i + 1] for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
        value = [loglik(points) for points in four]
        hessian[i, : i + 1] = hessian[: i + 1, i] = (value[0] - value[1] - value[2] + value[3]) / (4 * step**2)
    free = errors.kept.basis @ errors.matrix @ errors.kept.basis.T
    np.testing.assert_allclose(free, np.linalg.inv(-hessian), rtol=2e-3, atol=2e-4 * np.abs(free).max())


def test_errors_of_mean_shares_are_those_of_their_derivatives() -> None:
    fit, profiles = problem()
    errors, mixture = blocs.standard_errors(fit, profiles), fit.mixture
    vector, step = to_free_vector(mixture, fit.params)[0], 1e-5
    shard = mixture.shard(profiles)

    def means(at: np.ndarray) -> np.ndarray:
        gamma = from_free_vector(mixture, at[None], fit.params).columns()[0]
        prior = mixture.membership.prior(gamma, shard)[shard.group]
        return np.average(prior, axis=0, weights=profiles.weights)

    np.testing.assert_allclose(fit.shares, means(vector), rtol=1e-12)
    slopes = np.array([(means(vector + step * u) - means(vector - step * u)) / (2 * step) for u in np.eye(len(vector))])
    free = errors.kept.basis @ errors.matrix @ errors.kept.basis.T
    np.testing.assert_allclose(errors.shares()["se"], np.sqrt(np.diagonal(slopes.T @ free @ slopes)), rtol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_clusters_and_weights_are_those_of_the_scores_of_rows(weighted: bool) -> None:
    """The sandwich, from the scores of single rows added by hand."""
    fit, profiles = problem(**({"design_weights": "w"} if weighted else {}))
    mixture, vector = fit.mixture, to_free_vector(fit.mixture, fit.params)[0]
    step, size = 1e-4, len(vector)
    moved = [[mixture.posterior(from_free_vector(mixture, (vector + s * step * u)[None], fit.params), profiles)[0]
              for s in (1, -1)] for u in np.eye(size)]  # fmt: skip
    scores = np.array([(up - down) / (2 * step) for up, down in moved]).T
    table = TABLE.iloc[:500]
    w = (table["w"] / table["w"].mean()).to_numpy() if weighted else np.ones(500)
    of_rows = scores[profiles.index] * w[:, None]
    sums = np.array([of_rows[np.arange(500) % 45 == g].sum(axis=0) for g in range(45)])
    bread = blocs.standard_errors(fit, profiles, "observed")
    basis = bread.kept.basis
    assert basis.shape == (size, size)
    for kind, each in (("robust", of_rows), ("cluster", sums)):
        errors = blocs.standard_errors(fit, profiles, kind, "area" if kind == "cluster" else None)
        wanted = bread.matrix @ basis.T @ (each.T @ each) @ basis @ bread.matrix
        np.testing.assert_allclose(errors.matrix, wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max())
        assert (errors.coefficients()["se"] > 0).all()


def test_errors_do_not_depend_on_the_units_of_the_covariates() -> None:
    how = {"covariates": "~ age + party", "starts": 4, **FINE}
    small, large = made(), made(TABLE.assign(age=1000 * TABLE["age"] + 1e6))
    a, b = (blocs.standard_errors(blocs.fit(of, 3, **how), of) for of in (small, large))
    one, other = (of.coefficients().set_index(["term", "type"]) for of in (a, b))
    np.testing.assert_allclose(other.loc["age"]["se"] * 1000, one.loc["age"]["se"], rtol=1e-4)
    np.testing.assert_allclose(other.loc["age"]["z"], one.loc["age"]["z"], rtol=1e-4)
    np.testing.assert_allclose(other.loc["party[REP]"]["se"], one.loc["party[REP]"]["se"], rtol=1e-4)
    assert a.wald("age").statistic == pytest.approx(b.wald("age").statistic, rel=1e-4)
    assert a.wald("age").df == 2


def test_a_wald_test_is_of_all_coefficients_of_a_term() -> None:
    table = TABLE.assign(year=2016 + 4 * (np.arange(len(TABLE)) % 3))
    profiles = Profiles.from_table(table, items=ITEMS, covariates=["age", "year"])
    fit = blocs.fit(profiles, 3, covariates="~ age + C(year)", starts=4)
    errors = blocs.standard_errors(fit, profiles)
    test = errors.wald("C(year)")
    assert test == errors.wald("year")._replace(term="C(year)")
    assert test.df == 4
    assert test.p > 0.001  # the years were made up
    assert errors.wald("age").p < 1e-6
    # by hand, in the units of the covariates
    rows = errors.coefficients()
    at = rows["term"].str.startswith("year").to_numpy()
    slopes = np.kron(np.eye(2), fit.design.units)[at] @ errors.kept.basis[: at.size]  # coefficients come first
    covariance = slopes @ errors.matrix @ slopes.T
    values = rows["coefficient"].to_numpy()[at]
    assert test.statistic == pytest.approx(values @ np.linalg.inv(covariance) @ values, rel=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diagonal(covariance)), rows["se"][at], rtol=1e-9)


def test_columns_that_separate_types_are_on_the_boundary() -> None:
    """Nobody of one party is of the first type: its coefficient is infinite."""
    rng = np.random.default_rng(1)
    n = 600
    party = rng.choice(["A", "B", "C"], n)
    kind = np.where(party == "C", True, rng.random(n) < 0.4)
    table = {f"q{j}": (rng.random(n) < np.where(kind, 0.97, 0.03)).astype(int) for j in range(8)}
    profiles = Profiles.from_table({**table, "party": party}, covariates="party")
    fit = blocs.fit(profiles, 2, covariates="~ party", starts=4)
    assert fit.status == "converged"
    assert abs(fit.coefficients().set_index("term")["coefficient"]["party[C]"]) > 10
    errors = blocs.standard_errors(fit, profiles)
    rows = errors.coefficients().set_index("term")
    assert rows["flag"]["party[C]"] == "boundary"
    assert fit.separated == {"party[C]": (0, 1)} and "boundary" in fit.flags
    assert fit.coefficients()["flag"].tolist() == rows["flag"].tolist()
    assert math.isnan(rows["se"]["party[C]"])
    assert max(end.iterations for end in fit.ends) < 300
    assert errors.notes == (
        "Covariates separate types: for some of their values a type has a share of 0 or 1. The coefficients that this "
        "makes infinite have the flag 'boundary' and no standard errors.",
    )
    # the other coefficients are those of the rows of the other parties alone, with their errors
    others = Profiles.from_table(pd.DataFrame({**table, "party": party})[party != "C"], covariates="party")
    fitted = blocs.fit(others, 2, covariates="~ party", init=None, starts=4)
    p = [of.table().query("item == 'q0' and outcome == 1")["probability"].to_numpy() for of in (fit, fitted)]
    sign = 1 if (p[0][0] > p[0][1]) == (p[1][0] > p[1][1]) else -1
    alone = blocs.standard_errors(fitted, others).coefficients().set_index("term")
    assert sign * rows["coefficient"]["party[B]"] == pytest.approx(alone["coefficient"]["party[B]"], abs=0.02)
    assert rows["se"]["party[B]"] == pytest.approx(alone["se"]["party[B]"], rel=0.02)
    assert (errors.shares()["se"] > 0.01).all()
    with pytest.raises(blocs.UnsupportedError) as caught:
        errors.wald("party")
    assert str(caught.value) == (
        "A Wald test of party is not available: 1 coefficient has no standard error (boundary): party[C] of type 2. "
        "`blocs.shares_test` tests the terms by likelihood ratios, which are there without sampling weights."
    )


def test_shares_without_any_coefficient_inside_are_on_the_boundary() -> None:
    """One level of each type: all coefficients are infinite, and no share has an error."""
    table = pd.DataFrame({"a": [1, 0] * 50, "b": [1, 0] * 50, "c": [0, 1, 1, 1] * 25, "sex": ["m", "f"] * 50})
    profiles = Profiles.from_table(table, items=["a", "b", "c"], covariates="sex")
    errors = blocs.standard_errors(blocs.fit(profiles, 2, covariates="~ sex", starts=3), profiles)
    assert errors.shares()["flag"].tolist() == ["boundary", "boundary"]
    assert errors.coefficients()["flag"].tolist() == ["boundary", "boundary"]
    assert errors.fit.coefficients()["flag"].tolist() == ["boundary", "boundary"]
    assert errors.shares()["share"].tolist() == pytest.approx([0.5, 0.5])


def test_tests_are_refused_by_name() -> None:
    fit, profiles = problem()
    errors = blocs.standard_errors(fit, profiles)
    with pytest.raises(blocs.InputError) as caught:
        errors.wald("aeg")
    assert str(caught.value) == "term: there is no term 'aeg'. The terms are age, party, age:party."
    plain = blocs.standard_errors(blocs.fit(profiles, 2, starts=2), profiles)
    for call in (plain.coefficients, lambda: plain.wald("age"), lambda: plain.margins()):
        with pytest.raises(blocs.UnsupportedError) as refused:
            call()
        assert str(refused.value) == "The fit has no covariates: fit with covariates='~ ...' first."
    one = blocs.standard_errors(blocs.fit(profiles, 1, covariates="~ age"), profiles)
    assert len(one.coefficients()) == len(one.margins()) == 0
    with pytest.raises(blocs.UnsupportedError) as refused:
        one.wald("age")
    assert str(refused.value) == "A Wald test of age is not available: there is one type."


def test_the_summary_has_the_coefficients() -> None:
    profiles = made()
    fit = blocs.fit(profiles, 2, covariates="~ age + party", starts=3)
    errors = blocs.standard_errors(fit, profiles)
    row = errors.coefficients().set_index("term").loc["age"]
    numbers = ("coefficient", "se", "z", "p", "odds_ratio", "low", "high")
    for text, names in ((str(fit.summary()), numbers[::4]), (str(fit.summary(errors)), numbers)):
        line = next(line for line in text.splitlines() if line.split()[:2] == ["2", "age"])
        assert line.split()[2:] == [f"{row[name]:.4f}" for name in names]
        assert "Shares are means over the rows; coefficients are log-odds against type 1." in " ".join(text.split())
        assert max(map(len, text.splitlines())) <= 80
    lines = str(fit.summary(errors, blocs.shares_test(fit, profiles))).splitlines()
    assert [line for line in lines if line.startswith("Wald")] == [str(errors.wald(of)) for of in ("age", "party")]
    effect = errors.margins().iloc[0]
    shown = [f"{effect[name]:.4f}" for name in ("effect", "se", "low", "high")]
    assert next(line for line in lines if line.startswith("age ")).split()[-4:] == shown
    moved = [line for line in lines if "LR " in line]
    assert [line.split()[0] for line in moved] == ["age", "party", "age"]
    assert max(map(len, lines)) <= 80
    assert errors.names[:2] == [
        "log-odds of type 2 against type 1: intercept at the means",
        "log-odds of type 2 against type 1: age, centred and scaled",
    ]
    assert blocs.diagnose(fit, profiles).structural_rank == fit.n_parameters


@pytest.mark.study
def test_intervals_cover_the_truth() -> None:
    """200 data sets of 1,000: nominal 95 per cent intervals of intercept and slope, types in the order of the truth."""
    truth, hits, number = np.array([-0.5, 0.8]), np.zeros(2), 200
    for seed in range(number):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=1000).round(1)
        kind = rng.random(1000) < 1 / (1 + np.exp(-(truth[0] + truth[1] * x)))
        table = {f"q{j}": (rng.random(1000) < np.where(kind, 0.8, 0.25)).astype(int) for j in range(6)}
        profiles = Profiles.from_table({**table, "x": x}, covariates="x")
        fit = blocs.fit(profiles, 2, covariates="~ x", starts=2, most=2)
        p = fit.table().query("item == 'q0' and outcome == 1")["probability"].to_numpy()
        rows, sign = blocs.standard_errors(fit, profiles).coefficients(), 1 if p[1] > p[0] else -1
        low, high = np.sort(sign * rows[["low", "high"]].to_numpy(), axis=1).T
        hits += (low <= truth) & (truth <= high)
    assert ((hits / number > 0.91) & (hits / number < 0.985)).all(), hits / number


def test_long_terms_and_large_numbers_stay_within_80_columns() -> None:
    rows = pd.DataFrame([(2, "C(party)[very long name]", 1e-7, 1.0, 1.0, 0.3173, 1e12, -1.0, 3.0, ""),
                         (3, "age", 40.0, np.nan, np.nan, np.nan, 2.35e17, np.nan, np.nan, "boundary")],
                        columns=["type", "term", *TESTED, "flag"])  # fmt: skip
    lines = _tested(rows)
    assert lines == [
        "type term             coef.      se        z      p odds ratio      low     high",
        "2    C(party)[very long name]",
        "                     0.0000  1.0000   1.0000 0.3173    1.0e+12  -1.0000   3.0000",
        "3    age            40.0000          - (boundary)",
    ]
    assert max(map(len, lines)) == 80
