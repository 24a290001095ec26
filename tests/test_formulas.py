"""docs/formulas.md and formulas_families.md against plain numpy and scipy: nothing here shares code with the package.

The table at the end of docs/formulas.md says which formula is checked by which test.
"""

from __future__ import annotations

from itertools import product
from math import lgamma
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import optimize, stats

import blocs
from blocs.core.schema import Item, Kind
from blocs.em.loop import PlainEM
from blocs.families import Binomial, Categorical, Poisson
from blocs.families.roots import slope as roots_slope

RNG = np.random.default_rng(12)


def numerical(f, at, step: float = 1e-6):
    """Return the gradient of f at a point by central differences."""
    at = np.asarray(at, dtype=float)
    eye = np.eye(len(at)) * step
    return np.array([(f(at + e) - f(at - e)) / (2 * step) for e in eye])


def curvature(f, at, step: float = 1e-4):
    """Return the matrix of second derivatives."""
    return np.array([numerical(lambda x, i=i: numerical(f, x, step)[i], at, step) for i in range(len(at))])


# A table with menus, missing answers, frequencies and sampling weights, worked off row by row


def ballots(n: int = 150):
    rng = np.random.default_rng(3)
    z = rng.integers(2, size=n)
    menus = [("a", "b", "c"), ("a", "c"), ("a", "b")]
    which = rng.integers(3, size=n)
    p = np.array([[0.2, 0.5, 0.3], [0.5, 0.1, 0.4]])
    race = []
    for i in range(n):
        on = [("abc".index(option)) for option in menus[which[i]]]
        race.append("abc"[rng.choice(on, p=p[z[i], on] / p[z[i], on].sum())])
    q = {
        f"q{j}": np.where(rng.random(n) < 0.1, None, np.where(rng.random(n) < 0.8, z, 1 - z).astype(object))
        for j in range(3)
    }
    table = {"race": race, **q, "n": rng.integers(1, 4, n), "d": rng.random(n) + 0.5}
    return table, [set(menus[m]) for m in which]


def by_row(table, menus, shares, values):
    """Return (N,) probabilities and (N, K) joint probabilities, one row after the other."""
    joint = []
    for i in range(len(table["race"])):
        row = np.array(shares, dtype=float)
        on = sum(np.array(values["race"][option]) for option in menus[i])
        row = row * np.array(values["race"][table["race"][i]]) / on
        for j in range(3):
            answer = table[f"q{j}"][i]
            row = row if answer is None else row * np.array(values[f"q{j}"][answer])
        joint.append(row)
    return np.sum(joint, axis=1), np.array(joint)


SHARES = [0.6, 0.4]
VALUES = {"race": {"a": [0.3, 0.5], "b": [0.5, 0.2], "c": [0.2, 0.3]},
          **{f"q{j}": {0: [0.7, 0.2 + 0.1 * j], 1: [0.3, 0.8 - 0.1 * j]} for j in range(3)}}  # fmt: skip


@pytest.mark.parametrize(
    "weights", [{"weights": "n"}, {"weights": "n", "design_weights": "d"}], ids=["counts", "design"]
)
def test_likelihood_posteriors_counts_and_new_shares(weights: dict) -> None:
    table, menus = ballots()
    drop = {} if len(weights) == 2 else {"d"}
    profiles = blocs.Profiles.from_table(
        {k: v for k, v in table.items() if k not in drop}, menus={"race": menus}, **weights
    )
    mixture = blocs.Mixture.of(profiles.schema, 2)
    one = blocs.step(mixture, blocs.given(mixture, SHARES, VALUES), profiles)
    f, joint = by_row(table, menus, SHARES, VALUES)
    w = np.array(table["n"], dtype=float)
    if len(weights) == 2:
        w = w * table["d"] * w.sum() / (w * table["d"]).sum()
    assert one.loglik == pytest.approx(w @ np.log(f), rel=1e-12)
    zeta = joint / f[:, None]
    assert one.totals.to_numpy() == pytest.approx(w @ zeta, rel=1e-12)
    assert one.totals.sum() == pytest.approx(np.sum(table["n"]), rel=1e-12)
    assert one.shares.to_numpy() == pytest.approx(w @ zeta / w.sum(), rel=1e-12)
    for _, line in one.counts[one.counts["item"] == "race"].iterrows():
        here = [
            i for i, m in enumerate(menus) if m == set(line["menu"].split("|")) and table["race"][i] == line["outcome"]
        ]
        assert [line[1], line[2]] == pytest.approx(w[here] @ zeta[here], rel=1e-12)
    often = one.posteriors["weight" if "weight" in one.posteriors else "occurrences"].to_numpy()
    assert often @ one.posteriors[[1, 2]].to_numpy() == pytest.approx(one.totals.to_numpy(), rel=1e-12)
    assert not one.posteriors.drop(columns=[1, 2]).astype(str).duplicated().any()  # menus tell rows apart


