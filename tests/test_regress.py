"""Two and three steps: published values, derivatives by the types, weights, clusters, margins, refusals."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.inference.first_step import FirstStep, first_step
from blocs.inference.step_assignment import assignment_of
from blocs.inference.step_models import Regression
from blocs.inference.step_rows import StepRows, step_rows
from blocs.inference.step_slopes import slopes_by_types
from blocs.inference.step_sums import row_sums, step_sums
from blocs.inference.steps import estimate, pieces_of
from blocs.membership import Design
from blocs.model.scores import from_free_vector
from blocs.profiles import Profiles
from errors_support import Shared, jacobian
from steps_support import FINE, free, known_table, published, study, voters

WAYS = [("two_step", "modal")] + [(m, a) for m in ("naive", "bch", "ml") for a in ("modal", "proportional")]


def given(method: str, assignment: str) -> str | None:
    """The argument, which two steps do not have."""
    return None if method == "two_step" else assignment


def name_of(method: str, assignment: str) -> str:
    suffix = {"modal": "modal", "proportional": "soft"}[assignment]
    return "threestep.cov_two_step" if method == "two_step" else f"threestep.cov_{method}_{suffix}"


def test_published_values(shared_data: Shared) -> None:
    """Estimates and errors of all methods; those of ML and BCH are also StepMix's (see `docs/covariates.md`)."""
    wanted = published(shared_data)
    fit, profiles = study(shared_data, covariates="x")
    compared = 0
    for method, assignment in WAYS:
        name = name_of(method, assignment)
        for errors, kind, key in (
            ("corrected", None, "se_robust_plus_step1_robust"), ("uncorrected", "robust", "se_robust"),
            ("corrected", "observed", "se_hess_plus_step1_observed"), ("uncorrected", "observed", "se_hess"),
        ):  # fmt: skip
            if f"{name}.{key}" not in wanted or (kind == "observed" and assignment == "proportional"):
                continue
            found = blocs.regress(
                fit, profiles, "~ x", method, assignment=given(method, assignment), errors=errors, kind=kind
            )
            table = found.coefficients()
            for column, number in (("coefficient", wanted[f"{name}.est"]), ("se", wanted[f"{name}.{key}"])):
                np.testing.assert_allclose(table[column], np.ravel(number["value"]), rtol=0, atol=number["tol"])
            np.testing.assert_allclose(np.sqrt(np.diagonal(found.matrix)), table["se"], rtol=1e-12)
            compared += 1
            if (errors, kind) == ("corrected", None) and f"{name}.se_bootstrap" in wanted:
                resampled = np.ravel(wanted[f"{name}.se_bootstrap"]["value"])  # rows through both steps
                np.testing.assert_allclose(table["se"], resampled, rtol=0.12)
    assert compared == 14
    assert blocs.regress(fit, profiles, "~ x", errors="uncorrected").kind == (
        "observed information, not corrected for the first step"
    )


def test_published_errors_with_weights(shared_data: Shared) -> None:
    """The three digits that were computed for the column of sampling weights, by other code."""
    fit, profiles = study(shared_data, covariates="x", design_weights="w")
    for method, se in (("two_step", [0.204, 0.147, 0.244, 0.206]), ("ml", [0.208, 0.161, 0.263, 0.225]),
                       ("bch", [0.216, 0.171, 0.278, 0.239])):  # fmt: skip
        rows = blocs.regress(fit, profiles, "~ x", method).coefficients()
        np.testing.assert_allclose(rows["se"], se, rtol=0, atol=6e-4)


def test_published_errors_of_assignments(shared_data: Shared) -> None:
    fit, profiles = study(shared_data)
    number = published(shared_data)["threestep.class_error_modal"]
    errors = assignment_of(fit.mixture, fit.params, profiles, "modal").errors
    np.testing.assert_allclose(errors, number["value"], rtol=0, atol=number["tol"])


