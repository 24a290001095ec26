"""Standard errors: published values, numerical derivatives of a naive log-likelihood, laws and refusals."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
import naive
from blocs.core.schema import Item
from blocs.families import FAMILIES, Parametric
from blocs.profiles.kinds import Values
from errors_support import FINE, Floats, Problem, Shared, jacobian, published

KEYS = {"observed": "observed", "opg": "opg", "robust": "sandwich", "cluster": "cluster"}


def by_item(table: pd.DataFrame, column: str) -> list[list[list[float]]]:
    """[type][item][outcome], as numpy sees it."""
    return [[g[column].tolist() for _, g in table[table["type"] == k].groupby("item", sort=False)]
            for k in table["type"].unique()]  # fmt: skip


def close(got: Any, wanted: Any, tolerance: float) -> None:
    """A published error of 0 stands for null."""
    wanted = np.array(wanted)
    np.testing.assert_allclose(got, np.where(wanted == 0, np.nan, wanted), rtol=0, atol=tolerance)


@pytest.mark.parametrize("kind", ["observed", "opg", "robust"])
@pytest.mark.parametrize("name", ["values", "cheating"])
def test_published_standard_errors(shared_data: Shared, name: str, kind: str) -> None:
    wanted, frame = published(shared_data), pd.read_csv(shared_data(f"lca/{name}.csv"))
    profiles = blocs.Profiles.from_table(frame, items=list(frame.columns[:4]))
    errors = blocs.standard_errors(blocs.fit(profiles, 2, **FINE), profiles, kind)
    for part, got in (("shares", errors.shares()["se"]), ("mu", by_item(errors.table(), "se"))):
        number = wanted[f"{name}_K2.se_{KEYS[kind]}.{part}"]
        close(got, number["value"], number["tol"])
    assert errors.kept.boundary == tuple(wanted[f"{name}_K2.boundary"]["value"])


@pytest.mark.parametrize("kind", list(KEYS))
def test_published_standard_errors_with_clusters_and_missing_cells(shared_data: Shared, kind: str) -> None:
    number = published(shared_data)[f"clusters_K2.se_{KEYS[kind]}"]
    frame = pd.read_csv(shared_data("inference/clusters.csv"))
    items = ["y1", "y2", "y3", "y4", "y5"]
    profiles = blocs.Profiles.from_table(frame, items=items, groups="cluster")
    fit = blocs.fit(profiles, 2, **FINE)
    for cluster in ("cluster", frame["cluster"], frame["cluster"].to_numpy()) if kind == "cluster" else (None,):
        errors = blocs.standard_errors(fit, profiles, kind, cluster)
        close(errors.shares()["se"], number["value"]["shares"], number["tol"])
        close(by_item(errors.table(), "se"), number["value"]["mu"], number["tol"])
    stata = {"robust": 1594 / 1593, "cluster": 60 / 59}
    if kind in stata:
        one = frame["cluster"] if kind == "cluster" else None
        larger = blocs.standard_errors(fit, profiles, kind, one, small_sample="stata")
        np.testing.assert_allclose(larger.matrix, errors.matrix * stata[kind], rtol=1e-12)
        assert (
            larger.kind
            == {
                "robust": "robust, Stata's factor",
                "cluster": "robust, clustered on cluster, 60 clusters, Stata's factor",
            }[kind]
        )


@pytest.mark.parametrize("types", [1, 2])
def test_published_standard_errors_with_menus(shared_data: Shared, types: int) -> None:
    number = published(shared_data)[f"iia_true_K{types}.pooled"]
    frame = pd.read_csv(shared_data("inference/iia_true.csv"), dtype=str)
    menus = {f"y{j}": [set(menu) for menu in frame[f"m{j}"]] for j in range(1, 6)}
    profiles = blocs.Profiles.from_table(frame, items=list(menus), menus=menus, groups="district")
    fit = blocs.fit(profiles, types, **FINE)
    for kind, key in KEYS.items():
        if f"se_{key}" in number["value"]:
            errors = blocs.standard_errors(fit, profiles, kind, "district" if kind == "cluster" else None)
            close(errors.shares()["se"], number["value"][f"se_{key}"]["shares"], number["tol"])
            close(by_item(errors.table(), "se"), number["value"][f"se_{key}"]["mu"], number["tol"])
            log_odds = errors.parameters().query("item != ''")
            close(log_odds["se"], np.ravel(number["value"][f"se_{key}"]["psi"]), number["tol"])
            close(log_odds["value"], np.ravel(number["value"]["psi"]), 5 * number["tol"])  # p of .1 to 2e-4
    assert errors.notes == () if types == 1 else errors.notes == (
        "There are 12 clusters and 21 parameters: each standard error has a meaning by itself, but not a test of as "
        "many parameters together as there are clusters.",
        "With 12 clusters standard errors tend to be too small; 40 or more are wanted.",
    )  # fmt: skip


def test_published_standard_errors_of_one_type_with_menus(shared_data: Shared) -> None:
    number = published(shared_data)["simdata_miss_K1"]
    frame = pd.read_csv(shared_data("lca/simdata_miss.csv"))
    offered = {3: {0, 1, 2}, 2: {0, 2}, 1: {0, 1}}
    menus = {f"y.{j}": [offered[code] for code in frame[f"m.{j}"]] for j in range(1, 6)}
    profiles = blocs.Profiles.from_table(frame, items=list(menus), menus=menus)
    fit = blocs.fit(profiles, 1, **FINE)
    assert fit.loglik == pytest.approx(number["value"]["loglik"], abs=number["tol"])
    close(by_item(fit.table(), "probability"), number["value"]["mu"], number["tol"])
    for kind in ("observed", "opg", "robust"):
        errors, wanted = blocs.standard_errors(fit, profiles, kind), number["value"][f"se_{KEYS[kind]}"]
        close(errors.shares()["se"], wanted["shares"], number["tol"])
        close(by_item(errors.table(), "se"), wanted["mu"], number["tol"])
        assert errors.shares()["flag"].tolist() == ["fixed"]


def test_a_type_that_the_data_hardly_have_has_no_standard_errors(shared_data: Shared) -> None:
    """K = 2 there: five voters, and no information in many directions."""
    frame = pd.read_csv(shared_data("lca/simdata_miss.csv"))
    offered = {3: {0, 1, 2}, 2: {0, 2}, 1: {0, 1}}
    menus = {f"y.{j}": [offered[code] for code in frame[f"m.{j}"]] for j in range(1, 6)}
    profiles = blocs.Profiles.from_table(frame, items=list(menus), menus=menus)
    table = blocs.standard_errors(blocs.fit(profiles, 2, **FINE), profiles).table()
    assert table[table["flag"] != ""]["se"].isna().all()
    assert (table[(table["type"] == 1)]["flag"] == "").all()
    assert (table[(table["type"] == 2)]["flag"] != "").any()


# By an independent route: plain loops, numerical derivatives


def test_the_log_likelihood_of_the_tests_is_the_naive_one() -> None:
    problem = Problem()
    v = np.random.default_rng(0).normal(size=13)
    assert math.isclose(problem.logs(v).sum(), naive.loglik(*problem.unpack(v), problem.rows, [1.0] * 600))


def naive_covariance(problem: Problem, at: Floats, kind: str, weights: Floats | None = None) -> Floats:
    w = np.ones(len(problem.rows)) if weights is None else weights * len(weights) / weights.sum()
    hessian = jacobian(lambda x: jacobian(lambda y: np.array(w @ problem.logs(y)), x, 1e-3), at, 1e-3)
    scores = jacobian(problem.logs, at) * w[:, None]
    inverse = np.linalg.inv(-hessian)
    if kind == "cluster":
        scores = np.stack([scores[problem.cluster == g].sum(axis=0) for g in np.unique(problem.cluster)])
    product = scores.T @ scores
    return {"observed": inverse, "opg": np.linalg.inv(product)}.get(kind, inverse @ product @ inverse)


@pytest.mark.parametrize("weighted", [False, True])
def test_all_kinds_agree_with_derivatives_of_a_naive_log_likelihood(weighted: bool) -> None:
    problem = Problem()
    profiles = problem.profiles(groups="cluster", **({"design_weights": "weight"} if weighted else {}))
    fit = blocs.fit(profiles, 2, **FINE)
    at = problem.pack(fit)
    slope = jacobian(problem.probabilities, at)
    for kind in KEYS:
        errors = blocs.standard_errors(fit, profiles, kind, "cluster" if kind == "cluster" else None)
        covariance = naive_covariance(problem, at, kind, problem.weight if weighted else None)
        se = np.sqrt(np.diagonal(slope @ covariance @ slope.T))
        np.testing.assert_allclose(errors.shares()["se"], se[:2], rtol=2e-5)
        np.testing.assert_allclose(errors.table()["se"], se[2:], rtol=2e-5)
    assert blocs.standard_errors(fit, profiles).kind == ("robust" if weighted else "observed information")


def test_probabilities_on_every_menu_have_errors() -> None:
    problem = Problem()
    profiles = problem.profiles()
    fit = blocs.fit(profiles, 2, **FINE)
    at = problem.pack(fit)
    table = blocs.standard_errors(fit, profiles).table(by_menu=True)

    def on_menus(v: Floats) -> Floats:
        mu = problem.unpack(v)[1]
        return np.array([
            naive.answer_probability(mu[k - 1][int(item[1])], (tuple(map(int, menu.split("|"))), outcome))
            for k, item, menu, outcome in zip(*(table[c] for c in ("type", "item", "menu", "outcome")), strict=True)
        ])  # fmt: skip

    np.testing.assert_allclose(table["probability"], on_menus(at), atol=1e-7)
    slope = jacobian(on_menus, at)
    se = np.sqrt(np.diagonal(slope @ naive_covariance(problem, at, "observed") @ slope.T))
    np.testing.assert_allclose(table["se"], se, rtol=2e-5)
    assert sorted(set(table.query("item == 'q2'")["menu"])) == ["0|1|2", "0|2", "1|2"]


def test_intervals_are_made_on_the_scale_of_log_odds() -> None:
    problem = Problem()
    profiles = problem.profiles()
    errors = blocs.standard_errors(blocs.fit(profiles, 2, **FINE), profiles)
    for table, name in ((errors.table(), "probability"), (errors.shares(), "share")):
        p, se = table[name], table["se"]
        for side, bound in ((-1, "low"), (1, "high")):
            logit = np.log(p / (1 - p)) + side * 1.959964 * se / (p * (1 - p))
            np.testing.assert_allclose(table[bound], 1 / (1 + np.exp(-logit)), rtol=1e-6)
    assert list(errors.table()) == ["type", "item", "outcome", "probability", "se", "low", "high", "flag"]
    assert list(errors.shares()) == ["type", "share", "se", "low", "high", "flag"]


def test_parameters_have_the_errors_of_the_matrix() -> None:
    problem = Problem()
    profiles = problem.profiles()
    errors = blocs.standard_errors(blocs.fit(profiles, 2, **FINE), profiles)
    table = errors.parameters()
    np.testing.assert_allclose(table["se"], np.sqrt(np.diagonal(errors.matrix)))
    np.testing.assert_allclose(table["high"] - table["low"], 2 * 1.959964 * table["se"], rtol=1e-6)
    assert errors.names[:3] == ["log-odds of type 2 against type 1", "type 1, q0: log-odds of 1 against 0",
                                "type 1, q0: log-odds of 2 against 0"]  # fmt: skip
    assert errors.matrix.shape == (13, 13) and len(errors.names) == 13
    assert repr(errors) == "<StandardErrors of 13 parameters, none at the boundary: observed information>"


# Laws


def test_errors_do_not_depend_on_the_order_of_rows_and_types() -> None:
    problem = Problem()
    profiles = problem.profiles()
    fit = blocs.fit(profiles, 2, **FINE)
    order = np.random.default_rng(0).permutation(len(problem.rows))
    other = problem.take(order)
    for kind in ("observed", "opg", "robust"):
        first = blocs.standard_errors(fit, profiles, kind)
        assert np.array_equal(blocs.standard_errors(fit, other.profiles(), kind).matrix, first.matrix)
    cluster = blocs.standard_errors(fit, profiles, cluster=problem.cluster)
    again = blocs.standard_errors(fit, other.profiles(), cluster=problem.cluster[order])
    assert np.array_equal(again.matrix, cluster.matrix)
    turned_counts = tuple(count[:, ::-1] for count in fit.counts or ())
    swapped = replace(fit, params=fit.params.relabel([1, 0]), counts=turned_counts)
    turned = blocs.standard_errors(swapped, profiles).table().set_index(["type", "item", "outcome"])["se"]
    straight = blocs.standard_errors(fit, profiles).table().set_index(["type", "item", "outcome"])["se"]
    for k in (1, 2):
        np.testing.assert_allclose(turned.loc[3 - k], straight.loc[k], rtol=1e-8)


def test_frequencies_are_copies_and_not_sampling_weights() -> None:
    problem, often = Problem(), np.random.default_rng(1).integers(1, 4, size=600)
    copies = problem.take(np.repeat(np.arange(600), often))
    problem.frame = problem.frame.assign(n=often)
    a, b = problem.profiles(weights="n"), copies.profiles()
    fit = blocs.fit(a, 2, **FINE)
    for kind in ("observed", "opg", "robust"):
        first, second = (blocs.standard_errors(fit, data, kind).matrix for data in (a, b))
        assert np.array_equal(first, second), kind


def test_profiles_keep_the_squares_of_sampling_weights() -> None:
    """Equal rows with other weights: their sum alone would not do."""
    table = {"a": [0, 0, 1, 1], "w": [1.0, 3.0, 2.0, 2.0], "g": ["N", "S", "N", "S"]}
    profiles = blocs.Profiles.from_table(table, items=["a"], design_weights="w", groups="g")
    assert profiles.squares.tolist() == [(1 + 9) / 4, (4 + 4) / 4]
    assert sum(part.squares.sum() for part in profiles.shards(2)) == 4.5
    joined = blocs.concat([profiles, profiles])
    assert joined.squares.tolist() == [5.0, 4.0]
    parts = blocs.profiles.split(profiles, "g")
    assert parts["N"].squares.tolist() == [(1 * 2 / 3) ** 2, (2 * 2 / 3) ** 2]
    plain = blocs.Profiles.from_table(table, items=["a"])
    assert plain.squares is plain.counts
    fit = blocs.fit(profiles, 1)
    p, w = 0.5, np.array(table["w"]) / 2
    variance = (w**2).sum() * p * (1 - p) / 16  # of the weighted mean, linearised
    np.testing.assert_allclose(blocs.standard_errors(fit, profiles).table()["se"], variance**0.5, rtol=1e-9)


def test_sums_do_not_depend_on_the_parts_nor_on_how_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem()
    profiles = problem.profiles(groups="cluster", design_weights="weight")
    fit = blocs.fit(profiles, 2, **FINE)

    def matrices() -> list[Floats]:
        kinds = [blocs.standard_errors(fit, profiles, kind).matrix for kind in ("observed", "opg", "robust")]
        return [*kinds, blocs.standard_errors(fit, profiles, cluster="cluster").matrix]

    whole = matrices()
    pairs, scores = {"model.pair_sums.MOST": 0}, {"model.score_sums.CELLS": 1, "model.score_sums.FEWEST": 7}
    for patches in ({"profiles.profiles.ROWS_PER_SHARD": 7}, pairs, pairs | scores):
        for name, value in patches.items():
            monkeypatch.setattr(f"blocs.{name}", value)
        for matrix, other in zip(whole, matrices(), strict=True):
            np.testing.assert_allclose(other, matrix, rtol=1e-9, atol=1e-14)


# Refusals


def refused(fit: Any, profiles: Any, kind: str | None = None, cluster: Any = None, **rest: Any) -> str:
    with pytest.raises(blocs.BlocsError) as caught:
        blocs.standard_errors(fit, profiles, kind, cluster, **rest)
    return str(caught.value)


def test_what_has_no_standard_errors_is_refused_by_name() -> None:
    table = {"a": [0, 0, 1, 1], "b": [0, 1, 1, 1], "g": ["N", "S", "N", None], "one": ["x"] * 4}
    profiles = blocs.Profiles.from_table(table, items=["a", "b"], groups=["g", "one"])
    fit = blocs.fit(profiles, 1)
    assert refused(fit, profiles, "hessian") == (
        "kind: there is no kind of standard errors 'hessian'. The kinds of standard errors are 'observed', 'opg', "
        "'robust', 'cluster'."
    )
    assert refused(fit, profiles, "cluster") == (
        "cluster: there are no clusters. This kind adds the scores in clusters. Name a group column of the profiles, "
        "or give the label of every row."
    )
    assert refused(fit, profiles, "opg", "g", small_sample="stata") == "2 faults:\n" + "\n".join([
        "  - cluster: clusters have no meaning for 'opg'. Give kind='cluster', or leave it out.",
        "  - small_sample: it has no meaning for 'opg'. Its factors are for robust standard errors.",
    ])  # fmt: skip
    assert refused(fit, profiles, small_sample="hc3") == "small_sample: it is 'hc3'. It is 'stata' or None."
    assert refused(fit, profiles, cluster="precinct") == (
        "cluster: there is no column 'precinct'. The columns are 'g', 'one'. Name it as groups= where the profiles are "
        "made, or give the label of every row."
    )
    assert refused(fit, profiles, cluster="g") == (
        "cluster: 1 observation has no label. Every observation is in a cluster. Leave these out, or give them a label."
    )
    assert refused(fit, profiles, cluster="one") == (
        "cluster: all observations are in one cluster. Variances between clusters need two or more."
    )
    assert refused(fit, profiles, cluster=[1, 2]) == (
        "cluster: it has 2 labels. The table has 4 rows, and every row one label."
    )
    weighted = blocs.Profiles.from_table({**table, "n": [2, 1, 1, 1]}, items=["a", "b"], weights="n")
    assert refused(blocs.fit(weighted, 1), weighted, cluster=[1, 1, 2, 2]) == (
        "The rows of this table have weights, which profiles keep by group and not by row: name the column as groups= "
        "where the profiles are made, and as cluster= here."
    )
    assert refused(fit, weighted).startswith("The fit recorded a log-likelihood of")
    assert refused(blocs.fit(profiles, 1, prior=1), profiles) == (
        "Standard errors are not available for a fit with a prior, which is no maximum of the likelihood. Fit with "
        "prior=0; probabilities of 0 and 1 are taken out."
    )
    by_group = blocs.fit_by_group(blocs.Profiles.from_table(table, items=["a", "b"], groups="one"), 1, "one")
    assert refused(by_group, profiles) == (
        "Standard errors are of one Fit, not of FitsByGroup. Of fits by group, give one of `fits`, and the "
        "profiles of that group."
    )


# Numbers and measurements


@pytest.mark.parametrize("form", ["full", "tied", "diag", "tied-diag", "spherical"])
def test_errors_of_numbers_are_those_of_known_types_where_types_are_far_apart(form: str) -> None:
    """Means, variances, rates and success probabilities by the textbook, in the units of the data."""
    rng, n = np.random.default_rng(4), 3000
    two = rng.random(n) < 0.4
    x, y = rng.normal(0, 10, n) + 500 * two, rng.normal(0, 10, n) + 7
    table = {"x": x, "y": y, "n": rng.poisson(np.where(two, 2.0, 6.0)), "h": rng.binomial(8, np.where(two, 0.2, 0.6))}
    kinds = {"n": blocs.Poisson(), "h": blocs.Binomial(8), "body": blocs.Gaussian(["x", "y"], form)}
    profiles = blocs.Profiles.from_table(table, kinds=kinds)
    errors = blocs.standard_errors(blocs.fit(profiles, 2, **FINE), profiles)
    got = errors.parameters().set_index(["type", "parameter"])
    for k, own in ((1, ~two), (2, two)):
        m = own.sum()
        assert got.loc[(k, "mean of x"), "value"] == pytest.approx(x[own].mean(), abs=1e-6)
        rate, p = table["n"][own].mean(), table["h"][own].mean() / 8
        assert got.loc[(k, "log of rate"), "se"] == pytest.approx(math.sqrt(1 / (m * rate)), rel=1e-3)
        success = errors.table().query(f"type == {k} and item == 'h'").iloc[0]
        assert success["probability"] == pytest.approx(p, abs=1e-6)
        assert success["se"] == pytest.approx(math.sqrt(p * (1 - p) / (8 * m)), rel=1e-3)
        if form == "full":
            variance = x[own].var()
            assert got.loc[(k, "mean of x"), "se"] == pytest.approx(math.sqrt(variance / m), rel=1e-3)
            row = got.loc[(k, "variance of x")]
            assert row["se"] == pytest.approx(variance * math.sqrt(2 / m), rel=1e-3)
            assert row["low"] == pytest.approx(row["value"] * math.exp(-1.959964 * row["se"] / row["value"]), rel=1e-6)
    if form in ("tied", "tied-diag"):
        pooled = np.concatenate([x[two] - x[two].mean(), x[~two] - x[~two].mean()]).var()
        assert got.loc[(0, "variance of x"), "se"] == pytest.approx(pooled * math.sqrt(2 / n), rel=1e-3)
    assert errors.spectrum.share.min() > 0.99


@dataclass(frozen=True)
class Failures(Parametric):
    """A family of one's own, whose derivatives are differences: failures before the first success."""

    def values(self, item: Item) -> Floats:
        return np.array([float(label) for label in item.outcomes])

    def names(self, item: Item) -> tuple[str, ...]:
        return ("success probability",)

    def bounds(self, item: Item) -> tuple[tuple[float, float], ...]:
        return ((0.0, 1.0),)

    def log_prob(self, x: Floats, theta: Floats) -> Floats:
        return np.log(theta) + x[:, None] * np.log1p(-theta)

    def guess(self, x: Floats, counts: Floats, rng: np.random.Generator, width: int) -> Floats:
        return 1 / (1.5 + rng.choice(x, size=(1, width), p=counts / counts.sum()))


