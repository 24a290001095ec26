"""A remark for the account: offices with more overvotes than voters make.

Voters overvote one contest in a hundred or fewer. Where many ballots have more marks than a contest allows, the file
does not say how many it allows, or its rows are other marks than votes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..pivot.mark import OVERVOTED
from .outcomes import NOT_CODED, OfficeOutcomes

__all__ = ["remark_many_overvotes"]

_SHARE = 0.1
"""Share of the ballots with an office above which overvotes are named."""
_FEWEST = 20
"""Overvotes below which they may be chance."""


def remark_many_overvotes(
    names: Sequence[str], outcomes: Sequence[OfficeOutcomes], voters: NDArray[np.int64]
) -> tuple[str, ...]:
    """Return a sentence that names the offices in which more than one ballot in ten is an overvote, or nothing."""
    found = []
    for name, office in zip(names, outcomes, strict=True):
        coded = office.outcome != NOT_CODED
        over, of = (int(voters[rows].sum()) for rows in (coded & (office.status == OVERVOTED), coded))
        if over >= _FEWEST and over > _SHARE * of:
            found.append(f"{name} ({over:,} of {of:,})")
    if not found:
        return ()
    return (f"Many ballots are overvotes in {', '.join(found)}: the file may not say how many votes a contest allows, "
            "or have rows that are no votes.",)  # fmt: skip