def parts(method: str, assignment: str, **roles: Any) -> tuple[FirstStep, StepRows, Regression]:
    """The pieces of an estimate on data with menus and missing cells, where some rows lack a covariate."""
    fit, profiles, _ = voters(groups=("age", "party", "cluster"), **roles)
    first = first_step(fit, profiles, "This", method, assignment, "corrected", None, None)
    rows = step_rows(profiles, dict.fromkeys(["age", "party"], "covariates"), None, None)
    design = Design.of_rows("~ age + party", rows.columns, rows.counts, rows.weights)
    return first, rows, Regression(design.matrix(rows.columns), rows.columns.row, 2)


@pytest.mark.parametrize(("method", "assignment"), WAYS)
def test_slopes_by_the_types_are_numerical_derivatives(method: str, assignment: str) -> None:
    first, rows, model = parts(method, assignment, design_weights="weight")
    theta = np.array([0.3, -0.4, 0.2, 0.1])
    vector, mixture = free(first.fit), first.mixture

    def score(at: np.ndarray) -> np.ndarray:
        params = from_free_vector(mixture, at[None], first.fit.params)
        assigned = assignment_of(mixture, params, first.profiles, assignment)
        if assignment == "modal":  # who is assigned where does not move
            weighted = assigned.zeta * first.profiles.weights[:, None]
            errors = np.einsum("ut,us->ts", weighted, first.assignment.to) / assigned.totals[:, None]
            assigned = assigned._replace(to=first.assignment.to, errors=errors)
        moved = first._replace(assignment=assigned, fit=replace(first.fit, params=params))
        return step_sums(model, pieces_of(moved, rows, method), theta).score

    slopes = slopes_by_types(first, rows, model, pieces_of(first, rows, method), theta, method)
    numerical = jacobian(score, vector)
    np.testing.assert_allclose(slopes, numerical, rtol=1e-6, atol=1e-7 * np.abs(numerical).max())
    if method == "two_step":
        np.testing.assert_allclose(slopes[:, 0], 0)  # the shares of the first step drop out
    if (method, assignment) != ("naive", "modal"):
        assert np.abs(slopes).max() > 1


@pytest.mark.parametrize(("method", "assignment"), WAYS)
def test_the_sums_are_those_of_a_naive_sum_and_its_derivatives(method: str, assignment: str) -> None:
    first, rows, model = parts(method, assignment, design_weights="weight")
    theta, assigned = np.array([0.3, -0.4, 0.2, 0.1]), first.assignment
    pieces = pieces_of(first, rows, method)
    f = assigned.zeta / first.fit.params.shares[0]

    def value(at: np.ndarray) -> np.ndarray:
        total = 0.0
        for r, u in enumerate(rows.profile):
            odds = np.exp([0.0, model.x[rows.columns.row[r]] @ at])
            pi, w = odds / odds.sum(), assigned.to[u]
            total += rows.weights[r] * {
                "two_step": lambda pi=pi, u=u: np.log(pi @ f[u]),
                "naive": lambda pi=pi, w=w: w @ np.log(pi),
                "bch": lambda pi=pi, w=w: w @ np.linalg.inv(assigned.errors) @ np.log(pi),
                "ml": lambda pi=pi, w=w: w @ np.log(pi @ assigned.errors),
            }[method]()
        return np.array([total])

    sums = step_sums(model, pieces, theta)
    assert sums.value == pytest.approx(float(value(theta)[0]), rel=1e-12)
    np.testing.assert_allclose(sums.score, jacobian(value, theta)[0], rtol=1e-7, atol=1e-7)
    numerical = -jacobian(lambda at: step_sums(model, pieces, at).score, theta)
    np.testing.assert_allclose(sums.observed, numerical, rtol=1e-6, atol=1e-6)
    found = estimate(first, rows, model, np.zeros(4), method, "corrected")
    assert np.abs(step_sums(model, pieces, found.theta).score).max() < 1e-6


