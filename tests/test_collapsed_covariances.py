"""Covariances that are nearly singular: integer and Likert data, distant clusters, spikes, and what becomes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.mixture import GaussianMixture as Peer

import blocs
from blocs.estimators import GaussianMixture

FORMS = ("full", "tied", "diag", "tied-diag", "spherical")
IRIS = pd.DataFrame(load_iris().data, columns=list("abcd"))


def table(x: np.ndarray, form: str = "full", **options: float) -> blocs.Profiles:
    names = [f"x{j}" for j in range(x.shape[1])]
    kinds = {"x": blocs.Gaussian(names, form, **options)}
    return blocs.Profiles.from_table(pd.DataFrame(x, columns=names), items=[], kinds=kinds)


def likert(seed: int, n: int, d: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    z = rng.integers(3, size=n)[:, None]
    return np.clip(np.rint(rng.normal(size=(n, d)) + 1.5 * z + 1), 1, 5)


def variances(fit: blocs.Fit) -> np.ndarray:
    family = fit.mixture.families[0]
    return np.diagonal(family.natural(fit.params.families[0][:, 0])[1], axis1=1, axis2=2)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("form", "published"),
    [("tied-diag", (1522.1202, 1042.9679)), ("diag", (1522.1202, 857.5515)), ("tied", (829.9782, 688.0972)),
     ("full", (829.9782, 574.0178)), ("spherical", (1804.0854, 1012.2352))],
)  # fmt: skip
def test_iris_has_the_bic_that_mclust_prints(form: str, published: tuple[float, ...]) -> None:
    """Models EEI, VVI, EEE, VVV and VII of mclustBIC(iris[, -5]), whose BIC has the other sign."""
    profiles = blocs.Profiles.from_table(IRIS, kinds={"g": blocs.Gaussian(list("abcd"), form)})
    assert [round(blocs.fit(profiles, k).bic, 4) for k in (1, 2)] == list(published)


def test_shared_variances_without_correlations_are_those_of_plain_em() -> None:
    """Mplus' default profile model, with three classes, by EM written out."""
    profiles = blocs.Profiles.from_table(IRIS, kinds={"g": blocs.Gaussian(list("abcd"), "tied-diag")})
    fit = blocs.fit(profiles, 3, gain=1e-10, change=1e-9)
    assert fit.n_parameters == 2 + 3 * 4 + 4
    x = IRIS.to_numpy()
    means, shares, variance = x[[10, 60, 120]], np.full(3, 1 / 3), x.var(axis=0)
    for _ in range(3000):
        logs = np.log(shares) - 0.5 * (((x[:, None] - means) ** 2 / variance) + np.log(2 * np.pi * variance)).sum(
            axis=2
        )
        zeta = np.exp(logs - np.logaddexp.reduce(logs, axis=1, keepdims=True))
        n = zeta.sum(axis=0)
        shares, means = n / len(x), zeta.T @ x / n[:, None]
        variance = np.einsum("uk,ukd->d", zeta, (x[:, None] - means) ** 2) / len(x)
    assert fit.loglik == pytest.approx(np.logaddexp.reduce(logs, axis=1).sum(), abs=1e-7)
    assert variances(fit) == pytest.approx(np.repeat(variance[None], 3, axis=0), rel=1e-5)
    assert fit.shares.tolist() == pytest.approx(sorted(shares, reverse=True), rel=1e-5)


def test_shared_variances_without_correlations_in_the_face() -> None:
    profiles = blocs.Profiles.from_table(IRIS, kinds={"g": blocs.Gaussian(list("abcd"), "tied-diag")})
    fit = blocs.fit(profiles, 2)
    model = GaussianMixture(2, covariance_type="tied-diag", tol=1e-12, max_iter=1000, reg_covar=0, random_state=0)
    x = IRIS.to_numpy()
    model.fit(x)
    assert model.fit_.loglik == pytest.approx(fit.loglik, abs=1e-6)
    assert model.covariances_.shape == model.precisions_.shape == (4,)
    assert model.covariances_ == pytest.approx(variances(fit)[0], rel=1e-4)
    assert model.bic(x) == pytest.approx(1042.9679, abs=1e-3)
    again = GaussianMixture(2, covariance_type="tied-diag", means_init=model.means_, precisions_init=model.precisions_)
    assert again.fit(x).means_ == pytest.approx(model.means_, abs=1e-2)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("distance", [2e3, 2e4, 1e5])
