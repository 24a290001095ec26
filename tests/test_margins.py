"""Average marginal effects and coefficients against another type: published values, differences, laws, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.inference.margins import margins
from blocs.model.scores import from_free_vector, to_free_vector
from blocs.profiles import Profiles
from errors_support import Shared, published
from test_covariates import FINE, TABLE, made

KEYS = {"observed": "observed", "opg": "opg", "robust": "sandwich"}


@pytest.mark.parametrize("kind", list(KEYS))
def test_published_marginal_effects(shared_data: Shared, kind: str) -> None:
    wanted, frame = published(shared_data), pd.read_csv(shared_data("lca/cheating.csv"))
    profiles = Profiles.from_table(frame, covariates="GPA")
    table = blocs.standard_errors(blocs.fit(profiles, 2, covariates="~ GPA", **FINE), profiles, kind).margins()
    assert table[["covariate", "change", "type"]].to_numpy().tolist() == [["GPA", "one more unit", k] for k in (1, 2)]
    for column, name in (("effect", "ame"), ("se", f"ame_se_{KEYS[kind]}")):
        number = wanted[f"cheating_GPA_K2.{name}"]
        np.testing.assert_allclose(table[column], number["value"], rtol=0, atol=number["tol"])
    np.testing.assert_allclose(table["z"], table["effect"] / table["se"])
    assert ((table["high"] - table["low"]) / 2 / table["se"]).tolist() == pytest.approx([1.959963984540054] * 2)


def problem(formula: str, table: pd.DataFrame = TABLE.iloc[:500]) -> tuple[blocs.Fit, Profiles]:
    profiles = made(table)
    return blocs.fit(profiles, 3, covariates=formula, starts=4, seed=1, **FINE), profiles


def test_effects_are_differences_of_mean_shares_row_by_row() -> None:
    fit, profiles = problem("~ age * party")
    table = blocs.standard_errors(fit, profiles).margins().set_index(["covariate", "type"])
    assert table.loc["party[REP]", "change"].unique().tolist() == ["against DEM"]

    def shares(**values: object) -> np.ndarray:
        moved = made(TABLE.iloc[:500].assign(**values))
        shard = fit.mixture.shard(moved)
        prior = fit.mixture.membership.prior(fit.params.columns()[0], shard)[shard.group]
        return np.average(prior, axis=0, weights=moved.weights)

    step, age = 1e-3, TABLE["age"].iloc[:500]
    slope = (shares(age=age + step) - shares(age=age - step)) / (2 * step)
    np.testing.assert_allclose(table.loc["age", "effect"], slope, atol=1e-9)
    # a table of one party has one level: its own rows stand beside it with no weight
    both = [shares(party=np.where(np.arange(500) < 499, party, other))
            for party, other in (("REP", "DEM"), ("DEM", "REP"))]  # fmt: skip
    np.testing.assert_allclose(table.loc["party[REP]", "effect"], both[0] - both[1], atol=5e-3)
    for covariate in ("age", "party[REP]"):
        assert table.loc[covariate, "effect"].sum() == pytest.approx(0, abs=1e-12)


def test_steps_of_a_number_have_the_difference_between_its_ends() -> None:
    fit, profiles = problem("~ C(age > 40) + party")
    table = blocs.standard_errors(fit, profiles).margins().set_index(["covariate", "type"])
    rows = TABLE.iloc[:500]
    least, most = rows["age"].min(), rows["age"].max()
    assert table.loc[f"age[{most:g}]", "change"].unique().tolist() == [f"against {least:g}"]

    def shares(age: float) -> np.ndarray:
        moved = made(rows.assign(age=age))
        shard = fit.mixture.shard(moved)
        prior = fit.mixture.membership.prior(fit.params.columns()[0], shard)[shard.group]
        return np.average(prior, axis=0, weights=moved.weights)

    np.testing.assert_allclose(table.loc[f"age[{most:g}]", "effect"], shares(most) - shares(least), atol=1e-12)
    assert table.loc[f"age[{most:g}]", "effect"].abs().min() > 1e-3
    assert table.loc["party[REP]", "change"].unique().tolist() == ["against DEM"]


@pytest.mark.slow
def test_errors_are_those_of_differences_by_the_coefficients() -> None:
    fit, profiles = problem("~ C(age) + party", TABLE[TABLE["age"].isin([20, 50, 80])])
    errors, mixture = blocs.standard_errors(fit, profiles), fit.mixture
    assert errors.covariates is not None
    assert fit.design is not None
    vector, step = to_free_vector(mixture, fit.params)[0], 1e-5

    def effects(at: np.ndarray) -> np.ndarray:
        gamma = from_free_vector(mixture, at[None], fit.params).membership[1:, 0]
        theta = (gamma[:, 1:] - gamma[:, :1]).T.ravel()
        return np.concatenate([of.effect for of in margins(fit.design, *errors.covariates, theta, fit.types)])

    slopes = np.array([(effects(vector + step * e) - effects(vector - step * e)) / (2 * step)
                       for e in np.eye(len(vector))]).T  # fmt: skip
    covariance = errors.kept.basis @ errors.matrix @ errors.kept.basis.T
    table = errors.margins()
    np.testing.assert_allclose(table["effect"], effects(vector))
    some = (table["flag"] == "").to_numpy()
    assert some.sum() >= 6
    np.testing.assert_allclose(table["se"][some], np.sqrt(np.diagonal(slopes @ covariance @ slopes.T))[some], rtol=1e-5)


@pytest.mark.slow
def test_a_column_of_numbers_as_levels_has_an_effect_for_each() -> None:
    fit, profiles = problem("~ C(age) + party")
    names = blocs.standard_errors(fit, profiles).margins()["covariate"].drop_duplicates().tolist()
    assert names[:2] == ["age[25]", "age[30]"]
    assert names[-1] == "party[REP]"


def test_coefficients_against_another_type_are_differences() -> None:
    fit, profiles = problem("~ age + party")
    errors = blocs.standard_errors(fit, profiles, "robust")
    first = errors.coefficients().set_index(["type", "term"])
    second = errors.coefficients(reference=2).set_index(["type", "term"])
    assert second.index.get_level_values("type").unique().tolist() == [1, 3]
    plain = fit.coefficients(reference=2).set_index(["type", "term"])
    for term in ("intercept", "age", "party[REP]"):
        assert second.loc[(1, term), "coefficient"] == pytest.approx(-first.loc[(2, term), "coefficient"])
        assert second.loc[(1, term), "se"] == pytest.approx(first.loc[(2, term), "se"])
        difference = first.loc[(3, term), "coefficient"] - first.loc[(2, term), "coefficient"]
        assert second.loc[(3, term), "coefficient"] == pytest.approx(difference)
        assert plain.loc[(3, term), "odds_ratio"] == pytest.approx(np.exp(difference))
    turned = fit.relabel({1: 2, 2: 1, 3: 3})  # the same by another route: the second type becomes the first
    again = blocs.standard_errors(turned, profiles, "robust").coefficients().set_index(["type", "term"])
    for term in ("intercept", "age", "party[REP]"):
        assert second.loc[(3, term), "se"] == pytest.approx(again.loc[(3, term), "se"], rel=1e-6)
        assert second.loc[(3, term), "p"] == pytest.approx(again.loc[(3, term), "p"], rel=1e-5)


def test_what_is_not_there_is_refused() -> None:
    fit, profiles = problem("~ age")
    for asked in (fit.coefficients, blocs.standard_errors(fit, profiles).coefficients):
        with pytest.raises(blocs.InputError) as caught:
            asked(reference=4)
        assert str(caught.value) == "reference: there is no type 4. The fit has 3 types, numbered from 1."
    plain = blocs.fit(profiles, 2, starts=1)
    with pytest.raises(blocs.UnsupportedError) as refused:
        blocs.standard_errors(plain, profiles).margins()
    assert str(refused.value) == "The fit has no covariates: fit with covariates='~ ...' first."
