"""Which starts are climbed how far: short climbs, the best finished, doubles recognised, more starts when needed.

Everything here depends on the data, the seed and the settings alone, never on threads or time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Event

import numpy as np
from numpy.typing import NDArray

from .climber import Climber, End, continued
from .em import Progress, Rule, same_optimum
from .exchange import Exchange
from .mixture import Mixture, Params
from .nearness import sample
from .profiles import Profiles

__all__ = ["Search", "finish_by_size", "ordered"]

SHORT = 50  # passes of a short climb
LARGE = 5_000_000  # rows x types x starts from which not every start is finished
NEAR = 2e-3  # short climbs whose parameters differ by no more than this, and
CLOSE = 1e-2  # their log-likelihoods by no more than this, are on the way to one optimum


@dataclass(frozen=True)
class Search:
    """A campaign of climbs on one data set.

    draw: start numbers -> their parameters; starts: how many at first; finish: how many of them are climbed to the
    end; cap: how many at most when the best optimum was reached once; watch: see Progress; halt: set to stop.
    """

    mixture: Mixture
    profiles: Profiles
    rule: Rule
    accelerate: str
    jobs: int
    draw: Callable[[range], Params]
    starts: int
    finish: int
    cap: int
    exchange_seed: int | None
    watch: Callable[[Progress], None] | None
    halt: Event

    def run(self) -> list[End]:
        """Return where every start ended, in the order of their numbers."""
        climber = self._climber(self.profiles, self.starts, self.watch)
        exchange = self._exchange(climber)
        ends: list[End] = []
        while True:
            more = range(len(ends), min(self.cap, len(ends) + max(self.starts, len(ends))))
            ends = _as_twins(self._exchanged(ends + self._round(more, climber), exchange))
            if self.halt.is_set() or len(ends) >= self.cap or not _lonely(ends):
                return ends
            self._say(f"the best optimum was reached once in {len(ends)} starts: {self._next(len(ends))} more")

    def _climber(self, profiles: Profiles, starts: int, watch: Callable[[Progress], None] | None) -> Climber:
        return Climber.on(self.mixture, profiles, starts, self.accelerate, self.jobs, watch, self.halt)

    def _exchange(self, climber: Climber) -> Exchange | None:
        """Return the exchanges of types; those of many rows are tried on some of them."""
        if self.exchange_seed is None or self.mixture.types == 1:
            return None
        part = sample(self.profiles, np.random.default_rng(self.exchange_seed))
        tried = replace(climber, watch=None) if part is self.profiles else self._climber(part, self.starts, None)
        full = replace(climber, watch=None if self.watch is None else _exchanging(self.watch))
        return Exchange(full, tried, part, self.rule, self.exchange_seed)

    def _next(self, done: int) -> int:
        return min(self.cap, 2 * done) - done

    def _round(self, numbers: range, climber: Climber) -> list[End]:
        """Climb the starts of these numbers."""
        few = max(1, -(-len(numbers) * self.finish // self.starts))
        rule = self.rule if few >= len(numbers) else replace(self.rule, steps=min(SHORT, self.rule.steps))
        ends = climber.climb(numbers, self.draw(numbers), rule)
        if rule is self.rule or self.halt.is_set():
            return ends
        ends = _mark_doubles(ends)
        going = sorted((e for e in ends if e.status == "step_limit"), key=lambda e: (-e.value, e.number))
        best, rest = going[:few], {e.number for e in going[few:]}
        ends = [replace(e, status="stopped_short") if e.number in rest else e for e in ends]
        if best:
            left = replace(self.rule, steps=max(0, self.rule.steps - SHORT))
            far = climber.climb([e.number for e in best], Params.stack([e.params for e in best]), left)
            done = {short.number: continued(short, long) for short, long in zip(best, far, strict=True)}
            ends = [done.get(e.number, e) for e in ends]
        return ends

    def _exchanged(self, ends: list[End], exchange: Exchange | None) -> list[End]:
        """Let starts that arrived exchange types: all of them, or the best where not every start is finished."""
        if exchange is None:
            return ends
        arrived = sorted((e for e in ends if e.status == "converged"), key=lambda e: (-e.value, e.number))
        best = [e for e in arrived if self.finish >= self.starts or same_optimum(e.value, arrived[0].value)]
        settled = {e.number: to for e, to in zip(best, exchange.settle(best), strict=True)}
        if self.halt.is_set():
            settled = {number: replace(e, status="interrupted") for number, e in settled.items()}
        return [settled.get(e.number, e) for e in ends]

    def _say(self, note: str) -> None:
        if self.watch is not None:
            self.watch(Progress(0, 0, -np.inf, np.zeros(0), note=note))


def finish_by_size(profiles: int, types: int, starts: int) -> int:
    """How many starts are finished when the caller does not say: all, or half (at least 5) where data are large."""
    return starts if profiles * types * starts <= LARGE else min(starts, max(5, -(-starts // 2)))


def ordered(params: Params) -> Params:
    """Order the types of one start by share, largest first; equal shares by their probabilities."""
    keys = [block[i, 0] for block in params.blocks for i in range(len(block))]
    order = np.lexsort([*(-key for key in reversed(keys)), -params.shares[0]])
    return Params(params.shares[:, order], tuple(block[:, :, order] for block in params.blocks))


def _lonely(ends: Sequence[End]) -> bool:
    """Whether just one start reached the best optimum although others climbed to the end."""
    best = max(e.value for e in ends)
    return len(ends) > 1 and sum(same_optimum(e.value, best) for e in ends) == 1


def _exchanging(watch: Callable[[Progress], None]) -> Callable[[Progress], None]:
    return lambda seen: watch(replace(seen, numbers=(), stage="exchanging types"))


def _as_twins(ends: Sequence[End]) -> list[End]:
    """Let duplicates end where their twins do."""
    at = {e.number: e for e in ends}
    return [e if e.twin is None else replace(e, value=at[e.twin].value, loglik=at[e.twin].loglik) for e in ends]


def _mark_doubles(ends: Sequence[End]) -> list[End]:
    """Mark short climbs on the way to the optimum of a better one as its duplicates."""
    kept: list[tuple[End, NDArray[np.float64]]] = []
    twins: dict[int, int] = {}
    for end in sorted(ends, key=lambda e: (-e.value, e.number)):
        at = ordered(end.params).vector()[0]
        near = (e.number for e, other in kept if abs(end.value - e.value) <= CLOSE and abs(at - other).max() <= NEAR)
        twin = next(near, None) if end.status == "step_limit" else None
        if twin is None:
            kept.append((end, at))
        else:
            twins[end.number] = twin
    return [replace(e, status="duplicate", twin=twins[e.number]) if e.number in twins else e for e in ends]
