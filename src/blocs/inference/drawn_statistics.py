"""Statistics of tables that are drawn from a fit, some tables at a time, and kept in a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError
from ..core.interrupts import interruptible
from ..em.given_values import init_digest
from ..files.checkpoint import EVERY, Checkpointed, opened
from ..profiles import Profiles
from ..results.fit_result import Fit
from .simulated_tables import Simulation

__all__ = ["Drawing", "drawn_statistics", "require_replicates"]

Floats = NDArray[np.float64]
Compute = Callable[[Profiles, Floats, Event], Floats]


class Drawing(NamedTuple):
    """How replicates are drawn.

    replicates: number B; seed: replicate number b of a seed is always the same; jobs: threads; checkpoint: a file in
    which finished replicates are kept, and found again; every: seconds between two times that it is written; each:
    called with the number of replicates that are done.
    """

    replicates: int
    seed: int = 0
    jobs: int = 1
    checkpoint: Checkpointed = None
    every: float = EVERY
    each: Callable[[int], None] | None = None


def require_replicates(drawing: Drawing) -> None:
    """Raise InputError for a checkpoint where there is nothing to keep in it."""
    if drawing.replicates == 0 and drawing.checkpoint is not None:
        raise InputError(
            Fault("there are no replicates to keep", argument="checkpoint", rule="A checkpoint is of the bootstrap",
                  remedy="Ask for some, or leave it out")
        )  # fmt: skip


def drawn_statistics(
    simulation: Simulation, drawing: Drawing, profiles: Profiles, name: str, fits: list[Fit], compute: Compute
) -> Floats:
    """Return (B, Q) statistics of replicates.

    Parameters
    ----------
    simulation : Simulation
        What the tables are drawn from.
    drawing : Drawing
        How many, and where they are kept.
    profiles : Profiles
        The data, whose hash a checkpoint has.
    name : str
        Of the work, in a checkpoint.
    fits : list of Fit
        The fits that the replicates depend on.
    compute : callable
        Returns the (b, Q) statistics of tables: their rows, and (U, b) counts. Once the event, the last argument, is
        set, what it returns is not used.

    Raises
    ------
    InputError
        For a checkpoint of other data.
    KeyboardInterrupt
        If there was a request to stop; tables that were done before are in the checkpoint.
    """
    settings: dict[str, Any] = {"seed": drawing.seed, "fits": [init_digest(fit) for fit in fits]}
    parts: list[Floats] = []
    with interruptible() as interrupt, opened(drawing.checkpoint, profiles, name, settings, drawing.every) as work:
        if drawing.each is not None:
            drawing.each(0)
        for which, rows, counts in simulation.tables(drawing.replicates):
            key = f"tables {which.start} to {which.stop}"
            kept = None if work is None else work.get(key)
            values = compute(rows, counts, interrupt) if kept is None else kept["values"]
            if interrupt.is_set() and kept is None:
                raise KeyboardInterrupt
            if work is not None and kept is None:
                work.put(key, {"values": values})
            parts.append(values)
            if drawing.each is not None:
                drawing.each(which.stop)
    return np.concatenate(parts)
