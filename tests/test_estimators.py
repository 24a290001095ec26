"""scikit-learn faces: its own checks, pipelines, searches, frames, and its GaussianMixture's numbers."""

from __future__ import annotations

import inspect
import re
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as Peer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import blocs
from blocs.estimators import BinomialMixture, CategoricalMixture, GaussianMixture, MultinomialMixture, PoissonMixture
from blocs.estimators.k_means import clusters

ALL = (BinomialMixture, CategoricalMixture, GaussianMixture, MultinomialMixture, PoissonMixture)


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [kind(n_components=2, n_init=1) for kind in ALL if kind is not CategoricalMixture]
    # a check predicts rows of weight 0, whose categories the fit has not seen
    + [CategoricalMixture(n_components=2, n_init=1, handle_unknown="missing")]
)
def test_scikit_learns_own_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def data(kind: type, rng: np.random.Generator, n: int = 300) -> np.ndarray:
    z = rng.integers(2, size=n)[:, None]
    if kind is GaussianMixture:
        return rng.normal(size=(n, 3)) + 3 * z
    if kind is PoissonMixture:
        return rng.poisson(np.where(z, [9, 8, 7], [1, 2, 3])).astype(float)
    if kind is MultinomialMixture:
        return np.array([rng.multinomial(8, [0.7, 0.2, 0.1] if k else [0.1, 0.2, 0.7]) for k in z[:, 0]]).astype(float)
    top = 5 if kind is BinomialMixture else 1
    return rng.binomial(top, np.where(z, [0.9, 0.8, 0.85], [0.1, 0.2, 0.15])).astype(float)


@pytest.mark.parametrize("kind", ALL)
def test_manners(kind: type) -> None:
    rng = np.random.default_rng(0)
    x = data(kind, rng)
    model = kind(n_components=2, n_init=3, random_state=1).fit(x)
    assert model.converged_
    assert (np.diff(model.weights_) <= 0).all()
    assert model.weights_.sum() == pytest.approx(1.0)
    assert model.lower_bound_ == pytest.approx(model.score(x), rel=1e-9)
    assert model.bic(x) == pytest.approx(
        -2 * model.score(x) * len(x) + model.fit_.n_parameters * np.log(len(x)), rel=1e-12
    )
    assert model.aic(x) < model.bic(x)
    assert model.predict_proba(x).sum(axis=1) == pytest.approx(np.ones(len(x)))
    assert (model.predict(x) == model.predict_proba(x).argmax(axis=1)).all()
    drawn, which = model.sample(2000)
    assert drawn.shape == (2000, x.shape[1])
    assert np.bincount(which) / 2000 == pytest.approx(model.weights_, abs=0.05)
    assert np.allclose(drawn.mean(axis=0), x.mean(axis=0), atol=0.1 * x.std() + 0.1 * x.mean())
    again = clone(model).fit(x)
    assert np.array_equal(again.predict_proba(x), model.predict_proba(x))
    weights = rng.integers(0, 3, len(x))
    heavy = clone(model).fit(x, sample_weight=weights)
    copies = clone(model).fit(np.repeat(x, weights, axis=0))
    assert np.allclose(heavy.predict_proba(x), copies.predict_proba(x), atol=1e-6)
    repeated = np.repeat(x, weights, axis=0)
    assert heavy.bic(x, sample_weight=weights) == pytest.approx(heavy.bic(repeated), rel=1e-10)
    assert heavy.aic(x, sample_weight=weights) == pytest.approx(heavy.aic(repeated), rel=1e-10)


@pytest.mark.parametrize("kind", ALL)
def test_frames_go_in_and_come_out(kind: type) -> None:
    x = pd.DataFrame(data(kind, np.random.default_rng(2)), columns=["a", "b", "c"], index=range(1000, 1300))
    model = kind(n_components=2, n_init=2, random_state=0).set_output(transform="pandas").fit(x)
    out = model.transform(x)
    assert list(out.columns) == [f"{kind.__name__.lower()}{k}" for k in (0, 1)]
    assert (out.index == x.index).all()
    assert list(model.feature_names_in_) == ["a", "b", "c"]
    holes = x.astype(float).mask(np.random.default_rng(3).random(x.shape) < 0.1)
    if kind is MultinomialMixture:
        holes = x.astype(float)
        holes.loc[np.random.default_rng(3).random(len(x)) < 0.1] = np.nan
    again = kind(n_components=2, n_init=2, random_state=0).fit(holes)
    assert np.isfinite(again.predict_proba(holes)).all()


