"""Errors of shares by group: differences, other routes of the same model, and shares that are drawn to their mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize
from scipy.special import betaln

import blocs
from blocs.inference.curvature import curvature_of
from blocs.model import score_sums as sums_of_rows
from blocs.model.group_sums import group_information
from blocs.profiles import Profiles
from test_group_shares import CHANCE, FINE, FIT, ITEMS, SHARES, TABLE, fitted, made, voters


def sums_agree(profiles: Profiles, fit: blocs.Fit) -> None:
    """The sums made group by group are those of all rows with their whole vectors of scores."""
    mixture = fit.mixture
    fast = sums_of_rows.score_sums(mixture, fit.params, profiles)
    slow = sums_of_rows._of_part(profiles, mixture, fit.params, mixture.task(fit.params))
    for name in ("gradient", "complete", "within", "outer", "squared"):
        np.testing.assert_allclose(getattr(fast, name), getattr(slow, name), rtol=1e-9, atol=1e-8, err_msg=name)


def test_sums_are_those_of_whole_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    sums_agree(made(), FIT)
    monkeypatch.setattr("blocs.model.group_sums.CELLS", 2000)
    monkeypatch.setattr("blocs.model.group_sums.ROWS", 100)
    sums_agree(made(), FIT)
    weighted = made(design_weights="w")
    fit = fitted(weighted, starts=2)
    sums_agree(weighted, fit)
    away = fit.params.toward(fitted(weighted, starts=1, steps=3).params, 0.3)  # no maximum, where more terms count
    mixture = fit.mixture
    fast = sums_of_rows.score_sums(mixture, away, weighted)
    slow = sums_of_rows._of_part(weighted, mixture, away, mixture.task(away))
    np.testing.assert_allclose(fast.observed, slow.observed, rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize("kind", ["observed", "robust", "opg"])
def test_errors_are_those_of_a_formula_with_a_level_for_every_group(kind: str) -> None:
    profiles = made()
    start = blocs.fit(profiles, 2, starts=2, seed=1)
    softmax = blocs.fit(profiles, 2, init=start, covariates="~ C(precinct)", **FINE)
    own, theirs = (blocs.standard_errors(fit, profiles, kind) for fit in (FIT, softmax))
    np.testing.assert_allclose(own.shares()["se"], theirs.shares()["se"], rtol=1e-4)
    np.testing.assert_allclose(own.table()["se"], theirs.table()["se"], rtol=1e-4)
    by_group, coefficients = own.shares_by_group(), theirs.coefficients().set_index("term")
    p, se = (by_group.query("type == 2 and precinct == 3")[name].item() for name in ("share", "se"))
    assert se / (p * (1 - p)) == pytest.approx(coefficients.loc["intercept", "se"], rel=1e-4)


def test_clustered_errors_are_those_of_a_formula() -> None:
    profiles = made(TABLE.assign(area=np.arange(1200) % 45), groups="area")
    start = blocs.fit(profiles, 2, starts=2, seed=1)
    models: list[dict[str, Any]] = [{"groups": "precinct"}, {"covariates": "~ C(precinct)"}]
    fits = (blocs.fit(profiles, 2, init=start, **model, **FINE) for model in models)
    own, theirs = (blocs.standard_errors(fit, profiles, cluster="area") for fit in fits)
    assert own.kind == "robust, clustered on area, 45 clusters"
    np.testing.assert_allclose(own.shares()["se"], theirs.shares()["se"], rtol=1e-4)
    np.testing.assert_allclose(own.table()["se"], theirs.table()["se"], rtol=1e-4)


def test_errors_with_the_types_held_fixed_are_those_of_differences() -> None:
    profiles, mixture = made(), FIT.mixture
    table = blocs.shares_by_group(FIT, profiles).table()
    zeta_rows = mixture.posterior(FIT.params, profiles)
    number = np.searchsorted([3, 7, 12, 40], [profiles.covariates.values[r, 0] for r in profiles.covariates.row])  # type: ignore[union-attr]
    pi = FIT.params.membership[1:, 0]
    ratio = zeta_rows[1] / pi[number]  # p_k(x) / f(x)
    for g in range(4):
        rows = number == g
        w, r = profiles.weights[rows], ratio[rows]

        def loglik(p: float, w: Any = w, r: Any = r) -> float:
            return float(w @ np.log(p * r[:, 0] + (1 - p) * r[:, 1]))

        p, step = pi[g, 0], 1e-4
        second = (loglik(p + step) - 2 * loglik(p) + loglik(p - step)) / step**2
        for k in (0, 1):
            assert table["se"][2 * g + k] == pytest.approx((-second) ** -0.5, rel=1e-5)
    full = blocs.standard_errors(FIT, profiles).shares_by_group()
    assert (full["se"] > table["se"]).all()
    assert (full["se"] < 1.2 * table["se"]).all()
    np.testing.assert_allclose(full["share"], table["share"])
    assert blocs.shares_by_group(FIT, profiles).kind == "observed information, types held fixed"


def test_three_types_have_the_errors_of_an_inverse() -> None:
    profiles = made()
    fit = blocs.fit(profiles, 3, starts=2, seed=1, groups="precinct", steps=40)
    table = blocs.shares_by_group(fit, profiles).table()
    information, pi = group_information(fit.mixture, fit.params, profiles).observed, fit.params.membership[1:, 0]
    for g in range(4):
        inside = pi[g] > 1e-3
        if not inside.all():
            continue
        slope = (np.diag(pi[g]) - np.outer(pi[g], pi[g]))[:, 1:]
        covariance = slope @ np.linalg.inv(information[g][1:, 1:]) @ slope.T
        np.testing.assert_allclose(table["se"][3 * g : 3 * g + 3], np.sqrt(np.diagonal(covariance)), rtol=1e-6)


def separated(sizes: list[int]) -> Profiles:
    """Groups of given sizes; in the first nobody is of the second type, and all answers of a type are the same."""
    rows = [{"a": 0, "b": 0, "c": 0, "group": "none"}] * sizes[0]
    for g, size in enumerate(sizes[1:]):
        rows += [{"a": i % 2, "b": i % 2, "c": (i % 4 == 1) + 0, "group": f"g{g}"} for i in range(size)]
    return Profiles.from_table(pd.DataFrame(rows), items=["a", "b", "c"], covariates="group")


def test_a_share_of_0_has_a_flag_and_no_error() -> None:
    profiles = separated([40, 40, 60])
    fit = blocs.fit(profiles, 2, starts=3, seed=1, groups="group")
    full, fixed = blocs.standard_errors(fit, profiles).shares_by_group(), blocs.shares_by_group(fit, profiles).table()
    for table in (full, fixed):
        flags = table.set_index("group")["flag"]
        assert flags["none"].tolist() == ["boundary", "boundary"]
        assert flags["g0"].tolist() == ["", ""]
        assert table["se"].isna().tolist() == (table["flag"] != "").tolist()
    withheld = blocs.shares_by_group(fit, profiles).table(minimum=50)
    hidden = [True, True, False, False, True, True]
    assert withheld["flag"].tolist() == ["withheld" if of else "" for of in hidden]
    assert withheld[["share", "se", "low", "high"]].isna().all(axis=1).tolist() == hidden
    shares = blocs.standard_errors(fit, profiles).parameters().query("item == ''").set_index("parameter")["flag"]
    assert shares[[name.endswith("in group none") for name in shares.index]].tolist() == ["boundary"]
    assert (shares == "boundary").sum() == 1


def many_groups(concentration: float, size: int = 40, groups: int = 60, seed: int = 6) -> tuple[Profiles, np.ndarray]:
    """Two types in many groups of one size, with shares from a beta distribution."""
    rng = np.random.default_rng(seed)
    shares = rng.beta(0.6 * concentration, 0.4 * concentration, groups)
    group = np.repeat(np.arange(groups), size)
    kind = (rng.random(len(group)) > shares[group]).astype(int)
    answers = (rng.random((len(group), 6)) < CHANCE[kind]).astype(int)
    table = pd.DataFrame(answers, columns=ITEMS).assign(group=group)
    return Profiles.from_table(table, items=ITEMS, covariates="group"), shares


def test_concentration_is_that_of_numerical_integrals() -> None:
    """Of two types the likelihood of a concentration is an integral over one share; a grid of it says the same."""
    profiles, shares = many_groups(10.0)
    fit = blocs.fit(profiles, 2, starts=3, seed=1, groups="group")
    drawn = blocs.shares_by_group(fit, profiles, shrink=True)
    zeta, pi = fit.mixture.posterior(fit.params, profiles)[1], fit.params.membership[1:, 0]
    assert profiles.covariates is not None
    number, m = profiles.covariates.row, fit.shares.to_numpy()
    ratio = zeta / pi[number]
    nodes, weights = np.polynomial.legendre.leggauss(400)
    p = (nodes + 1) / 2
    logs = np.array([profiles.weights[number == g] @ np.log(np.outer(ratio[number == g, 0], p)
                     + np.outer(ratio[number == g, 1], 1 - p)) for g in range(60)])  # fmt: skip
    top = logs.max(axis=1, keepdims=True)

    def lost(log_a: float) -> float:
        a, b = np.exp(log_a) * m
        density = np.exp((a - 1) * np.log(p) + (b - 1) * np.log1p(-p) - betaln(a, b))
        return -float(np.log((np.exp(logs - top) * density * weights / 2).sum(axis=1)).sum())

    exact = np.exp(optimize.minimize_scalar(lost, bounds=(0, 8), method="bounded").x)
    assert drawn.concentration == pytest.approx(exact, rel=0.05)
    a, b = exact * m
    posterior = np.exp(logs - top) * p ** (a - 1) * (1 - p) ** (b - 1) * weights
    posterior /= posterior.sum(axis=1, keepdims=True)
    mean = posterior @ p
    deviation = np.sqrt(posterior @ p**2 - mean**2)
    np.testing.assert_allclose(drawn.shares[:, 0], mean, atol=0.01)
    np.testing.assert_allclose(drawn.se[:, 0], deviation, rtol=0.08)
    first = int(np.argmax(fit.table().query("item == 'q0' and outcome == 1")["probability"]))
    error = [np.sqrt(((each[:, first] - shares) ** 2).mean()) for each in (drawn.shares, pi)]
    assert error[0] < 0.95 * error[1]  # nearer to the truth than the shares of maximum likelihood


def test_groups_of_three_that_are_alike_have_the_mean_shares_and_are_identified() -> None:
    profiles = made(TABLE.head(450).assign(precinct=np.arange(450) // 3))
    fit = fitted(profiles, starts=2)
    assert fit.flags == ()
    drawn = blocs.shares_by_group(fit, profiles, shrink=True)
    assert drawn.concentration == np.inf
    assert (drawn.shares == fit.params.shares).all()
    assert set(drawn.table()["flag"]) == {"alike"}
    assert drawn.table()["se"].isna().all()


def test_two_items_and_groups_determine_what_two_items_do_not() -> None:
    """Groups are as good as one more item: two items alone do not distinguish the types."""
    profiles = Profiles.from_table(TABLE, items=["q0", "q1"], covariates="precinct")
    assert blocs.fit(profiles, 2, starts=2, seed=1).identified is False
    fit = blocs.fit(profiles, 2, groups="precinct", starts=2, seed=1)
    assert fit.identified is True


def test_a_group_whose_rows_cannot_tell_is_not_identified() -> None:
    """In precinct 40 all items but one are missing: its three shares are not determined, those of the others are."""
    table = TABLE.copy()
    table.loc[table["precinct"] == 40, ITEMS[1:]] = None
    profiles = made(table)
    fit = blocs.fit(profiles, 3, groups="precinct", starts=3, seed=1)
    assert fit.identified is False
    flags = blocs.shares_by_group(fit, profiles).table().set_index("precinct")["flag"]
    assert "not_identified" in set(flags[40])
    assert "not_identified" not in set(flags.drop(40))


def test_groups_that_do_not_differ_have_the_mean_shares() -> None:
    profiles, _ = many_groups(1e9)
    fit = blocs.fit(profiles, 2, starts=2, seed=1, groups="group")
    drawn = blocs.shares_by_group(fit, profiles, shrink=True)
    assert drawn.concentration is not None
    assert drawn.concentration > 300
    assert np.ptp(drawn.shares[:, 0]) < 0.5 * np.ptp(fit.params.membership[1:, 0, 0])


def test_very_many_parameters_are_refused_with_the_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blocs.inference.curvature.MOST", 10)
    with pytest.raises(blocs.UnsupportedError) as caught:
        curvature_of(FIT, made(), "Standard errors are")
    assert str(caught.value) == (
        "Standard errors are available for up to 10 parameters where groups have shares of their own, and this fit has "
        "16. `shares_by_group` in Python has those of shares, with the types held fixed."
    )


def test_what_has_no_errors_is_refused() -> None:
    with pytest.raises(blocs.UnsupportedError) as caught:
        blocs.shares_by_group(fitted(prior=1.0, starts=1), made())
    assert str(caught.value) == (
        "Shares by group with standard errors are not available for a fit with a prior, which is no maximum of the "
        "likelihood. Fit with prior=0; probabilities of 0 and 1 are taken out."
    )
    with pytest.raises(blocs.UnsupportedError) as caught:
        blocs.shares_by_group(blocs.fit(made(), 2, starts=1), made())
    assert str(caught.value) == "The fit has one set of shares for all rows: fit with groups='...' first."
    with pytest.raises(blocs.MismatchError):
        blocs.shares_by_group(FIT, made(TABLE.head(600).assign(precinct=TABLE["precinct"])))


def test_a_summary_has_the_mean_shares() -> None:
    text = FIT.summary(blocs.standard_errors(FIT, made()))
    words = "Shares are means over the rows; those of 4 groups by precinct are in shares_by_group."
    assert words in " ".join(text.split())


def test_counts_and_measurements_have_groups_too() -> None:
    """The likelihood and the errors of a formula with a level for every group, for items of all kinds."""
    rng = np.random.default_rng(5)
    first = np.where(TABLE["q0"].fillna(True).astype(bool), 1.0, 0.0)
    table = TABLE[["q0", "q1", "precinct"]].assign(n=rng.poisson(1 + 3 * first), x=rng.normal(2 * first), w=TABLE["w"])
    profiles = Profiles.from_table(
        table, items=["q0", "q1", "n", "x"], covariates="precinct", design_weights="w",
        kinds={"n": blocs.Poisson(), "x": blocs.Gaussian(["x"])},
    )  # fmt: skip
    start = blocs.fit(profiles, 2, starts=2, seed=1)
    own, formula = (blocs.fit(profiles, 2, init=start, groups="precinct", **FINE),
                    blocs.fit(profiles, 2, init=start, covariates="~ C(precinct)", **FINE))  # fmt: skip
    assert own.loglik == pytest.approx(formula.loglik, abs=1e-5)
    errors = [blocs.standard_errors(fit, profiles) for fit in (own, formula)]
    assert errors[0].kind == "robust"
    np.testing.assert_allclose(errors[0].shares()["se"], errors[1].shares()["se"], rtol=1e-3)
    numbers = [of.parameters().query("item in ['n', 'x']")["se"] for of in errors]
    np.testing.assert_allclose(numbers[0], numbers[1], rtol=1e-3)


@pytest.mark.study
def test_intervals_cover_the_shares_of_groups() -> None:
    """200 data sets of 1,200 rows: intervals of both kinds have the shares of four groups about 95 times in 100."""
    inside: dict[str, list[bool]] = {"full": [], "fixed": []}
    for seed in range(200):
        profiles = made(voters(seed=seed))
        fit = fitted(profiles, starts=2, gain=1e-6)
        tables = {"full": blocs.standard_errors(fit, profiles).shares_by_group(),
                  "fixed": blocs.shares_by_group(fit, profiles).table()}  # fmt: skip
        for name, table in tables.items():
            first = table.query("type == 1")
            inside[name] += ((first["low"] <= SHARES) & (first["high"] >= SHARES)).tolist()
    covered = {name: np.mean(each) for name, each in inside.items()}
    assert 0.93 < covered["full"] < 0.97
    assert 0.92 < covered["fixed"] <= covered["full"] + 0.005


def test_errors_with_sampling_weights_are_those_of_a_loop_over_rows() -> None:
    """A sandwich for the one log-odds of each group: bread sum w (z - p)^2, filling sum w^2 (z - p)^2."""
    profiles = made(design_weights="w")
    fit = fitted(profiles, starts=2)
    found = blocs.shares_by_group(fit, profiles)
    assert found.kind == "robust, types held fixed"
    z, table = fit.posterior(TABLE)[2].to_numpy(), found.table().query("type == 2").set_index("precinct")
    for precinct, row in table.iterrows():
        own = (TABLE["precinct"] == precinct).to_numpy()
        w, p = TABLE["w"].to_numpy()[own], row["share"]
        off = (z[own] - p) ** 2
        assert row["se"] == pytest.approx(p * (1 - p) * np.sqrt((w**2 * off).sum()) / (w * off).sum(), rel=1e-5)
    with pytest.raises(blocs.UnsupportedError) as refused:
        blocs.shares_by_group(fit, profiles, shrink=True)
    assert str(refused.value) == (
        "Shares drawn to their mean are not available with sampling weights: how far they are drawn is found by the "
        "likelihood of independent observations. Leave out `shrink=`."
    )


@pytest.mark.parametrize("weights", [None, "w"])
def test_one_type_has_no_shares_to_estimate(weights: str | None) -> None:
    """The errors of the probabilities are those of a fit without groups."""
    profiles = made(design_weights=weights)
    errors = blocs.standard_errors(blocs.fit(profiles, 1, groups="precinct", starts=1, **FINE), profiles)
    plain = blocs.standard_errors(blocs.fit(profiles, 1, starts=1, **FINE), profiles)
    np.testing.assert_allclose(errors.table()["se"], plain.table()["se"], rtol=1e-9)
    assert errors.shares_by_group()["share"].tolist() == [1.0] * 4