@pytest.mark.parametrize("prior", [0.0, 0.7])
def test_the_choice_m_step_is_the_maximum_and_its_derivatives(prior: float) -> None:
    table, menus = ballots()
    profiles = blocs.Profiles.from_table(
        {k: v for k, v in table.items() if k != "d"}, menus={"race": menus}, weights="n"
    )
    mixture = blocs.Mixture.of(profiles.schema, 2, prior=prior)
    one = blocs.step(mixture, blocs.given(mixture, SHARES, VALUES), profiles)
    counts = one.counts[one.counts["item"] == "race"]
    for k in (1, 2):
        c, on = np.full(3, prior), {("a", "b", "c"): 3 * prior}
        for menu, part in counts.groupby("menu"):
            options = tuple(menu.split("|"))
            on[options] = on.get(options, 0.0) + part[k].sum()
            for outcome, value in zip(part["outcome"], part[k], strict=True):
                c["abc".index(outcome)] += value
        sets = {tuple("abc".index(o) for o in options): total for options, total in on.items()}

        def f(psi, c=c, sets=sets):
            return c @ psi - sum(total * np.log(np.exp(psi[list(s)]).sum()) for s, total in sets.items())

        def p(psi, s):
            out = np.zeros(3)
            out[list(s)] = np.exp(psi[list(s)]) / np.exp(psi[list(s)]).sum()
            return out

        def slope(psi, c=c, sets=sets):
            return c - sum(total * p(psi, s) for s, total in sets.items())

        def second(psi, sets=sets):
            return -sum(total * (np.diag(p(psi, s)) - np.outer(p(psi, s), p(psi, s))) for s, total in sets.items())

        at = RNG.normal(size=3)
        assert slope(at) == pytest.approx(numerical(f, at), abs=1e-6 * c.sum())
        assert second(at) == pytest.approx(curvature(f, at), abs=1e-4 * c.sum())
        best = optimize.minimize(lambda x, f=f: -f(np.array([0, *x])), np.zeros(2), tol=1e-12).x
        e = np.exp([0, *best])
        found = one.parameters.query("item == 'race'")[k].to_numpy()
        assert found == pytest.approx(e / e.sum(), abs=1e-6)
        assert f(np.log(found)) >= f(np.array([0, *best])) - 1e-9


def test_a_damped_newton_step_and_a_step_of_minorisation_raise_the_choice_likelihood() -> None:
    """log(1 + rho) / rho of a Newton step, rho its range, and mu_l = c_l / sum_S C_S / mu(S)."""
    sets = [(0, 1, 2, 3), (0, 1), (1, 2, 3), (0, 3)]
    for _ in range(50):
        counts = [RNG.gamma(0.5, 20.0, len(s)) for s in sets]
        c = np.zeros(4)
        for s, n in zip(sets, counts, strict=True):
            c[list(s)] += n

        def f(psi, c=c, counts=counts):
            return c @ psi - sum(
                n.sum() * np.log(np.exp(psi[list(s)]).sum()) for s, n in zip(sets, counts, strict=True)
            )

        psi = RNG.normal(size=4) * 3
        g, h = np.zeros(4), np.zeros((4, 4))
        rate = np.zeros(4)
        for s, n in zip(sets, counts, strict=True):
            p = np.zeros(4)
            p[list(s)] = np.exp(psi[list(s)]) / np.exp(psi[list(s)]).sum()
            g -= n.sum() * p
            h += n.sum() * (np.diag(p) - np.outer(p, p))
            rate[list(s)] += n.sum() / np.exp(psi[list(s)]).sum()
        d = np.linalg.lstsq(h, g + c, rcond=None)[0]
        rho = np.ptp(d)
        part = 1.0 if rho <= 1 else np.log1p(rho) / rho
        assert f(psi + part * d) >= f(psi) - 1e-9
        assert f(np.log(c / rate)) >= f(psi) - 1e-9


