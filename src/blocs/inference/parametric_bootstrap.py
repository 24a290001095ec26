"""Parametric bootstrap: statistics of data that are drawn from a fit and fitted again, and p-values by counting."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import whole_numbers
from ..em.batches import ROWS_PER_SHARD
from ..em.fit import cpus
from ..em.many import fit_many
from ..profiles import Profiles
from ..results.fit_result import Fit
from .drawn_statistics import Drawing, drawn_statistics
from .fitted_rows import FittedRows
from .refits import INSIDE, RULE
from .simulated_tables import Simulation, require_counts

__all__ = ["Replicates", "bootstrap_p", "parametric_bootstrap", "threads_of", "whole_number"]

Floats = NDArray[np.float64]


class Replicates(NamedTuple):
    """(B, Q) statistics of the replicates, and how many of their fits did not converge."""

    statistics: Floats
    not_converged: int


def parametric_bootstrap(
    rows: FittedRows, fit: Fit, statistic: Callable[[FittedRows], Floats], drawing: Drawing, name: str
) -> Replicates:
    """Return a statistic of replicates of the data under the model.

    Parameters
    ----------
    rows : FittedRows
        The data beside the model.
    fit : Fit
        Their fit.
    statistic : callable
        Gives the (Q,) statistics of data and their fit.
    drawing : Drawing
        How many replicates, of which seed, and where they are kept.
    name : str
        Of the statistic, in a checkpoint.

    Returns
    -------
    Replicates

    Raises
    ------
    InputError
        For a checkpoint of other data.
    KeyboardInterrupt
        If there was a request to stop.
    UnsupportedError
        With sampling weights, and for numbers of observations that are not whole.

    Notes
    -----
    Each replicate has as many observations of every pattern of menus and missing items as the data. Its fit begins at
    the parameters that it was drawn from.
    """
    require_counts(rows.profiles, "A parametric bootstrap")

    def compute(drawn: Profiles, counts: Floats, interrupt: Event) -> Floats:
        start = rows.mixture.toward(rows.params, rows.mixture.overall(drawn), INSIDE)
        shards = rows.mixture.place(drawn, -(-len(drawn) // ROWS_PER_SHARD))
        again = fit_many(rows.mixture, shards, counts, start, fits=counts.shape[1], rule=RULE, jobs=drawing.jobs,
                         interrupt=interrupt)  # fmt: skip
        values: list[list[float]] = []
        for b, status in enumerate([] if interrupt.is_set() else again.status):
            there = np.flatnonzero(counts[:, b])
            own = FittedRows(rows.mixture, again.params.take([b]), drawn.take(there, counts[there, b]))
            values.append([*statistic(own), status != "converged"])
        return np.array(values, dtype=np.float64)

    simulation = Simulation(rows.mixture, rows.params, rows.patterns, drawing.seed)
    found = drawn_statistics(simulation, drawing, rows.profiles, name, [fit], compute)
    return Replicates(found[:, :-1], int(found[:, -1].sum()))


def bootstrap_p(observed: Floats, replicates: Floats) -> Floats:
    """Return (Q,) p-values (b + 1) / (B + 1), b of B replicates being as large as observed or larger."""
    b = (replicates >= observed - 1e-9 * np.abs(np.where(np.isfinite(observed), observed, 0.0))).sum(axis=0)
    return np.asarray((b + 1) / (len(replicates) + 1))


def whole_number(argument: str, value: object, least: int) -> int:
    """Return a whole number that is large enough; raise InputError for anything else."""
    return whole_numbers({argument: (value, least)})[argument]


def threads_of(jobs: object) -> int:
    """Return the number of threads that `jobs=` asks for: all processors where it is None."""
    return cpus() if jobs is None else whole_number("jobs", jobs, 1)
