"""The statistics of the tests of IIA in tables that are drawn from the pooled fit, where IIA is true."""

from __future__ import annotations

from functools import partial
from threading import Event

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Item
from ..em.batches import ROWS_PER_SHARD
from ..em.many import fit_many
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from ..results.fit_result import Fit
from .drawn_statistics import Drawing, drawn_statistics
from .fitted_rows import FittedRows, rows_of
from .iia_score import as_pooled, iia_scores
from .menu_items import with_menu_items
from .parametric_bootstrap import parametric_bootstrap
from .refits import INSIDE, RULE
from .score_test import clusters_of, score_test
from .simulated_tables import Simulation

__all__ = ["QUESTION", "simulated_ratios", "simulated_scores"]

Floats = NDArray[np.float64]
QUESTION = "A bootstrap of the test of IIA"
"""What is asked, for errors."""


def simulated_ratios(rows: FittedRows, pooled: Fit, freed: list[tuple[list[Item], Fit]], drawing: Drawing) -> Floats:
    """Return (B, Q) likelihood ratios of replicates, one for each of Q lists of items whose menus are freed.

    Parameters
    ----------
    rows : FittedRows
        The data beside the pooled fit, from which the tables are drawn.
    pooled : Fit
        That fit.
    freed : list of (list of Item, Fit)
        The items, and the fit with probabilities of their own on every menu of these.
    drawing : Drawing
        How many replicates, of which seed, and where they are kept.

    Raises
    ------
    InputError
        For a checkpoint of other data.
    KeyboardInterrupt
        If there was a request to stop.
    UnsupportedError
        For counts that are not whole, and for items of counts and measurements.

    Notes
    -----
    The pooled fit of a replicate begins at the parameters that it was drawn from. The other begins there as well, as a
    point of the larger model, and at the fit of the data; the better one counts.
    """
    others = []
    for items, fit in freed:
        own = rows_of(fit, with_menu_items(rows.profiles, [item.name for item in items]))
        others.append((items, fit, own.mixture, Params.stack([as_pooled(own.mixture, rows, items), own.params])))

    def compute(drawn: Profiles, counts: Floats, interrupt: Event) -> Floats:
        best = partial(_best, counts=counts, jobs=drawing.jobs, interrupt=interrupt)
        base = best(rows.mixture, rows.params, drawn)
        ratios = []
        for items, fit, mixture, starts in others:
            apart = with_menu_items(drawn, [item.name for item in items]).recoded(fit.schema)
            ratios.append(2 * (best(mixture, starts, apart) - base) if not interrupt.is_set() else base)
        return np.maximum(np.column_stack(ratios), 0.0)

    simulation = Simulation.of(rows.mixture, rows.params, rows.profiles, QUESTION, drawing.seed)
    name = f"bootstrap of the test of IIA of {', '.join(item.name for item in freed[0][0])}"
    fits = [pooled, *(fit for _, fit in freed)]
    return drawn_statistics(simulation, drawing, rows.profiles, name, fits, compute)


def simulated_scores(rows: FittedRows, pooled: Fit, tested: list[Item], drawing: Drawing) -> Floats:
    """Return (B, 1 + Q) score statistics of replicates, of all items together and of each; arguments as above."""

    def statistics(drawn: FittedRows) -> Floats:
        net, places = iia_scores(drawn, tested, clusters_of(drawn.profiles, None))
        return np.array([score_test(net)[0], *(score_test(net, places[item.name])[0] for item in tested)])

    name = f"bootstrap of the score test of IIA of {', '.join(item.name for item in tested)}"
    return parametric_bootstrap(rows, pooled, statistics, drawing, name).statistics


def _best(
    mixture: Mixture, starts: Params, rows: Profiles, counts: Floats, jobs: int, interrupt: Event | None = None
) -> Floats:
    """Return the log-likelihood of each of (U, b) tables, of the best of the starts."""
    each, tables = starts.starts, counts.shape[1]
    overall = mixture.overall(rows)
    inside = mixture.toward(starts, overall.take(np.zeros(each, dtype=np.int64)), INSIDE)
    ends = fit_many(
        mixture, mixture.place(rows, -(-len(rows) // ROWS_PER_SHARD)), lambda fits: counts[:, np.array(fits) // each],
        inside.take(np.tile(np.arange(each), tables)), fits=each * tables, rule=RULE, jobs=jobs, interrupt=interrupt,
    )  # fmt: skip
    return np.asarray(ends.loglik.reshape(tables, each).max(axis=1))
