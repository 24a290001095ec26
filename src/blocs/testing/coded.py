"""Laws of families of codes: probabilities sum to 1, the M-step rises, the truth is a fixed point and is found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..model.mixture import Params, Stats
from ..profiles import Profiles
from .laws import types_are_computed_alone
from .trials import CodedTrial

__all__ = ["before", "number_of_parameters", "recovery", "trial", "truth_is_recovered"]

Floats = NDArray[np.float64]
trial = CodedTrial


def before(trial: CodedTrial, complete: bool) -> None:
    """Assert the laws of probabilities, M-steps and statistics."""
    _tables_are_probabilities(trial, complete)
    types_are_computed_alone(trial)
    _mstep_never_lowers_q(trial)
    _statistics_add(trial)
    _held_probabilities_stay(trial)


def number_of_parameters(trial: CodedTrial, complete: bool) -> None:
    """Assert that the truth is a fixed point and that the free parameters are the rank."""
    if complete:
        _truth_is_a_fixed_point(trial)
        _free_parameters_are_the_rank(trial)


def truth_is_recovered(trial: CodedTrial, complete: bool, seed: int) -> None:
    """Assert that EM finds two types, where there are items enough to tell them apart."""
    if complete and len(trial.family.items) >= 3:
        recovery(CodedTrial(trial.family, np.random.default_rng(seed)), 6_000, 0.1)


def recovery(trial: CodedTrial, rows: int, error: float) -> None:
    """Assert that EM finds two types in rows drawn from them, from starts that are not the truth."""
    family, mixture = trial.family, trial.mixture(2)
    truth = _far_apart(trial)
    shares = np.array([0.6, 0.4])
    profiles = _draw(trial, truth, shares, rows)
    starts = Params.stack([mixture.random(profiles, trial.rng) for _ in range(6)])
    params = starts
    for _ in range(400):
        params = mixture.mstep(params, mixture.estep(params, profiles))
    best = int(np.argmax(mixture.estep(params, profiles).loglik))
    expected = family.table(truth)

    def distance(of: Params) -> float:
        table = family.table(of.families[0][:, best])
        return float(min(np.abs(table - expected[:, order]).max() for order in ([0, 1], [1, 0])))

    before, after = distance(starts), distance(params)
    assert before > 1.5 * error, f"truth recovered: the start is already the truth (distance {before:.3g})"
    assert after <= error, f"truth recovered: EM ended {after:.3g} from the truth, started {before:.3g} from it"


def _tables_are_probabilities(trial: CodedTrial, complete: bool) -> None:
    for theta in (trial.theta(), trial.family.flat(trial.width)):
        table = trial.family.table(theta)
        assert (table >= 0).all() and np.isfinite(table).all(), "probabilities are finite and not negative"
        for j, codes in trial.menus() if complete else []:
            total = table[codes].sum(axis=0)
            name = trial.family.items[j].name
            assert np.allclose(total, 1.0, rtol=0, atol=1e-9), f"a menu's probabilities sum to 1: {name!r} has {total}"


def _mstep_never_lowers_q(trial: CodedTrial) -> None:
    for zeros in (0.0, 0.5, 0.9):
        for _ in range(10):
            theta = trial.family.start(trial.counts(1), trial.rng, trial.width)
            counts = trial.counts(zeros=zeros)
            after = trial.family.mstep(theta, counts)
            assert np.isfinite(after).all(), "the M-step gives finite parameters: it did not"
            low, high = _q(trial, theta, counts), _q(trial, after, counts)
            fall = float((low - high).max())
            assert (high >= low - 1e-9 * (1 + np.abs(low))).all(), f"the M-step never lowers Q: it fell by {fall:.3g}"


def _q(trial: CodedTrial, theta: Floats, counts: Floats) -> Floats:
    """Return (W,) expected log-likelihood, with the log prior."""
    table = trial.family.table(theta)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(counts > 0, counts * np.log(table), 0.0)
    return np.asarray(terms.sum(axis=0) + trial.family.log_prior(theta))


def _held_probabilities_stay(trial: CodedTrial) -> None:
    """A family that can hold a probability keeps it in its M-step, which never lowers Q, and in its coordinates."""
    family, theta, counts = trial.family, trial.theta(), trial.counts()
    outcomes = {item.name: len(item.outcomes) for item in family.items}
    at = [i for i, row in enumerate(family.describe(theta)) if row.outcome is not None and outcomes[row.item] > 1]
    try:
        row = family.describe(theta)[at[0]] if at else None
        held = None if row is None or row.outcome is None else family.holding(row.item, row.outcome, 1, 0.2)
    except UnsupportedError:
        return
    charted = None if held is None else held.charted
    if held is None or charted is None:
        return
    start = charted.unchart(charted.chart(theta))
    after = held.mstep(start, counts)
    for name, mu in (("coordinates", start), ("the M-step", after)):
        value = float(family.describe(mu)[at[0]].value[1])
        assert abs(value - 0.2) < 1e-12, f"a probability that is held stays where it is: {name} moved it to {value:.6g}"
    low, high = _q(trial, start, counts), _q(trial, after, counts)
    assert (high >= low - 1e-9 * (1 + np.abs(low))).all(), "the M-step with a probability held never lowers Q: it does"


def _statistics_add(trial: CodedTrial) -> None:
    counts = trial.rng.integers(1, 4, 60).astype(np.float64)
    mixture, profiles = trial.mixture(2), trial.joined(trial.part(60).codes, counts)
    params = Params.of(np.array([[0.3, 0.7]]), (trial.theta(2)[:, None, :],))
    whole = mixture.estep(params, profiles)
    parts = [mixture.estep(params, shard) for shard in profiles.shards(3)]
    _same(whole, parts[0] + parts[1] + parts[2], "statistics add over parts")
    thrice = Profiles(profiles.schema, profiles.codes, 3 * profiles.counts, 3 * profiles.counts)
    copies = Profiles(
        profiles.schema, np.tile(profiles.codes, (3, 1)), np.tile(profiles.counts, 3), np.tile(profiles.counts, 3)
    )
    _same(mixture.estep(params, thrice), mixture.estep(params, copies), "weight 3 is three copies")
    if not trial.family.log_prior(trial.theta(2)).any():
        once, often = (mixture.mstep(params, mixture.estep(params, data)).vector() for data in (profiles, thrice))
        assert np.allclose(once, often, rtol=1e-7, atol=1e-9), "weight 3 for all rows moves no estimate: it does"


def _truth_is_a_fixed_point(trial: CodedTrial) -> None:
    theta = trial.theta()
    counts = _expected(trial, theta, 50.0)
    if trial.family.log_prior(theta).any():
        return  # a prior pulls away from the truth, rightly
    for start in (theta, trial.theta()):
        step = start
        for _ in range(20):
            step = trial.family.mstep(step, counts)
        gap = float(np.abs(trial.family.table(step) - trial.family.table(theta)).max())
        assert gap < 1e-6, f"the M-step on a type's own expected counts gives the type: it is {gap:.3g} off"


def _free_parameters_are_the_rank(trial: CodedTrial) -> None:
    """Move the counts in every direction; the tables that M-steps answer with span as many dimensions as are free."""
    family, theta, eps = trial.family, trial.theta(1), 1e-3
    free = len(family.index(1))
    counts = _expected(trial, theta, 100.0)
    directions = trial.rng.normal(size=(free + 5, trial.size))

    def answer(moved: Floats) -> Floats:
        step = theta
        for _ in range(5):
            step = family.mstep(step, moved)
        return family.table(step)[:, 0]

    ups = [answer(counts * (1 + eps * d[:, None])) for d in directions]
    downs = [answer(counts * (1 - eps * d[:, None])) for d in directions]
    values = np.linalg.svd((np.array(ups) - np.array(downs)) / (2 * eps), compute_uv=False)
    rank = int((values > 1e-4 * values[0]).sum()) if values[0] > 1e-9 else 0
    assert rank == free, f"free parameters are the rank: {free} are stated, the tables span {rank}"


def _expected(trial: CodedTrial, theta: Floats, answers: float) -> Floats:
    """Expected counts of a type's own answers: so many from every menu."""
    counts = np.zeros((trial.size, theta.shape[1]))
    table = trial.family.table(theta)
    for _, codes in trial.menus():
        counts[codes] = answers * table[codes]
    return counts


