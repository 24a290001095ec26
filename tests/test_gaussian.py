"""Normal measurements: the laws of a family, scikit-learn's numbers, missing cells, large means, singular data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.mixture import GaussianMixture as Peer

import blocs
from blocs.em.single_step import given
from blocs.model.identification import information_rank
from blocs.model.mixture import Mixture, Params

FORMS = ("full", "tied", "diag", "spherical")  # those of scikit-learn
ALL_FORMS = (*FORMS, "tied-diag")


def table(x: np.ndarray, form: str = "full", weights: np.ndarray | None = None, **options: float) -> blocs.Profiles:
    names = [f"x{j}" for j in range(x.shape[1])]
    kinds = {"x": blocs.Gaussian(names, form, **options)}
    return blocs.Profiles.from_table(pd.DataFrame(x, columns=names), weights=weights, kinds=kinds)


def drawn(rng: np.random.Generator, n: int = 300, d: int = 2, at: float = 0.0) -> np.ndarray:
    z = rng.integers(3, size=n)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 4 * z[:, None] * np.arange(1, d + 1) + at


def natural(fit: blocs.Fit) -> tuple[np.ndarray, np.ndarray]:
    family = fit.mixture.families[0]
    return family.natural(fit.params.families[0][:, 0])


def covariances(peer: Peer) -> np.ndarray:
    c, d = peer.covariances_, peer.means_.shape[1]
    if peer.covariance_type == "full":
        return c
    if peer.covariance_type == "tied":
        return np.repeat(c[None], peer.n_components, axis=0)
    return np.array([np.diag(np.broadcast_to(v, d)) for v in c])


@pytest.mark.parametrize("form", FORMS)
def test_same_optimum_as_scikit_learn_from_the_same_start(form: str) -> None:
    x = load_iris().data
    peer = Peer(3, covariance_type=form, tol=1e-13, max_iter=5000, random_state=0, reg_covar=0).fit(x)
    first = Peer(3, covariance_type=form, tol=1e-13, max_iter=1, random_state=0, reg_covar=0)
    with pytest.warns(UserWarning, match="converge"):
        first.fit(x)
    profiles = table(x, form, floor=1e-12)
    mixture = Mixture.of(profiles.schema, 3)
    start = given(mixture, first.weights_, {"x": (first.means_, covariances(first))})
    assert mixture.estep(start, profiles).loglik[0] == pytest.approx(first.score(x) * len(x), rel=1e-10)
    fit = blocs.fit(profiles, 3, init=start, gain=1e-10, change=1e-9)
    assert fit.loglik == pytest.approx(peer.score(x) * len(x), rel=1e-9)
    order = np.argsort(-peer.weights_)
    means, cov = natural(fit)
    assert np.allclose(fit.shares, peer.weights_[order], atol=1e-5)
    assert np.allclose(means, peer.means_[order], atol=1e-4)
    assert np.allclose(cov, covariances(peer)[order], atol=1e-4)
    assert fit.n_parameters == peer._n_parameters()


@pytest.mark.parametrize("form", FORMS)
def test_density_is_scipys_and_integrates_to_one(form: str) -> None:
    axis = np.linspace(-9, 9, 181)
    x = np.column_stack([g.ravel() for g in np.meshgrid(axis, axis)])
    profiles = table(x, form)
    mixture = Mixture.of(profiles.schema, 2)
    cov = {"full": [[[1.0, 0.4], [0.4, 2.0]], [[0.5, 0.0], [0.0, 1.0]]], "diag": [np.diag([1.0, 2.0]), np.eye(2)],
           "tied": [[[1.0, 0.4], [0.4, 2.0]]] * 2, "spherical": [2 * np.eye(2), np.eye(2)]}[form]  # fmt: skip
    means = np.array([[0.5, -1.0], [1.0, 1.0]])
    params = given(mixture, [0.3, 0.7], {"x": (means, cov)})
    loglik = mixture.posterior(params, profiles)[0]
    expected = sum(w * stats.multivariate_normal(m, c).pdf(x) for w, m, c in zip([0.3, 0.7], means, cov, strict=True))
    assert np.allclose(np.exp(loglik), expected, rtol=1e-9, atol=1e-300)
    assert np.exp(loglik).sum() * 0.1**2 == pytest.approx(1.0, abs=1e-4)


def naive_mstep(x: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """002 eqs. 29-31, written out."""
    n = z.sum(axis=0)
    means = np.array([z[:, k] @ x / n[k] for k in range(z.shape[1])])
    cov = np.array([((x - means[k]).T * z[:, k]) @ (x - means[k]) / n[k] for k in range(z.shape[1])])
    return n / n.sum(), means, cov


@pytest.mark.parametrize("at", [0.0, 1e8])
@pytest.mark.parametrize("form", ALL_FORMS)
def test_mstep_is_the_formula_and_statistics_add_also_far_from_zero(form: str, at: float) -> None:
    rng = np.random.default_rng(5)
    x = drawn(rng, 211, 3) + at
    weights = rng.integers(1, 4, size=len(x)).astype(float)
    profiles = table(x, form, weights)
    mixture = Mixture.of(profiles.schema, 3)
    params = blocs.fit(profiles, 3, starts=1, steps=3).params
    stats_ = mixture.estep(params, profiles)
    parts = [mixture.estep(params, part) for part in profiles.shards(4)]
    total = parts[0] + parts[1] + parts[2] + parts[3]
    assert np.allclose(total.counts, stats_.counts, rtol=1e-11, atol=1e-9)
    assert total.loglik == pytest.approx(stats_.loglik, rel=1e-12)
    z = mixture.posterior(params, profiles)[1] * weights[:, None]
    shares, means, cov = naive_mstep(x - at, z)
    if form in ("tied", "tied-diag"):
        cov = np.repeat(np.einsum("k,kij->ij", shares, cov)[None], 3, axis=0)
    if form in ("diag", "tied-diag", "spherical"):
        cov = np.array([np.diag(np.diag(c)) for c in cov])
    if form == "spherical":
        cov = np.array([np.eye(3) * np.trace(c) / 3 for c in cov])
    new = mixture.mstep(params, stats_)
    found_means, found_cov = mixture.families[0].natural(new.families[0][:, 0])
    assert np.allclose(new.shares[0], shares, rtol=1e-12)
    assert np.allclose(found_means - at, means, atol=1e-7 if at else 1e-10)
    assert np.allclose(found_cov, cov, atol=1e-7 if at else 1e-10)


@pytest.mark.parametrize("form", ALL_FORMS)
def test_weights_are_copies_likelihood_rises_types_permute_json_returns(form: str) -> None:
    rng = np.random.default_rng(7)
    x = drawn(rng, 120)
    weights = rng.integers(1, 4, size=len(x))
    weighted, copied = table(x, form, weights), table(np.repeat(x, weights, axis=0), form)
    a, b = (blocs.fit(p, 3, starts=3, gain=1e-9) for p in (weighted, copied))
    assert a.loglik == pytest.approx(b.loglik, rel=1e-10)
    assert np.allclose(natural(a)[0], natural(b)[0], atol=1e-5)
    assert (np.diff(a.trace) >= -1e-9 * abs(a.loglik)).all()
    mixture, order = a.mixture, [2, 0, 1]
    moved = Params.of(a.params.shares[:, order], (a.params.families[0][:, :, order],))
    assert mixture.estep(moved, weighted).loglik[0] == pytest.approx(a.loglik, rel=1e-12)
    assert np.allclose(mixture.mstep(moved, mixture.estep(moved, weighted)).families[0],
                       mixture.mstep(a.params, mixture.estep(a.params, weighted)).families[0][:, :, order])  # fmt: skip
    again = blocs.Fit.from_dict(a.to_dict())
    again.check(weighted)
    assert again.posterior(weighted).equals(a.posterior(weighted))


@pytest.mark.parametrize(("form", "free"), [("full", 17), ("diag", 14), ("spherical", 11)])
def test_parameter_count_is_the_rank_of_the_information(form: str, free: int) -> None:
    profiles = table(drawn(np.random.default_rng(9)), form)
    fit = blocs.fit(profiles, 3, starts=4)
    assert information_rank(fit.mixture, fit.params, profiles) == (free, free)


def test_truth_is_recovered_and_the_start_is_not_it() -> None:
    rng = np.random.default_rng(2)
    z = rng.choice(2, p=[0.7, 0.3], size=8000)
    truth = np.array([[0.0, 0.0], [2.5, 1.0]])
    fit = blocs.fit(table(rng.normal(size=(8000, 2)) + truth[z]), 2, starts=5)
    start = blocs.fit(table(rng.normal(size=(8000, 2)) + truth[z]), 2, starts=1, steps=1)
    assert np.allclose(natural(fit)[0], truth, atol=0.12)
    assert not np.allclose(natural(start)[0], truth, atol=0.12)
    assert np.allclose(natural(fit)[1], np.eye(2), atol=0.15)


@pytest.mark.parametrize("form", FORMS)
def test_singular_data_have_a_floor_and_say_so(form: str) -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(40, 2))
    x = np.column_stack([x, x[:, 0] + x[:, 1]])  # one direction has no variance
    x[:8] = x[0]  # one type is a point
    fit = blocs.fit(table(x, form), 2, starts=5)
    assert np.isfinite(fit.loglik)
    assert ("singular" in fit.flags) == (form in ("full", "tied"))
    assert (np.linalg.eigvalsh(natural(fit)[1]) > 0).all()
    constant = blocs.fit(table(np.column_stack([x[:, 0], np.full(40, 7.0)]), form), 1)
    assert np.isfinite(constant.loglik)
    assert ("singular" in constant.flags) == (form != "spherical")


def naive_missing(x: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Log-density of the known cells, expected row and its covariance."""
    known = ~np.isnan(x)
    full, extra = x.copy(), np.zeros((len(x), len(x)))
    if not known.any():
        return 0.0, mean.copy(), cov.copy()
    inverse = np.linalg.inv(cov[np.ix_(known, known)])
    gain = cov[np.ix_(~known, known)] @ inverse
    full[~known] = mean[~known] + gain @ (x[known] - mean[known])
    extra[np.ix_(~known, ~known)] = cov[np.ix_(~known, ~known)] - gain @ cov[np.ix_(known, ~known)]
    return float(stats.multivariate_normal(mean[known], cov[np.ix_(known, known)]).logpdf(x[known])), full, extra


