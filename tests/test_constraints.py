"""Constraints: the closed form against a search, free parameters against derivatives, published values, refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import linalg, optimize

import blocs
from blocs.core.schema import Item
from blocs.families import Constrained, Constraint, Part, alike_types
from blocs.families.free_parameters import derivatives
from blocs.inference.alignment import aligned
from blocs.model.constraint_table import constraints_of
from blocs.model.mixture import Params
from blocs.model.scores import from_free_vector, row_scores, to_free_vector

HERE = Path(__file__).parent
ITEMS = (Item.full("a", ("x", "y", "z")), Item.full("b", ("x", "y", "z")), Item.full("c", (0, 1)),
         replace(Item.full("d & e", tuple(f"{d} & {e}" for d in "uvw" for e in "xy")),
                 joint=(("d", tuple("uvw")), ("e", tuple("xy")))))  # fmt: skip
Row = tuple[str, int, Any, Any]


def table(rows: list[Row]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["item", "type", "outcome", "equals"])


PATTERNS: dict[str, list[Row]] = {
    "a value": [("c", 1, 1, 0.5)],
    "a value among three": [("a", 1, "y", 0.2)],
    "zero": [("a", 2, "z", 0)],
    "all values": [("a", 1, "x", 0.5), ("a", 1, "y", 0.25), ("a", 1, "z", 0.25)],
    "equal in two types": [("a", 1, "x", "p"), ("a", 2, "x", "p")],
    "equal within an item": [("a", 1, "x", "p"), ("a", 1, "y", "p")],
    "equal items": [("a", 1, "x", "p"), ("b", 1, "x", "p"), ("a", 1, "y", "q"), ("b", 1, "y", "q")],
    "all of an item equal": [("a", k, o, f"p{o}") for k in (1, 2) for o in "xyz"],
    "error rates": [("c", 1, 1, "error"), ("c", 2, 0, "error")],
    "values and labels": [("a", 1, "z", 0.1), ("a", 2, "z", 0.1), ("a", 1, "x", "p"), ("a", 2, "x", "p")],
    "chain": [("a", 1, "x", "p"), ("a", 2, "x", "p"), ("b", 1, "x", "p"), ("c", 1, 1, 0.3), ("c", 2, 1, 0.6)],
}

APART: list[Row] = [("d & e", 2, "", "independent"), ("a", 1, "x", 0.4)]


def family(rows: list[Row], types: int = 2, pseudo: float = 0.0) -> Constrained:
    from blocs.core.schema import Schema

    constraints = constraints_of(table(rows), Schema(ITEMS), types)
    named = {row[0] for row in rows}
    items = tuple(item for item in ITEMS if item.name in named)
    return Constrained(items, pseudo, constraints).with_types(types)


def searched(of: Constrained, counts: np.ndarray) -> np.ndarray:
    """The naive reference: a search over all cells with the constraints written out one by one."""
    cells = [(item.name, k, o) for item in of.items for o in item.outcomes for k in range(of.types)]
    where, rules = {cell: i for i, cell in enumerate(cells)}, []
    labels: dict[str, list[int]] = {}
    for c in of.constraints:
        i = where[c.item, c.type - 1, c.outcome]
        if isinstance(c.equals, float):
            rules.append((np.eye(len(cells))[i], c.equals))
        else:
            labels.setdefault(c.equals, []).append(i)
    for same in labels.values():
        rules += [(np.eye(len(cells))[same[0]] - np.eye(len(cells))[i], 0.0) for i in same[1:]]
    for item, k in product(of.items, range(of.types)):
        rules.append((np.sum([np.eye(len(cells))[where[item.name, k, o]] for o in item.outcomes], axis=0), 1.0))
    a, b = np.array([rule for rule, _ in rules]), np.array([value for _, value in rules])
    _, r, order = linalg.qr(a.T, mode="economic", pivoting=True)
    apart = order[: int((np.abs(np.diag(r)) > 1e-9).sum())]  # rules that do not follow from others
    a, b = a[apart], b[apart]
    c = counts.ravel() / counts.sum()
    free = ~np.isin(np.arange(len(cells)), [rule.argmax() for rule, _ in rules if np.count_nonzero(rule) == 1])
    start = of.flat(of.types).ravel()
    found = optimize.minimize(
        lambda p: -(c * np.log(np.where(free, np.maximum(p, 1e-12), 1.0))).sum(), start,
        jac=lambda p: -np.where(free, c / np.maximum(p, 1e-12), 0.0),
        bounds=[(1e-9, 1) if own else (None, None) for own in free], method="SLSQP",
        constraints={"type": "eq", "fun": lambda p: a @ p - b, "jac": lambda p: a},
         options={"maxiter": 500, "ftol": 1e-14},
    )  # fmt: skip
    return np.asarray(found.x.reshape(counts.shape))


@pytest.mark.parametrize("name", PATTERNS)
def test_the_m_step_is_the_maximum(name: str) -> None:
    of, rng = family(PATTERNS[name]), np.random.default_rng(1)
    counts = rng.gamma(2.0, 10.0, size=of.flat(2).shape)
    codes = np.concatenate([np.concatenate([np.zeros((1, 2)), counts[rows]]) for rows in of.rows_of_items])
    mu = of.mstep(of.flat(2), codes)
    assert np.allclose(mu, searched(of, counts), atol=1e-5)
    assert of.faults(mu) == []
    # two starts side by side are the same as each by itself
    both = of.mstep(np.tile(of.flat(2), 2), np.hstack([codes, 2 * codes]))
    assert np.allclose(both, np.tile(mu, 2), atol=1e-15)


def test_the_m_step_of_independent_parts_is_a_product_of_margins() -> None:
    of, rng = family(APART), np.random.default_rng(1)
    counts = rng.gamma(2.0, 10.0, size=of.flat(2).shape)
    codes = np.concatenate([np.concatenate([np.zeros((1, 2)), counts[rows]]) for rows in of.rows_of_items])
    mu = of.mstep(of.flat(2), codes)
    table = counts[3:, 1].reshape(3, 2) / counts[3:, 1].sum()
    assert mu[3:, 1].reshape(3, 2) == pytest.approx(np.outer(table.sum(axis=1), table.sum(axis=0)))
    assert mu[3:, 0] == pytest.approx(counts[3:, 0] / counts[3:, 0].sum())
    assert len(np.unique(of.index(2)[of.index(2) >= 0])) == (1 + 2) + (5 + 3)


@pytest.mark.parametrize("name", [*PATTERNS, "independent"])
def test_derivatives(name: str) -> None:
    """Free parameters there and back; scores, information and the slope of the chart against differences."""
    of, rng = family(PATTERNS.get(name, APART)), np.random.default_rng(2)
    mu = of.start(np.zeros(0), rng, 2)
    free = of.to_free(mu)
    index = of.index(2)
    assert np.allclose(of.from_free(free), mu, atol=1e-14)
    assert len(free) == len(of.free_parameters()) == len(index)
    counts = rng.integers(1, 9, size=(40, len(of.items)))
    codes = np.array([[1 + counts[n, j] % len(item.outcomes) for j, item in enumerate(of.items)] for n in range(40)])
    codes[::7, 0] = 0
    part, zeta = Part(codes, np.zeros((40, 0))), rng.random((40, 2))

    def log_prob(at: np.ndarray) -> np.ndarray:
        logs, first, out = of.log_table(of.from_free(at)), 0, np.zeros((40, at.shape[1]))
        for j, item in enumerate(of.items):
            out += logs[first + codes[:, j]]
            first += item.size
        return np.asarray(out)

    scores = of.scores(mu, part)
    with np.errstate(invalid="ignore"):
        wanted = derivatives(log_prob, free)
    assert np.allclose(scores, np.nan_to_num(wanted), atol=1e-6)
    second = derivatives(lambda at: np.einsum("nfw,nw->fw", of.scores(of.from_free(at), part), zeta), free)
    information = of.information(mu, part, zeta)
    assert np.allclose(information, -second, atol=1e-5)
    for f, k in np.argwhere(index < 0):  # a type without a parameter has no derivatives by it
        assert not scores[:, f, k].any()
        assert not information[f, :, k].any()

    y, c = np.sqrt(mu), rng.gamma(2.0, 5.0, size=mu.shape)
    c_codes = np.concatenate([np.concatenate([np.zeros((1, 2)), c[rows]]) for rows in of.rows_of_items])
    slope, curvature = of.slope(mu, c_codes)
    assert (curvature > 0).all()
    for m, k in product(*map(range, mu.shape)):
        move = np.zeros_like(y)
        move[m, k] = 1e-6

        def value(at: np.ndarray) -> float:
            p = of.unchart(at)
            return float(np.where(of.pattern.fixed, 0.0, c * np.log(np.maximum(p, 1e-300))).sum())

        assert slope[m, k] == pytest.approx((value(y + move) - value(y - move)) / 2e-6, abs=1e-4)
    assert np.allclose(of.unchart(of.chart(mu)), mu, atol=1e-14)


def test_counts_of_nobody_change_nothing() -> None:
    of = family(PATTERNS["values and labels"])
    mu = of.start(np.zeros(0), np.random.default_rng(3), 2)
    assert np.array_equal(of.mstep(mu, np.zeros((4, 2))), mu)
    one = np.zeros((4, 2))
    one[1, 0] = 5.0  # outcome x under type 1: y keeps its part of nothing, and type 2 follows by the label
    assert of.mstep(mu, one).round(12).tolist() == [[0.9, 0.9], [0.0, 0.0], [0.1, 0.1]]


def test_prior_counts_every_probability_without_a_value() -> None:
    of = family(PATTERNS["equal in two types"], pseudo=1.0)
    mu = of.mstep(of.flat(2), np.array([[0, 0], [6, 4], [2, 1], [0, 2.0]]))
    assert mu[0].tolist() == pytest.approx([12 / 21, 12 / 21])  # (6 + 4 + 2) / (15 + 6)
    assert mu[1:, 0].tolist() == pytest.approx([9 / 21 * 3 / 4, 9 / 21 / 4])


def pleural() -> tuple[blocs.Profiles, dict[str, Any]]:
    known = json.loads((HERE / "reference" / "pleural_thickening.json").read_text())
    rows = [dict(zip("ABC", cell, strict=True)) for cell in product([1, 2], repeat=3)]
    frame = pd.DataFrame(rows).assign(n=known["counts"])
    return blocs.Profiles.from_table(frame, items=list("ABC"), weights="n"), known


ALIKE = table([(item, k, 1, f"readers, type {k}") for item in "ABC" for k in (1, 2)])


def test_parallel_readers_of_dayton() -> None:
    """Published: three readers with equal rates within types, and the likelihood ratio against free ones."""
    profiles, known = pleural()
    fit = blocs.fit(profiles, 2, constraints=ALIKE, starts=5, seed=1)
    value = known["homogeneous"]
    assert fit.n_parameters == value["parameters"]
    assert fit.loglik == pytest.approx(value["loglik"], abs=value["tolerance"])
    rates = sorted(fit.table().query("outcome == 1")["probability"].unique())
    assert rates == pytest.approx(value["rates"], abs=2e-4)
    assert blocs.goodness_of_fit(fit, profiles).df == value["df"]
    free = blocs.fit(profiles, 2, starts=5, seed=1)
    test = blocs.lr_test(fit, free, profiles)
    assert (round(test.lr, 4), test.df) == (value["g2"], value["df"])
    assert str(test) == "LR 27.41, 4 degrees of freedom, p < 0.0001"
    plain = blocs.fit(profiles, 2, constraints=ALIKE, starts=5, seed=1, accelerate="none")
    assert plain.loglik == pytest.approx(fit.loglik, abs=1e-5)
    assert max(end.iterations for end in fit.ends) < min(end.iterations for end in plain.ends)


def test_standard_errors_are_those_of_the_curvature() -> None:
    """Against second differences of the log-likelihood by the free parameters, for every kind of constraint."""
    profiles, _ = pleural()
    rows: list[Row] = [("A", 1, 1, "p"), ("A", 2, 2, "p"), ("B", 2, 1, 0.95), ("C", 1, 1, "q"), ("B", 1, 1, "q")]
    fit = blocs.fit(profiles, 2, constraints=table(rows), starts=5, seed=1)
    assert fit.n_parameters == 1 + 3
    at = to_free_vector(fit.mixture, fit.params)

    def loglik(vector: np.ndarray) -> float:
        params = from_free_vector(fit.mixture, vector, fit.params)
        return float(profiles.weights @ fit.mixture.posterior(params, profiles)[0])

    size, step = at.shape[1], 1e-3
    hessian = np.zeros((size, size))
    for i, j in product(range(size), repeat=2):
        for a, b in product((1, -1), repeat=2):
            moved = at.copy()
            moved[0, i] += a * step
            moved[0, j] += b * step
            hessian[i, j] += a * b * loglik(moved) / (4 * step**2)
    errors = blocs.standard_errors(fit, profiles)
    basis = errors.kept.basis  # shares against the largest
    assert np.allclose(errors.matrix, np.linalg.inv(-basis.T @ hessian @ basis), rtol=1e-4)
    own = errors.table().set_index(["type", "item", "outcome"])
    assert own.loc[(1, "A", 1), "se"] == pytest.approx(own.loc[(2, "A", 2), "se"])
    assert own.loc[(2, "B"), "flag"].tolist() == ["fixed", "fixed"]
    assert own["se"].isna().sum() == 2
    p = own.loc[(1, "C", 1), "probability"]
    names = [p.name for p in errors.kept.kept]
    place = names.index("log-odds of q against 2")
    assert own.loc[(1, "C", 1), "se"] == pytest.approx(p * (1 - p) * errors.matrix[place, place] ** 0.5, rel=1e-6)
    assert errors.parameters()["parameter"].tolist() == [
        "log-odds of type 1 against type 2" if fit.shares[1] < fit.shares[2] else "log-odds of type 2 against type 1",
        "log-odds of p against 2", "log-odds of q against 2", "log-odds of 2 against 1",
    ]  # fmt: skip
    gradient = profiles.weights @ row_scores(fit.mixture, fit.params, profiles)
    assert np.abs(gradient).max() < 1e-4


def test_two_coins_one_of_them_fair() -> None:
    """Binary tosses of two coins, of which one is fair: against a search over the two numbers that are left."""
    rng = np.random.default_rng(4)
    coin = rng.random(300) < 0.6
    tosses = pd.DataFrame((rng.random((300, 3)) < np.where(coin, 0.5, 0.85)[:, None]).astype(int), columns=list("abc"))
    profiles = blocs.Profiles.from_table(tosses)
    rows = [(item, 1, 1, 0.5) for item in "abc"] + [(item, 2, 1, "coin") for item in "abc"]
    fit = blocs.fit(profiles, 2, constraints=table(rows), starts=4, seed=1)
    heads = tosses.sum(axis=1).to_numpy()

    def lost(x: np.ndarray) -> float:
        share, p = 1 / (1 + np.exp(-x))
        return -float(np.log(share * 0.5**3 + (1 - share) * p**heads * (1 - p) ** (3 - heads)).sum())

    found = optimize.minimize(lost, [0.0, 1.0], method="BFGS", options={"gtol": 1e-7})
    share, p = 1 / (1 + np.exp(-found.x))
    assert fit.loglik == pytest.approx(-found.fun, abs=1e-6)
    assert fit.shares[1] == pytest.approx(share, abs=1e-4)
    assert fit.table().query("type == 2 and outcome == 1")["probability"].tolist() == pytest.approx([p] * 3, abs=1e-4)
    assert fit.n_parameters == 2
    assert fit.identified
    assert fit.flags == ()


def test_boundaries_under_constraints() -> None:
    """A label, and a free cell beside a label, at 0: taken out, flagged, and nothing else is."""
    rng = np.random.default_rng(3)
    z = rng.random(600) < 0.5
    frame = pd.DataFrame({name: (rng.random(600) < np.where(z, 1.0, 0.3)).astype(int) for name in "abc"})
    frame["e"] = np.where(z, rng.choice([1, 2, 3], 600), rng.choice([0, 1, 2], 600))
    profiles = blocs.Profiles.from_table(frame)
    rows: list[Row] = [("a", 1, 1, "all"), ("b", 1, 1, "all"), ("e", 1, 1, "one"), ("e", 2, 1, "one")]
    fit = blocs.fit(profiles, 2, constraints=table(rows), starts=6, seed=1)
    assert fit.flags == ("boundary",)
    errors = blocs.standard_errors(fit, profiles)
    flags = errors.table().set_index(["type", "item", "outcome"])["flag"]
    at_0 = {(1, "a", 0), (1, "b", 0), (1, "c", 0), (1, "e", 0), (2, "e", 3)}
    at_1 = {(1, "a", 1), (1, "b", 1), (1, "c", 1)}
    assert set(flags[flags == "boundary"].index) == at_0 | at_1
    assert (flags[flags != "boundary"] == "").all()
    assert errors.at_boundary == 4
    assert fit.identified


def test_types_keep_their_numbers() -> None:
    """Type 1 is the one that the constraints say, also where it is the smaller one; in replicates too."""
    profiles, _ = pleural()
    rows: list[Row] = [("A", 1, 1, 0.25), ("A", 2, 1, 0.99)]
    fit = blocs.fit(profiles, 2, constraints=table(rows), starts=5, seed=1)
    assert fit.shares[1] < fit.shares[2]
    assert fit.table().query("item == 'A' and outcome == 1")["probability"].tolist() == [0.25, 0.99]
    turned = blocs.fit(profiles, 2, constraints=table([(i, 3 - k, o, e) for i, k, o, e in rows]), starts=5, seed=1)
    assert turned.loglik == pytest.approx(fit.loglik, abs=1e-7)
    assert turned.shares[2] == pytest.approx(fit.shares[1], abs=1e-4)
    note = "There are 2 constraints on probabilities: types have the numbers that constraints give them."
    assert note in " ".join(fit.summary().split())
    draws = blocs.bootstrap(fit, profiles, 20, seed=1)
    values = draws.table().query("item == 'A' and outcome == 1")
    assert values["probability"].tolist() == [0.25, 0.99]
    with pytest.raises(blocs.UnsupportedError) as caught:
        fit.relabel({1: 2, 2: 1})
    assert str(caught.value) == (
        "The types of this fit have the numbers that its constraints give them: types change places only where the "
        "constraints are then the same."
    )


def test_types_that_constraints_do_not_tell_apart_are_ordered_by_share() -> None:
    """One optimum has one order, whatever start found it; in replicates and under other numbers too."""
    rng = np.random.default_rng(3)
    type_of = rng.choice(3, 900, p=[0.35, 0.45, 0.2])
    p = np.array([[0.5, 0.9, 0.9, 0.1, 0.1, 0.9], [0.9, 0.1, 0.9, 0.9, 0.1, 0.1], [0.1, 0.1, 0.1, 0.1, 0.9, 0.9]])
    frame = pd.DataFrame((rng.random((900, 6)) < p[type_of]).astype(int), columns=list("abcdef"))
    profiles = blocs.Profiles.from_table(frame)
    fair: list[Row] = [("a", 3, 1, 0.5)]
    fits = [blocs.fit(profiles, 3, constraints=table(fair), starts=12, seed=seed) for seed in (1, 4)]
    for fit in fits:
        assert fit.loglik == pytest.approx(fits[0].loglik, abs=1e-4)
        assert fit.shares.to_numpy() == pytest.approx(fits[0].shares.to_numpy(), abs=1e-3)
    one = fits[0]
    assert one.shares.round(4).tolist() == [0.4577, 0.1849, 0.3574]
    boot = blocs.bootstrap(one, profiles, 20, seed=1)
    assert (boot.shares()["se"] < 0.05).all()
    turned = one.relabel({1: 2, 2: 1, 3: 3})
    turned.check(profiles)
    assert turned.shares[1] == one.shares[2]
    again = blocs.fit(profiles, 3, constraints=table(fair), init=turned)
    assert again.shares.to_numpy() == pytest.approx(one.shares.to_numpy(), abs=1e-4)
    end = one.params.relabel([1, 0, 2])  # as the replicate of a bootstrap may end
    params, moved = aligned(one.mixture, one.params, Params.stack([end, one.params]), profiles)
    assert moved.tolist() == [True, False]
    for block, own in zip(params.blocks, one.params.blocks, strict=True):
        assert (block == own).all()
    with pytest.raises(blocs.UnsupportedError):
        one.relabel({1: 3, 3: 1, 2: 2})


@pytest.mark.parametrize(("rows", "alike"), [
    ([("A", 3, 1, 0.5)], [0, 0, 2, 0]),
    ([("A", 1, 1, 0.5), ("A", 4, 1, 0.5)], [0, 1, 1, 0]),
    ([("A", 1, 1, "p"), ("A", 2, 1, "p")], [0, 0, 2, 2]),
    ([("A", 1, 1, "p"), ("B", 1, 1, "p"), ("A", 2, 1, "q"), ("B", 2, 1, "q")], [0, 0, 2, 2]),
    ([("A", 1, 1, "p"), ("B", 2, 1, "p")], [0, 1, 2, 2]),
    ([("A", 1, 1, 0.5), ("A", 2, 1, 0.6), ("A", 3, 0, 0.5), ("A", 4, 1, 0.5)], [0, 1, 2, 0]),
    ([("A", 2, "", "independent"), ("A", 4, "", "independent")], [0, 1, 0, 1]),
    ([], [0, 0, 0, 0]),
])  # fmt: skip
def test_which_types_constraints_do_not_tell_apart(rows: list[Row], alike: list[int]) -> None:
    """Types with the same number may change places."""
    assert alike_types([Constraint(*row) for row in rows], 4).tolist() == alike


def test_saved_and_gone_on_from() -> None:
    profiles, _ = pleural()
    fit = blocs.fit(profiles, 2, constraints=ALIKE, starts=3, seed=1)
    again = blocs.Fit.from_dict(json.loads(json.dumps(fit.to_dict())))
    again.check(profiles)
    assert again.table().equals(fit.table())
    assert again.mixture.constraints == fit.mixture.constraints
    assert again.n_parameters == 3
    more = blocs.fit(profiles, 2, constraints=again.settings["constraints"], init=again)
    assert more.loglik == pytest.approx(fit.loglik, abs=1e-9)
    free = blocs.fit(profiles, 2, init=fit)
    assert free.loglik > fit.loglik + 10
    back = blocs.fit(profiles, 2, constraints=ALIKE, init=free.relabel({1: 2, 2: 1}))
    assert back.loglik == pytest.approx(fit.loglik, abs=1e-6)
    broken = fit.to_dict()
    broken["blocks"][0][0] = [0.9, 0.9]
    with pytest.raises(blocs.InputError):
        blocs.Fit.from_dict(broken)


def test_beside_other_items_menus_weights_and_covariates() -> None:
    """Items with menus and numbers go beside; sampling weights, clusters, groups and covariates go with constraints."""
    rng = np.random.default_rng(5)
    n = 400
    z = rng.integers(2, size=n)
    frame = pd.DataFrame({name: (rng.random(n) < np.where(z, 0.9, 0.2)).astype(int) for name in "abcd"})
    frame["count"], frame["x"] = rng.poisson(np.where(z, 6, 2)), rng.normal(size=n) + z
    frame["g"], frame["w"] = rng.integers(30, size=n), rng.choice([0.5, 1.5], size=n)
    menus = {"d": [{0, 1} if i % 3 else {0, 1, 2} for i in range(n)]}
    profiles = blocs.Profiles.from_table(
        frame, [*"abcd", "count"], menus=menus, kinds={"count": blocs.Poisson()}, covariates=["x", "g"],
        design_weights="w", groups="g",
    )  # fmt: skip
    rows = table([(item, k, 1, f"p{k}") for item in "ab" for k in (1, 2)] + [("c", 1, 1, 0.2)])
    for more in ({}, {"covariates": "~ x"}, {"groups": "g"}):
        fit = blocs.fit(profiles, 2, constraints=rows, starts=2, seed=1, **more)
        fit.check(profiles)
        values = fit.table().query("outcome == 1").set_index(["item", "type"])["probability"]
        assert values["a", 1] == values["b", 1]
        assert values["a", 2] == values["b", 2]
        assert values["c", 1] == 0.2
        assert (np.diff(fit.trace) >= -1e-8).all()
        errors = blocs.standard_errors(fit, profiles, cluster="g").table().set_index(["item", "type", "outcome"])
        assert errors.loc[("a", 1, 1), "se"] == pytest.approx(errors.loc[("b", 1, 1), "se"])
        assert errors.loc[("c", 1, 1), "flag"] == "fixed"
        assert len(fit.posterior(profiles)) == n
    after = blocs.regress(blocs.fit(profiles, 2, constraints=rows, starts=2, seed=1), profiles, "~ x", cluster="g")
    assert after.coefficients()["se"].notna().all()


def test_a_direct_effect_in_one_type_alone() -> None:
    """Both types apart is local independence; one apart lies between it and the joint item, and finds the truth."""
    rng = np.random.default_rng(9)
    z = rng.random(2500) < 0.6
    frame = pd.DataFrame({name: (rng.random(2500) < np.where(z, 0.85, 0.15)).astype(int) for name in "abcde"})
    frame["b"] = np.where(~z & (rng.random(2500) < 0.6), frame["a"], frame["b"])  # in the smaller type
    profiles = blocs.Profiles.from_table(frame)
    joint = blocs.joint_items(profiles, [("a", "b")])
    apart = [{"item": "a & b", "type": k, "outcome": "", "equals": "independent"} for k in (1, 2)]
    how = {"starts": 3, "seed": 1, "gain": 1e-9}
    plain, both = blocs.fit(profiles, 2, **how), blocs.fit(joint, 2, constraints=apart, **how)
    assert both.loglik == pytest.approx(plain.loglik, abs=1e-5)
    assert both.n_parameters == plain.n_parameters == 11
    every = blocs.fit(joint, 2, **how)
    one = blocs.fit(joint, 2, constraints=apart[:1], init=every, gain=1e-9)
    assert one.shares[1] == pytest.approx(0.6, abs=0.04)
    assert (one.n_parameters, every.n_parameters) == (12, 13)
    assert blocs.lr_test(both, one, joint).p < 1e-6
    assert blocs.lr_test(one, every, joint).p > 0.01
    p = one.table().query("item == 'a & b'")["probability"].to_numpy().reshape(2, 4)
    ratios = p[:, 0] * p[:, 3] / (p[:, 1] * p[:, 2])
    assert ratios[0] == pytest.approx(1.0, abs=1e-12)
    assert ratios[1] > 3
    errors = blocs.standard_errors(one, joint)
    assert errors.parameters().query("type == 1")["parameter"].tolist()[:2] == [
        "log-odds of 1 against 0 of a", "log-odds of 1 against 0 of b"
    ]  # fmt: skip
    assert errors.table().query("item == 'a & b'")["se"].notna().all()
    again = blocs.Fit.from_dict(json.loads(json.dumps(one.to_dict())))
    again.check(joint)
    assert again.mixture.constraints == one.mixture.constraints


def test_neither_threads_nor_order_nor_kernel_matter() -> None:
    rng = np.random.default_rng(15)
    z = rng.random(800) < 0.6
    frame = pd.DataFrame({name: (rng.random(800) < np.where(z, 0.8, 0.2)).astype(int) for name in "abcd"})
    rows: list[Row] = [("a", 1, 1, "p"), ("b", 1, 1, "p"), ("c", 2, 0, 0.8)]
    how = {"constraints": table(rows), "starts": 3, "seed": 1}
    profiles, turned = blocs.Profiles.from_table(frame), blocs.Profiles.from_table(frame.iloc[::-1])
    fit = blocs.fit(profiles, 2, jobs=1, **how)
    assert blocs.fit(profiles, 2, jobs=2, **how).loglik == fit.loglik
    assert blocs.fit(turned, 2, jobs=1, **how).loglik == fit.loglik
    assert blocs.fit(profiles, 2, kernel="plain", **how).loglik == pytest.approx(fit.loglik, abs=1e-6)
    tripled = blocs.Profiles.from_table(frame.assign(n=3), list("abcd"), weights="n")
    assert blocs.fit(tripled, 2, jobs=1, **how).loglik == pytest.approx(3 * fit.loglik, abs=1e-5)
    assert (np.diff(fit.trace) >= -1e-9).all()


FAULTS: list[tuple[list[Row], str]] = [
    ([("e", 1, 0, 0.5)], "constraints, row 0: there is no item 'e'. The items are 'A', 'B', 'C'."),
    ([("A", 3, 1, 0.5)], "constraints, row 0: there is no type 3. There are 2 types, numbered from 1."),
    ([("A", 1, 7, 0.5)], "constraints, row 0: item 'A' has no outcome 7. Its outcomes are 1, 2."),
    ([("A", 1, 1, 1.5)], "constraints, row 0: `equals` is 1.5. It is a probability from 0 to 1, such as 0.5, or a "
                         "label with a letter in it that other rows have too."),
    ([("A", 1, 1, None)], "constraints, row 0: `equals` is empty. It is a probability from 0 to 1, such as 0.5, or "
                          "a label with a letter in it that other rows have too."),
    ([("A", 1, 1, "independent")], "constraints, row 0: outcome 1 stands beside 'independent'. Two items are "
                                   "independent in all their outcomes. Leave the outcome empty."),
    ([("A", 1, "", "Independent")], "constraints, row 0: `equals` is 'Independent', without an outcome. It is "
                                    "'independent' then. Nearest match: independent. Or name the outcome."),
    ([("A", 1, "", 0.5)], "constraints, row 0: `equals` is '0.5', without an outcome. It is 'independent' then. Or "
                          "name the outcome."),
    ([("A", 1, None, "independant")], "constraints, row 0: `equals` is 'independant', without an outcome. It is "
                                      "'independent' then. Nearest match: independent. Or name the outcome."),
    ([("A", 1, "", "independent")], "constraints: item 'A' is no joint item. 'independent' is for two different "
                                     "items that are one. Make it with blocs.joint_items."),
    ([("A", 1, 1, "p")], "constraints: the label 'p' is that of one probability. A label makes two or more equal."),
    ([("A", 1, 1, 0.5), ("A", 1, 1, 0.4)], "constraints: outcome 1 of item 'A' under type 1 has 2 rows. A probability "
                                           "has one."),
    ([("A", 1, 1, 0.5), ("A", 1, 2, 0.4)], "constraints, item 'A', type 1: the values sum to 0.9. The probabilities of "
                                           "an item sum to 1."),
    ([("A", 1, 1, 1)], "constraints, item 'A', type 1: the values sum to 1 and leave nothing for 2. Probabilities that "
                       "are estimated are positive. Give these the value 0."),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "message"), FAULTS)
def test_faults(rows: list[Row], message: str) -> None:
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(pleural()[0], 2, constraints=table(rows).astype(object))
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["0,5", "50%", "50 %", "1/2", "\u00bd", True, "false", "nan"])
def test_no_label_is_a_number_in_other_words(text: Any) -> None:
    """Two rows with it would be equal, which nobody means who writes it."""
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(pleural()[0], 2, constraints=table([("A", 1, 1, text), ("B", 1, 1, text)]).astype(object))
    assert list(map(str, caught.value.faults)) == [
        f"constraints, row {row}: `equals` is {text}. It is a probability from 0 to 1, such as 0.5, or a label with a "
        "letter in it that other rows have too." for row in (0, 1)
    ]  # fmt: skip


def test_all_faults_of_a_table_are_reported() -> None:
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(pleural()[0], 2, constraints=table([("a", 1, 1, 0.5), ("B", 0, 3, "p")]))
    assert [fault.what for fault in caught.value.faults] == [
        "there is no item 'a'", "item 'B' has no outcome 3", "there is no type 0"
    ]  # fmt: skip


def test_what_is_refused_by_name() -> None:
    with pytest.raises(blocs.UnsupportedError) as caught:
        family([("a", 1, "x", "p"), ("a", 2, "x", "p"), ("a", 2, "y", "q"), ("b", 2, "y", "q")])
    assert str(caught.value) == (
        "These constraints are not available: item 'a' under type 1 (equal: p) and item 'a' under type 2 (equal: p, q) "
        "are tied, and do not have the same labels, each as often, and the same sum of given values. Items that share "
        "a label must, and either all or none of them have outcomes without a constraint."
    )
    counts = blocs.Profiles.from_table({"a": [0, 1, 2], "b": [0, 1, 1]}, kinds={"a": blocs.Poisson()})
    with pytest.raises(blocs.UnsupportedError) as caught:
        blocs.fit(counts, 1, constraints=table([("a", 1, 0, 0.5)]))
    assert str(caught.value) == "Constraints are available for items of categories; item 'a' is poisson."
    profiles = pleural()[0]
    given = blocs.fit(profiles, 2, constraints=table([("A", 1, 1, 0.98)]), starts=3, seed=1)
    assert blocs.profile_interval(given, profiles, item="B", outcome=1, type=1).low > 0.9
    for function, message in (
        (lambda: blocs.profile_interval(given, profiles, item="A", outcome=1, type=1),
         "A probability is held for items without constraints; item 'A' has some. Give the value as a constraint and "
         "compare the fits with blocs.lr_test."),
        (lambda: blocs.blrt(profiles, 2, constraints=ALIKE),
         "The bootstrap likelihood-ratio test is not available with constraints: they say which type is which, and "
         "with one type less there are others. Leave out constraints=."),
        (lambda: blocs.iia_test(profiles, 2, constraints=ALIKE),
         "The test of IIA is not available with constraints. Leave out `constraints=`."),
        (lambda: blocs.fit_by_group(profiles, 2, "g", constraints=ALIKE),
         "Fits by group are not available with constraints: types of one group go with those of others by what they "
         "are like, and constraints number them. Fit the groups one by one."),
    ):  # fmt: skip
        with pytest.raises(blocs.UnsupportedError) as caught:
            function()
        assert str(caught.value) == message


def test_lr_test_says_where_a_probability_is_given_at_its_end() -> None:
    profiles, _ = pleural()
    free = blocs.fit(profiles, 2, starts=3, seed=1)
    at_0: list[Row] = [("A", 1, 1, 0), ("A", 1, 2, 1), ("B", 1, 1, 0.2)]
    fixed = blocs.fit(profiles, 2, constraints=table(at_0), starts=5, seed=1)
    test = blocs.lr_test(fixed, free, profiles)
    note = ("The special case puts probabilities at 0 or 1 (item 'A' under type 1): there the likelihood ratio is not "
            "chi-squared, and p is as a rule too large.")  # fmt: skip
    assert test.notes == (note,)
    assert json.loads(json.dumps(test.to_dict())) == {"lr": test.lr, "df": 2, "p": test.p, "notes": [note]}
    assert str(test).splitlines()[1:] == [note]
    less = blocs.fit(profiles, 2, constraints=table(at_0[:2]), init=fixed)
    assert blocs.lr_test(fixed, less, profiles).notes == ()


def test_starts_of_replicates_satisfy_the_constraints() -> None:
    """A part of the way between two products is no product."""
    rng = np.random.default_rng(9)
    frame = pd.DataFrame(rng.choice(["x", "y", "z"], (300, 4), p=[0.6, 0.3, 0.1]), columns=list("abcd"))
    joint = blocs.joint_items(blocs.Profiles.from_table(frame), [("a", "b")])
    apart = [{"item": "a & b", "type": k, "outcome": "", "equals": "independent"} for k in (1, 2)]
    fit = blocs.fit(joint, 2, constraints=apart, starts=2, seed=1)
    begun = fit.mixture.toward(fit.params, fit.mixture.overall(joint), 0.3)
    for family, theta in zip(fit.mixture.families, begun.columns()[1:], strict=True):
        if isinstance(family, Constrained):
            assert family.constrained(theta) == pytest.approx(theta, abs=1e-14)
            p = theta[:9].reshape(3, 3, 2)
            assert p == pytest.approx(p.sum(1, keepdims=True) * p.sum(0, keepdims=True), abs=1e-14)


def test_lr_test_refuses_what_is_no_test() -> None:
    profiles, _ = pleural()
    one, two = (blocs.fit(profiles, k, starts=3, seed=1) for k in (1, 2))
    tied = blocs.fit(profiles, 2, constraints=ALIKE, starts=3, seed=1)
    for pair, message in (
        ((one, two), "free: it has 2 types, and the other fit 1. Numbers of types have no chi-squared distribution. "
                     "Test them with `blocs.blrt`."),
        ((two, tied), "free: it has 3 parameters, and the special case 7. The general fit has more."),
    ):  # fmt: skip
        with pytest.raises(blocs.InputError) as caught:
            blocs.lr_test(*pair, profiles)
        assert str(caught.value) == message
    with pytest.raises(blocs.UnsupportedError) as unsupported:
        blocs.lr_test(blocs.fit(profiles, 2, constraints=ALIKE, prior=1.0, starts=2), two, profiles)
    assert str(unsupported.value) == (
        "A likelihood-ratio test is not available for a fit with a prior, which is no maximum of the likelihood. Fit "
        "with prior=0; probabilities of 0 and 1 are taken out."
    )
    weighted = blocs.Profiles.from_table({"a": [0, 1, 1], "w": [1.0, 2.0, 1.5]}, ["a"], design_weights="w")
    of = blocs.fit(weighted, 1)
    with pytest.raises(blocs.UnsupportedError) as unsupported:
        blocs.lr_test(of, of, weighted)
    assert str(unsupported.value) == (
        "A likelihood-ratio test is not available with sampling weights: it takes rows as independent observations of "
        "weight 1."
    )
    with pytest.raises(blocs.MismatchError):
        blocs.lr_test(tied, two, blocs.Profiles.from_table({"A": [1, 2], "B": [1, 2], "C": [1, 2]}))


def test_a_start_that_breaks_the_constraints() -> None:
    profiles, _ = pleural()
    shares = np.full((1, 2), 0.5)
    start = Params.of(shares, [np.tile([[0.4, 0.9], [0.6, 0.1]], (3, 1))[:, None]])
    assert blocs.fit(profiles, 2, constraints=ALIKE, init=start).status == "converged"
    start.families[0][0, 0, 0], start.families[0][1, 0, 0] = 0.5, 0.5
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(profiles, 2, constraints=ALIKE, init=start)
    assert str(caught.value) == "init: the probabilities do not satisfy the constraints."
