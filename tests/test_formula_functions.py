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
from blocs.inference.margins import margins
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


WITH_X = ROWS.assign(x=np.arange(len(ROWS)) % 7 - 1.5, scale=np.arange(len(ROWS)) % 5 + 0.5)


def of_x(rows: pd.DataFrame) -> Profiles:
    return Profiles.from_table(rows, items=ITEMS, covariates=["age", "party", "x", "scale"])


@pytest.mark.parametrize("formula", ["~ C(np.floor(x))", "~ C(np.floor(x), contr.poly)", "~ C(x > 0) + age"])
def test_levels_that_are_computed_are_kept(formula: str) -> None:
    """Rows that lack a level have the columns that they have among all rows, and so they have after loading."""

    def matrix(design: Design, rows: pd.DataFrame) -> np.ndarray:
        profiles = of_x(rows.reset_index(drop=True))
        assert profiles.covariates is not None
        return profiles.expand(design.matrix(profiles.covariates)[profiles.covariates.row]).to_numpy()

    design = Design.of(formula, of_x(WITH_X))
    wanted = matrix(design, WITH_X)
    again = Design.from_plain(json.loads(json.dumps(design.to_plain())))
    assert again == design
    for few in ([0], [6], [4, 5, 6, 13], [2, 1]):
        np.testing.assert_array_equal(matrix(again, WITH_X.iloc[few]), wanted[few])


def test_levels_that_were_not_fitted_are_refused() -> None:
    design = Design.of("~ C(np.floor(x))", of_x(WITH_X))
    assert design.columns[1] == "C(np.floor(x))[T.-1.0]"
    with pytest.raises(blocs.InputError) as caught:
        design.matrix(of_x(WITH_X.assign(x=77.5)).covariates)
    assert str(caught.value) == (
        "covariates['C(np.floor(x))']: it has the levels 77.0, of which the fit knows nothing. Its levels are -2.0, "
        "-1.0, 0.0, 1.0, 2.0, 3.0, 4.0. Leave these rows out."
    )
    before = Design.from_plain({**design.to_plain(), "state": "{}"})  # as it was saved without levels
    with pytest.raises(blocs.InputError) as caught:
        before.matrix(of_x(WITH_X).covariates)
    assert str(caught.value) == "covariates['C(np.floor(x))']: its levels are not in the fit. Fit again."
    with pytest.raises(blocs.InputError) as caught:
        Design.of("~ C(np.log(x))", of_x(WITH_X))
    assert str(caught.value).startswith("covariates: C(np.log(x)) is no finite number in some rows.")


def test_fits_with_computed_levels_predict_rows_one_by_one(tmp_path: Path) -> None:
    profiles = of_x(WITH_X)
    fit = blocs.fit(profiles, 2, covariates="~ C(x > 0)", starts=2, most=2)
    fit.save(tmp_path / "fit.json")
    again, rows = blocs.load(tmp_path / "fit.json"), WITH_X.reset_index(drop=True)
    wanted = fit.posterior(rows).to_numpy()
    for at in (0, 3, 6):
        one = rows.iloc[[at]].reset_index(drop=True)
        np.testing.assert_allclose(again.posterior(one).to_numpy(), wanted[[at]], rtol=1e-12)
    assert np.isfinite(blocs.standard_errors(fit, profiles).margins()["effect"]).all()


