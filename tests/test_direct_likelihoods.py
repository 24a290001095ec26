"""Covariates, groups and constraints beside direct maximisation of a likelihood that shares nothing with the package.

The likelihood is written row by row, with menus, missing cells, sampling weights and clusters; its maximum is found by
scipy, and errors follow from its numerical derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

import blocs
from blocs.profiles import Profiles

FINE = {"gain": 1e-12, "change": 1e-9, "starts": 4, "seed": 1}
ITEMS = ["a", "b", "c", "m"]
OUTCOMES = {"a": ["no", "yes"], "b": ["no", "yes"], "c": ["no", "yes"], "m": ["w", "x", "z"]}


def survey(n: int = 360, seed: int = 7) -> pd.DataFrame:
    """Two types by age and area; "x" of item "m" is not on offer in the area S; a tenth of the cells are missing."""
    rng = np.random.default_rng(seed)
    age, area = rng.integers(0, 5, n) / 2, rng.choice(["N", "S", "W"], n)
    kind = (rng.random(n) < 1 / (1 + np.exp(0.8 - 0.9 * age + 0.7 * (area == "S")))).astype(int)
    frame = pd.DataFrame({"age": age, "area": area, "cluster": rng.integers(30, size=n), "kind": kind,
                          "w": rng.uniform(0.4, 2.5, n).round(1)})  # fmt: skip
    for j, name in enumerate(ITEMS[:3]):
        p = np.array([0.15, 0.85])[kind] + 0.05 * j * np.array([1, -1])[kind]
        frame[name] = np.where(rng.random(n) < p, "yes", "no")
    mu = np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5]])[kind]
    mu[(area == "S").nonzero()[0], 1] = 0
    edges = (mu / mu.sum(axis=1, keepdims=True)).cumsum(axis=1)
    frame["m"] = np.array(OUTCOMES["m"])[(rng.random(n)[:, None] > edges).sum(axis=1).clip(max=2)]
    y = rng.normal(np.array([1.0, 3.0])[kind] + 0.5 * age, 1)
    frame = frame.assign(y=y.round(3))
    holes = rng.random((n, 4)) < 0.1
    frame[ITEMS] = frame[ITEMS].astype(object).where(~holes, None)
    return frame


FRAME = survey()
MENUS = {"m": ("area", {"N": {"w", "x", "z"}, "S": {"w", "z"}, "W": {"w", "x", "z"}})}


def made(**how: Any) -> Profiles:
    levels = {name: pd.CategoricalDtype(of) for name, of in OUTCOMES.items()}
    return Profiles.from_table(FRAME.astype(levels), items=ITEMS, menus=MENUS, **how)


CELLS = {name: [(FRAME[name] == o).to_numpy() for o in OUTCOMES[name]] for name in ITEMS}
SOUTH = (FRAME["area"] == "S").to_numpy()


def answers(logits: np.ndarray) -> np.ndarray:
    """Return (N, 2) log-probabilities of the answers; logits (2, 5): of "yes" of a, b, c, then of x and z against w."""
    out = np.zeros((len(FRAME), 2))
    for k in range(2):
        for j, name in enumerate(ITEMS[:3]):
            no, yes = CELLS[name]
            out[:, k] += yes * -np.logaddexp(0, -logits[k, j]) + no * -np.logaddexp(0, logits[k, j])
        w, x, z = CELLS["m"]
        some = np.where(SOUTH, np.logaddexp(0, logits[k, 4]), np.logaddexp.reduce([0, *logits[k, 3:]]))
        out[:, k] += x * logits[k, 3] + z * logits[k, 4] - (w | x | z) * some
    return out


def by_row(x: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return v -> (N,) log-likelihoods; v: (Q,) log-odds of type 2 on the columns x, then logits of both types."""
    def values(v: np.ndarray) -> np.ndarray:
        eta = x @ v[: x.shape[1]]
        prior = np.column_stack([-np.logaddexp(0, eta), -np.logaddexp(0, -eta)])
        return np.logaddexp.reduce(prior + answers(v[x.shape[1] :].reshape(2, 5)), axis=1)

    return values