@pytest.mark.parametrize("kind", ALL)
def test_a_search_over_the_number_of_components_finds_two(kind: type) -> None:
    search = GridSearchCV(kind(n_init=3, random_state=0), {"n_components": [1, 2]}, cv=3)
    search.fit(data(kind, np.random.default_rng(4)))
    assert search.best_params_ == {"n_components": 2}


def test_text_and_unknown_categories() -> None:
    x = pd.DataFrame({"party": ["D", "R", "D", None] * 10, "n": [1, 2, 1, 2] * 10})
    model = CategoricalMixture(2, n_init=2, random_state=0, handle_unknown="missing").fit(x)
    assert [list(c) for c in model.categories_] == [["D", "R"], [1, 2]]
    new = pd.DataFrame({"party": ["Green"], "n": [1]})
    gone = pd.DataFrame({"party": pd.Series([None], dtype=object), "n": [1]})
    assert np.array_equal(model.predict_proba(new), model.predict_proba(gone))
    strict = CategoricalMixture(2, n_init=2, random_state=0).fit(x)
    with pytest.raises(ValueError, match="outcome 'Green' was not seen when the model was fitted"):
        strict.predict(new)


def test_a_column_without_a_known_cell_is_refused() -> None:
    x = pd.DataFrame({"party": ["D", "R", "D", "R"] * 5, "n": [1, 2, 1, 2] * 5})
    for how in ("error", "missing"):
        model = CategoricalMixture(2, n_init=2, random_state=0, handle_unknown=how).fit(x)
        new = x.assign(party=["Dem", "Rep"] * 10)
        with pytest.raises(ValueError, match="none of") as caught:
            model.predict(new)
        assert str(caught.value) == (
            "party: none of 20 cells has a category of the fit ('D', 'R'); the first is 'Dem'. "
            "Give the column as it was for the fit."
        )
        with pytest.raises(ValueError, match="n: none of 20 cells has a category of the fit"):
            model.predict(x.assign(n=x["n"] + 10))


def test_the_same_categories_of_another_type_are_read_with_a_warning() -> None:
    """A file read with dtype=str has '0' and '1' where the fit had 0 and 1."""
    x = pd.DataFrame({"a": [0, 0, 1, 1, 1], "b": [0, 0, 1, 1, 0]})
    for fitted, new, read in ((x, x.astype(str), "'0' is read as 0"), (x.astype(str), x, "0 is read as '0'")):
        model = CategoricalMixture(2, random_state=0).fit(fitted)
        with pytest.warns(UserWarning, match="the categories of the fit are of another type") as caught:
            p = model.predict_proba(new)
        assert np.array_equal(p, model.predict_proba(fitted))
        assert len(caught) == 2
        assert str(caught[0].message) == f"a: the categories of the fit are of another type; {read}, and so on."


@pytest.mark.parametrize("kind", ALL)
def test_masked_cells_are_missing(kind: type) -> None:
    x = data(kind, np.random.default_rng(2))
    mask = np.random.default_rng(3).random(x.shape) < 0.1
    if kind is MultinomialMixture:
        mask[:] = mask[:, :1]
    masked = np.ma.masked_array(np.where(mask, 7.0, x), mask=mask)
    a = kind(n_components=2, n_init=2, random_state=0).fit(masked)
    b = kind(n_components=2, n_init=2, random_state=0).fit(np.where(mask, np.nan, x))
    assert a.fit_.loglik == pytest.approx(b.fit_.loglik)
    assert a.predict_proba(masked) == pytest.approx(b.predict_proba(np.where(mask, np.nan, x)))
    whole = np.ma.masked_array(x.astype(int) if kind is CategoricalMixture else x)
    assert kind(random_state=0).fit(whole).fit_.loglik == pytest.approx(kind(random_state=0).fit(x).fit_.loglik)


