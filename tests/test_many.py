"""Many weighted fits side by side are the fits one by one: same bits beside any others, same ends as `fit` alone."""

from __future__ import annotations

import re
import threading
from typing import Any

import numpy as np
import pytest

import blocs
from blocs.core.errors import InputError
from blocs.em import many
from blocs.em.initialization import draw
from blocs.em.loop import EMResult, StoppingRule, run_em
from blocs.em.many import fit_many
from blocs.em.quasi_newton import stepper
from blocs.engines import Serial
from blocs.model.mixture import Mixture, Params
from blocs.profiles import Profiles
from test_same_bits import table

FAMILIES = ["categories", "menus", "counts", "gaussian"]


def resampled(profiles: Profiles, fits: int, seed: int = 1) -> np.ndarray:
    """(U, B) bootstrap weights: a third of the rows has weight 0 in every fit."""
    n = int(profiles.weights.sum())
    drawn = np.random.default_rng(seed).multinomial(n, profiles.weights / n, size=fits)
    return np.ascontiguousarray(drawn.T).astype(float)


def reweighted(profiles: Profiles, weights: np.ndarray) -> Profiles:
    """The rows that have weight, with it."""
    there = weights > 0
    values = None if profiles.values is None else profiles.values[there]
    return Profiles(profiles.schema, profiles.codes[there], weights[there], weights[there], values=values)


def ended(result: EMResult, b: int) -> bytes:
    return result.params.take([b]).vector().tobytes() + result.loglik[b].tobytes()


