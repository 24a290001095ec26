"""Laws of every family, whether its items have codes or measurements. Each raises AssertionError naming the law."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..families import Family
from .trials import Trial, log_rows

__all__ = ["AFTER", "BEFORE", "draws_are_rows", "types_are_computed_alone"]

Floats = NDArray[np.float64]
KINDS = {"lower", "upper", "floor", "singular"}


def starts_are_valid(trial: Trial) -> None:
    """Starts and flat parameters have one column a type, and are finite and possible."""
    flat = trial.family.flat(trial.width)
    for seed in (1, 1, 2):
        start = trial.start(np.random.default_rng(seed))
        wanted = (len(flat), trial.width)
        assert start.shape == wanted, f"starts are valid: shape {start.shape}, not {wanted}"
        assert np.isfinite(start).all(), "starts are valid: a parameter is not finite"
        possible = (trial.family.table(start) > 0).all()
        assert possible, "starts are valid: a code that occurs has probability 0"
    assert flat.shape[1] == trial.width, f"flat parameters are parameters: shape {flat.shape}"


def columns_are_types(trial: Trial) -> None:
    """Permuting columns permutes everything."""
    family, theta, part = trial.family, trial.theta(), trial.part()
    order, stats = trial.rng.permutation(trial.width), trial.statistics(theta)
    logs, moved = log_rows(family, theta, part), log_rows(family, theta[:, order], part)
    assert np.allclose(moved, logs[:, order], rtol=1e-9, atol=1e-9), "permuting types permutes the table: it does not"
    step, moved = family.mstep(theta, stats), family.mstep(theta[:, order], stats[:, order])
    assert np.allclose(moved, step[:, order], 1e-8, 1e-10), "permuting types permutes the M-step: it does not"


def types_are_computed_alone(trial: Trial) -> None:
    """Company matters only where types share parameters."""
    family, theta = trial.family, trial.theta()
    stats, index = trial.statistics(theta), family.index(trial.width)
    if len(np.unique(index)) < index.size:
        return
    alone = family.with_types(1).mstep(theta[:, :1].copy(), stats[:, :1].copy())
    step = family.mstep(theta, stats)[:, :1]
    assert np.allclose(alone, step, 1e-8, 1e-10), "a type is computed alone: company changes its M-step"


def mstep_changes_no_argument(trial: Trial) -> None:
    """The M-step returns new arrays of finite numbers."""
    theta = trial.theta()
    stats = trial.statistics(theta)
    kept = theta.copy(), stats.copy()
    after = trial.family.mstep(theta, stats)
    assert np.array_equal(theta, kept[0]), "the M-step leaves its arguments alone: it changed the parameters"
    assert np.array_equal(stats, kept[1]), "the M-step leaves its arguments alone: it changed the statistics"
    assert np.isfinite(after).all(), "the M-step gives finite parameters: it did not"


def tables_and_logs_agree(trial: Trial) -> None:
    """There is one row a code, MISSING is certain, and the logarithms are those of the probabilities."""
    theta = trial.theta()
    table, logs = trial.family.table(theta), trial.family.log_table(theta)
    wanted = (trial.size, trial.width)
    assert table.shape == wanted, f"one row a code: the table has shape {table.shape}, not {wanted}"
    missing = table[trial.schema.offsets[:-1]]
    assert (missing == 1.0).all(), "a missing item has probability 1: it has another"
    gap = float(np.abs(np.exp(logs) - table).max())
    assert gap <= 1e-12, f"log_table is the logarithm of the table: it is {gap:.3g} off"
    measured = any(item.measured for item in trial.family.items)
    assert (trial.family.density(theta, 0) is not None) == measured, "measurements have a density, codes have none"


def parameters_survive_json(trial: Trial) -> None:
    """What is saved is what was fitted; bound to its own items a family is the same."""
    theta, part = trial.theta(), trial.part()
    back = np.array(json.loads(json.dumps(theta.tolist(), allow_nan=False)))
    logs = log_rows(trial.family, theta, part)
    same = np.array_equal(log_rows(trial.family, back, part), logs)
    assert same, "parameters survive JSON: the table differs"
    bound = trial.family.bind(trial.family.items)
    same = np.array_equal(log_rows(bound, theta, part), logs)
    assert same, "bound to its own items a family is the same: it differs"
    carried = trial.family.carry(theta, bound)
    assert np.allclose(carried, theta, rtol=1e-9, atol=1e-9), "carried to its own units parameters stay: they do not"


def words_are_of_the_items(trial: Trial) -> None:
    """Descriptions name items of the family and have one number a type; parameters within their range have no fault."""
    family, theta = trial.family, trial.theta()
    names = {item.name for item in family.items}
    for law, rows in (("describe", family.describe(theta)),
                      ("describe_statistics", family.describe_statistics(theta, trial.statistics(theta)))):  # fmt: skip
        others = {row.item for row in rows} - names
        assert not others, f"{law} names its items: {others} are not among them"
        for row in rows:
            shape = np.shape(row.value)
            assert shape == (trial.width,), f"{law} has one number a type: item {row.item!r} has shape {shape}"
            named = row.outcome is not None or row.parameter is not None
            assert named, f"{law} has a name for each row: item {row.item!r} has one without"
    faults = family.faults(theta)
    assert not faults, f"parameters of an M-step have no faults: {faults[0]}" if faults else ""
    for edge in family.edges(theta):
        inside = 0 <= edge.row < len(theta) and 0 <= edge.column < trial.width and edge.kind in KINDS
        assert inside, f"edges are parameters: {edge} is none"


def features_are_rows(trial: Trial) -> None:
    """Starts compare rows by codes and points: finite, one row each."""
    part = trial.part()
    codes, points = trial.family.features(part, np.ones(len(part.codes)))
    assert len(codes) == len(points) == len(part.codes), "features have one row a row of the data: they have not"
    assert np.isfinite(points).all(), "features are finite: a point is not"


def free_parameters_lead_back(trial: Trial) -> None:
    """from_free is the inverse of to_free, and the index numbers the free parameters without gaps."""
    family, theta, part = trial.family, trial.theta(), trial.part()
    free, index = family.to_free(theta), family.index(trial.width)
    assert free.shape == index.shape, f"a place for each free parameter: index {index.shape}, to_free {free.shape}"
    named = family.free_parameters()
    assert len(named) == len(free), f"each free parameter has a name: {len(named)} names, {len(free)} parameters"
    items = {item.name for item in family.items}
    assert all(of.item in items and of.name for of in named), "free parameters are of the items: one is not"
    places = np.unique(index[index >= 0])
    assert np.array_equal(places, np.arange(len(places))), "places are numbered 0, 1, 2, ...: there are gaps"
    gap = np.abs(log_rows(family, family.from_free(free), part) - log_rows(family, theta, part)).max(initial=0.0)
    assert gap <= 1e-8, f"free parameters lead back: the probabilities are {gap:.3g} off"


def scores_are_derivatives(trial: Trial) -> None:
    """The score is the derivative of the log-probability by the free parameters."""
    family, theta, part = trial.family, trial.theta(), trial.part(40)
    scores, free = family.scores(theta, part), family.to_free(theta)
    wanted = (len(part.codes), *free.shape)
    assert scores.shape == wanted, f"scores have one row a row of the data: shape {scores.shape}, not {wanted}"
    for f in range(len(free)):
        numbers = _difference(family, free, f, lambda at: log_rows(family, at, part), 1e-5)
        gap = float((np.abs(scores[:, f] - numbers) / (1 + np.abs(numbers))).max())
        assert gap <= 1e-5, f"the score is the derivative of the log-probability: free parameter {f} is {gap:.3g} off"


def information_is_curvature(trial: Trial) -> None:
    """The information is minus the derivative of the weighted scores."""
    family, theta, part = trial.family, trial.theta(), trial.part(40)
    zeta = trial.rng.gamma(1.0, 1.0, (len(part.codes), trial.width))
    information, free = family.information(theta, part, zeta), family.to_free(theta)
    wanted = (len(free), *free.shape)
    assert information.shape == wanted, f"information of every pair: shape {information.shape}, not {wanted}"
    size = 1 + np.abs(information).max(initial=0.0)

    def total(at: Floats) -> Floats:
        return np.asarray(np.einsum("nfw,nw->fw", family.scores(at, part), zeta))

    for f in range(len(free)):
        gap = float(np.abs(information[:, f] + _difference(family, free, f, total, 1e-4)).max() / size)
        assert gap <= 1e-4, f"the information is the derivative of the score: free parameter {f} is {gap:.3g} off"


def slopes_are_derivatives(trial: Trial) -> None:
    """Coordinates of quasi-Newton steps lead back, and a frame's turn and back is no turn."""
    family, theta = trial.family, trial.theta()
    charted = family.charted
    if charted is None:
        return
    y = charted.chart(theta)
    assert y.shape == theta.shape, f"a coordinate for each parameter: {y.shape}, not {theta.shape}"
    assert np.allclose(charted.unchart(y), theta, rtol=1e-8, atol=1e-8), "coordinates lead back: they do not"
    v = trial.rng.normal(size=y.shape)
    there = charted.turn(y, charted.turn(y, v, False), True)
    assert np.allclose(there, v, rtol=1e-8, atol=1e-8), "a direction turned and turned back is the same: it is not"
    slope, curve = charted.slope(theta, trial.statistics(theta))
    assert slope.shape == curve.shape == theta.shape, "a slope and a curvature for each parameter: shapes differ"
    assert (curve >= 0).all(), "the complete-data curvature is not negative: it is"