def test_the_posterior_mode_is_where_the_gradient_of_likelihood_and_prior_vanishes() -> None:
    rng, a = np.random.default_rng(2), 0.8
    z = rng.integers(2, size=80)
    rows = np.where(rng.random((80, 3)) < 0.8, z[:, None], 1 - z[:, None])
    fit = blocs.fit(
        blocs.Profiles.from_table({f"q{j}": rows[:, j] for j in range(3)}),
        2,
        prior=a,
        starts=3,
        gain=1e-12,
        change=1e-9,
    )

    def logpost(v):
        pi = np.exp([0, v[0]]) / np.exp([0, v[0]]).sum()
        mu = 1 / (1 + np.exp(-v[1:].reshape(2, 3)))
        joint = pi * np.prod(np.where(rows[:, None] > 0, mu, 1 - mu), axis=2)
        value = np.log(joint.sum(axis=1)).sum()
        return value + a * np.log(pi).sum() + a * (np.log(mu) + np.log(1 - mu)).sum(), value

    p = fit.table().query("outcome == 1")["probability"].to_numpy()
    at = np.concatenate([[np.log(fit.shares[2] / fit.shares[1])], np.log(p / (1 - p))])
    assert numerical(lambda v: logpost(v)[0], at) == pytest.approx(np.zeros(7), abs=1e-5)
    assert fit.loglik == pytest.approx(logpost(at)[1], rel=1e-10)
    # AIC and BIC use the likelihood at the mode, which is below the maximum
    assert fit.bic == pytest.approx(-2 * logpost(at)[1] + 7 * np.log(80), rel=1e-10)
    assert np.abs(numerical(lambda v: logpost(v)[1], at)).max() > 0.1
    top = blocs.fit(blocs.Profiles.from_table({f"q{j}": rows[:, j] for j in range(3)}), 2, starts=5)
    assert fit.bic > top.bic


def test_parameters_criteria_and_entropies() -> None:
    rng = np.random.default_rng(6)
    z = rng.choice(3, size=500, p=[0.5, 0.3, 0.2])
    sizes = (2, 3, 4, 3)
    rows = [np.where(rng.random(500) < 0.6, z % size, rng.integers(size, size=500)) for size in sizes]
    profiles = blocs.Profiles.from_table({f"q{j}": column for j, column in enumerate(rows)})
    fit = blocs.fit(profiles, 3, starts=5)
    free = 2 + 3 * sum(size - 1 for size in sizes)
    assert fit.n_parameters == free
    assert fit.aic == pytest.approx(-2 * fit.loglik + 2 * free, rel=1e-12)
    assert fit.bic == pytest.approx(-2 * fit.loglik + free * np.log(500), rel=1e-12)
    zeta = fit.posterior(profiles).to_numpy()
    within = stats.entropy(zeta, axis=1).sum()
    assert fit.relative_entropy == pytest.approx(1 - within / (500 * np.log(3)), rel=1e-9)
    assert fit.entropy_r2 == pytest.approx(1 - within / (500 * stats.entropy(fit.shares)), rel=1e-9)
    assert 0 < fit.entropy_r2 < fit.relative_entropy
    assert fit.to_dict()["relative_entropy"] == fit.relative_entropy
    assert fit.to_dict()["entropy_r2"] == fit.entropy_r2
    one = blocs.fit(profiles, 1)
    assert one.relative_entropy is None and one.entropy_r2 is None


def test_where_posteriors_are_the_shares_only_entropy_r2_is_0() -> None:
    profiles = blocs.Profiles.from_table({"a": [0, 1] * 50})
    start = blocs.given(profiles, [0.9, 0.1], {"a": {0: [0.5, 0.5], 1: [0.5, 0.5]}})
    fit = blocs.fit(profiles, 2, init=start, steps=0)
    assert fit.entropy_r2 == pytest.approx(0.0, abs=1e-12)
    assert fit.relative_entropy == pytest.approx(1 - stats.entropy([0.9, 0.1]) / np.log(2), rel=1e-12)
    assert round(fit.relative_entropy, 2) == 0.53