@pytest.mark.parametrize("form", ["full", "diag"])
def test_missing_cells_are_missing_at_random(form: str) -> None:
    rng = np.random.default_rng(8)
    x = drawn(rng, 90, 3)
    x[rng.random(x.shape) < 0.25] = np.nan
    x[0] = np.nan
    profiles = table(x, form)
    fit = blocs.fit(profiles, 2, starts=3, gain=1e-9)
    assert (np.diff(fit.trace) >= -1e-8).all()
    means, cov = natural(fit)
    shares = fit.shares.to_numpy()
    rows = [[naive_missing(row, m, c) for m, c in zip(means, cov, strict=True)] for row in x]
    logs = np.array([[np.log(p) + cell[0] for p, cell in zip(shares, row, strict=True)] for row in rows])
    assert np.logaddexp.reduce(logs, axis=1).sum() == pytest.approx(fit.loglik, rel=1e-9)
    z = np.exp(logs - np.logaddexp.reduce(logs, axis=1, keepdims=True))
    z[0] = 0.0  # a row without values says nothing about means
    new = fit.mixture.mstep(fit.params, fit.mixture.estep(fit.params, profiles))
    found, spread = fit.mixture.families[0].natural(new.families[0][:, 0])
    for k in range(2):
        n = z[:, k].sum()
        mean = sum(z[u, k] * rows[u][k][1] for u in range(len(x))) / n
        second = sum(z[u, k] * (np.outer(rows[u][k][1] - mean, rows[u][k][1] - mean) + rows[u][k][2])
                     for u in range(len(x))) / n  # fmt: skip
        assert np.allclose(found[k], mean, atol=1e-8)
        assert np.allclose(spread[k], second if form == "full" else np.diag(np.diag(second)), atol=1e-7)
    assert fit.posterior(profiles).loc[0].tolist() == pytest.approx(fit.shares.tolist())


