"""Laws that every family and every engine obeys, as plain assertions: run them on one of your own.

    from blocs.testing.checks import check_engine, check_family
    check_family(MyFamily(items))      # an outcome distribution (docs/extend.md)
    check_engine(MyEngine())           # a place where sums happen

Each raises AssertionError that begins with the name of the law. They need nothing but numpy.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Schema
from ..engines import Engine, Serial
from ..families import Gaussian
from ..membership import Shares
from ..model.mixture import Family, Mixture, Params, Stats
from ..profiles import Profiles
from ..profiles.rows import compact, unique_rows
from .measured import check_measured

__all__ = ["check_engine", "check_family", "check_recovery"]

Floats = NDArray[np.float64]
WIDTH = 4  # columns that the laws are tried on


def check_family(family: Family, *, complete: bool = True, seed: int = 0) -> None:
    """Assert the laws of an outcome distribution over its items.

    family: an instance with its items (for `check_recovery` three or more, so that two types can be told apart);
    complete: whether the codes of each menu are all the values that can occur, as for categories; without it the laws
    that need the whole sample space are left out. Raises AssertionError naming the law. A block of measurements has
    the same laws for densities.
    """
    if isinstance(family, Gaussian):
        check_measured(family, seed)
        return
    trial = _Trial(family, np.random.default_rng(seed))
    _starts_are_valid(trial)
    _tables_are_probabilities(trial, complete)
    _columns_are_types(trial)
    _mstep_never_lowers_q(trial)
    _statistics_add(trial)
    _parameters_survive_json(trial)
    _labels_are_told(trial)
    if complete:
        _truth_is_a_fixed_point(trial)
        _free_parameters_are_the_rank(trial)
        if len(family.items) >= 3:
            check_recovery(family, seed=seed)


def check_recovery(family: Family, *, rows: int = 6_000, error: float = 0.1, seed: int = 0) -> None:
    """Assert that EM finds two types in `rows` drawn from them, from starts that are not the truth.

    error: largest difference of a code's probability that sampling may leave.
    """
    trial = _Trial(family, np.random.default_rng(seed))
    mixture = _mixture(family, 2)
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
        table = family.table(of.blocks[0][:, best])
        return float(min(np.abs(table - expected[:, order]).max() for order in ([0, 1], [1, 0])))

    before, after = distance(starts), distance(params)
    assert before > 1.5 * error, f"truth recovered: the start is already the truth (distance {before:.3g})"
    assert after <= error, f"truth recovered: EM ended {after:.3g} from the truth, started {before:.3g} from it"


def check_engine(engine: Engine) -> None:
    """Assert that an engine adds as the serial one does, to the bit, and that a failing task names its shard.

    Tasks and shards are picklable. Raises AssertionError naming the law.
    """
    rng = np.random.default_rng(0)
    for number in (1, 2, 7, 23):
        shards = [(i, rng.normal(0, 10.0 ** rng.integers(-8, 8), 50)) for i in range(number)]
        placed, expected = engine.place(shards), Serial().sum(_late_sum, shards)
        for turn in range(2):
            found = engine.sum(_late_sum, placed)
            assert found.tobytes() == expected.tobytes(), (
                f"same bits as serial: {number} shards, pass {turn + 1}: off by {np.abs(found - expected).max():.3g}"
            )
        counted = engine.sum(_Count(), placed)
        assert counted.tolist() == [number, sum(range(number))], (
            f"every shard once: {number} shards, but the tasks saw {counted.tolist()} (how many, sum of their numbers)"
        )
    shards = [(i, np.ones(3)) for i in range(5)]
    for wrong in (0, 3):
        try:
            engine.sum(_Fail(wrong), engine.place(shards))
        except ZeroDivisionError as error:
            notes = getattr(error, "__notes__", [])
            assert f"on shard {wrong + 1} of 5" in notes, f"a failing task names its shard: the notes are {notes}"
        else:
            raise AssertionError("a failing task is heard: the error did not reach the caller")
    again, expected = engine.sum(_late_sum, engine.place(shards)), Serial().sum(_late_sum, shards)
    assert again.tobytes() == expected.tobytes(), "an engine works on after a failed task: it gave another sum"


def _late_sum(shard: tuple[int, Floats]) -> Floats:
    """Shards finish out of order: the first is the slowest."""
    number, values = shard
    time.sleep(0.002 / (1 + number))
    return values / 3.0


@dataclass(frozen=True)
class _Count:
    def __call__(self, shard: tuple[int, Floats]) -> Floats:
        return np.array([1.0, shard[0]])


@dataclass(frozen=True)
class _Fail:
    number: int

    def __call__(self, shard: tuple[int, Floats]) -> Floats:
        if shard[0] == self.number:
            raise ZeroDivisionError("as asked")
        return shard[1]


class _Trial:
    """A family, a generator, and data drawn for it: codes of its items used about evenly."""

    def __init__(self, family: Family, rng: np.random.Generator) -> None:
        self.family, self.rng = family, rng
        self.schema = Schema(family.items)
        self.size = int(self.schema.offsets[-1])

    def counts(self, width: int = WIDTH, zeros: float = 0.0) -> Floats:
        """Random expected counts (C, width), none 0 unless asked for."""
        counts = self.rng.gamma(2.0, 10.0, (self.size, width)) + 1.0
        counts[self.rng.random(counts.shape) < zeros] = 0.0
        return counts

    def theta(self, width: int = WIDTH) -> Floats:
        """Random parameters inside their range: an M-step from a random start."""
        start = self.family.start(self.counts(1), self.rng, width)
        return self.family.mstep(start, self.counts(width))

    def q(self, theta: Floats, counts: Floats) -> Floats:
        """(width,) expected log-likelihood, with the log prior."""
        table = self.family.table(theta)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(counts > 0, counts * np.log(table), 0.0)
        return np.asarray(terms.sum(axis=0) + self.family.log_prior(theta))

    def menus(self) -> list[tuple[int, list[int]]]:
        """(item, code rows) of every menu."""
        return [
            (j, [int(self.schema.offsets[j]) + c for c, (m, _) in enumerate(item.codes, 1) if m == menu])
            for j, item in enumerate(self.family.items)
            for menu in range(len(item.menus))
        ]

    def profiles(self, rows: int = 60) -> Profiles:
        """Rows of random codes."""
        codes = np.column_stack([self.rng.integers(0, item.size, rows) for item in self.family.items])
        return _unique(self.schema, codes, self.rng.integers(1, 4, rows).astype(np.float64))


def _starts_are_valid(trial: _Trial) -> None:
    family = trial.family
    starts = [family.start(trial.counts(1), np.random.default_rng(s), WIDTH) for s in (1, 1, 2)]
    for start in starts:
        assert start.ndim == 2 and start.shape[1] == WIDTH, f"starts are valid: shape {start.shape}, not (M, {WIDTH})"
        assert np.isfinite(start).all(), "starts are valid: a parameter is not finite"
        table = family.table(start)
        assert (table > 0).all(), "starts are valid: a code that occurs has probability 0"
    flat = family.flat(WIDTH)
    assert flat.shape == starts[0].shape, f"flat parameters are parameters: shape {flat.shape}, not {starts[0].shape}"


def _tables_are_probabilities(trial: _Trial, complete: bool) -> None:
    for theta in (trial.theta(), trial.family.flat(WIDTH)):
        table = trial.family.table(theta)
        shape = (trial.size, WIDTH)
        assert table.shape == shape, f"one row a code: the table has shape {table.shape}, not {shape}"
        missing = table[trial.schema.offsets[:-1]]
        assert (missing == 1.0).all(), "a missing item has probability 1: it has another"
        assert (table >= 0).all() and np.isfinite(table).all(), "probabilities are finite and not negative"
        for j, codes in trial.menus() if complete else []:
            total = table[codes].sum(axis=0)
            name = trial.family.items[j].name
            assert np.allclose(total, 1.0, rtol=0, atol=1e-9), f"a menu's probabilities sum to 1: {name!r} has {total}"


def _columns_are_types(trial: _Trial) -> None:
    family, theta, counts = trial.family, trial.theta(), trial.counts()
    order = trial.rng.permutation(WIDTH)
    table, moved = family.table(theta), family.table(theta[:, order])
    assert np.allclose(moved, table[:, order], rtol=1e-12), "permuting types permutes the table: it does not"
    step, moved = family.mstep(theta, counts), family.mstep(theta[:, order], counts[:, order])
    assert np.allclose(moved, step[:, order], 1e-8, 1e-10), "permuting types permutes the M-step: it does not"
    alone = family.mstep(theta[:, :1].copy(), counts[:, :1].copy())
    assert np.allclose(alone, step[:, :1], 1e-8, 1e-10), "a type is computed alone: company changes its M-step"


def _mstep_never_lowers_q(trial: _Trial) -> None:
    for zeros in (0.0, 0.5, 0.9):
        for _ in range(10):
            theta = trial.family.start(trial.counts(1), trial.rng, WIDTH)
            counts = trial.counts(zeros=zeros)
            kept = theta.copy()
            after = trial.family.mstep(theta, counts)
            assert np.array_equal(theta, kept), "the M-step leaves its arguments alone: it changed the parameters"
            assert np.isfinite(after).all(), "the M-step gives finite parameters: it did not"
            low, high = trial.q(theta, counts), trial.q(after, counts)
            fall = float((low - high).max())
            assert (high >= low - 1e-9 * (1 + np.abs(low))).all(), f"the M-step never lowers Q: it fell by {fall:.3g}"


def _statistics_add(trial: _Trial) -> None:
    mixture, profiles = _mixture(trial.family, 2), trial.profiles()
    params = Params(np.array([[0.3, 0.7]]), (trial.theta(2)[:, None, :],))
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


def _parameters_survive_json(trial: _Trial) -> None:
    theta = trial.theta()
    back = np.array(json.loads(json.dumps(theta.tolist(), allow_nan=False)))
    same = np.array_equal(trial.family.table(back), trial.family.table(theta))
    assert same, "parameters survive JSON: the table differs"
    bound = trial.family.bind(trial.family.items).table(theta)
    assert np.array_equal(bound, trial.family.table(theta)), "bound to its own items a family is the same: it differs"


def _labels_are_told(trial: _Trial) -> None:
    names = {item.name for item in trial.family.items}
    rows = trial.family.tidy(trial.theta())
    told = {row["item"] for row in rows}
    assert told <= names, f"tidy names its items: {told - names} are not among them"
    for row in rows:
        shape = np.shape(row["probability"])
        assert shape == (WIDTH,), f"tidy has one probability a type: item {row['item']!r} has shape {shape}"


def _truth_is_a_fixed_point(trial: _Trial) -> None:
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


def _free_parameters_are_the_rank(trial: _Trial) -> None:
    """Move the counts in every direction; the tables that M-steps answer with span as many dimensions as are free."""
    family, theta, eps = trial.family, trial.theta(1), 1e-3
    counts = _expected(trial, theta, 100.0)
    directions = trial.rng.normal(size=(family.free + 5, trial.size))

    def answer(moved: Floats) -> Floats:
        step = theta
        for _ in range(5):
            step = family.mstep(step, moved)
        return family.table(step)[:, 0]

    ups = [answer(counts * (1 + eps * d[:, None])) for d in directions]
    downs = [answer(counts * (1 - eps * d[:, None])) for d in directions]
    values = np.linalg.svd((np.array(ups) - np.array(downs)) / (2 * eps), compute_uv=False)
    rank = int((values > 1e-4 * values[0]).sum()) if values[0] > 1e-9 else 0
    assert rank == family.free, f"free parameters are the rank: {family.free} are stated, the tables span {rank}"


def _expected(trial: _Trial, theta: Floats, answers: float) -> Floats:
    """Expected counts of a type's own answers: so many from every menu."""
    counts = np.zeros((trial.size, theta.shape[1]))
    table = trial.family.table(theta)
    for _, codes in trial.menus():
        counts[codes] = answers * table[codes]
    return counts