@pytest.mark.parametrize("rate", [0.6, 0.9, 0.999])
def test_aitken_projects_the_rest_of_a_geometric_series(rate: float) -> None:
    gains = 3.0 * rate ** np.arange(200_000)
    stepper, one = PlainEM(SimpleNamespace(mstep=lambda params, stats: params)), SimpleNamespace(starts=1)
    for end in (4, 5, 6):
        update = stepper(one, None, np.array([gains[:end].sum()]))
    assert update.remaining[0] == pytest.approx(gains[6:].sum(), rel=1e-6)


# Coordinates


def mixture_value(counts, pi, mu):
    """Return the log-likelihood of counts, row of outcomes -> how many, for probabilities mu[k][j]."""
    return sum(n * np.log(sum(pi[k] * np.prod([mu[k][j][row[j]] for j in range(len(row))]) for k in range(len(pi))))
               for row, n in counts.items())  # fmt: skip


def test_the_gradient_and_metric_on_the_sphere() -> None:
    counts = {row: float(n) for row, n in zip(product(range(3), repeat=2), RNG.integers(1, 30, 9), strict=True)}
    pi, mu = [0.4, 0.6], [[RNG.dirichlet([2, 2, 2]) for _ in range(2)] for _ in range(2)]

    def value(y):
        p = y**2 / (y**2).sum()
        return mixture_value(counts, pi, [[p, mu[0][1]], mu[1]])

    c = np.zeros(3)
    for row, n in counts.items():
        joint = [pi[k] * mu[k][0][row[0]] * mu[k][1][row[1]] for k in range(2)]
        c[row[0]] += n * joint[0] / sum(joint)
    y = np.sqrt(mu[0][0])
    assert 2 * (c - c.sum() * mu[0][0]) / y == pytest.approx(numerical(value, y), abs=1e-5)
    slope, curve = Categorical((Item.full("q", (0, 1, 2)),)).slope(mu[0][0][:, None], np.array([0, *c])[:, None])
    assert slope[:, 0] == pytest.approx(numerical(value, y), abs=1e-5)
    assert curve[:, 0] == pytest.approx(4 * c.sum())

    def complete(y):
        return c.sum() * (mu[0][0] @ np.log(y**2 / (y**2).sum()))  # as many choices as are expected

    along = np.linalg.qr(np.column_stack([y, np.eye(3)[:, :2]]))[0][:, 1:]  # directions on the sphere
    assert along.T @ -curvature(complete, y) @ along == pytest.approx(4 * c.sum() * np.eye(2), abs=1e-3 * c.sum())


def test_the_angle_of_a_binomial_and_the_root_of_a_rate() -> None:
    n, s, phi = 40.0, 9.0, 0.3
    angle = np.arcsin(np.sqrt(phi))
    slope = numerical(lambda a: s * np.log(np.sin(a[0]) ** 2) + (n - s) * np.log(np.cos(a[0]) ** 2), [angle])[0]
    assert slope == pytest.approx(2 * (s - n * phi) / np.sqrt(phi * (1 - phi)), rel=1e-6)
    coin, rate = Binomial((Item.full("h", ("9/40",), Kind("binomial")),)), Poisson((Item.full("n", (1, 2)),))
    assert coin.slope(np.array([[phi]]), np.array([[0.0], [1.0]]))[0][0, 0] == pytest.approx(slope, rel=1e-6)
    assert coin.unit(np.array([[angle]]))[0, 0] == pytest.approx(np.sin(2 * angle) / 4, rel=1e-12)
    # one unit of the log-odds moves the angle by |sin 2a| / 4, and the slope by log-odds is s - n phi
    assert slope * np.sin(2 * angle) / 4 == pytest.approx(s - n * phi, rel=1e-6)
    root = np.sqrt(2.5)
    slope = numerical(lambda y: 11 * np.log(y[0] ** 2) - 6 * y[0] ** 2, [root])[0]
    assert slope * root / 2 == pytest.approx(11 - 6 * 2.5, rel=1e-6)
    assert rate.slope(np.array([[2.5]]), np.array([[0.0], [1.0], [5.0]]))[0][0, 0] == pytest.approx(slope, rel=1e-6)


