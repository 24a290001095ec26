"""Ends that the stopping rule does not see: fixed points, rounding, saddles; and ordinary slow starts, which go on."""

from __future__ import annotations

import numpy as np
import pytest

from blocs.em.traces import Traces
from blocs.kernels.changes import changes
from blocs.kernels.stopping import AFTER, FIXED, LONG, nothing_left


def params(*values: float) -> np.ndarray:
    """As many starts as values, of one type with one parameter."""
    return np.array(values)[None, :, None]


def test_changes_are_the_largest_and_shares_of_the_old_value_or_of_1() -> None:
    old = np.array([[[0.1, 0.2], [3.0, -40.0]], [[0.5, 0.5], [0.0, 1.0]]])  # two rows, starts and types
    new = old + np.array([[[0.0, 1e-4], [2e-3, 0.0]], [[-1e-3, 0.0], [0.0, 0.0]]])
    every = np.ones((2, 2), dtype=bool)
    change, fixed = changes(new, old, 1.1e-3, every)
    assert change == pytest.approx([1e-3, 2e-3])
    assert fixed.tolist() == [True, True]
    assert changes(new, old, 6e-4, every)[1].tolist() == [False, False]
    present = np.array([[True, True], [False, True]])  # the second start has nobody in its first type
    assert changes(new, old, 1.1e-3, present)[0] == pytest.approx([1e-3, 0.0])
    new[0, 0, 0] = np.nan
    assert np.isnan(changes(new, old, 1.1e-3, every)[0]).tolist() == [True, False]
    assert changes(new, old, 1.1e-3, every)[1].tolist() == [False, True]


def traces_of(lists: list[list[float]]) -> Traces:
    out = Traces(len(lists))
    for start, values in enumerate(lists):
        for value in values:
            out.add(np.array([start]), np.array([value]))
    return out


def ends(moves: float, trace: list[float], change: float = 1e-4, gain: float = 1e-6) -> bool:
    _, fixed = changes(params(2.0 + moves), params(2.0), FIXED, np.ones((1, 1), dtype=bool))
    traces = traces_of([trace])
    which, moved = np.array([0]), np.array([abs(moves)])
    return bool(nothing_left(fixed, moved, traces.values, traces.count, which, change, gain)[0])


def rising(start: float, rate: float, left: float, n: int) -> list[float]:
    """Values of EM that closes a share 1 - rate of its distance an iteration, `left` before its end at last."""
    return [start - left * rate ** (i - n + 1) for i in range(n)]


def test_a_fixed_point_of_em_is_an_end_for_any_trace() -> None:
    assert ends(1e-13, rising(-100, 0.5, 1.0, AFTER))
    assert not ends(1e-13, rising(-100, 0.5, 1.0, AFTER - 1))
    assert not ends(1e-11, rising(-100, 0.5, 1.0, AFTER))


def test_a_fall_is_an_end_where_the_parameters_stand_still() -> None:
    trace = [*rising(-100, 0.5, 1e-3, AFTER), -100 - 2e-3]
    assert ends(1e-8, trace)
    assert not ends(1e-6, trace)  # a step that moves the parameters may still find its way
    assert not ends(1e-8, [*trace[:-1], trace[-2] - 1e-13])  # rounding of the sums
    assert not ends(1e-8, trace, change=np.inf)


@pytest.mark.parametrize("rate", [0.9, 0.99, 0.999, 0.9999])
def test_slow_em_goes_on_until_less_than_the_rule_is_left(rate: float) -> None:
    assert not ends(1e-5, rising(-100, rate, 1e-5, LONG + 50))
    assert ends(1e-5, rising(-100, rate, 1e-11, LONG + 50)) == (rate > 0.95)  # else it has just risen by more


def test_a_saddle_is_left_behind() -> None:
    assert ends(1e-7, [-3003.7 + 1e-11 * i for i in range(LONG)])
    assert not ends(1e-7, [-3003.7 + 1e-11 * i for i in range(LONG - 1)])
    assert not ends(1e-2, [-3003.7 + 1e-11 * i for i in range(LONG)])


def test_each_start_is_judged_by_its_own() -> None:
    ended, early = rising(-100, 0.5, 1.0, AFTER), rising(-100, 0.5, 1.0, AFTER - 1)
    traces, change = traces_of([[], ended, rising(-50, 0.5, 1.0, AFTER), early]), np.array([0.0, 1.0, 0.0])
    _, fixed = changes(params(2.0, 3.0, 2.0), params(2.0, 2.0, 2.0), FIXED, np.ones((3, 1), dtype=bool))
    found = nothing_left(fixed, change, traces.values, traces.count, np.array([1, 2, 3]), 1e-4, 1e-6)
    assert found.tolist() == [True, False, False]


def test_traces_are_the_lists() -> None:
    lists = [[1.0], [], [float(i) for i in range(100)]]
    traces = traces_of(lists)
    assert traces.lists() == lists
