"""Quasi-Newton steps: the slope is the likelihood's, likelihood never falls, EM's optimum in fewer iterations."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocs import Binomial, Gaussian, Multinomial, Poisson, fit
from blocs.core.errors import InputError, UnsupportedError
from blocs.em import curvature
from blocs.em.coordinates import Coordinates
from blocs.em.curvature import Curvature
from blocs.em.initialization import draw
from blocs.em.loop import Compiled, PlainEM, StoppingRule, run_em
from blocs.em.quasi_newton import STEPPERS, stepper
from blocs.engines import Serial, Threads
from blocs.kernels import simplices
from blocs.kernels.quasi import Pairs, direction
from blocs.model.mixture import Mixture
from blocs.profiles import Profiles
from cases import Case, cases

seeds = st.integers(0, 2**32 - 1)


def mixed_table(seed: int, n: int = 200) -> Profiles:
    """Categories with holes and menus, successes, counts and count vectors."""
    rng = np.random.default_rng(seed)
    kind = rng.random(n) < 0.4
    menus = [({0, 1, 2}, {0, 2}, {0, 1})[m] for m in rng.choice(3, n)]
    table = pd.DataFrame({
        "plain": np.where(rng.random(n) < 0.1, None, np.where(kind, "a", rng.choice(["a", "b", "c"], n))),
        "menu": [int(rng.choice(sorted(menu))) for menu in menus],
        "heads": rng.binomial(7, np.where(kind, 0.2, 0.7)),
        "visits": rng.poisson(np.where(kind, 6.0, 1.5)),
    })  # fmt: skip
    cells = np.array([rng.multinomial(5, [0.6, 0.3, 0.1] if k else [0.2, 0.2, 0.6]) for k in kind])
    table[["x", "y", "z"]] = cells
    kinds = {"heads": Binomial(trials=7), "visits": Poisson(), "cells": Multinomial(columns=["x", "y", "z"])}
    return Profiles.from_table(
        table, items=["plain", "menu", "heads", "visits", "cells"], menus={"menu": menus}, kinds=kinds
    )


@pytest.mark.parametrize("prior", [0.0, 0.7])
def test_slope_is_the_derivative_of_the_likelihood_in_the_coordinates(prior: float) -> None:
    profiles = mixed_table(1) if not prior else categorical_part(mixed_table(1))
    mixture = Mixture.of(profiles.schema, 2, prior)
    params = draw("probabilities", mixture, profiles, 3, range(2))
    y = Coordinates.of(mixture).point(params)
    slope, _ = Coordinates.of(mixture).gradient(params, mixture.estep(params, profiles))

    def value(at: np.ndarray) -> np.ndarray:
        there = Coordinates.of(mixture).at(at, params)
        return mixture.estep(there, profiles).loglik + mixture.log_prior(there)

    for i in range(y.shape[1]):
        ahead, behind = y.copy(), y.copy()
        ahead[:, i] += 1e-6
        behind[:, i] -= 1e-6
        assert slope[:, i] == pytest.approx((value(ahead) - value(behind)) / 2e-6, rel=1e-5, abs=1e-4)




def categorical_part(profiles: Profiles) -> Profiles:
    """The first two items: a prior is not available for rates."""
    from blocs.core.schema import Schema

    codes = profiles.codes[:, :2]
    return Profiles.from_codes(Schema(profiles.schema.items[:2]), codes, profiles.counts)


def test_coordinates_lead_back() -> None:
    profiles = mixed_table(2)
    mixture = Mixture.of(profiles.schema, 3)
    params = draw("probabilities", mixture, profiles, 1, range(4))
    back = Coordinates.of(mixture).at(Coordinates.of(mixture).point(params), params)
    assert back.vector() == pytest.approx(params.vector(), abs=1e-14)


@given(case=cases(weights="any", rows=30), k=st.integers(1, 4), seed=seeds, prior=st.sampled_from([0.0, 0.0, 0.5]))
def test_likelihood_never_falls(case: Case, k: int, seed: int, prior: float) -> None:
    profiles = Profiles.from_table(case.table, weights=case.weights, menus=case.menus)
    mixture = Mixture.of(profiles.schema, k, prior)
    start = draw("mixed", mixture, profiles, seed, range(3))
    found = run_em(mixture, Serial(), mixture.place(profiles), start, StoppingRule(steps=200), stepper("auto", mixture))
    for trace in found.trace:
        assert (np.diff(trace) >= -1e-13 * abs(trace[-1]) - 1e-12).all()
    there = mixture.estep(found.params, profiles).loglik
    assert found.loglik == pytest.approx(there, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_optimum_as_em_in_fewer_iterations_and_flat(seed: int) -> None:
    profiles = mixed_table(10 + seed, 600)
    mixture = Mixture.of(profiles.schema, 2)
    start = draw("probabilities", mixture, profiles, seed, range(3))
    rule = StoppingRule(gain=1e-10, change=1e-7)
    slow = run_em(mixture, Serial(), mixture.place(profiles), start, rule, stepper("none", mixture))
    fast = run_em(mixture, Serial(), mixture.place(profiles), start, rule, stepper("auto", mixture))
    assert np.abs(start.vector() - slow.params.vector()).max() > 0.05  # the start is not the optimum
    assert fast.loglik == pytest.approx(slow.loglik, abs=1e-7)
    assert fast.params.vector() == pytest.approx(slow.params.vector(), abs=1e-4)
    assert fast.status == ["converged"] * 3
    assert (fast.gradient <= 1e-8).all()
    assert np.isnan(slow.gradient).all()
    assert fast.iterations.sum() <= 1.5 * slow.iterations.sum()  # little is lost where EM is quick, for a flat end


def test_slow_em_needs_a_tenth_of_the_iterations() -> None:
    """Three types where two would do: EM is slow."""
    rng = np.random.default_rng(5)
    kind = rng.random(2000) < 0.5
    answers = (rng.random((2000, 6)) < np.where(kind, 0.7, 0.3)[:, None]).astype(int)
    profiles = Profiles.from_table(answers)
    mixture = Mixture.of(profiles.schema, 3)
    start = draw("probabilities", mixture, profiles, 1, range(5))
    slow = run_em(mixture, Serial(), mixture.place(profiles), start, StoppingRule(), stepper("none", mixture))
    fast = run_em(mixture, Serial(), mixture.place(profiles), start, StoppingRule(), stepper("auto", mixture))
    assert 10 * np.median(fast.iterations) <= np.median(slow.iterations)
    assert fast.value.max() >= slow.value.max() - 1e-6


def test_an_optimum_on_the_boundary_is_reached() -> None:
    """Type 2 never answers "c": the probability goes to 0 and the gradient still vanishes."""
    table = pd.DataFrame({"u": ["a"] * 40 + ["c"] * 40, "v": ["p"] * 38 + ["q"] * 2 + ["q"] * 40, "n": 1})
    table["w"] = table["v"]
    found = fit(Profiles.from_table(table, items=["u", "v", "w"]), 2, seed=1)
    low = found.table()["probability"].min()
    assert low < 1e-9
    assert found.status == "converged"
    assert found.gradient is not None
    assert found.gradient <= 1e-8
    assert "boundary" in found.flags


def test_rows_that_need_a_tiny_probability_are_left_by_em() -> None:
    profiles = categorical_part(mixed_table(4))
    mixture = Mixture.of(profiles.schema, 2)
    start = draw("probabilities", mixture, profiles, 3, range(1))
    for block in start.families:
        block[0] = 1e-300  # the first outcome of each family is all but impossible under both types
        block[1] += 1 - block[:3].sum(axis=0)
    found = run_em(mixture, Serial(), mixture.place(profiles), start, StoppingRule(), stepper("quasi-newton", mixture))
    assert found.status == ["converged"]
    assert (np.diff(found.trace[0]) >= -1e-9).all()
    assert found.value[0] > found.trace[0][0] + 10_000


def test_direction_obeys_the_secant_equation_and_starts_as_the_metric() -> None:
    rng = np.random.default_rng(0)
    curvature = np.diag(rng.uniform(0.2, 1.0, 6))
    g, h = rng.normal(size=(2, 6)), rng.uniform(0.5, 2.0, (2, 6))
    s, y, rho, rows = np.zeros((2, 4, 6)), np.zeros((2, 4, 6)), np.zeros((2, 4)), np.arange(2)
    none = Pairs(s, y, rho, np.zeros(2, dtype=np.int64), rows, np.empty((0, 6, 6)), np.full(2, -1))
    plain, rise = direction(g, h, none)
    assert plain == pytest.approx(h * g)
    assert rise == pytest.approx((h * g * g).sum(axis=1))
    for m in range(5):  # one more than fits: the oldest pair is overwritten
        step = rng.normal(size=(2, 6))
        s[:, m % 4], y[:, m % 4] = step, step @ curvature
        rho[:, m % 4] = 1 / (step * (step @ curvature)).sum(axis=1)
    newest = 4 % 4
    known = none._replace(n=np.full(2, 5))
    d, _ = direction(y[:, newest].copy(), h, known)
    assert d == pytest.approx(s[:, newest])
    older, _ = direction(y[:, 1].copy(), h, known)
    turned, _ = direction(y[:, 1].copy(), h, known, lambda v, back: v)
    assert turned == pytest.approx(older)
    assert np.abs(older - s[:, 1]).max() > 1e-6  # only the newest pair is met exactly


def test_an_unknown_accelerator_names_the_nearest() -> None:
    profiles = Profiles.from_table({"a": [0, 1, 1], "b": [0, 1, 0]})
    message = (
        "accelerate: there is no accelerator 'quasinewton'. The accelerators are 'auto', 'quasi-newton', 'none'. "
        "Nearest match: quasi-newton."
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        fit(profiles, 2, accelerate="quasinewton")
    assert set(STEPPERS) == {"auto", "quasi-newton", "none"}


def blobs(seed: int, n: int, form: str, apart: float = 3.0, types: int = 3, holes: float = 0.0) -> Profiles:
    """Measurements of several types in three columns, and successes."""
    rng = np.random.default_rng(seed)
    z = rng.integers(types, size=n)
    x = rng.normal(size=(n, 3)) @ rng.normal(size=(3, 3)) + apart * rng.normal(size=(types, 3))[z]
    x[rng.random(x.shape) < holes] = np.nan
    table = pd.DataFrame(x, columns=list("abc")).assign(heads=rng.binomial(5, (0.2 + 0.6 * z / types)))
    return Profiles.from_table(table, kinds={"g": Gaussian(list("abc"), form), "heads": Binomial(5)})


@given(case=cases(weights="any", rows=30), k=st.integers(1, 4), seed=seeds, prior=st.sampled_from([0.0, 0.5]))
def test_simplices_are_computed_as_the_families_and_the_shares_do(case: Case, k: int, seed: int, prior: float) -> None:
    """Tables, M-step and coordinates of all parts in one call, against those of each part in numpy."""
    profiles = Profiles.from_table(case.table, weights=case.weights, menus=case.menus)
    mixture = Mixture.of(profiles.schema, k, prior)
    params, slow = draw("mixed", mixture, profiles, seed, range(3)), Coordinates.of(mixture)
    assert mixture.simplices is not None
    families = list(zip(mixture.families, mixture._codes, params.columns()[1:], strict=True))
    for family, rows, theta in families:
        assert mixture.table(params)[rows] == pytest.approx(family.table(theta), abs=1e-14)
    stats = mixture.estep(params, profiles)
    each = zip(mixture.parts, params.columns(), mixture.statistics(stats), strict=True)
    em = params.from_columns(part.mstep(theta, own) for part, theta, own in each)
    look = simplices.seen(params.rows(), stats.totals, stats.counts, mixture.simplices)
    there, found = slow.look(params, stats), params.from_rows(look.em)
    assert found.vector() == pytest.approx(em.vector(), abs=1e-7)  # a choice M-step stops within this
    assert look.towards == pytest.approx(slow.point(found), abs=1e-15)
    assert look.point == pytest.approx(there.point, abs=1e-15)
    assert look.n == pytest.approx(there.n, rel=1e-14)
    assert look.ascent == pytest.approx(there.ascent, rel=1e-9, abs=1e-13)
    assert look.metric == pytest.approx(there.metric, rel=1e-12)
    assert look.point / 2 == pytest.approx(slow.size(params, look.point, look.metric))


@given(case=cases(weights="any", rows=30), k=st.integers(1, 4), seed=seeds)
def test_compiled_starts_go_the_way_of_em_in_numpy(case: Case, k: int, seed: int) -> None:
    profiles = Profiles.from_table(case.table, weights=case.weights, menus=case.menus)
    mixture = Mixture.of(profiles.schema, k)
    start, placed = draw("mixed", mixture, profiles, seed, range(3)), mixture.place(profiles)
    rule = StoppingRule(steps=8)
    fast, slow = (run_em(mixture, Serial(), placed, start, rule, by) for by in (Compiled(False), PlainEM(mixture)))
    exact = not case.menus  # the compiled M-step of choices ends a Newton step earlier
    for one, two in zip(fast.trace, slow.trace, strict=True):
        assert one == pytest.approx(two, rel=1e-9 if exact else 1e-7)
    assert fast.change == pytest.approx(slow.change, abs=1e-6)
    assert fast.params.vector() == pytest.approx(slow.params.vector(), abs=1e-6)


@pytest.mark.parametrize("form", ["full", "tied", "diag", "spherical"])
def test_the_slope_of_normal_blocks_is_the_derivative_and_frames_turn_back(form: str) -> None:
    profiles = blobs(1, 200, form, holes=0.1)
    mixture = Mixture.of(profiles.schema, 3)
    start = draw("mixed", mixture, profiles, 1, range(2))
    params = mixture.mstep(start, mixture.estep(start, profiles))
    y = Coordinates.of(mixture).point(params)
    assert Coordinates.of(mixture).at(y, params).vector() == pytest.approx(params.vector(), abs=1e-13)
    slope, _ = Coordinates.of(mixture).gradient(params, mixture.estep(params, profiles))
    rng = np.random.default_rng(0)
    for _ in range(20):
        way = rng.normal(size=y.shape)
        if form == "tied":  # its covariance moves in all types alike
            parts = params.like(way)
            tail = parts.families[0][3:]
            tail[:] = tail.mean(axis=2, keepdims=True)
            way = parts.vector()
        there = [Coordinates.of(mixture).at(y + sign * 1e-6 * way, params) for sign in (1, -1)]
        ahead, behind = (mixture.estep(at, profiles).loglik for at in there)
        assert (ahead - behind) / 2e-6 == pytest.approx((slope * way).sum(axis=1), rel=1e-5, abs=1e-3)
        turned = Coordinates.of(mixture).turn(params, y, way, False)
        assert (turned**2).sum(axis=1) == pytest.approx((way**2).sum(axis=1))  # frames are rotations
        assert Coordinates.of(mixture).turn(params, y, turned, True) == pytest.approx(way)


def test_the_first_guess_of_a_normal_block_is_its_information() -> None:
    """One type: the complete data are the data, and the second derivatives at the optimum are the information."""
    profiles = blobs(3, 400, "full")
    mixture = Mixture.of(profiles.schema, 1)
    params = fit(profiles, 1).params
    y = Coordinates.of(mixture).point(params)
    metric = Coordinates.of(mixture).gradient(params, mixture.estep(params, profiles))[1]
    for way in np.eye(y.shape[1])[1:]:
        there = Coordinates.of(mixture).turn(params, y, way[None], False)
        points = [Coordinates.of(mixture).at(y + e * way, params) for e in (-1e-3, 0, 1e-3)]
        values = [mixture.estep(at, profiles).loglik for at in points]
        curve = -(values[0] - 2 * values[1] + values[2]) / 1e-6
        assert curve == pytest.approx((there**2 / metric).sum(axis=1), rel=1e-3)


@pytest.mark.parametrize("form", ["full", "tied", "diag", "spherical"])
def test_normal_mixtures_need_a_part_of_the_iterations_and_never_fall(form: str) -> None:
    profiles = blobs(2, 600, form, apart=1.0)
    mixture = Mixture.of(profiles.schema, 3)
    start = draw("mixed", mixture, profiles, 0, range(6))
    slow, fast = (
        run_em(mixture, Serial(), mixture.place(profiles), start, StoppingRule(steps=3000), stepper(name, mixture))
        for name in ("none", "auto")
    )
    assert fast.status == ["converged"] * 6
    assert (fast.gradient <= 1e-8).all()
    assert 2 * fast.iterations.sum() <= slow.iterations.sum()
    assert fast.value.max() >= slow.value.max() - 1e-5
    for trace in fast.trace:
        assert (np.diff(trace) >= -1e-9).all()


def test_a_covariance_at_its_floor_is_a_flat_end() -> None:
    rng = np.random.default_rng(4)
    x = np.column_stack([rng.normal(size=(300, 2)) + 5 * (np.arange(300) % 2)[:, None], np.zeros(300)])
    x[:, 2] = x[:, 0] - x[:, 1]
    for floor, gradient in ((1e-6, 1e-8), (1e-10, 1e-6)):  # the gradient is a rounding error over a root of the floor
        kinds = {"g": Gaussian(list("abc"), floor=floor)}
        found = fit(Profiles.from_table(pd.DataFrame(x, columns=list("abc")), kinds=kinds), 2, starts=4)
        assert found.status == "converged"
        assert "singular" in found.flags
        assert found.gradient is not None
        assert found.gradient <= gradient


def test_a_family_without_a_chart_is_refused_by_name_and_fitted_by_em() -> None:
    """With a ridge the M-step of a normal block maximises nothing: there is no slope to follow."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"x": rng.normal(size=80) + 4 * (np.arange(80) % 2)})
    profiles = Profiles.from_table(table, items=["x"], kinds={"x": Gaussian(columns=["x"], ridge=1e-6)})
    message = (
        'The quasi-Newton step is not available for Gaussian: the family has no chart. Fit with accelerate="auto" or '
        '"none".'
    )
    with pytest.raises(UnsupportedError, match=f"^{re.escape(message)}$"):
        fit(profiles, 2, accelerate="quasi-newton")
    found = fit(profiles, 2, seed=1, starts=5)
    assert found.status == "converged"
    assert found.gradient is None