def test_clusters_far_apart_have_their_own_variances(form: str, distance: float) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2)) * 0.94
    x[150:] += distance
    fit = blocs.fit(table(x, form), 2, starts=3)
    own = np.array([x[:150].var(axis=0), x[150:].var(axis=0)])
    if form in ("tied", "tied-diag"):
        own = np.repeat(own.mean(axis=0, keepdims=True), 2, axis=0)
    if form == "spherical":
        own = np.repeat(own.mean(axis=1, keepdims=True), 2, axis=1)
    assert fit.flags == ()
    order = [np.argsort(v[:, 0]) for v in (variances(fit), own)]
    assert variances(fit)[order[0]] == pytest.approx(own[order[1]], rel=2e-3)


@pytest.mark.parametrize("n", [30, 100])
@pytest.mark.parametrize("types", [2, 3])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_integers_and_likert_items_end_soon(form: str, types: int, n: int, missing: float) -> None:
    """Starts end by themselves, singular or not, but for one at most of eight (which one hangs on the last bits)."""
    x = likert(n + types, n, 4)
    x[np.random.default_rng(1).random(x.shape) < missing] = np.nan
    fit = blocs.fit(table(x, form), types, starts=8, most=8, exchange=False, steps=1500)
    statuses = [end.status for end in fit.ends]
    assert set(statuses) <= {"converged", "singular", "step_limit"}
    assert statuses.count("step_limit") <= 1
    assert fit.status == "converged"


def test_thirty_rows_of_integers_where_plain_em_needs_26_iterations() -> None:
    z = np.random.default_rng(4).integers(1, 6, (30, 3)).astype(float)
    plain, fast = (blocs.fit(table(z), 2, starts=1, most=1, exchange=False, steps=200, accelerate=name)
                   for name in ("none", "auto"))  # fmt: skip
    assert plain.status == fast.status == "converged"
    assert plain.flags == fast.flags == ("singular",)
    assert fast.loglik == pytest.approx(plain.loglik, abs=1e-3)
    assert fast.ends[0].iterations <= 40


def spike() -> np.ndarray:
    """Return two clusters, and twenty equal rows between both, on which a type of its own has density without end."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 2))
    x[100:] += 6
    x[:20] = (3.0, 3.0)
    return x


def test_singular_starts_count_last_as_in_mclust() -> None:
    """The likelihood has no maximum at a spike: a start that ended there is set aside where another did not."""
    fit = blocs.fit(table(spike()), 2, starts=20)
    assert "singular" not in fit.flags
    x = spike()
    start = blocs.given(fit.mixture, [0.9, 0.1], {"x": ([x.mean(axis=0), x[0]], [np.cov(x.T), 1e-4 * np.eye(2)])})
    alone = blocs.fit(table(x), 2, init=start)
    assert alone.flags == ("singular",)
    assert alone.loglik > fit.loglik
    ends = fit.starts
    assert (ends[ends["loglik"] > fit.loglik + 1]["status"] == "singular").all()
    assert not ends[ends["status"] == "singular"]["best"].any()
    assert repr(alone).endswith("converged, singular>")


@pytest.mark.parametrize("width", [0.01, 1.0])
@pytest.mark.parametrize(("form", "least"), [("diag", 3), ("spherical", 3), ("full", 4)])
def test_a_narrow_type_that_one_row_keeps_from_collapse_is_a_spike(form: str, least: int, width: float) -> None:
    """Far rows near one another, too few for a covariance once one is left out; neither one more row, nor wide ones."""
    rng = np.random.default_rng(5)
    for rows in (least - 1, least):
        corners = np.array([(0.0, 0.0), (2.0, 0.5), (0.5, 2.0), (1.5, 1.5)])[:rows]
        x = np.r_[rng.normal(size=(80, 2)), corners * width + 30]
        data = table(x, form)
        first = x[80:].mean(axis=0)
        covariance = [np.eye(2), width**2 * np.eye(2)]
        mixture = blocs.fit(data, 2, starts=1, most=1, steps=1, exchange=False).mixture
        start = blocs.given(mixture, [0.95, 0.05], {"x": ([[0.0, 0.0], first], covariance)})
        fit = blocs.fit(data, 2, init=start)
        assert fit.shares.to_numpy() * fit.n == pytest.approx([80, rows], abs=1e-3)
        assert fit.flags == (("singular",) if rows < least and width < 0.1 else ())


@pytest.mark.parametrize("values", [[1.0, 2, 3, 4, 10, 10.5], [0.0, 1, 2, 3, 4, 5, 6, 50, 51]])
def test_two_rows_apart_from_the_others_are_a_type_of_a_small_table(values: list[float]) -> None:
    fit = blocs.fit(blocs.Profiles.from_table({"x": values}, kinds={"m": blocs.Gaussian(["x"])}), 2)
    means = fit.parameters().query("parameter == 'mean of x'")["value"]
    assert means.to_list() == pytest.approx([np.mean(values[:-2]), np.mean(values[-2:])], abs=1e-4)
    assert "singular" not in fit.flags


def test_a_spike_of_two_rows_is_set_aside_where_another_start_is_none() -> None:
    """Two rows that agree in one column to a ten-thousandth: any variance there, and the likelihood is higher."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(120, 3))
    x[60:] += 3
    x[1] = x[0] + (0.4, 1e-4, 0.3)
    fit = blocs.fit(table(x, "diag"), 3)
    assert "singular" not in fit.flags
    assert (fit.shares.to_numpy() * fit.n >= 3).all()
    means, variance = [x[2:60].mean(axis=0), x[60:].mean(axis=0), x[:2].mean(axis=0)], np.diag(x[:2].var(axis=0))
    start = blocs.given(fit.mixture, [0.49, 0.49, 0.02], {"x": (means, [np.eye(3), np.eye(3), variance])})
    two = blocs.fit(table(x, "diag"), 3, init=start)
    assert two.shares.min() * two.n == pytest.approx(2, abs=0.01)
    assert two.loglik > fit.loglik + 1
    assert two.flags == ("singular",)