def test_gradients_of_binomials_do_not_depend_on_the_side() -> None:
    heads = np.random.default_rng(0).binomial(10, np.where(np.arange(200) % 2, 0.9, 0.97))
    found = []
    for values, biases in ((heads, [0.9, 0.97]), (10 - heads, [0.1, 0.03])):
        profiles = blocs.Profiles.from_table({"h": values}, kinds={"h": blocs.Binomial(10)})
        fit = blocs.fit(profiles, 2, init=blocs.given(profiles, [0.5, 0.5], {"h": biases}), steps=6)
        found.append(fit.gradient)
    assert found[0] > 1e-6
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def test_the_information_about_the_root_of_a_covariance() -> None:
    floor, n, roots = 0.1, 7.0, np.array([0.4, 1.3, 2.0])
    lam = floor + roots**2

    def value(e):
        move = np.zeros((3, 3))
        move[np.tril_indices(3)] = e
        move = move + np.tril(move, -1).T
        sigma = floor * np.eye(3) + (np.diag(roots) + move) @ (np.diag(roots) + move)
        return -0.5 * n * (np.linalg.slogdet(sigma)[1] + np.trace(np.linalg.solve(sigma, np.diag(lam))))

    h = -curvature(value, np.zeros(6), 1e-3)
    curve = roots_slope(np.diag(lam)[None], floor, np.array([n]), np.zeros((1, 3)), n * np.diag(lam)[None])[1][3:, 0]
    i, j = np.tril_indices(3)
    wanted = 0.5 * n * (roots[i] + roots[j]) ** 2 / (lam[i] * lam[j]) * np.where(i == j, 1, 2)
    assert np.diag(h) == pytest.approx(wanted, rel=1e-3)
    assert curve * np.where(i == j, 1, 2) == pytest.approx(wanted, rel=1e-9)  # entries are packed with sqrt(2)
    assert h - np.diag(np.diag(h)) == pytest.approx(np.zeros((6, 6)), abs=1e-3 * n)


# Families


def test_the_two_coins_of_002() -> None:
    """Exercises 3 and 4: the closed forms are the maxima of Q."""
    for flips in (1, 10):
        s, q = RNG.binomial(flips, 0.4, 30), RNG.dirichlet([1, 1], 30)

        def value(v, s=s, q=q, flips=flips):
            theta, p1, p2 = 1 / (1 + np.exp(-np.asarray(v)))
            parts = (
                np.log([theta, 1 - theta])
                + np.outer(s, np.log([p1, p2]))
                + np.outer(flips - s, np.log([1 - p1, 1 - p2]))
            )
            return (q * parts).sum()

        closed = np.array([q[:, 0].mean(), *(q * s[:, None]).sum(axis=0) / (flips * q.sum(axis=0))])
        assert numerical(value, np.log(closed / (1 - closed))) == pytest.approx(np.zeros(3), abs=1e-5)
        best = optimize.minimize(lambda v, f=value: -f(v), np.zeros(3), tol=1e-10).x
        assert 1 / (1 + np.exp(-best)) == pytest.approx(closed, abs=1e-5)