LARGE = "df or degree that is no whole number, or large"


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("~ " + "*".join("abcdefghijklmnopqrst"), "a formula has up to 1,000 terms"),
        ("~ " + "+".join(["x"] * 1001), "a formula has up to 1,000 terms"),
        ("~ (x + age + party)**20", "a power of terms is no whole number, or large"),
        ("~ (x + age)**(1 + 1)", "a power of terms is no whole number, or large"),
        ("~ x**1000000000", "a power of terms is no whole number, or large"),
        ("~ np.where(x, [1]*300000000, 1)", "has a list that is long, or does not stand in an argument"),
        ("~ np.where(x, [[1], [2]], 1)", "has a list that is long, or does not stand in an argument"),
        ("~ I((1, 2) and x)", "has a list that is long, or does not stand in an argument"),
        (f"~ bs(x, knots={[0.5] * 101})", "has a list that is long, or does not stand in an argument"),
        ("~ I(x + 'a' * 300000000)", "computes with text"),
        ("~ I(x + I('a') * 300000000)", "computes with text"),
        ("~ bs(x, df=200000)", LARGE),
        ("~ bs(x, 4, None, 200000)", LARGE),
        ("~ cr(x, 200 * 1000)", LARGE),
        ("~ poly(x, degree=2000000)", LARGE),
        ("~ bs(x, df=50):bs(age, df=50)", "the splines and polynomials of the formula have too many columns"),
        ("~ " + "x + " * 3000 + "x", "a formula of 12,003 letters is too long"),
        ("~ I(" + "x + " * 2000 + "x)", "its parts stand too deep in each other"),
        ("~ bs(x, **age)", "has '**'"),
        ("~ C(x, levels=[0.5, 1.5])", "Make the column a categorical in the table, with its levels in order."),
        ("~ scale(x) + scale", "'scale' is a column and a function of the formula."),
        ("~ np.log(x) + np", "'np' is a column and a function of the formula."),
        ("~ C", "covariates: there is no column 'C'."),
        ("~ C(party, Treatment)", "covariates: there is no column 'Treatment'."),
    ],
)
def test_large_and_ambiguous_formulas_are_refused(formula: str, message: str) -> None:
    with pytest.raises(blocs.InputError) as caught:
        Design.of(formula, of_x(WITH_X.iloc[:20]))
    assert message in str(caught.value)


def test_formulas_within_the_bounds_are_read() -> None:
    profiles = of_x(WITH_X)
    for formula, size in (
        ("~ center(scale) + scale:age", 2), ("~ scale", 1), ("~ (x + age + scale)**3", 7),
        ("~ bs(age, knots=[40, 50], lower_bound=0, upper_bound=1000)", 5),
        ("~ {np.where(party == 'REP', 1, 0) * age}", 1), ("~ C(party, [[1], [3]])", 1),
    ):  # fmt: skip
        assert len(Design.of(formula, profiles).columns) == 1 + size


def test_functions_of_all_rows_have_a_bound() -> None:
    with pytest.raises(blocs.UnsupportedError) as caught:
        Design.of("~ center(age)", made(ROWS.assign(n=10**9), weights="n"))
    assert str(caught.value) == (
        "'~ center(age)' has functions of all rows, such as center() and bs(), which are available for up to "
        "20,000,000 observations, and there are 400,000,000,000. Compute these columns in the table."
    )


@pytest.mark.parametrize("state", ["}{", "[1]", ["center(age)"], '{"levels": 1}', '{"levels": {"C(x > 0)": [[1]]}}',
                                   "[" * 100_000])  # fmt: skip
def test_damaged_states_are_damaged_fits(state: Any) -> None:
    plain = Design.of("~ center(age)", made(ROWS)).to_plain()
    with pytest.raises(ValueError, match=r"."):
        Design.from_plain({**plain, "state": state})


@pytest.mark.parametrize(("formula", "state"), [
    ("~ center(age)", '{"center(age)": 5}'), ("~ center(age)", '{"center(age)": {"center": "a"}}'),
    ("~ bs(age, df=4)", '{"bs(age, df=4)": {"knots": [1, "b"], "lower_bound": 0, "upper_bound": 1}}'),
    ("~ C(age > 40)", '{"levels": {"C(age > 40)": [null, null]}}'),
])  # fmt: skip
def test_other_values_in_a_state_cannot_be_computed(formula: str, state: str) -> None:
    profiles = made(ROWS)
    damaged = Design.from_plain({**Design.of(formula, profiles).to_plain(), "state": state})
    with pytest.raises(blocs.InputError, match="cannot be computed"):
        damaged.matrix(profiles.covariates)


def test_levels_in_a_file_fit_its_columns() -> None:
    plain = Design.of("~ C(party):C(np.floor(x))", of_x(WITH_X)).to_plain()
    assert Design.from_plain(plain).to_plain() == plain
    plain["state"] = json.dumps({"levels": {"C(np.floor(x))": list(range(3_000))}})
    with pytest.raises(ValueError, match="the levels of the covariates do not fit their columns"):
        Design.from_plain(plain)