def test_a_family_of_ones_own_has_errors_by_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variance of the success probability p of a geometric distribution is p^2 (1 - p) / n."""
    monkeypatch.setitem(FAMILIES, "failures", Failures)
    waits = np.random.default_rng(2).geometric(0.3, size=400) - 1
    profiles = blocs.Profiles.from_table({"wait": waits}, kinds={"wait": Values("failures")})
    row = blocs.standard_errors(blocs.fit(profiles, 1), profiles).parameters().iloc[0]
    p = 1 / (1 + waits.mean())
    assert row["parameter"] == "logit of success probability"
    assert row["value"] == pytest.approx(math.log(p / (1 - p)), abs=1e-5)
    assert row["se"] == pytest.approx(math.sqrt(p**2 * (1 - p) / 400) / (p * (1 - p)), rel=1e-4)


# Coverage


@pytest.mark.study
def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """Three types, six items, one with menus, N = 5,000: shares and probabilities, by three kinds."""
    rng, replicates, n = np.random.default_rng(7), 200, 5_000
    pi = np.array([0.5, 0.3, 0.2])
    p = np.array([[0.9, 0.85, 0.8, 0.9, 0.8], [0.2, 0.3, 0.75, 0.2, 0.7], [0.15, 0.75, 0.2, 0.3, 0.2]])
    mu = np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5], [0.3, 0.5, 0.2]])
    covered: dict[str, list[list[bool]]] = {"observed": [], "opg": [], "robust": []}
    for _ in range(replicates):
        z, short = rng.choice(3, size=n, p=pi), rng.random(n) < 0.4
        frame = pd.DataFrame({f"q{j}": (rng.random(n) < p[z, j]).astype(int) for j in range(5)})
        weight = np.where(short[:, None] & (np.arange(3) == 1), 0.0, mu[z])
        frame["m"] = (rng.random(n)[:, None] > (weight / weight.sum(axis=1, keepdims=True)).cumsum(axis=1)).sum(axis=1)
        profiles = blocs.Profiles.from_table(frame, menus={"m": [{0, 2} if s else {0, 1, 2} for s in short]})
        fit = blocs.fit(profiles, 3, starts=3, seed=1, jobs=1)
        for kind, rows in covered.items():
            errors = blocs.standard_errors(fit, profiles, kind)
            table, shares = errors.table(), errors.shares()
            truth = [value for k in range(3) for j in range(5) for value in (1 - p[k, j], p[k, j])]
            wanted = np.array([*np.insert(np.array(truth).reshape(3, -1), 10, mu.T, axis=1).ravel()])
            inside = (table["low"] <= wanted) & (wanted <= table["high"])
            rows.append([*inside, *((shares["low"] <= pi) & (pi <= shares["high"]))])
    for kind, rows in covered.items():
        share = np.array(rows).mean()
        assert 0.935 <= share <= 0.965, (kind, share)
        assert np.array(rows)[:, -3:].mean() == pytest.approx(0.95, abs=0.03), kind


def test_the_summary_has_degrees_of_freedom_and_the_direction_of_which_nothing_is_known() -> None:
    """Those of the goodness of fit, with menus and missing cells; sums over parts are the same."""
    problem = Problem()
    profiles = problem.profiles()
    fit = blocs.fit(profiles, 2, **FINE)
    errors = blocs.standard_errors(fit, profiles)
    assert errors.df == blocs.goodness_of_fit(fit, profiles).df
    assert f"degrees of freedom {errors.df:,}" in fit.summary(errors)
    rows = pd.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "n": [30, 20, 10, 40]})
    few = blocs.Profiles.from_table(rows, weights="n")
    short = blocs.fit(few, 2, starts=3, seed=1, jobs=1)
    errors = blocs.standard_errors(short, few)
    assert errors.df == 3 - 5
    name, loading = blocs.diagnose(short, few).directions[0].parts[0]
    assert errors.notes[0].startswith(f"The data say next to nothing in the direction {loading:+.2f} {name}")
    weighted = problem.profiles(design_weights="weight")
    assert blocs.standard_errors(blocs.fit(weighted, 1), weighted).notes == (
        "Sampling weights sum to the number of observations: the log-likelihood, AIC and BIC are those of a "
        "pseudo-likelihood.",
    )
    number = blocs.Profiles.from_table({"a": [0, 1, 2]}, kinds={"a": blocs.Poisson()})
    assert blocs.standard_errors(blocs.fit(number, 1), number).df is None