@pytest.mark.parametrize(("method", "assignment"), WAYS)
def test_errors_of_rows_and_clusters_by_hand(method: str, assignment: str) -> None:
    """H^-1 (B + A V A') H^-1 from scores of single rows, with sampling weights and with clusters."""
    for cluster in (None, "cluster"):
        fit, profiles, frame = voters(groups=("age", "party", "cluster"), design_weights="weight")
        found = blocs.regress(fit, profiles, "~ age", method, assignment=given(method, assignment), cluster=cluster)
        first = first_step(fit, profiles, "This", method, assignment, "corrected", None, cluster)
        rows = step_rows(profiles, {"age": "covariates"}, None, None)
        model = Regression(found.design.matrix(rows.columns), rows.columns.row, 2)
        pieces = pieces_of(first, rows, method)
        w = (frame["weight"] / frame["weight"].mean()).to_numpy()
        ages = rows.columns.values[rows.columns.row, 0]
        keys = {pair: r for r, pair in enumerate(zip(rows.profile, ages, strict=True))}
        by_part = row_sums(model, pieces, found.estimate.theta, slice(None))[0].scores
        of_row = np.einsum("ns,nsm->nm", pieces.parts, by_part)
        scores = np.zeros((len(frame), 2))
        for i, (u, age) in enumerate(zip(profiles.index, frame["age"], strict=True)):
            scores[i] = w[i] * of_row[keys[u, age]] if age == age else 0.0
        np.testing.assert_allclose(scores.sum(axis=0), 0, atol=1e-6)
        if cluster:
            scores = np.array([scores[frame["cluster"] == g].sum(axis=0) for g in range(25)])
        a = slopes_by_types(first, rows, model, pieces, found.estimate.theta, method)
        errors = blocs.standard_errors(fit, profiles, "cluster" if cluster else "robust", cluster)
        v = errors.kept.basis @ errors.matrix @ errors.kept.basis.T
        bread = np.linalg.inv(step_sums(model, pieces, found.estimate.theta).observed)
        wanted = bread @ (scores.T @ scores + a @ v @ a.T) @ bread
        np.testing.assert_allclose(found.estimate.matrix, wanted, rtol=1e-6)
        assert found.kind == f"robust{', clustered on cluster, 25 clusters' if cluster else ''}, " + (
            "corrected for the first step"
        )


def test_columns_come_from_covariates_groups_or_a_table_beside() -> None:
    fit, profiles, frame = voters(groups=("age", "party", "cluster"))
    one = blocs.regress(fit, profiles, "~ age * party", cluster="cluster")
    other = blocs.regress(fit, profiles, "~ age * party", cluster="cluster", data=frame)
    labels = blocs.regress(fit, profiles, "~ age * party", cluster=frame["cluster"], data=frame[["age", "party"]])
    np.testing.assert_allclose(one.matrix, other.matrix, rtol=1e-10)
    np.testing.assert_allclose(one.matrix, labels.matrix, rtol=1e-10)
    missing = int(frame["age"].isna().sum())
    assert one.n == len(frame) - missing
    note = f"'age' is missing for {missing} observations, which are left out of this step, but not of the types."
    assert note in one.notes
    whole, given, _ = voters(covariates="party")
    three = blocs.regress(whole, given, "~ party")
    four = blocs.regress(fit, profiles, "~ party")
    pd.testing.assert_frame_equal(three.coefficients(), four.coefficients(), rtol=1e-6)


def test_neither_order_nor_units_nor_copies_of_rows_matter() -> None:
    table = known_table()
    items = [f"q{j}" for j in range(6)]
    profiles = Profiles.from_table(table, items=items, groups="x")
    fit = blocs.fit(profiles, 2, **FINE)
    turned = Profiles.from_table(table.iloc[::-1], items=items, groups="x")
    scaled = Profiles.from_table(table.assign(x=100 * table["x"] + 7), items=items, covariates="x")
    thrice = pd.concat([table] * 3)
    weighted = Profiles.from_table(table.assign(n=3), items=items, groups="x", weights="n")
    copies = Profiles.from_table(thrice, items=items, groups="x")
    for method, assignment in WAYS:
        one, other, units = (
            blocs.regress(fit, of, "~ x", method, assignment=given(method, assignment))
            for of in (profiles, turned, scaled)
        )
        np.testing.assert_array_equal(one.matrix, other.matrix)
        slopes = (of.coefficients().set_index("term").loc["x"] for of in (one, units))
        a, b = slopes
        assert (b["coefficient"] * 100, b["se"] * 100) == (
            pytest.approx(a["coefficient"], rel=1e-6), pytest.approx(a["se"], rel=1e-6))  # fmt: skip
        as_weights, as_copies = (
            blocs.regress(blocs.fit(of, 2, **FINE), of, "~ x", method, assignment=given(method, assignment))
            for of in (weighted, copies)
        )
        np.testing.assert_array_equal(as_weights.matrix, as_copies.matrix)