@pytest.mark.parametrize("form", ["full", "tied", "diag", "spherical"])
def test_drop_in_for_scikit_learns_gaussian_mixture(form: str) -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(600, 3)) @ rng.normal(size=(3, 3)) + 5 * rng.integers(3, size=600)[:, None]
    first = Peer(3, covariance_type=form, random_state=0, tol=1e-2).fit(x)
    begin = {"weights_init": first.weights_, "means_init": first.means_, "precisions_init": first.precisions_}
    settings = {"covariance_type": form, "tol": 1e-12, "max_iter": 3000, "reg_covar": 1e-6, **begin}
    peer, mine = Peer(3, **settings).fit(x), GaussianMixture(3, **settings).fit(x)
    for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        a, b = getattr(peer, name), getattr(mine, name)
        assert a.shape == b.shape
        assert np.allclose(a, b, rtol=2e-4, atol=2e-4), name
    assert mine.lower_bound_ == pytest.approx(peer.lower_bound_, abs=1e-7)
    assert mine.score(x) == pytest.approx(peer.score(x), rel=1e-8)
    assert mine.bic(x) == pytest.approx(peer.bic(x), rel=1e-8)
    assert np.allclose(mine.predict_proba(x), peer.predict_proba(x), atol=1e-3)
    assert np.allclose(mine.score_samples(x), peer.score_samples(x), atol=1e-3)


def test_the_signature_and_the_attributes_are_scikit_learns() -> None:
    theirs, mine = (inspect.signature(kind).parameters for kind in (Peer, GaussianMixture))
    assert list(theirs) != []
    assert {name: p.default for name, p in theirs.items()} == {name: p.default for name, p in mine.items()}
    x = np.random.default_rng(2).normal(size=(400, 2)) + 3 * (np.arange(400) % 2)[:, None]
    begin = {"means_init": [[0.0, 1.0], [2.0, 2.0]], "weights_init": [0.5, 0.5], "precisions_init": [np.eye(2)] * 2}
    a, b = (kind(2, random_state=0, **begin).fit(x) for kind in (Peer, GaussianMixture))
    assert {name for name in vars(a) if name.endswith("_")} <= {*vars(b), "lower_bound_"}
    assert abs(a.n_iter_ - b.n_iter_) <= 1  # the same rule; blocs returns the parameters of its last bound
    assert b.lower_bounds_[: a.n_iter_] == pytest.approx(a.lower_bounds_[: len(b.lower_bounds_)], abs=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"warm_start": True}, "warm_start=True is not available. Use blocs.fit(init=)."),
        ({"verbose": 2}, "verbose=2 is not available. Use blocs.fit(watch=)."),
        ({"n_init": 0}, "n_init=0: it is 1 or more."),
        ({"tol": -1.0}, "tol=-1.0: it is 0 or more."),
        ({"weights_init": [0.5, 0.6]}, "weights_init holds shares: not negative, and their sum is 1."),
        ({"means_init": [[1.0, 2.0]]}, "means_init has shape (1, 2); it should be (2, 2)."),
        ({"precisions_init": np.zeros((2, 2, 2))}, "precisions_init is not positive definite and symmetric."),
    ],
)
def test_settings_out_of_range_are_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        GaussianMixture(2, **settings).fit(np.random.default_rng(0).normal(size=(50, 2)))


def test_pipelines_and_warnings() -> None:
    x = data(GaussianMixture, np.random.default_rng(7))
    pipe = make_pipeline(StandardScaler(), GaussianMixture(2, random_state=0)).fit(x)
    assert pipe.predict(x).shape == (300,)
    with pytest.warns(ConvergenceWarning, match="GaussianMixture stopped after 2 iterations before it converged"):
        GaussianMixture(2, max_iter=2, tol=1e-12, random_state=0).fit(x)
    with pytest.raises(ValueError, match="init_params='best': it is one of 'kmeans'"):
        GaussianMixture(2, init_params="best").fit(x)


def test_without_scikit_learn_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [m for m in sys.modules if m.startswith("blocs.estimators")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError) as caught:
        import blocs.estimators  # noqa: F401
    assert str(caught.value) == (
        "blocs.estimators needs scikit-learn. Install it with: pip install 'blocs[sklearn]', or in a checkout of blocs "
        "with: pip install '.[sklearn]'"
    )


