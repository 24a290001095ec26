"""Outcomes by type: published values, the identity of ML and BCH, derivatives, tests, refusals."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

import blocs
from blocs.inference.first_step import first_step
from blocs.inference.step_assignment import assignment_of
from blocs.inference.step_models import Categories, Means, Measurements, Regression, StepModel
from blocs.inference.step_regressions import LogitsByType, MeansByType, WithControls
from blocs.inference.step_rows import step_rows
from blocs.inference.step_slopes import slopes_by_types
from blocs.inference.step_sums import step_sums
from blocs.inference.steps import pieces_of
from blocs.model.scores import from_free_vector
from blocs.profiles import Profiles
from errors_support import Shared, jacobian
from steps_support import FINE, free, known_table, published, study, voters

ROLES = ("age", "cluster", "mode", "party", "turnout")


@pytest.mark.parametrize("assignment", ["modal", "proportional"])
@pytest.mark.parametrize("outcome", ["gauss", "bin"])
def test_published_values(shared_data: Shared, outcome: str, assignment: str) -> None:
    """Means, also StepMix's, and their errors; ML of a proportion is BCH exactly where the shares are free."""
    wanted = published(shared_data)
    fit, profiles = study(shared_data, outcomes=["gauss", "bin"], groups="x")
    suffix = {"modal": "modal", "proportional": "soft"}[assignment]
    for method in ("naive", "bch"):
        number = wanted[f"threestep.distal_{outcome}_{method}_{suffix}"]
        for errors, key in (("uncorrected", "robust"), ("corrected", "robust_plus_step1_robust")):
            found = blocs.distal(fit, profiles, outcome, method, assignment=assignment, errors=errors)
            table, value = found.table(), number["value"]
            np.testing.assert_allclose(table["estimate"], value["mean"], rtol=0, atol=number["tol"])
            np.testing.assert_allclose(table["se"], value[key], rtol=0, atol=number["tol"])
            if errors == "corrected" and f"threestep.distal_{outcome}_{method}_{suffix}.se_bootstrap" in wanted:
                resampled = wanted[f"threestep.distal_{outcome}_{method}_{suffix}.se_bootstrap"]["value"]
                np.testing.assert_allclose(table["se"], resampled, rtol=0.12)
            if errors == "uncorrected":
                pairs = found.tests().query("test == 'pairwise'")
                np.testing.assert_allclose(pairs["se"], value["pair_se_robust"], rtol=0, atol=number["tol"])
                assert pairs[["type", "against"]].to_numpy().tolist() == [[2, 1], [3, 1], [3, 2]]
    if outcome == "bin":
        likely = blocs.distal(fit, profiles, outcome, "ml", assignment=assignment)
        pd.testing.assert_frame_equal(likely.table(), found.table(), rtol=1e-8)
        assert likely.free == "Shares of the types are free."
        fixed = blocs.distal(fit, profiles, outcome, "ml", assignment=assignment, shares="fixed")
        np.testing.assert_allclose(fixed.values, likely.values, rtol=1e-8)  # free shares are those of the fit again
    elif assignment == "modal":
        unit = blocs.distal(fit, profiles, outcome, "ml", shares="fixed", variances=1.0)
        np.testing.assert_allclose(unit.table()["estimate"], [1.9122, 1.1653, 2.8563], atol=6e-5)  # StepMix, tseLCA
        assert unit.free == "Shares of the types are those of the fit; normal, the variance 1 is known."