def test_margins_are_derivatives_of_mean_shares_and_sum_to_0() -> None:
    fit, profiles, frame = voters(groups=("age", "party"))
    found = blocs.regress(fit, profiles, "~ age * party", "ml")
    table = frame[frame["age"].notna()]
    theta, units = found.estimate.theta, found.design.units

    def shares(at: np.ndarray, age: Any = table["age"], party: Any = table["party"]) -> np.ndarray:
        b = units @ at
        rep, ind = np.asarray(party == "REP", float), np.asarray(party == "IND", float)
        x = np.column_stack([np.ones(len(table)), age, ind, rep, age * ind, age * rep])
        assert found.design.columns == ("intercept", "age", "party[IND]", "party[REP]", "age:party[IND]",
                                        "age:party[REP]")  # fmt: skip
        p = 1 / (1 + np.exp(-x @ b))
        return np.array([1 - p.mean(), p.mean()])

    def change(at: np.ndarray) -> np.ndarray:
        h = 1e-3
        by_age = (shares(at, table["age"] + h) - shares(at, table["age"] - h)) / (2 * h)
        ind, rep, dem = (shares(at, party=np.full(len(table), label)) for label in ("IND", "REP", "DEM"))
        return np.concatenate([by_age, ind - dem, rep - dem])

    margins = found.margins()
    assert margins["covariate"].tolist() == ["age", "age", "party[IND]", "party[IND]", "party[REP]", "party[REP]"]
    np.testing.assert_allclose(margins["effect"], change(theta), rtol=1e-5)
    slopes = jacobian(change, theta)
    np.testing.assert_allclose(
        margins["se"], np.sqrt(np.diagonal(slopes @ found.estimate.matrix @ slopes.T)), rtol=1e-5
    )
    np.testing.assert_allclose(margins.groupby("covariate")["effect"].sum(), 0, atol=1e-14)
    np.testing.assert_allclose(margins["high"] - margins["low"], 2 * 1.959963984540054 * margins["se"])


def test_other_types_of_reference_and_tests_of_terms(shared_data: Shared) -> None:
    fit, profiles = study(shared_data, covariates="x")
    found = blocs.regress(fit, profiles, "~ x")
    one, other = (found.coefficients(reference=k).set_index(["type", "term"]) for k in (1, 3))
    assert other.loc[(1, "x"), "coefficient"] == -one.loc[(3, "x"), "coefficient"]
    assert other.loc[(1, "x"), "se"] == pytest.approx(one.loc[(3, "x"), "se"], rel=1e-12)
    difference = one.loc[(2, "x"), "coefficient"] - one.loc[(3, "x"), "coefficient"]
    assert other.loc[(2, "x"), "coefficient"] == pytest.approx(difference, rel=1e-12)
    test, b = found.wald("x"), found.coefficients()["coefficient"].to_numpy()[[1, 3]]
    assert test.df == 2
    assert test.statistic == pytest.approx(b @ np.linalg.inv(found.matrix[np.ix_([1, 3], [1, 3])]) @ b, rel=1e-9)
    assert "Wald test of x: 103.55, 2 degrees of freedom, p < 0.0001." in str(found)
    refusal = "reference: there is no type 4. The fit has 3 types, numbered from 1."
    with pytest.raises(blocs.InputError, match=re.escape(refusal)):
        found.coefficients(reference=4)


def test_types_with_other_numbers_have_the_same_coefficients() -> None:
    fit, profiles, _ = voters(groups=("age", "party", "cluster"))
    turned = fit.relabel({1: 2, 2: 1})
    for method, assignment in WAYS:
        one = blocs.regress(fit, profiles, "~ age", method, assignment=given(method, assignment)).coefficients()
        other = blocs.regress(turned, profiles, "~ age", method, assignment=given(method, assignment)).coefficients()
        np.testing.assert_allclose(other["coefficient"], -one["coefficient"], rtol=1e-6)
        np.testing.assert_allclose(other["se"], one["se"], rtol=1e-6)