def setting(family: str, types: int = 2) -> tuple[Mixture, Profiles, Params]:
    profiles = table(family)
    mixture = Mixture.of(profiles.schema, types)
    return mixture, profiles, draw("mixed", mixture, profiles, 3, range(1))


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("accelerate", ["auto", "none"])
def test_every_fit_is_that_of_the_rows_with_its_weights(family: str, accelerate: str) -> None:
    mixture, profiles, start = setting(family)
    weights, rule = resampled(profiles, 10), StoppingRule(gain=1e-9, change=1e-6, steps=500)
    found = fit_many(mixture, mixture.place(profiles), weights, start, rule=rule, accelerate=accelerate)
    for b in range(10):
        rows = reweighted(profiles, weights[:, b])
        alone = run_em(mixture, Serial(), mixture.place(rows), start, rule, stepper(accelerate, mixture))
        assert found.status[b] == alone.status[0]
        assert found.status[b] == "converged" or accelerate == "none"  # plain EM may take thousands of iterations
        assert found.loglik[b] == pytest.approx(alone.loglik[0], rel=1e-12)
        assert found.params.take([b]).vector() == pytest.approx(alone.params.vector(), abs=1e-6)
        assert found.trace[b][0] == pytest.approx(alone.trace[0][0], rel=1e-13)
        assert found.trace[b][-1] == found.value[b]
    assert len({ended(found, b) for b in range(10)}) == 10


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_bits_do_not_depend_on_what_is_fitted_together(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mixture, profiles, start = setting(family)
    weights, placed = resampled(profiles, 21), mixture.place(profiles)
    every = fit_many(mixture, placed, weights, start)
    again = fit_many(mixture, placed, lambda fits: weights[:, fits.start : fits.stop], start, fits=21)
    some = fit_many(mixture, placed, weights[:, [7, 3]], start)
    for together, jobs in ((1, 1), (5, 1), (8, 2), (9, 3)):
        monkeypatch.setattr(many, "TOGETHER", together)
        monkeypatch.setattr(many, "CELLS", 0)
        cut = fit_many(mixture, placed, weights, start, jobs=jobs)
        assert [ended(cut, b) for b in range(21)] == [ended(every, b) for b in range(21)]
        assert cut.iterations.tolist() == every.iterations.tolist()
        assert cut.trace == every.trace
    assert [ended(again, b) for b in range(21)] == [ended(every, b) for b in range(21)]
    assert [ended(some, 0), ended(some, 1)] == [ended(every, 7), ended(every, 3)]


@pytest.mark.parametrize("fits", [1, 2, 8, 11])
def test_equal_weights_are_the_fit_itself_to_the_bit(fits: int) -> None:
    """At any number of starts: weights of every start are never taken for weights of all, nor the other way round."""
    mixture, profiles, start = setting("categories", 3)
    rule = StoppingRule()
    alone = run_em(mixture, Serial(), mixture.place(profiles), start, rule, stepper("auto", mixture))
    weights = np.repeat(profiles.weights[:, None], fits, axis=1)
    found = fit_many(mixture, mixture.place(profiles), weights, start)
    assert {ended(found, b) for b in range(fits)} == {ended(alone, 0)}
    if fits > 1:
        weights[0, 0] += 40.0
        other = fit_many(mixture, mixture.place(profiles), weights, start)
        assert [ended(other, b) == ended(alone, 0) for b in range(fits)] == [False] + [True] * (fits - 1)


@pytest.mark.parametrize("family", FAMILIES)
def test_several_shards_and_threads(family: str) -> None:
    mixture, profiles, start = setting(family)
    weights = resampled(profiles, 12)
    one, parts = (fit_many(mixture, mixture.place(profiles, n), weights, start) for n in (1, 5))
    threads = fit_many(mixture, mixture.place(profiles, 5), weights, start, jobs=2)
    assert parts.loglik == pytest.approx(one.loglik, rel=1e-12)
    assert parts.params.vector() == pytest.approx(one.params.vector(), abs=1e-5)
    assert [ended(threads, b) for b in range(12)] == [ended(parts, b) for b in range(12)]


def test_n_is_that_of_the_weights() -> None:
    """Three times the weights: the same parameters after as many iterations, three times the log-likelihood."""
    mixture, profiles, start = setting("menus")
    weights = resampled(profiles, 3)
    rule = StoppingRule(gain=1e-300, change=1e-300, gradient=1e-300, steps=25)
    scaled = fit_many(mixture, mixture.place(profiles), weights * [1.0, 3.0, 1e6], start, rule=rule)
    found = fit_many(mixture, mixture.place(profiles), weights, start, rule=rule)
    assert scaled.loglik / [1.0, 3.0, 1e6] == pytest.approx(found.loglik, rel=1e-10)
    assert scaled.params.vector() == pytest.approx(found.params.vector(), abs=1e-6)


@pytest.mark.parametrize("fits", [3, 12])
@pytest.mark.parametrize("kernel", ["compiled", "plain"])
def test_rows_that_do_not_count_may_be_impossible(fits: int, kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that rules a row out: refused where the row has weight, and no NaN where it has none."""
    profiles = table("categories")
    mixture = Mixture.of(profiles.schema, 2, kernel=kernel)
    start = draw("mixed", mixture, profiles, 3, range(1))
    blocks = [start.membership, *(block.copy() for block in start.families)]
    blocks[1][0] = 0.0  # the first outcome of the first item
    blocks[1][:3] /= blocks[1][:3].sum(axis=0)
    never, off = Params(tuple(blocks)), profiles.codes[:, 0] == 1
    weights = resampled(profiles, fits)
    weights[off] = 0.0
    found = fit_many(mixture, mixture.place(profiles), weights, never)
    assert np.isfinite(found.loglik).all()
    weights[np.flatnonzero(off)[0], 1] = 1.0
    message = (
        "starting values: start 1 gives some rows probability 0 under all 2 types. Every row must be possible under "
        "some type. Avoid starting probabilities of exactly 0."
    )
    for together in (128, 1):  # also where it is the first of its batch
        monkeypatch.setattr(many, "TOGETHER", together)
        monkeypatch.setattr(many, "CELLS", 0)
        with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
            fit_many(mixture, mixture.place(profiles), weights, never)


def test_each_fit_begins_where_it_is_told() -> None:
    mixture, profiles, _ = setting("categories")
    starts, weights = draw("mixed", mixture, profiles, 1, range(4)), resampled(profiles, 4)
    found = fit_many(mixture, mixture.place(profiles), weights, starts, rule=StoppingRule(steps=1))
    for b in range(4):
        value = mixture.estep(starts.take([b]), reweighted(profiles, weights[:, b])).loglik[0]
        assert found.loglik[b] == pytest.approx(value, rel=1e-13)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": np.ones((5, 2))}, "weights: their shape is (5, 2). A row for each of 266 profiles and a column "
         "for each of 2 fits."),
        ({"fits": 3}, "weights: fits=3, weights are of 2. They are as many as the fits; one start does for all."),
        ({"entry": -1.0}, "weights: that of profile 4 in fit 1 is -1.0. A weight is a finite number, 0 or more."),
        ({"entry": np.nan}, "weights: that of profile 4 in fit 1 is nan. A weight is a finite number, 0 or more."),
        ({"column": 0.0}, "weights: all weights of fit 1 are 0. Some profile has weight."),
    ],
)  # fmt: skip
def test_weights_that_are_none_are_refused(change: dict[str, Any], message: str) -> None:
    mixture, profiles, start = setting("categories")
    weights = change.get("weights", np.ones((len(profiles), 2)))
    if "entry" in change:
        weights[4, 1] = change["entry"]
    if "column" in change:
        weights[:, 1] = change["column"]
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        fit_many(mixture, mixture.place(profiles), weights, start, fits=change.get("fits"))


def test_a_bootstrap_has_the_spread_of_the_estimates() -> None:
    """Standard deviations of bootstrap shares and probabilities against those of new samples from the truth."""
    rng = np.random.default_rng(4)

    def sample() -> Profiles:
        kind = rng.random(800) < 0.35
        yes = np.where(kind, 0.8, 0.2)
        return Profiles.from_table({f"q{j}": (rng.random(800) < yes).astype(int) for j in range(6)})

    estimates = [blocs.fit(sample(), 2, starts=2, most=2, seed=1, jobs=1).params.vector()[0] for _ in range(60)]
    profiles = sample()
    fit = blocs.fit(profiles, 2, seed=1)
    found = fit_many(fit.mixture, fit.mixture.place(profiles), resampled(profiles, 300), fit.params)
    assert found.params.vector().std(axis=0) == pytest.approx(np.std(estimates, axis=0), rel=0.35)


def test_an_interrupt_leaves_the_batches_that_have_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "TOGETHER", 4)
    monkeypatch.setattr(many, "CELLS", 1)
    rng = np.random.default_rng(3)
    profiles = Profiles.from_table({name: rng.integers(2, size=40) for name in "abc"})
    mixture = Mixture.of(profiles.schema, 2)
    drawn = rng.multinomial(40, profiles.weights / 40, size=12).T.astype(float)
    stop, seen = threading.Event(), []

    def watch(progress: Any) -> None:
        seen.append(progress.numbers)
        stop.set()

    start = mixture.random(profiles, rng)
    ends = many.fit_many(mixture, mixture.place(profiles), drawn, start, watch=watch, interrupt=stop)
    assert set(ends.status[4:]) == {"interrupted"}
    assert set(seen) == {(0, 1, 2, 3)}
    assert np.isfinite(ends.loglik).tolist() == [True] * 4 + [False] * 8