def test_a_step_of_gaussians_by_hand() -> None:
    """002 eqs. 26-31 in the units of the data, from the tables alone."""
    x = np.array([[100.0, 1.0], [102, 3], [109, 2], [111, 6], [112, 4]])
    profiles = blocs.Profiles.from_table({"x": x[:, 0], "y": x[:, 1]}, kinds={"g": blocs.Gaussian(["x", "y"])})
    mixture = blocs.Mixture.of(profiles.schema, 2)
    means, cov = np.array([[101.0, 2], [110, 4]]), np.array([np.diag([9.0, 4]), [[16.0, 2], [2, 3]]])
    one = blocs.step(mixture, blocs.given(mixture, [0.4, 0.6], {"g": (means, cov)}), profiles)
    q = np.column_stack(
        [p * stats.multivariate_normal(m, c).pdf(x) for p, m, c in zip((0.4, 0.6), means, cov, strict=True)]
    )
    assert one.loglik == pytest.approx(np.log(q.sum(axis=1)).sum(), rel=1e-12)
    q /= q.sum(axis=1, keepdims=True)
    assert one.posteriors[["x", "y"]].to_numpy() == pytest.approx(x, rel=1e-15)
    assert one.posteriors[[1, 2]].to_numpy() == pytest.approx(q, rel=1e-10)
    shown = one.statistics.set_index("statistic")[[1, 2]]
    assert shown.loc["weight"].to_numpy() == pytest.approx(q.sum(axis=0), rel=1e-10)
    assert shown.loc[["sum of x", "sum of y"]].to_numpy() == pytest.approx(x.T @ q, rel=1e-10)
    new = (x.T @ q / q.sum(axis=0)).T
    away = x[:, None] - new
    products = np.einsum("uk,uki,ukj->kij", q, away, away)
    assert shown.loc["squared deviations of x"].to_numpy() == pytest.approx(products[:, 0, 0], rel=1e-9)
    assert shown.loc["products of deviations of x and y"].to_numpy() == pytest.approx(products[:, 1, 0], rel=1e-9)
    assert shown.loc["squared deviations of y"].to_numpy() == pytest.approx(products[:, 1, 1], rel=1e-9)
    found = one.parameters.set_index("parameter")[[1, 2]]
    assert found.loc["mean of x"].to_numpy() == pytest.approx(new[:, 0], rel=1e-12)  # eq. 30: sum / weight
    per = (shown.loc["products of deviations of x and y"] / shown.loc["weight"]).to_numpy()
    assert found.loc["covariance of x and y"].to_numpy() == pytest.approx(per, rel=1e-9)  # eq. 31

    def value(v):  # Q as a function of the first type's mean and covariance: its gradient vanishes
        low = np.array([[v[2], 0], [v[3], v[4]]])
        return q[:, 0] @ stats.multivariate_normal(v[:2], low @ low.T).logpdf(x)

    low = np.linalg.cholesky(products[0] / q[:, 0].sum())
    assert numerical(value, [*new[0], low[0, 0], low[1, 0], low[1, 1]]) == pytest.approx(np.zeros(5), abs=1e-5)


def test_a_floor_raises_eigenvalues_and_that_is_the_constrained_maximum() -> None:
    s, floor = np.diag([0.02, 1.0, 3.0]), 0.1
    turn = np.linalg.qr(RNG.normal(size=(3, 3)))[0]
    s = turn @ s @ turn.T

    def value(sigma):
        return -0.5 * (np.linalg.slogdet(sigma)[1] + np.trace(np.linalg.solve(sigma, s)))

    lam, vector = np.linalg.eigh(s)
    best = (vector * np.maximum(lam, floor)) @ vector.T
    for scale in (0.01, 0.1, 1.0):
        for _ in range(200):
            move = RNG.normal(size=(3, 3)) * scale
            lam, vector = np.linalg.eigh(best + move + move.T)
            assert value((vector * np.maximum(lam, floor)) @ vector.T) <= value(best) + 1e-12


def test_missing_cells_of_measurements() -> None:
    """The density is that of the known cells, and the M-step uses expectations given them."""
    x = np.array([[1.0, 2.0, 3.0], [2.0, np.nan, 1.0], [np.nan, np.nan, 4.0], [0.0, 1.0, np.nan]])
    mean, root = np.array([1.0, 0.5, 2.0]), np.array([[1.0, 0, 0], [0.4, 1.2, 0], [-0.3, 0.5, 0.9]])
    cov = root @ root.T
    profiles = blocs.Profiles.from_table(
        {"x": x[:, 0], "y": x[:, 1], "w": x[:, 2]}, kinds={"g": blocs.Gaussian(["x", "y", "w"])}
    )
    mixture = blocs.Mixture.of(profiles.schema, 1)
    one = blocs.step(mixture, blocs.given(mixture, [1.0], {"g": (mean[None], cov[None])}), profiles)
    filled, more, loglik = [], np.zeros((3, 3)), 0.0
    for row in x:
        o, m = np.flatnonzero(~np.isnan(row)), np.flatnonzero(np.isnan(row))
        loglik += stats.multivariate_normal(mean[o], cov[np.ix_(o, o)]).logpdf(row[o])
        b = cov[np.ix_(m, o)] @ np.linalg.inv(cov[np.ix_(o, o)])
        row = row.copy()
        row[m] = mean[m] + b @ (row[o] - mean[o])
        more[np.ix_(m, m)] += cov[np.ix_(m, m)] - b @ cov[np.ix_(o, m)]
        filled.append(row)
    assert one.loglik == pytest.approx(loglik, rel=1e-12)
    filled = np.array(filled)
    new = filled.mean(axis=0)
    wanted = ((filled - new).T @ (filled - new) + more) / 4
    found = one.parameters[1].to_numpy()
    assert found[:3] == pytest.approx(new, rel=1e-10)
    assert found[3:] == pytest.approx(wanted[np.tril_indices(3)], rel=1e-9)