def overlapping(chance: float, items: int, seed: int) -> tuple[blocs.Fit, Profiles]:
    rng = np.random.default_rng(seed)
    two = rng.random(2000) < 0.3
    p = np.where(two, chance, 1 - chance)
    table = pd.DataFrame({f"q{j}": (rng.random(2000) < p).astype(int) for j in range(items)})
    profiles = Profiles.from_table(table.assign(x=two.astype(int)), items=list(table), covariates="x")
    return blocs.fit(profiles, 2, starts=5, seed=1, jobs=1), profiles


def test_weak_separation_is_said_and_no_separation_refused() -> None:
    fit, profiles = overlapping(0.65, 3, 0)
    for method, advice in (("bch", "Fit fewer types, or use ML"), ("ml", "Fit fewer types")):
        with pytest.warns(UserWarning, match="weakly separated") as caught:
            found = blocs.regress(fit, profiles, "~ x", method)
        errors = assignment_of(fit.mixture, fit.params, profiles, "modal").errors
        assert str(caught[0].message) == found.notes[0] == (
            f"The types are weakly separated (entropy R2 {fit.entropy_r2:.2f}; condition number of the errors of "
            f"assignments {np.linalg.cond(errors):.0f}): estimates by {found.method.split(',')[0]} are rough. "
            f"{advice}; for covariates, the two-step method assigns nothing."
        )
    blocs.regress(fit, profiles, "~ x")  # assigns nothing
    fit, profiles = overlapping(0.6, 4, 1)
    with pytest.raises(blocs.UnsupportedError) as refused:
        blocs.regress(fit, profiles, "~ x", "bch")
    assert str(refused.value) == (
        "Assignments to types say nothing: the matrix of their errors has no inverse. Fit fewer types, assign "
        "proportionally, or use the two-step method, which assigns nothing."
    )


def test_columns_that_separate_types_are_on_the_boundary() -> None:
    table = known_table()
    ones = table[[f"q{j}" for j in range(6)]].sum(axis=1)
    table["kind"] = np.where(ones > 3, "C", np.where(np.arange(len(table)) % 2, "A", "B"))
    table.loc[(ones <= 3) & (table.index < 40), "kind"] = "A"
    table.loc[(ones > 3) & (table.index % 3 == 0), "kind"] = "B"
    profiles = Profiles.from_table(table, items=[f"q{j}" for j in range(6)], groups=("kind", "x"))
    fit = blocs.fit(profiles, 2, **FINE)
    found = blocs.regress(fit, profiles, "~ x + kind")
    rows = found.coefficients().set_index("term")
    assert rows.loc["kind[C]", "flag"] == "boundary"
    assert np.isnan(rows.loc["kind[C]", "se"])
    assert rows.loc["x", "se"] > 0
    refused = ("A Wald test of kind is not available: 2 coefficients have no standard error (boundary): kind[B] of "
               "type 2, kind[C] of type 2.")  # fmt: skip
    with pytest.raises(blocs.UnsupportedError, match=re.escape(refused)):
        found.wald("kind")