def test_a_floor_of_ones_own_is_a_constraint_and_its_maximum_counts() -> None:
    """One option for spikes: no variance in any direction falls below a share of the columns' own."""
    x = spike()
    fit = blocs.fit(table(x, "diag", floor=0.01), 3, starts=20)
    smallest = 0.01 * x.var(axis=0)
    assert "singular" in fit.flags
    assert (variances(fit) >= smallest * (1 - 1e-9)).all()
    assert variances(fit).min(axis=0) == pytest.approx(smallest, rel=1e-6)
    assert fit.loglik > blocs.fit(table(x, "diag"), 2).loglik + 30


@pytest.mark.parametrize("form", ["full", "tied", "diag", "tied-diag", "spherical"])
def test_the_face_flags_what_only_its_ridge_keeps_from_being_singular(form: str) -> None:
    """As scikit-learn does, it fits on; its covariances are then the ridge, 1e-6, in some direction."""
    x = np.random.default_rng(0).normal(5, 1, (60, 2))
    x[:, 1] = x[:, 0] if form in ("full", "tied") else 2.0
    if form == "spherical":
        x = np.r_[np.zeros((20, 2)), np.random.default_rng(0).normal(5, 1, (20, 2))]
    model = GaussianMixture(2, covariance_type=form, random_state=0).fit(x)
    assert "singular" in model.fit_.flags
    regular = GaussianMixture(2, covariance_type=form, random_state=0).fit(
        np.random.default_rng(1).normal(size=(80, 2))
    )
    assert "singular" not in regular.fit_.flags
    if form != "tied-diag":
        peer = Peer(2, covariance_type=form, random_state=0).fit(x)
        smallest = np.linalg.eigvalsh(np.atleast_2d(peer.covariances_)).min() if form == "full" else None
        assert smallest is None or smallest == pytest.approx(1e-6, rel=1e-3)


def test_many_columns_of_few_rows_are_flagged_in_the_face() -> None:
    """20 rows of 10 columns with variance 6400: every covariance of three is singular but for the ridge."""
    x = np.random.default_rng(5).normal(0, 80, (20, 10))
    model = GaussianMixture(3, random_state=0).fit(x)
    assert np.linalg.eigvalsh(model.covariances_).min() == pytest.approx(1e-6, rel=1e-2)
    assert "singular" in model.fit_.flags


def test_edges_say_whether_a_floor_was_given(monkeypatch: Any) -> None:
    x = likert(1, 40, 2)
    x[:, 1] = 3.0
    for options, kind in (({}, "singular"), ({"floor": 0.1}, "floor"), ({"ridge": 1e-3}, "floor")):
        fit = blocs.fit(table(x, "diag", **options), 1)
        assert [edge.kind for edge in fit.mixture.families[0].edges(fit.params.columns()[1])] == [kind]


@pytest.mark.parametrize("form", ["full", "tied", "diag", "tied-diag"])
def test_measurements_that_nobody_has_change_nothing(form: str) -> None:
    """A covariance that no row tells anything about keeps its value, and every start converges."""
    rng = np.random.default_rng(1)
    z = rng.integers(2, size=300)
    answers = {name: (rng.random(300) < np.where(z, 0.8, 0.2)).astype(int) for name in "abc"}
    kind = blocs.Gaussian(["x", "y"], covariance=form)
    table = answers | {"x": np.full(300, np.nan), "y": np.full(300, np.nan)}
    fit = blocs.fit(blocs.Profiles.from_table(table, items=list("abc"), kinds={"xy": kind}), 2, jobs=1)
    alone = blocs.fit(blocs.Profiles.from_table(answers), 2, jobs=1)
    assert {end.status for end in fit.ends} <= {"converged", "duplicate"}
    assert (fit.n_parameters, fit.loglik) == (alone.n_parameters, pytest.approx(alone.loglik, abs=1e-6))