def test_the_densities_of_counts() -> None:
    def binomial(s, n, phi):
        return lgamma(n + 1) - lgamma(s + 1) - lgamma(n - s + 1) + s * np.log(phi) + (n - s) * np.log1p(-phi)

    def multinomial(x, p):
        return (
            lgamma(sum(x) + 1) - sum(lgamma(v + 1) for v in x) + sum(v * np.log(w) for v, w in zip(x, p, strict=True))
        )

    table = {"h": [3, 0], "v0": [1, 4], "v1": [2, 0], "v2": [0, 1], "k": [2, 7]}
    kinds = {"h": blocs.Binomial(9), "v": blocs.Multinomial(["v0", "v1", "v2"]), "k": blocs.Poisson()}
    profiles = blocs.Profiles.from_table(table, kinds=kinds)
    mixture = blocs.Mixture.of(profiles.schema, 2)
    phi, p, rate = [0.2, 0.6], [[0.5, 0.2], [0.3, 0.3], [0.2, 0.5]], [1.5, 6.0]
    start = blocs.given(mixture, [0.3, 0.7], {"h": phi, "v": p, "k": rate})
    wanted, q = 0.0, []
    for i in range(2):
        votes = [table[f"v{c}"][i] for c in range(3)]
        logs = [np.log(pi) + binomial(table["h"][i], 9, phi[k]) + multinomial(votes, [row[k] for row in p])
                + table["k"][i] * np.log(rate[k]) - rate[k] - lgamma(table["k"][i] + 1)
                for k, pi in enumerate((0.3, 0.7))]  # fmt: skip
        wanted += np.logaddexp(*logs)
        q.append(np.exp(logs - np.logaddexp(*logs)))
    one = blocs.step(mixture, start, profiles)
    assert one.loglik == pytest.approx(wanted, rel=1e-12)
    q, found = np.array(q), one.parameters.set_index(["item", "parameter"])[[1, 2]]
    n = q.sum(axis=0)
    assert found.loc[("h", "success probability")].to_numpy() == pytest.approx(np.array(table["h"]) @ q / (9 * n))
    assert found.loc[("k", "rate")].to_numpy() == pytest.approx(np.array(table["k"]) @ q / n)
    votes = np.array([table[f"v{c}"] for c in range(3)])
    assert found.loc["v"].to_numpy() == pytest.approx(votes @ q / (votes.sum(axis=0) @ q))


def test_known_labels_are_an_item_with_fixed_probabilities() -> None:
    table = {"a": [0, 0, 1, 1, 0], "k": ["A", None, "B", None, None]}
    profiles = blocs.Profiles.from_table(table, items=["a"], kinds={"k": blocs.Known()})
    mixture = blocs.Mixture.of(profiles.schema, 2)
    start = blocs.given(mixture, [0.7, 0.3], {"a": {0: [0.6, 0.1], 1: [0.4, 0.9]}, "k": [0, 1]})
    mu = np.array([[0.6, 0.4], [0.1, 0.9]])
    joint = np.array([[pi * mu[k, a] * (label is None or label == "AB"[k]) for k, pi in enumerate((0.7, 0.3))]
                      for a, label in zip(table["a"], table["k"], strict=True)])  # fmt: skip
    one = blocs.step(mixture, start, profiles)
    assert one.loglik == pytest.approx(np.log(joint.sum(axis=1)).sum(), rel=1e-12)
    assert one.shares.to_numpy() == pytest.approx((joint / joint.sum(axis=1, keepdims=True)).mean(axis=0), rel=1e-12)
    there = mixture.toward(start, mixture.overall(profiles).relabel([1, 0]), 0.1)
    assert there.families[1][0, 0].tolist() == start.families[1][0, 0].tolist() == [0.0, 1.0]  # what is given stays
    assert not np.allclose(there.families[0], start.families[0])