LIKELIHOOD = "It needs a log-likelihood of independent observations. Leave it out: standard errors are then robust."
REFUSED = {
    "method": ({"method": "three_step"}, "method: there is no method 'three_step'. The methods are 'two_step', "
               "'naive', 'bch', 'ml'. Nearest match: two_step."),
    "assignment of two steps": ({"assignment": "modal"}, "assignment: 'modal' has no meaning with the method "
                                "'two_step'. Two steps assign nothing. Leave it out, or use 'bch', 'ml' or 'naive'."),
    "item": ({"covariates": "~ age + q0"}, "'q0' is an item of the fit, which has its probabilities by type. A "
             "covariate is a column that the types were not made from."),
    "assignment": ({"method": "ml", "assignment": "soft"}, "assignment: there is no way to assign 'soft'. The ways to "
                   "assign are 'modal', 'proportional'."),
    "errors": ({"errors": "robust"}, "errors: there is no choice of errors 'robust'. The choices are 'corrected', "
               "'uncorrected'."),
    "kind": ({"method": "bch", "kind": "observed"}, f"kind: 'observed' has no meaning with BCH weights. {LIKELIHOOD}"),
    "clusters": ({"cluster": "cluster", "kind": "observed"},
                 f"kind: 'observed' has no meaning with clusters. {LIKELIHOOD}"),
    "proportional": ({"method": "ml", "assignment": "proportional", "kind": "observed"},
                     f"kind: 'observed' has no meaning with proportional assignment. {LIKELIHOOD}"),
    "column": ({"covariates": "~ agee"}, "covariates: there is no column 'agee'. The columns are 'age', 'party', "
               "'cluster'. Nearest match: age. Name it as covariates=, outcomes= or groups= where the profiles are "
               "made, or give `data=`."),
    "data": ({"data": {"age": [1, 2]}}, "data: it has 2 rows. The table of the profiles has 600 rows, and `data=` the "
             "same in its order."),
    "index": ({"data": pd.DataFrame({"age": range(600)}, index=range(600, 0, -1))}, "data: its index is not that of "
              "the table of the profiles. Rows belong together by their labels. Reset its index if it is in the same "
              "order."),
    "column of data": ({"data": {"age": range(600)}, "cluster": "area"}, "cluster: there is no column 'area'. The "
                       "columns are 'age'. Clusters are a column of `data=` too."),
}  # fmt: skip


@pytest.mark.parametrize("case", list(REFUSED))
def test_choices_that_are_none(case: str) -> None:
    fit, profiles, _ = voters(groups=("age", "party", "cluster"))
    how, text = REFUSED[case]
    with pytest.raises((blocs.InputError, blocs.UnsupportedError)) as caught:
        blocs.regress(fit, profiles, **{"covariates": "~ age", **how})
    assert str(caught.value) == text


def test_two_steps_after_shares_by_group() -> None:
    """The types of a fit with shares by group: slopes by derivatives, and the coefficients of a fit without groups."""
    rng = np.random.default_rng(14)
    x, group = rng.normal(size=1500).round(2), rng.integers(5, size=1500)
    two = rng.random(1500) < 1 / (1 + np.exp(0.5 - 0.8 * x))
    frame = pd.DataFrame({f"q{j}": (rng.random(1500) < np.where(two, 0.85, 0.2)).astype(int) for j in range(5)})
    profiles = Profiles.from_table(frame.assign(x=x, g=group), items=[f"q{j}" for j in range(5)],
                                   covariates=["x", "g"])  # fmt: skip
    fit, plain = (blocs.fit(profiles, 2, **{**FINE, "starts": 3}, groups=groups) for groups in ("g", None))
    found, without = (blocs.regress(of, profiles, "~ x").coefficients() for of in (fit, plain))
    np.testing.assert_allclose(found["coefficient"], without["coefficient"], atol=0.03)
    np.testing.assert_allclose(found["se"], without["se"], rtol=0.05)
    first = first_step(fit, profiles, "This", "two_step", "modal", "corrected", None, None)
    rows = step_rows(profiles, {"x": "covariates"}, None, None)
    design = Design.of_rows("~ x", rows.columns, rows.counts, rows.weights)
    model, theta = Regression(design.matrix(rows.columns), rows.columns.row, 2), np.array([0.3, -0.4])

    def score(at: np.ndarray) -> np.ndarray:
        params = from_free_vector(first.mixture, at[None], first.fit.params)
        moved = first._replace(fit=replace(first.fit, params=params))
        return step_sums(model, pieces_of(moved, rows, "two_step"), theta).score

    slopes = slopes_by_types(first, rows, model, pieces_of(first, rows, "two_step"), theta, "two_step")
    numerical = jacobian(score, free(fit))
    np.testing.assert_allclose(slopes, numerical, rtol=1e-6, atol=1e-7 * np.abs(numerical).max())
    assert not slopes[:, :5].any()  # the shares of the groups drop out


