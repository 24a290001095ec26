"""What fits of the same profiles have in common, kept while they are: the mixture, and their rows as it places them.

Of a small table a fit from given values takes less time than to prepare it. Models of other things than shares and
categories are made anew, as a family may be registered under another class meanwhile.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from ..core.limits import ROWS_PER_SHARD
from ..kernels.shard import Shard
from ..model.mixture import Mixture
from ..profiles import Profiles

__all__ = ["mixture_of", "placed"]

CELLS = 1_000_000
"""Codes of the profiles up to which what a kernel prepares of them is kept: it takes about as much memory."""
_kept: WeakKeyDictionary[Profiles, dict[Any, Any]] = WeakKeyDictionary()


def mixture_of(profiles: Profiles, types: int, prior: float, kernel: str) -> Mixture:
    """Return the mixture of the items of the profiles, with the same shares for all rows; raises as `Mixture.of`."""
    kept = _kept.setdefault(profiles, {})
    mixture: Mixture | None = kept.get((types, prior, kernel))
    if mixture is None:
        mixture = Mixture.of(profiles.schema, types, prior, kernel)
        if mixture.simplices is not None:
            kept[types, prior, kernel] = mixture
    return mixture


def placed(mixture: Mixture, profiles: Profiles) -> tuple[Shard, ...]:
    """Return the arrays of the profiles, in shards of a size that does not depend on threads."""
    shards = -(-len(profiles) // ROWS_PER_SHARD)
    if mixture.simplices is None or profiles.codes.size > CELLS:
        return mixture.place(profiles, shards)
    kept, key = _kept.setdefault(profiles, {}), (mixture.types, mixture.kernel)
    if key not in kept:
        kept[key] = mixture.place(profiles, shards)
    rows: tuple[Shard, ...] = kept[key]
    return rows