def test_faults_in_full() -> None:
    with pytest.raises(blocs.InputError) as caught:
        blocs.Gaussian(["a"], "round")
    assert str(caught.value) == (
        "covariance: there is no covariance 'round'. The covariances are 'full', 'tied', 'diag', 'tied-diag', "
        "'spherical'."
    )
    with pytest.raises(blocs.InputError) as caught:
        blocs.Profiles.from_table({"a": [1.0, np.inf]}, kinds={"g": blocs.Gaussian(["a"])})
    assert str(caught.value) == "item 'g': row 1 of column 'a' is inf. Its values are finite numbers."
    with pytest.raises(blocs.UnsupportedError) as refused:
        blocs.fit(table(np.ones((3, 1))), 1, prior=1.0)
    assert str(refused.value) == (
        "A prior is not available for the gaussian family (item 'x'). "
        "Fit with prior=0, or leave the item out; its covariances have a floor in any case."
    )


@pytest.mark.slow
def test_same_optimum_as_scikit_learn_on_100_000_rows() -> None:
    rng = np.random.default_rng(0)
    mu = rng.normal(size=(10, 10)) * 2
    x = rng.normal(size=(100_000, 10)) + mu[rng.integers(10, size=100_000)]
    peer = Peer(10, tol=1e-9, max_iter=500, means_init=mu, weights_init=np.full(10, 0.1), reg_covar=0,
                precisions_init=np.repeat(np.eye(10)[None], 10, axis=0), init_params="random_from_data")  # fmt: skip
    peer.fit(x)
    profiles = table(x)
    mixture = Mixture.of(profiles.schema, 10)
    start = given(mixture, np.full(10, 0.1), {"x": (mu, np.repeat(np.eye(10)[None], 10, axis=0))})
    fit = blocs.fit(profiles, 10, init=start, gain=1e-4)
    assert fit.loglik == pytest.approx(peer.score(x) * len(x), rel=1e-8)