def test_what_a_type_says_nothing_about_leaves_the_posterior_as_in_a_fit() -> None:
    """Nobody of the second group answers g, and nothing is known of its answers: g = 1 is no evidence for it."""
    rows = [[0, 0, 0, 0, i % 2] for i in range(40)] + [[1, 1, 1, 1, np.nan]] * 40
    for seed in range(3):
        model = CategoricalMixture(2, random_state=seed).fit(np.array(rows))
        only_g = np.array([[np.nan, np.nan, np.nan, np.nan, 1]])
        np.testing.assert_allclose(model.predict_proba(only_g), [[0.5, 0.5]], atol=1e-6)


def with_age(n: int = 400) -> pd.DataFrame:
    """Answers of two types, of which the share depends on the age; a weight beside."""
    rng = np.random.default_rng(12)
    age = rng.integers(20, 80, n)
    two = rng.random(n) < 1 / (1 + np.exp(2.5 - 0.05 * age))
    frame = pd.DataFrame({name: np.where(rng.random(n) < np.where(two, 0.85, 0.2), "yes", "no") for name in "abcd"})
    return frame.assign(age=age, party=rng.choice(["D", "R"], n))


@pytest.mark.parametrize("covariates", [["age"], "~ age"])
def test_covariates_by_the_names_of_columns(covariates: object) -> None:
    """As blocs.fit with a formula: the same likelihood, coefficients and posteriors; weights of 3 are three rows."""
    frame = with_age()
    model = CategoricalMixture(2, n_init=3, random_state=1, covariates=covariates).fit(frame.drop(columns="party"))
    profiles = blocs.Profiles.from_table(frame, list("abcd"), covariates=["age"])
    fit = blocs.fit(profiles, 2, covariates="~ age", starts=3, seed=1)
    assert model.fit_.loglik == pytest.approx(fit.loglik, abs=1e-4)
    assert model.fit_.coefficients()["term"].tolist() == ["intercept", "age"]
    assert np.abs(model.fit_.coefficients()["coefficient"] - fit.coefficients()["coefficient"]).max() < 0.02
    given = frame.drop(columns="party")
    assert model.predict_proba(given) == pytest.approx(fit.posterior(profiles).to_numpy(), abs=5e-3)
    assert model.feature_names_in_.tolist() == list("abcd")
    assert model.score(given) * len(frame) == pytest.approx(model.fit_.loglik, abs=1e-6)
    assert clone(model).get_params() == model.get_params()
    young, old = (model.predict_proba(given.head(50).assign(age=age)) for age in (20, 79))
    assert np.abs(young - old).max() > 0.2  # new rows have their own covariates
    weight = 1 + np.arange(len(frame)) % 3
    weighted = CategoricalMixture(2, n_init=3, random_state=1, covariates=covariates).fit(given, sample_weight=weight)
    copies = given.loc[given.index.repeat(weight)]
    again = CategoricalMixture(2, n_init=3, random_state=1, covariates=covariates).fit(copies)
    assert weighted.fit_.loglik == pytest.approx(again.fit_.loglik, abs=1e-3)


@pytest.mark.parametrize("kind", [BinomialMixture, MultinomialMixture, PoissonMixture])
def test_covariates_beside_counts(kind: type) -> None:
    """The share rises with x by the slope of the truth, and new rows are predicted with their own x."""
    rng = np.random.default_rng(13)
    x = rng.normal(size=500).round(1)
    two = rng.random(500) < 1 / (1 + np.exp(-1.5 * x))
    if kind is MultinomialMixture:
        counts = np.array([rng.multinomial(8, [0.7, 0.2, 0.1] if k else [0.1, 0.2, 0.7]) for k in two])
    else:
        counts = rng.binomial(6, np.where(two[:, None], 0.8, 0.2), size=(500, 3))
    frame = pd.DataFrame(counts, columns=["a", "b", "c"]).assign(x=x)
    model = kind(n_components=2, n_init=2, random_state=1, covariates="x").fit(frame)
    intercept, slope = model.fit_.coefficients()["coefficient"]
    assert abs(slope) == pytest.approx(1.5, abs=0.4)
    if kind is not MultinomialMixture:
        chance = model.predict_proba(frame.assign(a=np.nan, b=np.nan, c=np.nan))  # of rows that answered nothing
        assert chance[:, 1] == pytest.approx(1 / (1 + np.exp(-(intercept + slope * x))))
    assert (model.predict(frame) == two).mean() > 0.9 or (model.predict(frame) != two).mean() > 0.9
    assert clone(model).get_params()["covariates"] == "x"