def columns() -> np.ndarray:
    parts = [np.ones(len(FRAME)), FRAME["age"], FRAME["area"] == "S", FRAME["area"] == "W"]
    return np.column_stack(parts).astype(float)


def logits_of(fit: blocs.Fit) -> np.ndarray:
    """Return the logits of a fit, in the order of `answers`."""
    p = fit.table().set_index(["type", "item", "outcome"])["probability"]
    each = [[np.log(p[k, i, "yes"] / p[k, i, "no"]) for i in "abc"] + [np.log(p[k, "m", o] / p[k, "m", "w"])
            for o in "xz"] for k in (1, 2)]  # fmt: skip
    return np.array(each)


def slopes(f: Callable[[np.ndarray], np.ndarray], v: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """Return the derivatives of f (N,) by v as columns."""
    return np.column_stack([(f(v + move) - f(v - move)) / (2 * step) for move in step * np.eye(len(v))])


def maximum(f: Callable[[np.ndarray], np.ndarray], w: np.ndarray, begin: np.ndarray) -> np.ndarray:
    """Return where the weighted sum of f is largest: scipy, then Newton steps with numerical derivatives."""
    v = optimize.minimize(lambda v: -float(w @ f(v)), begin, method="BFGS", options={"gtol": 1e-3, "maxiter": 60}).x
    for _ in range(3):
        v = v - np.linalg.solve(hessian(f, w, v), w @ slopes(f, v))
    return v


def hessian(f: Callable[[np.ndarray], np.ndarray], w: np.ndarray, v: np.ndarray) -> np.ndarray:
    return slopes(lambda at: w @ slopes(f, at), v)


W = (FRAME["w"] / FRAME["w"].mean()).to_numpy()


@pytest.mark.parametrize("clustered", [False, True])
def test_one_step_with_menus_missing_cells_weights_and_clusters(clustered: bool) -> None:
    profiles = made(covariates=["age", "area"], groups="cluster", design_weights="w")
    fit = blocs.fit(profiles, 2, covariates="~ age + area", **FINE)
    own = fit.coefficients()["coefficient"].to_numpy()
    f, rng = by_row(columns()), np.random.default_rng(0)
    begin = np.concatenate([own, logits_of(fit).ravel()])
    v = maximum(f, W, begin + rng.normal(0, 0.1, len(begin)))
    assert fit.loglik == pytest.approx(float(W @ f(v)), abs=1e-6)
    np.testing.assert_allclose(own, v[:4], atol=1e-4)
    scores = W[:, None] * slopes(f, v)
    if clustered:
        scores = np.array([scores[FRAME["cluster"] == g].sum(axis=0) for g in range(30)])
    bread = np.linalg.inv(hessian(f, W, v))
    wanted = np.sqrt(np.diagonal(bread @ scores.T @ scores @ bread))[:4]
    errors = blocs.standard_errors(fit, profiles, cluster="cluster" if clustered else None)
    np.testing.assert_allclose(errors.coefficients()["se"], wanted, rtol=2e-4)


def test_shares_by_group_with_constraints() -> None:
    """The answer "yes" of a and b is as probable under type 1, of c it is .8 under type 2; areas have own shares."""
    plain = {name: FRAME[name].to_numpy() for name in ITEMS[:3]}  # constraints are on items with one menu
    profiles = Profiles.from_table(pd.DataFrame({**plain, "area": FRAME["area"]}), items=ITEMS[:3], covariates="area")
    rows = [{"item": name, "type": 1, "outcome": "yes", "equals": "p"} for name in "ab"]
    rows += [{"item": "c", "type": 2, "outcome": "yes", "equals": 0.8}]
    fit = blocs.fit(profiles, 2, groups="area", constraints=rows, **FINE)
    assert fit.n_parameters == 3 + 2 + 2
    area = np.column_stack([FRAME["area"] == name for name in "NSW"]).astype(float)

    def f(v: np.ndarray) -> np.ndarray:
        eta, p = area @ v[:3], [[v[3], v[3], v[4]], [v[5], v[6], np.log(4.0)]]
        logs = np.column_stack([-np.logaddexp(0, eta), -np.logaddexp(0, -eta)])
        for k in range(2):
            for name, logit in zip("abc", p[k], strict=True):
                no, yes = CELLS[name]
                logs[:, k] += yes * -np.logaddexp(0, -logit) + no * -np.logaddexp(0, logit)
        return np.logaddexp.reduce(logs, axis=1)

    odds = fit.shares_by_group().pivot(index="area", columns="type", values="share")
    p = fit.table().query("outcome == 'yes'").set_index(["type", "item"])["probability"]
    free = [p[at] for at in ((1, "a"), (1, "c"), (2, "a"), (2, "b"))]
    own = [*np.log(odds[2] / odds[1]), *(np.log(of / (1 - of)) for of in free)]
    used, ones = ~FRAME[ITEMS[:3]].isna().all(axis=1).to_numpy(), np.ones(len(FRAME))
    v = maximum(f, ones, np.array(own) + 0.05)
    np.testing.assert_allclose(own, v, atol=2e-4)
    assert fit.loglik == pytest.approx(float(f(v)[used].sum()), abs=1e-6)
    scores = slopes(f, v)
    bread = np.linalg.inv(hessian(f, ones, v))
    wanted = np.sqrt(np.diagonal(bread @ scores.T @ scores @ bread))[:3]
    errors = blocs.standard_errors(fit, profiles, "robust").shares_by_group().query("type == 2")
    np.testing.assert_allclose(errors["se"], wanted * errors["share"] * (1 - errors["share"]), rtol=3e-4)


@pytest.mark.parametrize("clustered", [False, True])
def test_two_steps_with_menus_missing_cells_weights_and_clusters(clustered: bool) -> None:
    profiles = made(groups=["age", "area", "cluster"], design_weights="w")
    fit = blocs.fit(profiles, 2, **FINE)
    found = blocs.regress(fit, profiles, "~ age + area", cluster="cluster" if clustered else None)
    first, x = by_row(np.ones((len(FRAME), 1))), columns()
    theta = np.concatenate([[np.log(fit.shares[2] / fit.shares[1])], logits_of(fit).ravel()])
    own = found.coefficients()["coefficient"].to_numpy()

    def last(b: np.ndarray, items: np.ndarray = theta[1:]) -> np.ndarray:
        return by_row(x)(np.concatenate([b, items]))

    b = maximum(last, W, own + 0.1)
    np.testing.assert_allclose(own, b, atol=1e-4)

    def summed(scores: np.ndarray) -> np.ndarray:
        return np.array([scores[FRAME["cluster"] == g].sum(axis=0) for g in range(30)]) if clustered else scores

    one, two = summed(W[:, None] * slopes(first, theta)), summed(W[:, None] * slopes(last, b))
    inverse = np.linalg.inv(hessian(first, W, theta))
    of_types = inverse @ one.T @ one @ inverse
    a = slopes(lambda items: W @ slopes(lambda at: last(at, items), b), theta[1:])
    bread = np.linalg.inv(hessian(last, W, b))
    wanted = bread @ (two.T @ two + a @ of_types[1:, 1:] @ a.T) @ bread
    np.testing.assert_allclose(np.sqrt(np.diagonal(found.matrix)), np.sqrt(np.diagonal(wanted)), rtol=5e-4)


def test_an_outcome_by_bch_with_weights_and_clusters() -> None:
    profiles = made(groups=["cluster"], outcomes="y", design_weights="w")
    fit = blocs.fit(profiles, 2, **FINE)
    found = blocs.distal(fit, profiles, "y", "bch", cluster="cluster")
    first, y = by_row(np.ones((len(FRAME), 1))), FRAME["y"].to_numpy()
    theta = np.concatenate([[np.log(fit.shares[2] / fit.shares[1])], logits_of(fit).ravel()])

    def posterior(at: np.ndarray) -> np.ndarray:
        joint = answers(at[1:].reshape(2, 5)) + np.array([0, at[0]])
        return np.exp(joint - np.logaddexp.reduce(joint, axis=1, keepdims=True))

    modal = np.eye(2)[posterior(theta).argmax(axis=1)]

    def parts(at: np.ndarray) -> np.ndarray:
        zeta = posterior(at) * W[:, None]
        return modal @ np.linalg.inv((zeta.T @ modal) / zeta.sum(axis=0)[:, None])

    v = parts(theta) * W[:, None]
    means = (v * y[:, None]).sum(axis=0) / v.sum(axis=0)
    np.testing.assert_allclose(found.table()["estimate"], means, atol=1e-5)

    def by_cluster(scores: np.ndarray) -> np.ndarray:
        return np.array([scores[FRAME["cluster"] == g].sum(axis=0) for g in range(30)])

    one, rest = by_cluster(W[:, None] * slopes(first, theta)), y[:, None] - means
    inverse = np.linalg.inv(hessian(first, W, theta))
    a = slopes(lambda at: (parts(at) * W[:, None] * rest).sum(axis=0), theta)
    two = by_cluster(v * rest)
    bread = np.diag(1 / v.sum(axis=0))
    wanted = bread @ (two.T @ two + a @ inverse @ one.T @ one @ inverse @ a.T) @ bread
    np.testing.assert_allclose(found.matrix, wanted, rtol=5e-4, atol=1e-7)


def test_types_that_are_known_for_sure_are_a_multinomial_logit() -> None:
    """Items that say the type: every method is the logit, and the mean, of the types."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=500).round(1)
    eta = np.column_stack([np.zeros(500), 0.4 + 0.8 * x, -0.3 - 0.6 * x])
    p = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    kind = (rng.random(500)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    table = {f"i{j}": kind for j in range(3)}
    y = rng.normal(kind, 1).round(2)
    profiles = Profiles.from_table({**table, "x": x, "y": y}, items=["i0", "i1", "i2"], covariates="x", outcomes="y")
    fit = blocs.fit(profiles, 3, starts=20, seed=1)
    order = np.argsort(-np.bincount(kind))  # the largest first
    place = np.argsort(order)[kind]

    def f(v: np.ndarray) -> np.ndarray:
        eta = np.column_stack([np.zeros(500), np.column_stack([np.ones(500), x]) @ v.reshape(2, 2).T])
        return eta[np.arange(500), place] - np.logaddexp.reduce(eta, axis=1)

    b = maximum(f, np.ones(500), np.zeros(4))
    bread, scores = np.linalg.inv(hessian(f, np.ones(500), b)), slopes(f, b)
    wanted: dict[str | None, Any] = {"robust": bread @ scores.T @ scores @ bread, "observed": -bread}
    for method in ("two_step", "ml", "bch", "naive"):
        for kind_of in ("robust",) if method == "bch" else ("robust", "observed"):
            found = blocs.regress(fit, profiles, "~ x", method, kind=kind_of)
            np.testing.assert_allclose(found.coefficients()["coefficient"], b, atol=1e-6)
            np.testing.assert_allclose(found.matrix, wanted[kind_of], rtol=1e-4, atol=1e-8)
    one_step = blocs.standard_errors(blocs.fit(profiles, 3, covariates="~ x", starts=20, seed=1, gain=1e-10), profiles)
    np.testing.assert_allclose(one_step.coefficients()["coefficient"], b, atol=1e-5)
    np.testing.assert_allclose(one_step.coefficients()["se"], np.sqrt(np.diagonal(-bread)), rtol=1e-4)
    means = blocs.distal(fit, profiles, "y").table()
    np.testing.assert_allclose(means["estimate"], [y[kind == k].mean() for k in order], atol=1e-9)
    np.testing.assert_allclose(means["se"], [y[kind == k].std() / (kind == k).sum() ** 0.5 for k in order], rtol=1e-6)
