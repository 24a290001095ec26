"""Ahead: of very many rows, starts first climb and exchange types on some; what differs there goes on on all.

An optimum of twenty thousand rows lies close to one of all of them, and twenty starts cost less there than one pass
over all rows does. So each start is followed to its end on the part, and starts that end alike go on as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.memory import give_back
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .batches import Climber, End, best_first
from .duplicates import mark_doubles
from .loop import Rule
from .split_merge import Exchange

__all__ = ["RULE", "Ahead"]

RULE = Rule(gain=1e-4, change=1e-3, gradient=1e-5, steps=200)
"""When a climb on the part has arrived."""
SEEN = 1e-3
"""Share of all rows' parameters in those that the part led to: categories may be missing there."""


@dataclass(frozen=True)
class Ahead:
    """Starts on a part of the rows, then on all of them.

    some: climbs on the part; lay_out: -> climbs on all rows, laid out when they begin and not before, for the memory;
    exchange: on the part, None where types are not exchanged; draw: start numbers -> their parameters; brief, rule: of
    the climbs on the part and on all rows.
    """

    mixture: Mixture
    profiles: Profiles
    some: Climber
    lay_out: Callable[[], Climber]
    exchange: Exchange | None
    draw: Callable[[range], Params]
    brief: Rule
    rule: Rule

    def round(self, numbers: range, few: int) -> list[End]:
        """Return where the starts of these numbers end, the best few of those that differ climbed to the end."""
        begun = self.some.climb(numbers, self.draw(numbers), self.brief)
        moved = self._exchanged(begun)
        if few < len(numbers):
            moved = mark_doubles(moved, arrived=True, named=self.mixture.names_types)
        give_back()
        full = self.lay_out()
        ends = self._weighed(full, begun, moved)
        going = best_first([e for e in ends if e.twin is None])
        done = {e.number: replace(e, status="stopped_short") for e in going[few:]}
        left = replace(self.rule, steps=self.rule.steps - 1)
        done |= {e.number: e for e in (full.climb_on(going[:few], left) if left.steps > 0 else going[:few])}
        return [done.get(e.number, e) for e in ends]

    def _weighed(self, full: Climber, begun: Sequence[End], moved: Sequence[End]) -> list[End]:
        """Return the ends after one pass over all rows: of exchanges where all rows too have them as the better."""
        tried = self._seen(full, [e for e in moved if e.twin is None])
        own = self._seen(full, [e for e, to in zip(begun, moved, strict=True) if to.arrived is not None])
        ends = []
        for to in moved:
            there, back = tried[to.number if to.twin is None else to.twin], own.get(to.number)
            if back is not None and back.value > there.value:
                ends.append(back)
                continue
            end = there if to.twin is None else replace(to, steps=0, trace=(), gradient=None)
            ends.append(replace(end, arrived=None if back is None else back.loglik))
        return ends

    def _seen(self, full: Climber, ends: Sequence[End]) -> dict[int, End]:
        """Return what one pass over all rows says of ends on the part, by number."""
        if not ends:
            return {}
        params = Params.stack([e.params for e in ends])
        if np.any(self.profiles.codes):
            params = params.toward(self.mixture.overall(self.profiles), SEEN)
        return {e.number: e for e in full.climb([e.number for e in ends], params, replace(self.rule, steps=1))}

    def _exchanged(self, ends: Sequence[End]) -> list[End]:
        """Let starts exchange types on the part, where few passes may not have brought plain EM to its end."""
        if self.exchange is None:
            return list(ends)
        going = best_first([e for e in ends if e.status in ("converged", "step_limit")])
        settled = {e.number: to for e, to in zip(going, self.exchange.settle(going), strict=True)}
        return [settled.get(e.number, e) for e in ends]