def draws_are_rows(trial: Trial, complete: bool) -> None:
    """Drawn rows keep menus and missing cells; scores of rows drawn from a type have mean 0."""
    family, theta, part = trial.family, trial.theta(), trial.part(3_000)
    types = trial.rng.integers(trial.width, size=len(part.codes))
    bound, drawn = family.draw(theta, part, types, trial.rng)
    alike = (np.array_equal(drawn.codes == 0, part.codes == 0)
            and np.array_equal(np.isnan(drawn.values), np.isnan(part.values)))  # fmt: skip
    assert alike, "a drawn row misses what its row misses: it does not"
    for j, item in enumerate(bound.items):
        codes = drawn.codes[:, j]
        assert (codes < item.size).all(), f"drawn codes are codes: those of {item.name!r} are not"
        if bound is family:
            menu = np.array([-1, *(m for m, _ in item.codes)])
            same = np.array_equal(menu[codes.astype(np.int64)], menu[part.codes[:, j].astype(np.int64)])
            assert same, f"a drawn row has the menu of its row: that of {item.name!r} has another"
    if not complete:
        return
    scores = bound.scores(theta, drawn)[np.arange(len(types)), :, types]
    spread = scores.std(axis=0) / np.sqrt(len(scores))
    far = float((np.abs(scores.mean(axis=0)) / np.where(spread > 1e-12, spread, np.inf)).max(initial=0.0))
    assert far <= 5, f"rows are drawn from the distribution: the mean score is {far:.1f} standard errors from 0"


def _difference(family: Family, free: Floats, f: int, function: Callable[[Any], Any], step: float) -> Floats:
    """Return the central difference of a function of the parameters, (..., W), along one free parameter."""
    move = np.zeros_like(free)
    move[f] = step * np.maximum(np.abs(free[f]), 1.0)
    up, down = (function(family.from_free(free + sign * move)) for sign in (1, -1))
    return np.asarray((up - down) / (2 * move[f]))


BEFORE = (
    starts_are_valid, tables_and_logs_agree, columns_are_types, mstep_changes_no_argument, parameters_survive_json,
    words_are_of_the_items, features_are_rows,
)  # fmt: skip
AFTER = (
    types_are_computed_alone, free_parameters_lead_back, scores_are_derivatives, information_is_curvature,
    slopes_are_derivatives,
)  # fmt: skip
"""Laws that stand before and after those of the number of free parameters."""
