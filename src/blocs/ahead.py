"""Ahead: of very many rows, starts first climb and exchange types on some; what differs there goes on on all.

An optimum of twenty thousand rows lies close to one of all of them, and twenty starts cost less there than one pass
over all rows does. So each start is followed to its end on the part, and starts that end alike go on as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .climber import Climber, End
from .doubles import best_first, mark_doubles
from .em import Rule
from .exchange import Exchange
from .mixture import Mixture, Params
from .profiles import Profiles
from .room import give_back

__all__ = ["RULE", "Ahead"]

RULE = Rule(gain=1e-4, change=1e-3, gradient=1e-5, steps=200)
"""When a climb on the part has arrived."""
SEEN = 1e-3
"""Share of all rows' parameters in those that the part led to: categories may be missing there."""


@dataclass(frozen=True)
class Ahead:
    """Starts on a part of the rows, then on all of them.

    some: climbs on the part; lay_out: -> climbs on all rows, laid out when they begin and not before, for the memory;
    exchange: on the part, None where types are not exchanged; draw: start numbers -> their parameters; rule: of the
    climbs on all rows.
    """

    mixture: Mixture
    profiles: Profiles
    some: Climber
    lay_out: Callable[[], Climber]
    exchange: Exchange | None
    draw: Callable[[range], Params]
    rule: Rule

    def round(self, numbers: range, few: int) -> list[End]:
        """Return where the starts of these numbers end, the best few of those that differ climbed to the end."""
        begun = self.some.climb(numbers, self.draw(numbers), replace(RULE, steps=min(RULE.steps, self.rule.steps)))
        ends = self._exchanged(begun)
        if few < len(numbers):
            ends = mark_doubles(ends, arrived=True)
        going = best_first([e for e in ends if e.twin is None])
        left = [e for e, to in zip(begun, ends, strict=True) if to.arrived is not None]
        give_back()
        full, once = self.lay_out(), replace(self.rule, steps=1)
        done = {e.number: e for e in self._on(full, going[:few], self.rule)}
        done |= {e.number: replace(e, status="stopped_short") for e in self._on(full, going[few:], once)}
        arrived = {e.number: e.loglik for e in self._on(full, left, once)}
        blank = {e.number: replace(e, steps=0, trace=(), gradient=None) for e in ends}  # twins, seen on the part alone
        return [replace((blank | done)[i], arrived=arrived.get(i)) for i in numbers]

    def _exchanged(self, ends: Sequence[End]) -> list[End]:
        arrived = best_first([e for e in ends if e.status == "converged"])
        if self.exchange is None:
            return list(ends)
        settled = {e.number: to for e, to in zip(arrived, self.exchange.settle(arrived), strict=True)}
        return [settled.get(e.number, e) for e in ends]

    def _on(self, full: Climber, ends: Sequence[End], rule: Rule) -> list[End]:
        """Climb on all rows from where these ended on some."""
        if not ends:
            return []
        params = Params.stack([e.params for e in ends])
        if np.any(self.profiles.codes):
            params = params.toward(self.mixture.overall(self.profiles), SEEN)
        return full.climb([e.number for e in ends], params, rule)