def test_the_matrix_begins_as_what_the_pairs_say_and_follows_bfgs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quadratic: the matrix is that of textbook BFGS after every pair, and its direction that of the recursion."""
    monkeypatch.setattr(curvature, "MEMORY", 5)
    monkeypatch.setattr(curvature, "INITIAL", 5)
    rng = np.random.default_rng(4)
    root = rng.normal(size=(6, 6))
    steep, metric = root @ root.T + np.eye(6), rng.uniform(0.5, 2.0, 6)
    learned = Curvature(2, 6)
    point, inverse = np.zeros((2, 6)), np.diag(metric)
    for number in range(12):
        step = rng.normal(size=6)
        fall, gradient = steep @ step, rng.normal(size=6)
        both = np.array([step, np.zeros(6)]), np.array([fall, np.zeros(6)])
        learned.remember(np.array([True, False]), point, *both, np.tile(metric, (2, 1)))
        rho = 1 / (step @ fall)
        left = np.eye(6) - rho * np.outer(step, fall)
        inverse = left @ inverse @ left.T + rho * np.outer(step, step)
        assert learned.place.tolist() == [0 if number >= 4 else -1, -1]
        direction, rate = learned.direction(point, np.tile(gradient, (2, 1)), np.tile(metric, (2, 1)))
        assert direction[0] == pytest.approx(inverse @ gradient, rel=1e-9, abs=1e-12)
        assert direction[1] == pytest.approx(metric * gradient)
        assert rate == pytest.approx((direction * gradient).sum(axis=1))
    learned.keep(np.array([0]))
    assert learned.direction(point[:1], gradient[None], metric[None])[0][0] == pytest.approx(inverse @ gradient)


@given(case=cases(weights="any", rows=30), k=st.integers(1, 4), seed=seeds)
def test_parameters_and_tangents_in_compiled_code(case: Case, k: int, seed: int) -> None:
    """Points lead to the parameters of the charts; a tangent has lost what only changes the length of coordinates."""
    profiles = Profiles.from_table(case.table, weights=case.weights, menus=case.menus)
    mixture, rng = Mixture.of(profiles.schema, k), np.random.default_rng(seed)
    params, charts = draw("mixed", mixture, profiles, seed, range(3)), Coordinates.of(mixture)
    assert mixture.simplices is not None
    point = charts.point(params)
    way = rng.normal(size=point.shape)
    moved, along, found = point + 0.1 * way, way.copy(), np.zeros(params.rows().shape)
    for s in range(3):
        simplices.parameters_one.py_func(s, moved, mixture.simplices.first, found)
        simplices.tangent_one.py_func(s, point, along, mixture.simplices.first, k)
    assert params.from_rows(found).vector() == pytest.approx(charts.at(moved, params).vector(), abs=1e-14)
    assert charts.at(point + (way - along) / 2, params).vector() == pytest.approx(params.vector(), abs=1e-12)
    there, straight = (charts.at(point + 1e-7 * v, params).vector() for v in (way, along))
    assert there == pytest.approx(straight, abs=1e-12)


@pytest.mark.parametrize("accelerate", ["auto", "none"])
def test_many_iterations_of_one_call_are_those_one_by_one(accelerate: str) -> None:
    """A small shard on the serial engine, and on another, which is asked in every iteration; all memory is enlarged."""
    rng = np.random.default_rng(8)
    menus = [({0, 1, 2}, {0, 2})[m] for m in rng.choice(2, 60)]
    table = {name: rng.integers(3, size=60) for name in "abcd"} | {"m": [int(rng.choice(sorted(m))) for m in menus]}
    profiles = Profiles.from_table(table, menus={"m": menus})
    mixture = Mixture.of(profiles.schema, 8)
    start, placed = draw("mixed", mixture, profiles, 1, range(6)), mixture.place(profiles)
    rule, by = StoppingRule(gain=1e-14, change=1e-12, steps=700), stepper(accelerate, mixture)
    one, two = (run_em(mixture, engine, placed, start, rule, by) for engine in (Serial(), Threads(1)))
    assert max(one.iterations) > 200
    assert one.iterations.tolist() == two.iterations.tolist()
    assert one.trace == two.trace
    assert one.status == two.status
    np.testing.assert_array_equal(one.params.vector(), two.params.vector())
    np.testing.assert_array_equal(one.gradient, two.gradient)
