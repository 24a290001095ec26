"""fit(by=, equal=) and fit(membership="by_group"): groups fitted apart, direct likelihoods, original data, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

import blocs
from blocs.profiles import Profiles

FINE = {"gain": 1e-12, "change": 1e-9, "starts": 3, "seed": 1}


def voters(n: int = 900) -> pd.DataFrame:
    """Two types, shares of which differ by party; item e is answered otherwise in party R."""
    rng = np.random.default_rng(4)
    party = rng.choice(["D", "R"], n)
    kind = rng.random(n) < np.where(party == "D", 0.7, 0.5)
    table = {name: rng.random(n) < np.where(kind, 0.9, 0.3) for name in "abcd"}
    table["e"] = rng.random(n) < np.where(kind, np.where(party == "D", 0.9, 0.6), 0.3)
    votes = pd.DataFrame(table).replace({True: "yes", False: "no"})
    return votes.assign(party=party, age=rng.integers(2, 8, n) * 10, w=rng.uniform(0.5, 2, n).round(2))


TABLE, ITEMS = voters(), list("abcde")


def made(**how: Any) -> Profiles:
    return Profiles.from_table(TABLE, items=ITEMS, **{"covariates": "party", **how})


def test_groups_of_profiles_are_those_of_covariates() -> None:
    cells, covariates = made(covariates=None, groups="party"), made()
    fit, again = (blocs.fit(of, 2, membership="by_group", **FINE) for of in (cells, covariates))
    assert fit.loglik == pytest.approx(blocs.fit(covariates, 2, groups="party", **FINE).loglik, abs=1e-9)
    pd.testing.assert_frame_equal(fit.shares_by_group(), again.shares_by_group())
    fit.check(cells)
    a, b = (blocs.standard_errors(of, data).shares_by_group() for of, data in ((fit, cells), (again, covariates)))
    pd.testing.assert_frame_equal(a, b)
    assert blocs.shares_test(fit, cells).table()["df"].tolist() == [1]
    assert blocs.regress(fit, cells, "~ party").coefficients()["se"].notna().all()
    assert blocs.bootstrap(fit, cells, 5).shares_by_group()["se"].gt(0).all()
    assert len(blocs.compare(cells, [1, 2], membership="by_group", starts=2, most=2)) == 2


def test_with_no_item_equal_it_is_each_group_by_itself() -> None:
    fit = blocs.fit(made(), 2, by="party", equal="none", **FINE)
    apart = {of: blocs.fit(Profiles.from_table(TABLE[TABLE["party"] == of], items=ITEMS), 2, **FINE) for of in "DR"}
    assert fit.loglik == pytest.approx(sum(one.loglik for one in apart.values()), abs=1e-7)
    assert fit.n_parameters == sum(one.n_parameters for one in apart.values())
    own = fit.table().query("item == 'e [party R]' and outcome == 'yes'")["probability"]
    np.testing.assert_allclose(sorted(own), sorted(
        apart["R"].table().query("item == 'e' and outcome == 'yes'")["probability"]), atol=1e-5)  # fmt: skip
    assert fit.starts["best"].sum() >= 2 and len(fit.ends) >= 5
    yes = fit.table().query("outcome == 'yes'").set_index(["type", "item"])["probability"]
    for item in "abcd":  # the same in both parties in truth: a type of one goes with the same one of the other
        assert [yes[k, f"{item} [party D]"] for k in (1, 2)] == pytest.approx(
            [yes[k, f"{item} [party R]"] for k in (1, 2)], abs=0.15)  # fmt: skip


def naive(table: pd.DataFrame, weights: np.ndarray, start: np.ndarray) -> float:
    """The largest log-likelihood of two types with shares by party, a to d equal, e of each party, row by row.

    With one parameter more the shares depend on age, too.
    """
    y, second = (table[ITEMS] == "yes").to_numpy(), (table["party"] == "R").to_numpy()
    tens = table["age"].to_numpy() / 10

    def loss(v: np.ndarray) -> float:
        logs = np.column_stack([np.zeros(len(y)), v[second.astype(int)] + tens * (v[14] if len(v) > 14 else 0.0)])
        logs -= np.logaddexp.reduce(logs, axis=1, keepdims=True)
        for k in range(2):
            logit = np.tile(v[2 + 6 * k : 7 + 6 * k], (len(y), 1))
            logit[second, 4] = v[7 + 6 * k]
            logs[:, k] += -np.logaddexp(0, np.where(y, -logit, logit)).sum(axis=1)
        return -float(weights @ np.logaddexp.reduce(logs, axis=1))

    return -float(optimize.minimize(loss, start, method="BFGS", options={"gtol": 1e-7}).fun)


@pytest.mark.parametrize("weighted", [False, True])
def test_with_some_items_equal_it_is_the_maximum_of_a_likelihood_row_by_row(weighted: bool) -> None:
    profiles = made(**({"design_weights": "w"} if weighted else {}))
    fit = blocs.fit(profiles, 2, by="party", equal=list("abcd"), **FINE)
    weights = (TABLE["w"] / TABLE["w"].mean()).to_numpy() if weighted else np.ones(len(TABLE))
    start = np.array([-1.0, 0, 2, 2, 2, 2, 2, 0.5, -1, -1, -1, -1, -1, -1])
    assert fit.loglik == pytest.approx(naive(TABLE, weights, start), abs=1e-6)
    assert fit.n_parameters == 2 + 2 * 6


@pytest.mark.slow
def test_covariates_beside_items_that_are_free(tmp_path: Path) -> None:
    profiles = made(covariates=["party", "age"])
    fit = blocs.fit(profiles, 2, by="party", equal=list("abcd"), covariates="~ age", **FINE)
    start = np.array([-1.0, 0, 2, 2, 2, 2, 2, 0.5, -1, -1, -1, -1, -1, -1, 0])
    assert fit.loglik == pytest.approx(naive(TABLE, np.ones(len(TABLE)), start), abs=1e-6)
    assert fit.n_parameters == 3 + 2 * 6
    errors = blocs.standard_errors(fit, profiles)
    assert errors.coefficients()["term"].tolist() == ["intercept", "age", "party[R]"]
    fit.save(tmp_path / "fit.json")
    np.testing.assert_array_equal(blocs.load(tmp_path / "fit.json", profiles).posterior(TABLE), fit.posterior(TABLE))
    equal = blocs.fit(profiles, 2, by="party", equal="all", covariates="~ age", **FINE)
    assert blocs.lr_test(equal, fit, profiles).df == 2
    assert "age" in fit.summary(errors)


def test_types_have_the_numbers_of_the_equal_fit_and_likelihood_ratios_are_those_of_the_test() -> None:
    profiles = made()
    equal, free = (blocs.fit(profiles, 2, by="party", equal=of, **FINE) for of in ("all", list("abcd")))
    assert equal.loglik == pytest.approx(blocs.fit(profiles, 2, groups="party", **FINE).loglik, abs=1e-9)
    np.testing.assert_allclose(free.shares, equal.shares, atol=0.05)
    test = blocs.invariance_test(profiles, 2, "party", "e", **FINE)
    found = blocs.lr_test(equal, free, profiles)
    assert (found.lr, found.df) == (pytest.approx(test.together.statistic, abs=1e-6), test.together.df)


def test_a_fit_takes_the_data_as_they_were(tmp_path: Path) -> None:
    profiles = made()
    fit = blocs.fit(profiles, 2, by="party", equal="e", **FINE)
    wanted = fit.posterior(blocs.items_by_group(profiles, "party", list("abcd")))
    np.testing.assert_allclose(fit.posterior(profiles), wanted, rtol=1e-12)
    np.testing.assert_allclose(fit.posterior(TABLE), wanted, rtol=1e-12)
    np.testing.assert_allclose(fit.posterior(TABLE.drop(columns="a").iloc[:9].assign(a=None)).sum(axis=1), 1)
    fit.save(tmp_path / "fit.json")
    again = blocs.load(tmp_path / "fit.json", profiles)
    np.testing.assert_array_equal(again.posterior(TABLE), fit.posterior(TABLE))
    assert len(blocs.standard_errors(again, profiles).table()) == len(fit.table())
    assert "9 items" in repr(fit.mixture)
    assert blocs.bivariate_residuals(fit, profiles)["x2"].notna().all()
    assert "converged" in str(blocs.diagnose(fit, profiles))


@pytest.mark.slow
def test_questions_of_a_fit_with_free_items() -> None:
    cells = made(covariates=None, groups="party")
    fit = blocs.fit(cells, 2, by="party", equal=list("abcd"), **FINE)
    test = blocs.shares_test(fit, cells).table()
    assert test["df"].tolist() == [1]
    plain = blocs.fit(blocs.items_by_group(made(), "party", "e"), 2, **FINE)
    assert test["statistic"][0] == pytest.approx(2 * (fit.loglik - plain.loglik), abs=1e-5)
    assert "e [party R]" in blocs.html_report(fit, cells).html
    with pytest.raises(blocs.InputError) as caught:
        fit.posterior(cells)
    assert str(caught.value) == (
        "profiles: there is no column 'party'. There are no columns to choose from. Items of the fit differ by it: "
        "name it among the covariates where the profiles are made."
    )


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"membership": "by"}, "membership: it is 'by'. The only choice is 'by_group', shares by group; without it "
         "shares are the same for all rows, or depend on `covariates=`."),
        ({"membership": "by_group"}, "membership: there are the columns 'party', 'age'. Each group has shares of its "
         "own. Name one or more with `groups=`."),
        ({"membership": "by_group", "by": "party"}, "membership: the groups of `by=` have shares of their own already. "
         "One of the two says what shares depend on. Leave it out."),
        ({"by": "party", "covariates": "~ age + party"}, "by: 'party' has intercepts of its own already. Beside "
         "covariates it stands for C(party) in their formula. Leave it out of `covariates=`."),
        ({"equal": "none"}, "equal: it is 'none', and there are no groups. It says which items are equal in all "
         "groups. Name the column of these with `by=`."),
        ({"by": "party", "equal": ["f"]}, "equal: there is no item 'f'. It is 'all', 'none', or items that are equal "
         "in all groups: 'a', 'b', 'c', 'd', 'e'."),
        ({"by": "prty"}, "by: there is no column 'prty'. The columns are 'party', 'age'. Nearest match: party. Name it "
         "among the covariates where the profiles are made."),
        ({"by": "party", "equal": "none", "checkpoint": "f"}, "Items that are free by group are not available with "
         "checkpoint=: a checkpoint is that of one fit, and items that are free by group take several."),
        ({"groups": ["party", "age"], "covariates": "~ age"}, "Groups by several columns are not available together "
         "with covariates. Make one column of them, or write products of C(column) in the formula."),
    ],
)  # fmt: skip
def test_what_contradicts_is_refused_by_name(how: dict[str, Any], message: str) -> None:
    with pytest.raises(blocs.BlocsError) as caught:
        blocs.fit(made(covariates=["party", "age"]), 2, **how)
    assert str(caught.value) == message


def test_profiles_without_groups_and_counts_are_refused() -> None:
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(Profiles.from_table(TABLE, items=ITEMS), 2, membership="by_group")
    assert str(caught.value) == ("membership: the profiles have no groups. Each group has shares of its own. Name a "
                                 "column as `groups=` where the profiles are made.")  # fmt: skip
    counted = Profiles.from_table(TABLE, items=[*ITEMS, "age"], kinds={"age": blocs.Poisson()}, covariates="party")
    with pytest.raises(blocs.UnsupportedError) as refused:
        blocs.fit(counted, 2, by="party", equal="none")
    assert str(refused.value) == ("Probabilities that differ by group are for items of categories; item 'age' is "
                                  "poisson. Name it in equal=.")  # fmt: skip


def test_groups_beside_covariates_are_levels_of_the_formula() -> None:
    profiles = made(covariates=["party", "age"])
    both = blocs.fit(profiles, 2, membership="by_group", groups="party", covariates="~ np.log(age)", **FINE)
    formula = blocs.fit(profiles, 2, covariates="~ np.log(age) + C(party)", **FINE)
    assert both.loglik == formula.loglik
    assert both.coefficients()["term"].tolist() == ["intercept", "np.log(age)", "party[R]"]


def test_a_prior_beside_covariates_is_observations_of_every_type_at_their_means() -> None:
    """Against a likelihood with these observations, maximised row by row; without covariates it is that of shares."""
    profiles = made(covariates=["age"])
    fit = blocs.fit(profiles, 2, covariates="~ age", prior=2.0, **FINE)
    y, x = (TABLE[ITEMS] == "yes").to_numpy(), TABLE["age"].to_numpy(float) / 10
    x = x - x.mean()

    def loss(v: np.ndarray) -> float:
        eta = np.column_stack([np.zeros(len(x)), v[0] + v[1] * x])
        logs = eta - np.logaddexp.reduce(eta, axis=1, keepdims=True)
        logit = v[2:].reshape(2, 5)
        for k in range(2):
            logs[:, k] += -np.logaddexp(0, np.where(y, -logit[k], logit[k])).sum(axis=1)
        prior = 2 * (-np.logaddexp(0, v[0]) - np.logaddexp(0, -v[0]))
        prior += 2 * (-np.logaddexp(0, logit) - np.logaddexp(0, -logit)).sum()
        return -float(np.logaddexp.reduce(logs, axis=1).sum() + prior)

    best = optimize.minimize(loss, np.array([0.0, 0, *[2.0] * 5, *[-1.0] * 5]), method="BFGS", options={"gtol": 1e-8})
    value = fit.loglik + float(fit.mixture.log_prior(fit.params)[0])
    assert value == pytest.approx(-best.fun, abs=1e-6)
    assert fit.coefficients()["coefficient"][1] * 10 == pytest.approx(best.x[1], abs=1e-4)
    few = Profiles.from_table(TABLE.assign(age=np.arange(len(TABLE)) % 2), items=ITEMS, covariates="age")
    slopes = [blocs.fit(few, 1, covariates="~ age", prior=of) for of in (0, 3)]
    assert slopes[0].loglik > slopes[1].loglik


def test_residuals_of_items_that_are_free_by_group_expect_what_each_group_does() -> None:
    profiles = made()
    fit = blocs.fit(profiles, 2, by="party", equal=list("abcd"), **FINE)
    table = blocs.residuals(fit, profiles, top=10**6)
    assert table["observed"].sum() == len(TABLE)
    shares, p = fit.shares_by_group(), fit.table().set_index(["item", "outcome", "type"])["probability"]
    row = table.iloc[0]
    party = "D" if row["e [party R]"] is None else "R"
    expected = 0.0
    for k in (1, 2):
        own = shares[(shares["party"] == party) & (shares["type"] == k)]["share"].item()
        for item in (*"abcd", f"e [party {party}]"):
            own *= p[item, row[item], k]
        expected += own
    assert row["expected"] == pytest.approx(expected * (TABLE["party"] == party).sum(), rel=1e-9)
