"""Offices in which most voters of both parties seem to split: the parties in the candidate table may be exchanged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...core.limits import LEAST_CELL
from ..pivot.mark import FIRST, SECOND
from .outcomes import SPLIT, OfficeOutcomes

__all__ = ["remark_both_split"]


def remark_both_split(
    names: Sequence[str], outcomes: Sequence[OfficeOutcomes], top: NDArray[np.int64], voters: NDArray[np.int64]
) -> tuple[str, ...]:
    """Return a remark on the offices in which over half of the voters of each party split, nothing if there are none.

    Voters are those who could choose both parties, at least `LEAST_CELL` of each. Strong candidates take the voters of
    one party; where both cross over, it is more likely that their parties are exchanged.

    names, outcomes: of the offices; top: (R,) status at the top of the ticket of distinct rows; voters: (R,) their
    numbers.
    """
    doubtful = []
    for name, office in zip(names, outcomes, strict=True):
        both = office.own & office.against
        split = [_share(office.outcome == SPLIT, voters, both & (top == side)) for side in (FIRST, SECOND)]
        if min(split) > 0.5:
            doubtful.append(f"{name} ({split[0]:.0%} and {split[1]:.0%})")
    if not doubtful:
        return ()
    return (f"Most voters of both parties split in {'; '.join(doubtful)}: check the parties of the candidates there, "
            "which may be exchanged.",)  # fmt: skip


def _share(chosen: NDArray[np.bool_], voters: NDArray[np.int64], among: NDArray[np.bool_]) -> float:
    number = int(voters[among].sum())
    return 0.0 if number < LEAST_CELL else int(voters[among & chosen].sum()) / number
