"""Functions in formulas: columns by hand, means and knots of all observations, effects, files, and other rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import BSpline

import blocs
from blocs.membership import Design
from blocs.profiles import Profiles
from test_covariates import ITEMS, TABLE, made

ROWS = TABLE.iloc[:400]


def columns(formula: str, **how: Any) -> np.ndarray:
    """(N, Q - 1) columns of a formula, in the units of the covariates, row by row of the table."""
    profiles = made(ROWS, **how)
    design = Design.of(formula, profiles)
    raw = design.matrix(profiles.covariates) * design.scale + design.centre
    assert profiles.covariates is not None
    return profiles.expand(raw[profiles.covariates.row])[list(range(1, raw.shape[1]))].to_numpy()


def knots(age: np.ndarray) -> np.ndarray:
    """B-splines of three degrees with a knot at the median, without the first."""
    ends = [[age.min()] * 4, [np.quantile(age, 0.5)], [age.max()] * 4]
    spline = BSpline.design_matrix(np.minimum(age, age.max() - 1e-9), np.concatenate(ends), 3)
    return np.asarray(spline.toarray())[:, 1:]


AGE = ROWS["age"].to_numpy(float)


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("~ I(age**2)", AGE[:, None] ** 2),
        ("~ np.log(age):C(party)", np.column_stack([np.log(AGE) * (ROWS["party"] == of) for of in ("DEM", "REP")])),
        ("~ I(age > 50)", (AGE > 50)[:, None]),
        ("~ center(age)", AGE[:, None] - AGE.mean()),
        ("~ scale(age)", (AGE[:, None] - AGE.mean()) / AGE.std(ddof=1)),
        ("~ bs(age, df=4)", knots(AGE)),
        ("~ C(party, Treatment('REP'))", (ROWS["party"] == "DEM").to_numpy()[:, None]),
        ("~ C(party, contr.sum)", np.where(ROWS["party"] == "DEM", 1, -1)[:, None]),
    ],
)
def test_columns_are_those_by_hand(formula: str, wanted: np.ndarray) -> None:
    np.testing.assert_allclose(columns(formula), wanted.astype(float), atol=1e-7)


def test_polynomials_are_orthonormal_over_all_observations() -> None:
    x = columns("~ poly(age, 3)")
    np.testing.assert_allclose(x.T @ x, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(x.sum(axis=0), 0, atol=1e-12)


def test_frequencies_are_copies_and_the_order_of_rows_does_not_matter() -> None:
    profiles, counts = made(ROWS), 1 + np.arange(len(ROWS)) % 3
    for formula in ("~ center(age)", "~ bs(age, df=5)", "~ poly(age, 2)"):
        copies, weighted, turned = (
            Design.of(formula, of) for of in (
                made(ROWS.loc[np.repeat(ROWS.index, counts)]), made(ROWS.assign(n=counts), weights="n"),
                made(ROWS.sample(frac=1, random_state=1)),
            )
        )  # fmt: skip
        assert weighted == copies
        assert turned == Design.of(formula, profiles)
        assert copies.state != turned.state
    with pytest.raises(blocs.UnsupportedError) as caught:
        Design.of("~ center(age)", made(ROWS.assign(n=1.5), weights="n"))
    assert str(caught.value) == (
        "'~ center(age)' has functions of all rows, such as center() and bs(), which are not available where numbers "
        "of observations are no whole numbers. Compute these columns in the table."
    )


def test_a_fit_is_saved_with_its_knots_and_predicts_other_rows(tmp_path: Path) -> None:
    profiles = made(ROWS)
    fit = blocs.fit(profiles, 2, covariates="~ bs(age, df=4) + C(party, Treatment('REP'))", starts=2, most=2)
    fit.save(tmp_path / "fit.json")
    again = blocs.load(tmp_path / "fit.json", profiles)
    few = ROWS.iloc[[0, 7, 9]].reset_index(drop=True)
    few = few.assign(party="REP", age=[30, 40, 30])  # one level, other quantiles
    wanted = fit.posterior(pd.concat([few, ROWS], ignore_index=True)).iloc[:3]
    np.testing.assert_allclose(again.posterior(few), wanted, rtol=1e-12)
    with pytest.raises(blocs.InputError) as caught:
        again.posterior(few.assign(age=99))
    assert str(caught.value).startswith("covariates: \"~ bs(age, df=4) + C(party, Treatment('REP'))\" cannot be "
                                        "computed: ")  # fmt: skip
    test = blocs.shares_test(fit, profiles)
    assert test.table()["df"].tolist() == [4, 1, 5]


def test_effects_of_a_number_are_those_of_all_its_columns() -> None:
    profiles = made(ROWS)
    fit = blocs.fit(profiles, 2, covariates="~ np.log(age) + I(age**2) + age:party", starts=2, most=2)
    table = blocs.standard_errors(fit, profiles).margins().set_index(["covariate", "type"])

    def shares(step: float) -> np.ndarray:
        moved = made(ROWS.assign(age=ROWS["age"] + step))
        shard = fit.mixture.shard(moved)
        prior = fit.mixture.membership.prior(fit.params.columns()[0], shard)[shard.group]
        return np.average(prior, axis=0, weights=moved.weights)

    np.testing.assert_allclose(table.loc["age", "effect"], (shares(1e-3) - shares(-1e-3)) / 2e-3, rtol=2e-4)
    other = blocs.fit(profiles, 2, covariates="~ C(party, Treatment('REP'))", init=None, starts=2, most=2)
    effects = blocs.standard_errors(other, profiles).margins()
    assert effects[["covariate", "change"]].drop_duplicates().to_numpy().tolist() == [["party[DEM]", "against REP"]]


def test_a_file_cannot_run_code(tmp_path: Path) -> None:
    """A formula in a file is read by the same rules, before anything in it is computed."""
    fit, name = blocs.fit(made(ROWS), 2, covariates="~ age", starts=2, most=2), tmp_path / "fit.json"
    fit.save(name)
    data = json.loads(name.read_text())
    data["covariates"]["formula"] = f"~ age + I(open('{tmp_path}/written', 'w'))"
    name.write_text(json.dumps(data))
    with pytest.raises(blocs.InputError):
        blocs.load(name)
    assert not (tmp_path / "written").exists()


def test_files_without_names_of_columns_are_read() -> None:
    """As they were saved before formulas had functions."""
    profiles = Profiles.from_table(ROWS, items=ITEMS, covariates=["age", "party"])
    design = Design.of("~ age * party", profiles)
    plain = {key: value for key, value in design.to_plain().items() if key not in ("names", "sizes", "state")}
    assert Design.from_plain(plain) == design
    three = Profiles.from_table(ROWS.assign(year=ROWS.index % 3, place=ROWS.index % 4), items=ITEMS,
                                covariates=["year", "place"])  # fmt: skip
    plain = Design.of("~ C(year) * C(place)", three).to_plain()
    del plain["names"]
    with pytest.raises(ValueError, match="products of columns of more than two levels"):
        Design.from_plain(plain)
