"""Constraints on the probabilities of a choice among all outcomes, where menus vary: by direct maximisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs

MENUS = [(0, 1, 2), (0, 1), (1, 2), (1,)]
CHOICE = np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5]])
YES = np.array([[0.8, 0.75, 0.9], [0.25, 0.3, 0.2]])
N = 500


def drawn() -> tuple[pd.DataFrame, np.ndarray]:
    """An item "a" with menus, some missing, and three that answer 0 or 1; (n, 3) what is on the menus; weights w."""
    rng = np.random.default_rng(4)
    kind, menu = (rng.random(N) < 0.45).astype(int), rng.integers(0, len(MENUS), N)
    offered = np.array([[o in MENUS[m] for o in range(3)] for m in menu])
    p = CHOICE[kind] * offered
    edges = (p / p.sum(axis=1, keepdims=True)).cumsum(axis=1)
    frame = pd.DataFrame({"a": (rng.random(N)[:, None] > edges).sum(axis=1).astype(float)})
    for j, name in enumerate("bcd"):
        frame[name] = (rng.random(N) < YES[kind, j]).astype(int)
    frame.loc[rng.random(N) < 0.1, "a"] = np.nan
    return frame.assign(w=rng.uniform(0.5, 2, N).round(2)), offered


FRAME, OFFERED = drawn()
W = (FRAME["w"] / FRAME["w"].sum() * N).to_numpy()


def profiles() -> blocs.Profiles:
    menus = {"a": [set(np.flatnonzero(of).tolist()) for of in OFFERED]}
    return blocs.Profiles.from_table(FRAME, items=list("abcd"), menus=menus, design_weights="w")


def share(*eta: float) -> np.ndarray:
    each = np.exp([0.0, *eta])
    return each / each.sum()


def fixed(v: np.ndarray) -> np.ndarray:
    return np.array([[0.6, *(0.4 * share(v[0]))], share(v[1], v[2])])


def equal(v: np.ndarray) -> np.ndarray:
    p = share(v[0])[1]
    return np.array([[(1 - p) * share(v[k])[0], p, (1 - p) * share(v[k])[1]] for k in (1, 2)])


Cases = tuple[list[tuple[str, int, int, Any]], Callable[[np.ndarray], np.ndarray]]
CASES: dict[str, Cases] = {
    "a given value": ([("a", 1, 0, 0.6)], fixed),
    "equal in both types": ([("a", 1, 1, "p"), ("a", 2, 1, "p")], equal),
}


def by_row(of: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """The log-likelihood of each row: log-odds of type 2, three numbers of item a, log-odds of the others by type."""
    a, known = FRAME["a"].fillna(0).to_numpy(dtype=int), FRAME["a"].notna().to_numpy()
    yes = FRAME[list("bcd")].to_numpy()

    def value(v: np.ndarray) -> np.ndarray:
        mu, logs = of(v[1:4]), np.tile(np.log(share(v[0])), (N, 1))
        odds = v[4:].reshape(2, 3)
        for k in range(2):
            logs[:, k] += known * (np.log(mu[k, a]) - np.log(OFFERED @ mu[k]))
            logs[:, k] += (yes * odds[k] - np.logaddexp(0, odds[k])).sum(axis=1)
        return np.asarray(np.logaddexp(*logs.T))

    return value


def slopes(f: Callable[[np.ndarray], Any], v: np.ndarray, step: float = 1e-4) -> np.ndarray:
    return np.array([(f(v + step * u) - f(v - step * u)) / (2 * step) for u in np.eye(len(v))]).T


@pytest.mark.parametrize("name", CASES)
def test_estimates_and_errors(name: str) -> None:
    from scipy.optimize import minimize

    rows, of = CASES[name]
    table = [dict(zip(("item", "type", "outcome", "equals"), row, strict=True)) for row in rows]
    data, f = profiles(), by_row(of)
    fit = blocs.fit(data, 2, constraints=table, starts=3, most=3, seed=1, gain=1e-11, jobs=1)
    assert (np.diff(fit.trace) >= -1e-9).all()
    assert fit.n_parameters == 10
    begin = np.concatenate([[0.0], np.zeros(3), [1.0] * 3, [-1.0] * 3])
    best = minimize(lambda v: -W @ f(v), begin, method="BFGS", options={"gtol": 1e-5})
    assert fit.loglik == pytest.approx(-best.fun, abs=1e-5)
    own = fit.table().query("item == 'a'").pivot(index="type", columns="outcome", values="probability").to_numpy()
    np.testing.assert_allclose(own, of(best.x[1:4]), atol=2e-4)
    scores = slopes(f, best.x) * W[:, None]
    bread = np.linalg.inv(slopes(lambda v: W @ slopes(f, v), best.x))
    move = slopes(lambda v: of(v[1:4]).ravel(), best.x)
    wanted = np.sqrt(np.diagonal(move @ bread @ scores.T @ scores @ bread @ move.T))
    errors = blocs.standard_errors(fit, data).table().query("item == 'a'").sort_values(["type", "outcome"])
    given = errors["flag"] == "fixed"
    np.testing.assert_allclose(errors["se"][~given], wanted[~given], rtol=2e-3)
    assert given.sum() == (name == "a given value")
    fit.check(data)


def test_a_menu_that_values_leave_nothing_of() -> None:
    rows = [{"item": "a", "type": 2, "outcome": o, "equals": 0} for o in (0, 1)]
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(profiles(), 2, constraints=rows)
    assert str(caught.value) == (
        "constraints: all outcomes of the menu 0, 1 of item 'a' have the value 0 under type 2. One of them can be "
        "chosen."
    )
