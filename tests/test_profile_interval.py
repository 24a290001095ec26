"""Profile intervals: bisection, a naive search, the boundary, refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import blocs
from errors_support import FINE, Floats, Problem, with_boundaries


def test_a_profile_interval_of_one_type_is_that_of_a_proportion() -> None:
    """2 n (h log(h/p) + (1 - h) log((1 - h)/(1 - p))) = 3.8415, solved by bisection."""
    n, h = 100, 0.03

    def ratio(p: float) -> float:
        return 2 * n * (h * math.log(h / p) + (1 - h) * math.log((1 - h) / (1 - p)))

    def bisect(inside: float, outside: float) -> float:
        for _ in range(200):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if ratio(middle) < 3.841458820694124 else (inside, middle)
        return inside

    profiles = blocs.Profiles.from_table({"a": ["x", "y"], "n": [97, 3]}, weights="n")
    fit = blocs.fit(profiles, 1)
    interval = blocs.profile_interval(fit, profiles, item="a", outcome="y", type=1)
    assert (interval.low, interval.high) == pytest.approx((bisect(h, 1e-9), bisect(h, 0.9)), rel=1e-4)
    other = blocs.profile_interval(fit, profiles, item="a", outcome="x", type=1)
    assert (1 - other.high, 1 - other.low) == pytest.approx((interval.low, interval.high), rel=1e-4)


def test_profile_intervals_end_where_a_naive_search_finds_them() -> None:
    """With menus and missing cells: at the ends the naive log-likelihood, at its maximum there, has fallen by 1.92."""
    from scipy.optimize import minimize

    problem = Problem()
    profiles = problem.profiles()
    fit = blocs.fit(profiles, 2, **FINE)
    at = problem.pack(fit)
    first = 1 + 2 + 1  # the log-odds of q2, type 1, against outcome 2
    interval = blocs.profile_interval(fit, profiles, item="q2", outcome=1, type=1)

    def highest(p: float) -> float:
        """Log-odds of outcome 1 follow from p and those of outcome 0."""

        def lost(free: Floats) -> float:
            v = np.insert(free, first + 1, math.log(p / (1 - p)) + math.log1p(math.exp(free[first])))
            return -float(problem.logs(v).sum())

        return -float(minimize(lost, np.delete(at, first + 1), method="BFGS", options={"gtol": 1e-4}).fun)

    for end in (interval.low, interval.high):
        assert 2 * (fit.loglik - highest(end)) == pytest.approx(3.8415, abs=2e-3)
    assert interval.low < interval.probability < interval.high


def test_profile_intervals_hold_on_the_boundary() -> None:
    profiles = with_boundaries()
    fit = blocs.fit(profiles, 2, **FINE)
    zero = blocs.profile_interval(fit, profiles, item="q5", outcome=2, type=2)
    one = blocs.profile_interval(fit, profiles, item="q6", outcome=1, type=2)
    n = fit.shares[2] * 500
    assert zero.low == 0 and one.high == 1
    assert zero.high == pytest.approx(1 - 0.05 ** (1 / n), rel=0.06)  # types are nearly known: the rule of three
    assert one.low == pytest.approx(0.05 ** (1 / n), rel=0.001)
    shorter = blocs.profile_interval(fit, profiles, item="q5", outcome=2, type=2, level=0.9, side="one")
    assert shorter.high == pytest.approx(1 - 0.1 ** (1 / n), rel=0.06)


@pytest.mark.parametrize("count", [0, 1, 4, 97, 100])
def test_a_bound_on_one_side(count: int) -> None:
    """Of one type: where the likelihood of x of 100 is exp(-2.7055 / 2) of its maximum, of 0 of 100 a twentieth."""
    n, h = 100, count / 100
    answers = ["x"] * (n - count) + ["y"] * count
    profiles = blocs.Profiles.from_table({"a": answers}, levels={"a": ["x", "y"]})
    found = blocs.profile_interval(blocs.fit(profiles, 1), profiles, item="a", outcome="y", type=1, side="one")
    bound = found.high if h < 0.5 else found.low
    assert (found.low if h < 0.5 else found.high) == (0.0 if h < 0.5 else 1.0)
    if count in (0, n):
        assert bound == pytest.approx(abs(h - (1 - 0.05 ** (1 / n))), rel=1e-3)
    else:
        lost = n * (h * math.log(h / bound) + (1 - h) * math.log((1 - h) / (1 - bound)))
        assert lost == pytest.approx(2.7055 / 2, rel=1e-3)
        assert (bound > h) == (h < 0.5)


@pytest.mark.parametrize("n", [100_000, 10_000_000])
@pytest.mark.parametrize("side", ["one", "both"])
def test_the_rule_of_three_whatever_the_number_of_observations(n: int, side: str) -> None:
    profiles = blocs.Profiles.from_table({"a": ["x"], "n": [n]}, weights="n", levels={"a": ["x", "y"]})
    found = blocs.profile_interval(blocs.fit(profiles, 1), profiles, item="a", outcome="y", type=1, side=side)
    assert n * found.high == pytest.approx(-math.log(0.05), rel=1e-3)


def test_what_has_no_profile_interval_is_refused_by_name() -> None:
    table = {"a": ["x", "y", "x"], "n": [1, 2, 2]}
    profiles = blocs.Profiles.from_table(table, items=["a"], kinds={"n": blocs.Poisson()})
    fit = blocs.fit(profiles, 1)

    def refusal(of: Any = fit, **arguments: Any) -> str:
        with pytest.raises(blocs.BlocsError) as caught:
            blocs.profile_interval(of, profiles, **{"item": "a", "outcome": "x", "type": 1, **arguments})
        return str(caught.value)

    assert refusal(item="b") == "item: there is no item 'b'. The items are 'a', 'n'."
    assert refusal(outcome="z", type=2) == (
        "2 faults:\n  - outcome: item 'a' has no outcome 'z'. Its outcomes are 'x', 'y'.\n"
        "  - type: there is no type 2. The fit has 1 type, numbered from 1."
    )
    assert refusal(item="n") == "A profile interval is for items of categories; item 'n' is poisson."
    assert refusal(side="lower") == (
        "side: there is no side of an interval 'lower'. The sides of an interval are 'both', 'one'."
    )
    assert refusal(level=95) == "level: it is 95. A confidence is between 0 and 1."
    assert refusal(level=0.5, side="one") == "level: it is 0.5. The confidence of a bound on one side is above 0.5."
    weighted = blocs.Profiles.from_table({**table, "w": [1.0, 2.0, 3.0]}, items=["a"], design_weights="w")
    with pytest.raises(blocs.UnsupportedError) as caught:
        blocs.profile_interval(blocs.fit(weighted, 1), weighted, item="a", outcome="x", type=1)
    assert str(caught.value) == (
        "A profile interval is not available with sampling weights, under which likelihood ratios have no chi-square "
        "distribution. Use blocs.standard_errors, whose robust errors hold."
    )
    assert refusal(of="fit") == "A profile interval is of one Fit, not of str."