def _far_apart(trial: CodedTrial) -> Floats:
    """Of thirty pairs of types the one that differs most at its most alike item."""
    rows = [slice(int(a) + 1, int(b)) for a, b in zip(trial.schema.offsets[:-1], trial.schema.offsets[1:], strict=True)]

    def difference(theta: Floats) -> float:
        gap = np.abs(np.diff(trial.family.table(theta), axis=1))[:, 0]
        return float(np.sort([gap[r].max(initial=0.0) for r in rows])[len(rows) // 2])

    draws = [trial.family.start(trial.counts(1), trial.rng, 2) for _ in range(30)]
    return max(draws, key=difference)


def _draw(trial: CodedTrial, theta: Floats, shares: Floats, rows: int) -> Profiles:
    """Rows drawn from two types; every row gets one of each item's menus at random."""
    table = trial.family.table(theta)
    kind = (trial.rng.random(rows) >= shares[0]).astype(int)
    codes = np.zeros((rows, len(trial.family.items)), dtype=np.int64)
    for j in range(codes.shape[1]):
        menus = [np.array(codes_of) for item, codes_of in trial.menus() if item == j]
        had = trial.rng.integers(0, max(1, len(menus)), rows)
        for m, menu in enumerate(menus):
            for k in (0, 1):
                rows_of_both = np.flatnonzero((had == m) & (kind == k))
                p = table[menu, k] / table[menu, k].sum()
                codes[rows_of_both, j] = trial.rng.choice(menu, len(rows_of_both), p=p) - trial.schema.offsets[j]
    return trial.joined(codes, np.ones(rows))


def _same(a: Stats, b: Stats, law: str) -> None:
    for name in ("loglik", "totals", "counts"):
        assert np.allclose(getattr(a, name), getattr(b, name), rtol=1e-10, atol=1e-10), f"{law}: {name} differs"