def test_groups_beside_covariates_are_checked_first() -> None:
    profiles = Profiles.from_table(ROWS.assign(**{"ar`ea": ROWS.index % 3}), items=ITEMS,
                                   covariates=["age", "party", "ar`ea"])  # fmt: skip
    for group, message in (
        ("party", "groups: 'party' has intercepts of its own already. Beside covariates it stands for C(party) in "
                  "their formula. Leave it out of `covariates=`."),
        ("ar`ea", "groups: column 'ar`ea' has a backquote. Beside covariates the name of a group stands between "
                  "backquotes. Give the column another name."),
    ):  # fmt: skip
        with pytest.raises(blocs.InputError) as caught:
            blocs.fit(profiles, 2, covariates="~ age + party", groups=group)
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("formula", "end"),
    [
        ("~ age^2", "a power of one term is that term, in ^2. {rule} Write I(column**2)."),
        ("votes ~ age", "'votes ~ age' does not begin with '~'. {rule} Write '~ age'."),
        ("~ C(party * age", "'~ C(party * age' cannot be read: it has 1 opening bracket and 0 closing. {rule} Close "
                            "every bracket."),
        ("~ C(party, ref='Rep')", "\"~ C(party, ref='Rep')\" names the reference level by an argument of C(). {rule} "
                                  "Write C(column, Treatment(\"level\"))."),
        ("~ C(party, Treatment('REP'))", "\"~ C(party, Treatment('REP'))\" has the reference level 'REP', which is not "
                                         "there. The levels are 'Dem', 'Rep'. Nearest match: Rep."),
    ],
)  # fmt: skip
def test_what_is_written_otherwise_elsewhere(formula: str, end: str) -> None:
    rule = (
        "A formula is '~' and terms with '+' between them: a column, C(column) for its levels, a:b, a*b, "
        "np.log(column)."
    )
    table = {"a": [0, 1, 1, 0], "b": [0, 1, 0, 1], "age": [20, 30, 40, 50], "party": ["Dem", "Rep", "Rep", "Dem"]}
    profiles = blocs.Profiles.from_table(table, items=["a", "b"], covariates=["age", "party"])
    with pytest.raises(blocs.InputError) as refused:
        blocs.fit(profiles, 2, covariates=formula)
    assert str(refused.value) == f"covariates: {end.replace('{rule}', rule)}"


def test_levels_by_the_name_that_r_has() -> None:
    with pytest.raises(blocs.InputError, match=r"For the levels of a column write C\(column\)\.$"):
        blocs.fit(blocs.Profiles.from_table({"a": [0, 1], "age": [2, 3]}, items="a", covariates="age"), 1,
                  covariates="~ factor(age)")  # fmt: skip


@pytest.mark.parametrize("name", ["floor", "ceil", "sign", "where", "not", "a < b", "a % b"])
def test_names_of_columns_make_no_steps(name: str) -> None:
    table = {"q": np.arange(40) % 2, name: np.linspace(1, 3, 40)}
    profiles = Profiles.from_table(table, items=["q"], covariates=[name])
    computed = [f"~ np.log(`{name}`)"] if name != "not" else []  # which Python does not read as a name
    computed += [f"~ {name}", f"~ np.log({name}) + {name}"] if name.isidentifier() and name != "not" else []
    for formula in (f"~ `{name}`", *computed):
        design = Design.of(formula, profiles)
        assert not design.stepped(name)
        found = margins(design, profiles.covariates, profiles.weights, np.zeros(len(design.columns)), 2)
        assert [(of.covariate, of.change) for of in found] == [(name, "one more unit")]


@pytest.mark.parametrize(
    "formula",
    ["~ np.floor(x)", "~ {np.floor (x)}", "~ np.ceil(x)", "~ np.sign(x - 2)", "~ np.where(x - 2, x, 2)", "~ I(x > 2)",
     "~ I(x // 2)"],
)
def test_functions_and_comparisons_make_steps(formula: str) -> None:
    profiles = Profiles.from_table({"q": np.arange(40) % 2, "x": np.linspace(1, 4, 40)}, ["q"], covariates=["x"])
    assert Design.of(formula, profiles).stepped("x")
