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

    some, full: climbs on the part and on all rows; exchange: on the part, None where types are not exchanged; draw:
    start numbers -> their parameters; rule: of the climbs on all rows.
    """

    mixture: Mixture
    profiles: Profiles
    some: Climber
    full: Climber
    exchange: Exchange | None
    draw: Callable[[range], Params]
    rule: Rule

    def round(self, numbers: range, few: int) -> list[End]:
        """Return where the starts of these numbers end, the best few of those that differ climbed to the end."""
        begun = self.some.climb(numbers, self.draw(numbers), replace(RULE, steps=min(RULE.steps, self.rule.steps)))
        ends = self._exchanged(begun)
        give_back()
        if few < len(numbers):
            ends = mark_doubles(ends, arrived=True)
        going = best_first([e for e in ends if e.twin is None])
        done = {e.number: e for e in self._on(going[:few], self.rule)}
        short = self._on(going[few:], replace(self.rule, steps=1))
        done |= {e.number: replace(e, status="stopped_short") for e in short}
        left = self._left([e for e, to in zip(begun, ends, strict=True) if to.arrived is not None])
        blank = {e.number: replace(e, steps=0, trace=(), gradient=None) for e in ends}  # twins, seen on the part alone
        return [replace((blank | done)[i], arrived=left.get(i)) for i in numbers]

    def _exchanged(self, ends: Sequence[End]) -> list[End]:
        arrived = best_first([e for e in ends if e.status == "converged"])
        if self.exchange is None:
            return list(ends)
        settled = {e.number: to for e, to in zip(arrived, self.exchange.settle(arrived), strict=True)}
        return [settled.get(e.number, e) for e in ends]

    def _left(self, ends: Sequence[End]) -> dict[int, float]:
        """Return the log-likelihood on all rows of the optima that exchanges led away from."""
        return {e.number: e.loglik for e in self._on(ends, replace(self.rule, steps=1))}

    def _on(self, ends: Sequence[End], rule: Rule) -> list[End]:
        """Climb on all rows from where these ended on some."""
        if not ends:
            return []
        params = Params.stack([e.params for e in ends])
        if np.any(self.profiles.codes):
            params = params.toward(self.mixture.overall(self.profiles), SEEN)
        return self.full.climb([e.number for e in ends], params, rule)