@pytest.mark.parametrize("method", ["ml", "bch"])
def test_three_steps_after_shares_by_group(method: str) -> None:
    """Assignments depend on answers alone: slopes by derivatives, and errors that are the same in all groups."""
    rng = np.random.default_rng(15)
    group = rng.integers(3, size=6000)
    x = (rng.normal(size=6000) + group).round(1)
    two = rng.random(6000) < 1 / (1 + np.exp(1.5 - 0.8 * x))
    frame = pd.DataFrame({f"q{j}": (rng.random(6000) < np.where(two, 0.8, 0.25)).astype(int) for j in range(4)})
    profiles = Profiles.from_table(frame.assign(x=x, g=group), items=[f"q{j}" for j in range(4)],
                                   covariates="g", groups="x")  # fmt: skip
    fit = blocs.fit(profiles, 2, **{**FINE, "starts": 3}, groups="g")
    found = blocs.regress(fit, profiles, "~ x", method).coefficients()
    sign = 1 if fit.table().query("item == 'q0' and outcome == 1")["probability"].is_monotonic_increasing else -1
    assert np.abs(found["coefficient"] - sign * np.array([-1.5, 0.8])).le(3 * found["se"]).all()
    first = first_step(fit, profiles, "This", method, "modal", "corrected", None, None)
    rows = step_rows(profiles, {"x": "covariates"}, None, None)
    design = Design.of_rows("~ x", rows.columns, rows.counts, rows.weights)
    model, theta = Regression(design.matrix(rows.columns), rows.columns.row, 2), np.array([0.3, -0.4])

    def score(at: np.ndarray) -> np.ndarray:
        params = from_free_vector(first.mixture, at[None], first.fit.params)
        zeta, to = first.mixture.posterior(params, first.profiles)[1], first.assignment.to  # modal ones stay
        weighted = zeta * first.profiles.weights[:, None]
        errors = weighted.T @ to / weighted.sum(axis=0)[:, None]
        moved = first._replace(assignment=first.assignment._replace(errors=errors))
        return step_sums(model, pieces_of(moved, rows, method), theta).score

    slopes = slopes_by_types(first, rows, model, pieces_of(first, rows, method), theta, method)
    numerical = jacobian(score, free(fit))
    np.testing.assert_allclose(slopes, numerical, rtol=1e-5, atol=1e-6 * np.abs(numerical).max())
    of_group = [fit.posterior(profiles)[frame.index.isin(np.flatnonzero(group == g))].to_numpy() for g in range(3)]
    to = np.eye(2)[first.assignment.to.argmax(axis=1)][profiles.index]
    errors = [of.T @ to[group == g] / of.sum(axis=0)[:, None] for g, of in enumerate(of_group)]
    np.testing.assert_allclose(errors, np.broadcast_to(first.assignment.errors, (3, 2, 2)), atol=0.03)
    with pytest.raises(blocs.UnsupportedError) as caught:
        blocs.regress(fit, profiles, "~ x", method, assignment="proportional")
    assert str(caught.value) == (
        "Proportional assignment is not available after shares by group: parts that do not depend on the group are no "
        "posteriors. Use 'modal'."
    )


def test_fits_that_are_refused() -> None:
    table = known_table()
    profiles = Profiles.from_table(table, items=[f"q{j}" for j in range(6)], covariates="x")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"types": 2, "covariates": "~ x"}, "Regression on covariates is not available for fits with covariates: each "
         "row has shares of its own. Fit without them."),
        ({"types": 1}, "Regression on covariates is not available for a fit with one type."),
        ({"types": 2, "prior": 1}, "Regression on covariates is not available for a fit with a prior, which is no "
         "maximum of the likelihood. Fit with prior=0; probabilities of 0 and 1 are taken out."),
    ]  # fmt: skip
    for how, text in cases:
        with pytest.raises(blocs.UnsupportedError) as caught:
            blocs.regress(blocs.fit(profiles, **how), profiles, "~ x")
        assert str(caught.value) == text
    weighted = Profiles.from_table(table.assign(n=2), items=[f"q{j}" for j in range(6)], weights="n")
    fit = blocs.fit(weighted, 2)
    with pytest.raises(blocs.UnsupportedError) as caught:
        blocs.regress(fit, weighted, "~ x", data=table)
    assert str(caught.value) == (
        "The rows of this table have weights, which profiles keep by group and not by row. Name the columns as "
        "covariates=, outcomes= or groups= where the profiles are made."
    )
    with pytest.raises(blocs.MismatchError):
        blocs.regress(fit, profiles, "~ x")