@pytest.mark.parametrize("assignment", ["modal", "proportional"])
def test_ml_of_categories_is_bch_exactly_where_the_shares_are_free(assignment: str) -> None:
    fit, profiles, _ = voters(groups=ROLES, design_weights="weight")
    how = {"assignment": assignment, "cluster": "cluster"}
    one, other = (blocs.distal(fit, profiles, "mode", method, **how) for method in ("bch", "ml"))
    assert one.categories == ("early", "mail", "poll")
    pd.testing.assert_frame_equal(one.table(), other.table(), rtol=1e-7)
    pd.testing.assert_frame_equal(one.tests(), other.tests(), rtol=1e-6)
    np.testing.assert_allclose(one.values.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(one.matrix, other.matrix, rtol=1e-6, atol=1e-10)
    likely = blocs.distal(fit, profiles, "mode", assignment=assignment, cluster="cluster")
    pd.testing.assert_frame_equal(likely.table(), other.table())  # the default for categories


def test_means_by_hand_with_weights_and_missing_outcomes() -> None:
    fit, profiles, frame = voters(groups=ROLES, design_weights="weight")
    found = blocs.distal(fit, profiles, "turnout")
    zeta = fit.posterior(profiles).to_numpy()
    w = frame["weight"].to_numpy()
    to = np.eye(2)[zeta.argmax(axis=1)]
    errors = (zeta * w[:, None]).T @ to / (zeta * w[:, None]).sum(axis=0)[:, None]
    weights = w[:, None] * (to @ np.linalg.inv(errors))
    known = frame["turnout"].notna().to_numpy()
    y = frame["turnout"].to_numpy()
    means = weights[known].T @ y[known] / weights[known].sum(axis=0)
    np.testing.assert_allclose(found.values[:, 0], means, rtol=1e-9)
    rest = weights[known] * (y[known][:, None] - means)
    rest *= len(w) / w.sum()
    bread = np.diag(w.sum() / len(w) / weights[known].sum(axis=0))
    plain = blocs.distal(fit, profiles, "turnout", errors="uncorrected")
    np.testing.assert_allclose(plain.matrix, bread @ (rest.T @ rest) @ bread, rtol=1e-9)
    assert (found.table()["se"] > plain.table()["se"]).all()
    missing = int((~known).sum())
    assert found.n == len(frame) - missing
    assert found.notes == (
        f"'turnout' is missing for {missing} observations, which are left out of this step, but not of the types.",
    )
    a, b = found.table()["estimate"]
    test = found.tests().iloc[1]
    assert test["difference"] == pytest.approx(b - a)
    assert test["se"] ** 2 == pytest.approx(found.matrix[0, 0] + found.matrix[1, 1] - 2 * found.matrix[0, 1])
    assert found.tests().iloc[0]["statistic"] == pytest.approx(((b - a) / test["se"]) ** 2)


def test_controls_are_regressions_within_types() -> None:
    fit, profiles, frame = voters(groups=ROLES)
    found = blocs.distal(fit, profiles, "turnout", "naive", controls="~ age + party")
    zeta = fit.posterior(profiles).to_numpy()
    known = (frame["turnout"].notna() & frame["age"].notna()).to_numpy()
    table = frame[known]
    age = table["age"] - table["age"].mean()
    dummies = [(table["party"] == label) for label in ("IND", "REP")]
    x = np.column_stack([np.ones(len(table)), age, *[dummy - dummy.mean() for dummy in dummies]])
    for k in range(2):
        w = (zeta.argmax(axis=1) == k)[known]
        b = np.linalg.lstsq(x[w], table["turnout"].to_numpy()[w], rcond=None)[0]
        rows = found.coefficients().query(f"type == {k + 1}")
        assert rows["term"].tolist() == ["age", "party[IND]", "party[REP]"]
        np.testing.assert_allclose([found.values[k, 0], *rows["coefficient"]], b, rtol=1e-8)
        rest = x[w] * (table["turnout"].to_numpy()[w] - x[w] @ b)[:, None]
        bread = np.linalg.inv(x[w].T @ x[w])
        plain = blocs.distal(fit, profiles, "turnout", "naive", controls="~ age + party", errors="uncorrected")
        se = np.sqrt(np.diagonal(bread @ rest.T @ rest @ bread))
        np.testing.assert_allclose(plain.coefficients().query(f"type == {k + 1}")["se"], se[1:], rtol=1e-8)
        np.testing.assert_allclose(plain.table()["se"][k], se[0], rtol=1e-8)
    text = "There are no controls: ask with controls='~ ...' first."
    with pytest.raises(blocs.UnsupportedError, match=re.escape(text)):
        blocs.distal(fit, profiles, "turnout").coefficients()


@pytest.mark.parametrize("outcome", ["y", "won", "way"])
def test_ml_with_controls_is_the_maximum_of_its_likelihood(outcome: str) -> None:
    """Against a search over the likelihood as it is written down; the truth is near, and so is BCH."""
    rng = np.random.default_rng(11)
    n = 2500
    x = rng.normal(size=n).round(2)
    two = rng.random(n) < 1 / (1 + np.exp(0.4 - x))  # the type and the outcome depend on x
    frame = pd.DataFrame({f"q{j}": (rng.random(n) < np.where(two, 0.85, 0.2)).astype(int) for j in range(6)})
    frame["x"], frame["y"] = x, np.where(two, 3 - 0.5 * x, 1 + x) + rng.normal(size=n)
    frame["won"] = (rng.random(n) < 1 / (1 + np.exp(-np.where(two, 1 + x, -1 - 0.5 * x)))).astype(int)
    frame["way"] = np.where(rng.random(n) < 0.3, "none", np.where(frame["won"] == 1, "poll", "mail"))
    frame["w"] = rng.choice([0.5, 1.5], n)
    profiles = Profiles.from_table(frame, [f"q{j}" for j in range(6)], groups="x", outcomes=["y", "won", "way"],
                                   design_weights="w")  # fmt: skip
    fit = blocs.fit(profiles, 2, **FINE)
    found = blocs.distal(fit, profiles, outcome, "ml", controls="~ x")
    zeta, w = fit.posterior(profiles).to_numpy(), frame["w"].to_numpy()
    to = zeta.argmax(axis=1)
    d = np.array([[w[to == s] @ zeta[to == s, t] for s in (0, 1)] for t in (0, 1)])
    d /= d.sum(axis=1, keepdims=True)
    z = (x - np.average(x, weights=w)) / 1.0
    code = {"mail": 0, "none": 1, "poll": 2}
    value = frame[outcome].map(code).to_numpy() if outcome == "way" else frame[outcome].to_numpy()
    number = {"y": 1, "won": 2, "way": 3}[outcome]

    def lost(theta: np.ndarray) -> float:
        eta = theta[0] + theta[1] * z
        share = np.column_stack([1 / (1 + np.exp(eta)), 1 / (1 + np.exp(-eta))])
        density = np.empty((n, 2))
        for t in (0, 1):
            if outcome == "y":
                a, b = theta[2 + 2 * t : 4 + 2 * t]
                density[:, t] = np.exp(-0.5 * (value - a - b * z) ** 2 / np.exp(theta[6]) - 0.5 * theta[6])
            else:
                own = theta[2 + 2 * t * (number - 1) :][: 2 * (number - 1)].reshape(-1, 2)
                logits = np.column_stack([np.zeros(n), *(a + b * z for a, b in own)])
                p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
                density[:, t] = p[np.arange(n), value.astype(int)]
        return -float(w @ np.log((share * d[:, to].T * density).sum(axis=1)))

    size = 7 if outcome == "y" else 2 + 4 * (number - 1)
    start = np.r_[0.0, 0.5, 1.0, 0.5, 2.0, -0.2, 0.1] if outcome == "y" else np.full(size, 0.1)
    start[-2:] += 0.5
    searched = optimize.minimize(lost, start, method="BFGS", options={"gtol": 1e-3}).x
    table, slopes = found.table(), found.coefficients()
    if outcome == "y":
        assert table["estimate"].to_numpy() == pytest.approx(searched[[2, 4]], abs=2e-3)
        assert slopes["coefficient"].to_numpy() == pytest.approx(searched[[3, 5]], abs=2e-3)
        bch = blocs.distal(fit, profiles, outcome, "bch", controls="~ x")
        assert np.abs(bch.table()["estimate"] - table["estimate"]).max() < 3 * table["se"].max()
        truth = [1 + np.average(x, weights=w), 1, 3 - 0.5 * np.average(x, weights=w), -0.5]
        errors = [table["se"][0], slopes["se"][0], table["se"][1], slopes["se"][1]]
        values = [table["estimate"][0], slopes["coefficient"][0], table["estimate"][1], slopes["coefficient"][1]]
        assert np.abs((np.array(values) - truth) / errors).max() < 3.5
        assert found.free == "Shares of the types depend on the controls; normal, one variance for all types."
    else:
        own = searched[2:].reshape(2, number - 1, 2)
        assert slopes["coefficient"].to_numpy() == pytest.approx(own[:, :, 1].ravel(), abs=5e-3)
        odds = np.exp(np.concatenate([np.zeros((2, 1)), own[:, :, 0]], axis=1))
        p = odds / odds.sum(axis=1, keepdims=True)
        wanted = p[:, 1] if outcome == "won" else p.ravel()
        assert table["estimate"].to_numpy() == pytest.approx(wanted, abs=2e-3)
        assert slopes.columns.tolist()[:2] == ["type", "category" if outcome == "way" else "term"]
        assert found.free == "Shares of the types depend on the controls."
    assert (table["se"] > blocs.distal(fit, profiles, outcome, "ml", controls="~ x", errors="uncorrected").table()["se"]
            ).all()  # fmt: skip


def models(shares: np.ndarray, rows: int) -> dict[str, tuple[StepModel, np.ndarray, tuple[str, ...]]]:
    """Models of made-up outcomes of the rows, parameters, and the methods that use them."""
    rng = np.random.default_rng(8)
    y, code = rng.normal(size=rows), rng.integers(3, size=rows)
    against = np.array([0, 2])
    x = np.column_stack([np.ones(rows), rng.normal(size=rows)])
    out: dict[str, tuple[StepModel, np.ndarray, tuple[str, ...]]] = {
        "means": (Means(rng.normal(size=(rows, 2)), x, 2), rng.normal(size=8), ("naive", "bch")),
    }
    for is_free in (True, False):
        own = [0.2] * is_free
        out[f"categories {is_free}"] = (Categories(code, 3, shares, is_free, against),
                                        np.array([*own, 0.1, -0.3, 0.5, -0.2]), ("ml",))  # fmt: skip
        for common, variance, logs in ((True, None, [0.1]), (False, None, [0.1, -0.2]), (True, 0.8, [])):
            out[f"measurements {is_free} {common} {variance}"] = (
                Measurements(y, shares, is_free, common, variance), np.array([*own, -0.3, 0.4, *logs]), ("ml",)
            )
    of_shares = Regression(x, np.arange(rows, dtype=np.int32), 2)
    begin = [0.3, -0.4]
    for common, variance, logs in ((True, None, [0.1]), (False, None, [0.1, -0.2]), (True, 0.8, [])):
        out[f"controlled means {common} {variance}"] = (
            WithControls(of_shares, MeansByType(y, x, 2, common, variance)),
            np.array([*begin, -0.3, 0.4, 0.2, 0.1, *logs]), ("ml",),
        )  # fmt: skip
    out["controlled categories"] = (WithControls(of_shares, LogitsByType(code, x, 2, 3)),
                                    np.array([*begin, *rng.normal(size=8)]), ("ml",))  # fmt: skip
    return out


@pytest.mark.parametrize("name", list(models(np.ones(2) / 2, 3)))
def test_scores_information_and_slopes_are_numerical_derivatives(name: str) -> None:
    fit, profiles, _ = voters(groups=ROLES, design_weights="weight")
    rows = step_rows(profiles, {"turnout": "outcome", "age": "controls"}, None, None)
    for method in models(fit.params.shares[0], len(rows.profile))[name][2]:
        for assignment in ("modal", "proportional"):
            first = first_step(fit, profiles, "This", method, assignment, "corrected", None, None)
            model, theta, _ = models(fit.params.shares[0], len(rows.profile))[name]
            pieces = pieces_of(first, rows, method)
            sums = step_sums(model, pieces, theta)
            value = jacobian(lambda at: np.array([step_sums(model, pieces, at).value]), theta)  # noqa: B023
            np.testing.assert_allclose(sums.score, value[0], rtol=1e-7, atol=1e-6)
            score = -jacobian(lambda at: step_sums(model, pieces, at).score, theta)  # noqa: B023
            np.testing.assert_allclose(sums.observed, score, rtol=1e-6, atol=1e-6)

            def moved_score(at: np.ndarray, first: Any = first, method: str = method, way: str = assignment) -> Any:
                params = from_free_vector(first.mixture, at[None], first.fit.params)
                assigned = assignment_of(first.mixture, params, first.profiles, way)
                if way == "modal":
                    weighted = assigned.zeta * first.profiles.weights[:, None]
                    errors = np.einsum("ut,us->ts", weighted, first.assignment.to) / assigned.totals[:, None]
                    assigned = assigned._replace(to=first.assignment.to, errors=errors)
                there = first._replace(assignment=assigned, fit=replace(first.fit, params=params))
                of = models(params.shares[0], len(rows.profile))[name][0]
                return step_sums(of, pieces_of(there, rows, method), theta).score  # noqa: B023

            slopes = slopes_by_types(first, rows, model, pieces, theta, method)
            numerical = jacobian(moved_score, free(fit))
            np.testing.assert_allclose(slopes, numerical, rtol=1e-6, atol=2e-7 * max(np.abs(numerical).max(), 1))


def test_a_category_that_a_type_never_has_is_on_the_boundary() -> None:
    table = known_table()
    two = table[[f"q{j}" for j in range(6)]].sum(axis=1) > 3
    table["kind"] = np.where(two, np.where(table["x"] > 0, "A", "B"), np.where(table["x"] > 1, "C", "A"))
    table["flag"] = table["x"] > 0
    profiles = Profiles.from_table(table, items=[f"q{j}" for j in range(6)], outcomes=["kind", "flag", "x"])
    fit = blocs.fit(profiles, 2, **FINE)
    likely = blocs.distal(fit, profiles, "kind")
    rows = likely.table().set_index(["type", "category"])
    assert rows["flag"].to_dict() == {(1, "A"): "", (1, "B"): "", (1, "C"): "boundary", (2, "A"): "",
                                      (2, "B"): "boundary", (2, "C"): ""}  # fmt: skip
    assert np.isnan(rows.loc[(1, "C"), "se"])
    assert rows.loc[(2, "C"), "se"] > 0
    bch = blocs.distal(fit, profiles, "kind", "bch")
    assert bch.notes == ("Estimates by BCH weights are below 0 or above 1. Use ML, whose estimates are not.",)
    assert blocs.distal(fit, profiles, "flag").table().columns.tolist() == [
        "type", "estimate", "se", "low", "high", "flag"]  # fmt: skip
    shown = blocs.distal(fit, profiles, "C(x)")
    assert shown.categories == (0, 1, 2)
    assert shown.tests()["df"].tolist() == [2, 2]
    text = str(blocs.distal(fit, profiles, "x", "ml", variances="by_type")).splitlines()
    assert text[-1] == "Shares of the types are free; normal, a variance for each type."


def test_what_a_type_does_not_have_has_no_error() -> None:
    """A control with a level that nobody assigned to type 2 has; a type that nobody has the outcome of."""
    table = known_table()
    two = table[[f"q{j}" for j in range(6)]].sum(axis=1) > 3
    table["area"] = np.where(~two & (table.index % 2 == 0), "C", np.where(table.index % 3 == 0, "A", "B"))
    table["y"] = np.arange(len(table)) % 7
    table["z"] = table["y"].where(two)
    profiles = Profiles.from_table(table, items=[f"q{j}" for j in range(6)], outcomes=["y", "z"], groups="area")
    fit = blocs.fit(profiles, 2, **FINE)
    rows = blocs.distal(fit, profiles, "y", "naive", controls="~ area").coefficients().set_index(["type", "term"])
    assert rows["flag"].to_dict() == {(1, "area[B]"): "", (1, "area[C]"): "not_identified", (2, "area[B]"): "",
                                      (2, "area[C]"): ""}  # fmt: skip
    with pytest.raises(blocs.UnsupportedError) as refused:
        blocs.distal(fit, profiles, "z", "naive")
    assert str(refused.value) == (
        "The weights of type 2 sum to 0 over the observations that have the outcome: it has no mean. Fit fewer types."
    )
    with pytest.raises(blocs.UnsupportedError, match=r"type 2 sum to -[\d.]+ .* no mean\. Fit fewer types\.$"):
        blocs.distal(fit, profiles, "z", "bch")


def test_outcomes_may_stand_in_a_table_beside() -> None:
    fit, profiles, frame = voters(groups=ROLES)
    one = blocs.distal(fit, profiles, "turnout", controls="~ age")
    other = blocs.distal(fit, profiles, "turnout", controls="~ age", data=frame[["turnout", "age"]])
    pd.testing.assert_frame_equal(one.table(), other.table(), rtol=1e-10)
    kept = Profiles.from_table(frame, items=["q0", "q1"], outcomes=["turnout"], groups="cluster")
    assert list(kept.cells.table.columns) == ["cluster", "turnout"]
    assert kept.n == len(frame)


REFUSED = {
    "method": ({"method": "two_step"}, "method: there is no method 'two_step'. The methods are 'naive', 'bch', 'ml'."),
    "outcome": ({"outcome": ["turnout"]}, "outcome: it is a list. It is the name of a column. Give its table as "
                "`data=`."),
    "no column": ({"outcome": "turn"}, "outcome: there is no column 'turn'. The columns are 'age', 'cluster', 'mode', "
                  "'party', 'turnout'. Nearest match: turnout. Name it as covariates=, outcomes= or groups= where the "
                  "profiles are made, or give `data=`."),
    "the same": ({"outcome": "y", "data": {"y": [1.5] * 600}}, "outcome: 'y' is the same for all observations."),
    "dates": ({"outcome": "y", "data": {"y": [pd.Timestamp(0)] * 600}}, "outcome['y']: it holds values of the kinds "
              "Timestamp. It is a column of numbers, or of text, whose distinct values are its levels. Make it one of "
              "these."),
    "item": ({"outcome": "q0"}, "'q0' is an item of the fit, which has its probabilities by type. An outcome is a "
             "column that the types were not made from."),
    "no control": ({"controls": "~ agee"}, "controls: there is no column 'agee'. The columns are 'age', 'cluster', "
                   "'mode', 'party', 'turnout'. Nearest match: age. Name it as covariates=, outcomes= or groups= where "
                   "the profiles are made, or give `data=`."),
    "constant": ({"controls": "~ one", "data": {"one": [1] * 600, "turnout": range(600)}},
                 "controls: one is the same for all rows. Leave it out."),
    "formula": ({"controls": "~ lag(age)"}, "controls: '~ lag(age)' calls 'lag'. Functions of columns are C, I, log, "
                "log2, log10, exp, bs, cr, cs, cc, poly, center, scale, standardize, those of contrasts, and such as "
                "np.log. Nearest match: log. Compute other columns in the table."),
    "controls": ({"controls": "~ age", "method": "ml", "shares": "fixed"}, "shares: 'fixed' has no meaning with "
                 "controls. The shares of the types depend on these in 'ml'. Leave it out."),
    "shares of bch": ({"method": "bch", "shares": "free"}, "shares: 'free' has no meaning with the method 'bch'. It is "
                      "an assumption of 'ml'. Leave it out, or use 'ml'."),
    "variances of naive": ({"method": "naive", "variances": "equal"}, "variances: 'equal' has no meaning with "
                           "the method 'naive'. It is an assumption of 'ml'. Leave it out, or use 'ml'."),
    "variances of categories": ({"outcome": "mode", "variances": "equal"}, "variances: 'equal' has no meaning "
                                "for 'mode', which has no means. Proportions and categories have no variances of their "
                                "own. Leave it out."),
    "shares": ({"shares": "equal"}, "shares: there is no choice of shares 'equal'. The choices are 'free', 'fixed'."),
    "variances": ({"variances": -1}, "variances: it is -1. A known variance is above 0."),
    "variance": ({"variances": "free"}, "variances: there is no choice of variances 'free'. The choices are "
                 "'equal', 'by_type'. Or give a known variance."),
    "cluster": ({"cluster": "county"}, "cluster: there is no column 'county'. The columns are 'age', 'cluster', "
                "'mode', 'party', 'turnout'."),
}  # fmt: skip


@pytest.mark.parametrize("case", list(REFUSED))
def test_choices_that_are_none(case: str) -> None:
    fit, profiles, _ = voters(groups=ROLES)
    how, text = REFUSED[case]
    with pytest.raises((blocs.InputError, blocs.UnsupportedError)) as caught:
        blocs.distal(fit, profiles, **{"outcome": "turnout", **how})
    assert str(caught.value) == text


def test_an_outcome_is_an_item_or_an_outcome() -> None:
    with pytest.raises(blocs.InputError) as caught:
        Profiles.from_table({"a": [0, 1], "y": [1, 2]}, items=["a", "y"], outcomes=["y", "z"])
    assert str(caught.value) == (
        "2 faults:\n"
        "  - outcomes: there is no column 'z'. The columns are 'a', 'y'.\n"
        "  - outcomes: 'y' is an item too. A column is an item or an outcome. Leave it out of one of them."
    )


def test_a_type_without_the_outcome_or_with_few_of_it() -> None:
    table = known_table()
    items = [f"q{j}" for j in range(6)]
    two = (table[items].sum(axis=1) > 3).to_numpy()
    table = table.assign(**{item: two.astype(int) for item in items})  # the types are known for sure
    y = np.arange(len(table)) % 7
    few = np.flatnonzero(two)[:4]
    table["z"], table["y"] = np.where(two, np.nan, y), np.where(two, np.nan, y)
    table.loc[few, "y"] = [2.0, 2.0, 2.0, 3.0]
    table["won"] = (table["y"] > 2).where(table["y"].notna())
    table["five"] = table["y"]
    table.loc[np.flatnonzero(two)[4], "five"] = 3.0
    profiles = Profiles.from_table(table, items=items, outcomes=["y", "z", "won", "five"])
    fit = blocs.fit(profiles, 2, **FINE)
    rare = 2 if fit.shares[2] == pytest.approx(two.mean(), abs=1e-6) else 1
    for method in ("ml", "bch"):
        with pytest.raises(blocs.UnsupportedError) as refused:
            blocs.distal(fit, profiles, "z", method)
        words = re.sub(r"sum to [-\d.e]+ over", "sum to 0 over", str(refused.value))  # by rounding
        assert words == (
            f"The weights of type {rare} sum to 0 over the observations that have the outcome: it has no mean. Fit "
            "fewer types."
        )
    for outcome, method in itertools.product(("y", "won"), ("naive", "bch", "ml")):
        found = blocs.distal(fit, profiles, outcome, method)
        rows = found.table().set_index("type")
        assert rows.loc[rare, ["se", "low", "high"]].isna().all()
        assert rows["flag"].to_dict() == {rare: "few", 3 - rare: ""}
        assert found.tests()[["statistic", "p"]].isna().all(axis=None)
    enough = blocs.distal(fit, profiles, "five", "bch").table().set_index("type")
    assert enough["flag"].tolist() == ["", ""]
    assert enough.loc[rare, "se"] == pytest.approx((0.24 / 5) ** 0.5, rel=1e-6)  # of 2, 2, 2, 3, 3


def test_a_category_that_is_rare_in_a_type_has_no_slopes_with_errors_there() -> None:
    """Eleven observations of it are enough, nine are not; the first category is the one that log-odds are against."""
    table = known_table()
    items = [f"q{j}" for j in range(6)]
    two = (table[items].sum(axis=1) > 3).to_numpy()
    table = table.assign(**{item: two.astype(int) for item in items})  # the types are known for sure
    for n in (9, 11):
        way = np.where(np.arange(len(table)) % 2 == 0, "mail", "poll")
        way[np.flatnonzero(two)[2 : 2 + n]] = "late"
        way[np.flatnonzero(~two)[3:40]] = "late"
        table[f"way{n}"], table[f"last{n}"] = way, np.where(way == "late", "z", way)
        table[f"late{n}"] = way == "late"
    profiles = Profiles.from_table(table, items=items, groups="x", outcomes=[*table.columns[7:]])
    fit = blocs.fit(profiles, 2, **FINE)
    rare = 2 if fit.shares[2] == pytest.approx(two.mean(), abs=1e-6) else 1
    for n, method, outcome in itertools.product((9, 11), ("naive", "bch", "ml"), ("way", "last", "late")):
        found = blocs.distal(fit, profiles, f"{outcome}{n}", method, controls="~ x")
        of = found.coefficients()
        flagged = of[of["flag"] == "few"]
        categories = [] if outcome == "late" else flagged["category"].tolist()
        against = ["mail", "poll"] if method == "ml" else ["late"]
        assert categories == ([] if n == 11 or outcome == "late" else against if outcome == "way" else ["z"])
        assert set(flagged["type"]) == (set() if n == 11 else {rare})
        assert flagged[["se", "z", "p", "low", "high"]].isna().all(axis=None)
        assert (found.table().query("flag == 'few'")["type"] == rare).all()
        assert found.tests()["p"].isna().any() == (n == 9)


def test_a_type_without_an_error_is_not_compared() -> None:
    """Nobody of one type won, so that its share is 0; that of the other has an error, and their difference has none."""
    table = known_table()
    two = (table[[f"q{j}" for j in range(6)]].sum(axis=1) > 3).to_numpy()
    table = table.assign(**{f"q{j}": two.astype(int) for j in range(6)}, won=two & (np.arange(len(table)) % 3 == 0))
    profiles = Profiles.from_table(table, items=[f"q{j}" for j in range(6)], outcomes="won")
    found = blocs.distal(blocs.fit(profiles, 2, **FINE), profiles, "won")
    rows = found.table()
    assert sorted(rows["flag"]) == ["", "boundary"]
    assert rows["se"].isna().tolist() == (rows["flag"] != "").tolist()
    assert found.tests()[["statistic", "p"]].isna().all(axis=None)
