"""Every family of counts obeys the laws that are shipped for families of one's own (blocs.testing.checks)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pytest

import blocs
from blocs.core.schema import Item, Kind
from blocs.em.single_step import given
from blocs.families import Binomial, Gaussian, Known, Multinomial, Parametric, Poisson, register
from blocs.families.coded import separate
from blocs.model.identification import information_rank
from blocs.testing.checks import check_family

COINS = tuple(Item.full(f"b{i}", tuple(f"{s}/6" for s in range(7)), Kind("binomial")) for i in range(3))
CELLS = [f"{a} {b} {4 - a - b}" for a, b in product(range(5), range(5)) if a + b <= 4]
VOTES = tuple(Item.full(f"m{i}", tuple(CELLS), Kind("multinomial", ("a", "b", "c"))) for i in range(3))
COUNTS = tuple(Item.full(f"p{i}", tuple(range(30)), Kind("poisson")) for i in range(3))


@dataclass(frozen=True)
class Numerical(Binomial):
    """A binomial whose M-step is found by climbing, with differences."""

    def solve(self, item, x, counts, theta):
        return Parametric.solve(self, item, x, counts, theta)


@dataclass(frozen=True)
class Scored(Numerical):
    """The same with derivatives."""

    def score(self, x, theta):
        return (x[:, :1] / theta - (x[:, 1:] - x[:, :1]) / (1 - theta))[None]


@pytest.mark.parametrize(
    ("family", "complete"),
    [
        (Binomial(COINS), True),
        (Binomial(COINS, 0.5), True),
        (Multinomial(VOTES), True),
        (Multinomial(VOTES, 0.5), True),
        (Poisson(COUNTS), False),
        (Numerical(COINS), True),
        (Scored(COINS), True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Parametric) else "",
)
def test_laws(family: Parametric, complete: bool) -> None:
    check_family(family, complete=complete)


@pytest.mark.parametrize("made", [Numerical, Scored])
def test_the_numerical_mstep_is_the_closed_form(made: type[Parametric]) -> None:
    rng = np.random.default_rng(0)
    counts = rng.gamma(1.0, 5.0, (COINS[0].size * 3, 4))
    theta = rng.uniform(0.1, 0.9, (3, 4))
    assert np.allclose(made(COINS).mstep(theta, counts), Binomial(COINS).mstep(theta, counts), atol=1e-8)
    empty = counts.copy()
    empty[:, 2] = 0.0
    assert np.array_equal(made(COINS).mstep(theta, empty)[:, 2], theta[:, 2])


def test_poisson_parameters_are_the_rank_of_the_information() -> None:
    rng = np.random.default_rng(4)
    z = rng.integers(2, size=500)
    table = {"n": rng.poisson(np.where(z, 9, 2)), "m": rng.poisson(np.where(z, 1, 5))}
    profiles = blocs.Profiles.from_table(table, kinds={"n": blocs.Poisson(), "m": blocs.Poisson()})
    fit = blocs.fit(profiles, 2, starts=4)
    assert information_rank(fit.mixture, fit.params, profiles) == (5, 5)
    rates = fit.parameters().pivot(index="type", columns="item", values="value")
    assert sorted(rates["n"]) == pytest.approx([2, 9], abs=0.5)
    assert sorted(rates["m"]) == pytest.approx([1, 5], abs=0.5)


@pytest.mark.parametrize("flips", [1, 10])
def test_closed_forms_of_exercises_3_and_4(flips: int) -> None:
    """002: heads and tails as count vectors; theta = mean of q, bias = expected heads / expected flips."""
    rng = np.random.default_rng(flips)
    heads = rng.binomial(flips, np.where(rng.random(50) < 0.4, 0.3, 0.8))
    table = {"heads": heads, "tails": flips - heads}
    profiles = blocs.Profiles.from_table(table, kinds={"flips": blocs.Multinomial(["heads", "tails"])})
    mixture = blocs.Mixture.of(profiles.schema, 2)
    seen = blocs.step(mixture, given(mixture, [0.45, 0.55], {"flips": [[0.35, 0.7], [0.65, 0.3]]}), profiles)
    s = heads[:, None]
    q = np.array([0.45, 0.55]) * np.array([0.35, 0.7]) ** s * np.array([0.65, 0.3]) ** (flips - s)
    q /= q.sum(axis=1, keepdims=True)
    assert np.allclose(seen.shares, q.mean(axis=0), rtol=1e-12)
    assert np.allclose(seen.parameters[[1, 2]].iloc[0], q.T @ heads / (flips * q.sum(axis=0)), rtol=1e-12)
    assert ("not_identified" in blocs.fit(profiles, 2, starts=3).flags) == (flips == 1)


def test_a_name_is_not_given_twice() -> None:
    with pytest.raises(blocs.InputError) as caught:
        register("poisson", Binomial)
    assert str(caught.value) == "register: there is a family 'poisson' already. Choose another name."


def body(form: str, d: int, **options: float) -> Gaussian:
    """A block of d columns in units that are not 0 and 1."""
    kind = blocs.Gaussian([f"x{j}" for j in range(d)], form, **options).kind
    units = tuple((100.0 * j, 0.5 + j) for j in range(d))
    return Gaussian((Item.full("body", (), replace(kind, units=units)),))


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("form", ["full", "tied", "diag", "tied-diag", "spherical"])
def test_laws_of_measurements(form: str, d: int) -> None:
    check_family(body(form, d))


@dataclass(frozen=True)
class Overcounted(Gaussian):
    """Counts every entry of a covariance for every type though all share one."""

    def index(self, types):
        return separate(self.size, types)


@dataclass(frozen=True)
class Inflated(Gaussian):
    """Variances one half too large: Q falls."""

    def mstep(self, theta, stats):
        out = super().mstep(theta, stats)
        out[self.dimension :] *= 1.5
        return out


@dataclass(frozen=True)
class Still(Gaussian):
    """Means stay where they began: nothing is lowered, and the truth is not found."""

    def mstep(self, theta, stats):
        return theta.copy()


@pytest.mark.parametrize(
    ("broken", "form", "law"),
    [
        (Overcounted, "tied", "free parameters are the rank: 15 are stated, the densities span 9"),
        (Inflated, "full", "the M-step never lowers Q"),
        (Still, "full", "free parameters are the rank"),
    ],
)
def test_broken_measurements_are_found_out(broken: Any, form: Any, law: str) -> None:
    with pytest.raises(AssertionError, match=f"^{law}"):
        check_family(broken(body(form, 2).items))


def test_prior_membership_and_labels_obey_the_laws() -> None:
    for labels in (("1.0 0.0", "0.0 1.0", "1.0 1.0"), ("0.2 0.5", "3.0 0.1")):
        known = Known((Item.full("k", labels, Kind("known", ("a", "b"))),))
        theta, rng = known.flat(2), np.random.default_rng(0)
        counts = rng.gamma(1.0, 5.0, (len(labels) + 1, 2))
        assert np.array_equal(known.mstep(theta, counts), theta)
        assert np.array_equal(known.table(theta[:, ::-1]), known.table(theta)[:, ::-1])
        assert known.index(2).size == 0
        assert (known.table(theta)[0] == 1.0).all()
        assert np.allclose(known.table(theta)[1:], [[float(v) for v in label.split()] for label in labels])
