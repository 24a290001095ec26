"""Which starts are climbed how far: short climbs, the best finished, doubles recognised, more starts when needed.

Everything here depends on the data, the seed and the settings alone, never on threads or time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from threading import Event

import numpy as np

from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .batches import Climber, End, best_first
from .duplicates import as_twins, mark_doubles
from .loop import Progress, Rule, same_optimum
from .split_merge import Exchange
from .subsample import RULE, Ahead

__all__ = ["Search", "finish_by_size"]

SHORT = 50  # passes of a short climb
LARGE = 5_000_000  # rows x types x starts from which not every start is finished


@dataclass(frozen=True)
class Search:
    """A campaign of climbs on one data set.

    part: the rows, some of very many, on which starts begin and exchanges are tried, or `profiles` itself; draw: start
    numbers -> their parameters; starts: how many at first; finish: how many of them are climbed to the end; cap: how
    many at most when the best optimum was reached once; exchange_seed: None where types are not exchanged; watch: see
    Progress; halt: set to stop.
    """

    mixture: Mixture
    profiles: Profiles
    part: Profiles
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
        exchange: Exchange | None = None
        climb: Callable[[range, int], list[End]]
        if self.part is self.profiles:
            full = self._climber(self.profiles)
            climb, exchange = partial(self._round, full), self._exchange(full, self.rule, "exchanging types")
        else:
            climb = self._ahead().round
        ends: list[End] = []
        while True:
            more = range(len(ends), min(self.cap, len(ends) + max(self.starts, len(ends))))
            few = max(1, -(-len(more) * self.finish // self.starts))  # climbed to the end
            ends = as_twins(self._exchanged(ends + climb(more, few), exchange))
            if self.halt.is_set() or len(ends) >= self.cap or not _lonely(ends):
                return ends
            self._say(f"the best optimum was reached once in {len(ends)} starts: {self._next(len(ends))} more")

    def _climber(self, profiles: Profiles) -> Climber:
        return Climber.on(
            self.mixture, profiles, self.starts, self.accelerate, self.jobs, self.watch, self.halt
        )

    def _exchange(self, climber: Climber, rule: Rule, stage: str) -> Exchange | None:
        """Return the exchanges of types, on the part."""
        if self.exchange_seed is None or self.mixture.types == 1:
            return None
        return Exchange(self._staged(climber, stage), self.part, rule, self.exchange_seed)

    def _ahead(self) -> Ahead:
        """Return rounds that begin on the part, where types are exchanged too."""
        stage, some = "starts on some of the rows", self._climber(self.part)
        brief = replace(RULE, steps=min(RULE.steps, self.rule.steps))
        exchange, full = self._exchange(some, brief, stage), cache(partial(self._climber, self.profiles))
        some = self._staged(some, stage)
        return Ahead(self.mixture, self.profiles, some, full, exchange, self.draw, brief, self.rule)

    def _staged(self, climber: Climber, stage: str) -> Climber:
        """Return the climber with what it tells marked as part of a stage."""
        watch = self.watch
        return replace(climber, watch=watch and (lambda seen: watch(replace(seen, numbers=(), stage=stage))))

    def _next(self, done: int) -> int:
        return min(self.cap, 2 * done) - done

    def _round(self, full: Climber, numbers: range, few: int) -> list[End]:
        """Climb the starts of these numbers, the best few of them to the end."""
        rule = self.rule if few >= len(numbers) else replace(self.rule, steps=min(SHORT, self.rule.steps))
        ends = full.climb(numbers, self.draw(numbers), rule)
        if rule is self.rule or self.halt.is_set():
            return ends
        ends = mark_doubles(ends, named=self.mixture.names_types)
        going = best_first([e for e in ends if e.status == "step_limit"])
        done = {e.number: replace(e, status="stopped_short") for e in going[few:]}
        left = replace(self.rule, steps=max(0, self.rule.steps - SHORT))
        done |= {e.number: e for e in full.climb_on(going[:few], left)}
        return [done.get(e.number, e) for e in ends]

    def _exchanged(self, ends: list[End], exchange: Exchange | None) -> list[End]:
        """Let starts that arrived exchange types: all of them, or the best where not every start is finished."""
        if exchange is None:
            return ends
        arrived = best_first([e for e in ends if e.status == "converged"])
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


def _lonely(ends: Sequence[End]) -> bool:
    """Whether just one start reached the best optimum although others climbed to the end."""
    best = max(e.value for e in ends)
    return len(ends) > 1 and sum(same_optimum(e.value, best) for e in ends) == 1