def test_what_covariates_of_an_estimator_refuse() -> None:
    frame = with_age(100)
    for covariates, table, message in (
        ("agee", frame, "covariates: there is no column 'agee'. The columns are 'a', 'b', 'c', 'd', 'age', 'party'. "
                        "Nearest match: age."),
        ("age", frame.to_numpy(), "covariates='age' are columns of X by their names: X is a pandas DataFrame, not "
                                  "ndarray."),
        ("age", frame.assign(age=frame["age"].mask(frame.index < 2)),
         "covariates: 2 cells of column 'age' are missing. The share of each type depends on it. Leave out the rows, "
         "or the column."),
    ):  # fmt: skip
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
            CategoricalMixture(2, covariates=covariates).fit(table)
        assert str(caught.value) == message
    model = CategoricalMixture(2, n_init=1, random_state=1, covariates="~ age*party").fit(frame)
    assert model.fit_.design.columns == ("intercept", "age", "party[R]", "age:party[R]")
    with pytest.raises(blocs.UnsupportedError) as refused:
        model.sample(3)
    assert str(refused.value) == "Rows are not drawn from a mixture with covariates, which no model gives values."


def blobs_far_apart() -> np.ndarray:
    rng = np.random.default_rng(3)
    middles = ([0, 0], [8, 8], [0, 8], [30, 0], [34, 0])
    return np.concatenate([rng.normal(middle, 1.0, size=(50, 2)) for middle in middles])


def test_one_start_finds_clusters_that_scikit_learn_finds() -> None:
    """Starts from rows far from one another end in a worse optimum (-4.465) for each of these seeds."""
    x = blobs_far_apart()
    for seed in range(5):
        theirs = Peer(5, random_state=seed).fit(x).score(x)
        assert GaussianMixture(5, random_state=seed).fit(x).score(x) == pytest.approx(theirs, abs=1e-3)
    rng = np.random.default_rng(1)
    far = np.concatenate([rng.normal(middle, 0.9, size=(50, 1)) for middle in (0, 2000, 300_000)])
    variances = GaussianMixture(3, random_state=0).fit(far).covariances_.ravel()
    assert np.sort(variances) == pytest.approx(np.sort([far[a : a + 50].var() for a in (0, 50, 100)]), rel=1e-4)


@pytest.mark.parametrize("init", ["kmeans", "random"])
def test_numbers_too_large_to_be_squared_are_refused(init: str) -> None:
    x = np.random.default_rng(0).normal(size=(20, 2)) * [1.0, 1e160]
    with pytest.raises(blocs.InputError) as caught:
        GaussianMixture(2, init_params=init).fit(x)
    assert str(caught.value) == (
        "X: x1 has numbers too large to be squared. Distances and covariances are sums of squares. Write them in "
        "another unit."
    )


def test_k_means_is_that_of_scikit_learn_and_weights_are_copies() -> None:
    x = blobs_far_apart()
    own = clusters(x, np.ones(len(x)), 5, np.random.default_rng(0))
    theirs = KMeans(5, random_state=0, n_init=10).fit_predict(x)
    assert len(set(zip(own.tolist(), theirs.tolist(), strict=True))) == 5
    weights = np.random.default_rng(2).integers(1, 4, size=len(x))
    weighted = clusters(x, weights.astype(float), 5, np.random.default_rng(0))
    copies = KMeans(5, random_state=0, n_init=10).fit(np.repeat(x, weights, axis=0))
    inertia = 0.0
    for k in range(5):
        some, n = x[weighted == k], weights[weighted == k]
        inertia += (n @ (some - np.average(some, axis=0, weights=n)) ** 2).sum()
    assert inertia == pytest.approx(copies.inertia_, rel=1e-9)
    assert set(clusters(np.repeat([[0.0], [1.0]], 3, axis=0), np.ones(6), 4, np.random.default_rng(0))) <= {0, 1, 2, 3}