def _far_apart(trial: _Trial) -> Floats:
    """Of thirty pairs of types the one that differs most at its most alike item."""
    rows = [slice(int(a) + 1, int(b)) for a, b in zip(trial.schema.offsets[:-1], trial.schema.offsets[1:], strict=True)]

    def difference(theta: Floats) -> float:
        gap = np.abs(np.diff(trial.family.table(theta), axis=1))[:, 0]
        return float(np.sort([gap[r].max(initial=0.0) for r in rows])[len(rows) // 2])

    draws = [trial.family.start(trial.counts(1), trial.rng, 2) for _ in range(30)]
    return max(draws, key=difference)


def _draw(trial: _Trial, theta: Floats, shares: Floats, rows: int) -> Profiles:
    """Rows drawn from two types; every row gets one of each item's menus at random."""
    table = trial.family.table(theta)
    kind = (trial.rng.random(rows) >= shares[0]).astype(int)
    codes = np.zeros((rows, len(trial.family.items)), dtype=np.int64)
    for j in range(codes.shape[1]):
        menus = [np.array(codes_of) for item, codes_of in trial.menus() if item == j]
        had = trial.rng.integers(0, max(1, len(menus)), rows)
        for m, menu in enumerate(menus):
            for k in (0, 1):
                mine = np.flatnonzero((had == m) & (kind == k))
                p = table[menu, k] / table[menu, k].sum()
                codes[mine, j] = trial.rng.choice(menu, len(mine), p=p) - trial.schema.offsets[j]
    return _unique(trial.schema, codes, np.ones(rows))


def _unique(schema: Schema, codes: NDArray[np.int64], counts: Floats) -> Profiles:
    """Profiles of exactly this schema: nothing is pruned."""
    sizes = [item.size for item in schema.items]
    unique, index = unique_rows(codes, sizes)
    n_u = np.bincount(index, counts, len(unique)).astype(np.float64)
    return Profiles(schema, compact(unique, sizes), n_u, n_u)


def _mixture(family: Family, types: int) -> Mixture:
    positions = tuple(range(len(family.items)))
    return Mixture(Schema(family.items), types, (family,), (positions,), Shares(types))


def _same(a: Stats, b: Stats, law: str) -> None:
    for name in ("loglik", "totals", "counts"):
        assert np.allclose(getattr(a, name), getattr(b, name), rtol=1e-10, atol=1e-10), f"{law}: {name} differs"