def test_a_fit_starts_a_fit_to_other_data_in_other_units() -> None:
    rng = np.random.default_rng(6)
    first = blocs.fit(table(drawn(rng, 300)), 3, starts=3)
    other = table(drawn(rng, 300)[:200] * 1.7 + 40)
    start = blocs.fit(other, 3, init=first, steps=1)
    again = blocs.fit(other, 3, init=start, steps=1)
    assert np.allclose(natural(start)[0], natural(first)[0])
    assert np.allclose(natural(start)[1], natural(first)[1])
    assert again.loglik == pytest.approx(start.loglik, rel=1e-12)
    assert start.score(other) == pytest.approx(first.score(other), rel=1e-12)


def test_units_are_the_mean_and_spread_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    from blocs.profiles.scaling import units_of

    rng = np.random.default_rng(1)
    x, n = rng.normal(size=(50, 4)) + 1e6, rng.integers(1, 4, 50).astype(float)
    x[:20, 1], x[rng.random(50) < 0.3, 2], x[:, 3] = np.nan, np.nan, np.nan
    monkeypatch.setattr("blocs.profiles.scaling.PART", 7)
    for (centre, scale), column in zip(units_of(x, n), x.T, strict=True):
        known = ~np.isnan(column)
        mean = np.average(column[known], weights=n[known]) if known.any() else 0.0
        spread = np.sqrt(np.average((column[known] - mean) ** 2, weights=n[known])) if known.any() else 0.0
        assert centre == pytest.approx(mean, rel=1e-14)
        assert scale == pytest.approx(spread, rel=1e-9)
