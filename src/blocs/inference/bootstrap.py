"""bootstrap: standard errors and percentile intervals of a fit from replicates of its data that are fitted again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, named
from ..core.interrupts import interruptible, keeping
from ..em.batches import ROWS_PER_SHARD
from ..em.finished import Finished
from ..em.given_values import init_digest
from ..em.loop import EMResult, Progress
from ..em.many import Weights, fit_many
from ..em.replicate_shards import DrawnThere
from ..em.row_sums import addresses
from ..em.stored_shards import stored_shards
from ..engines import Engine
from ..files.checkpoint import EVERY, Checkpointed, opened
from ..model.mixture import Mixture, Params
from ..profiles import Profiles, Traced
from ..results.fit_result import Fit
from .alignment import aligned
from .bootstrap_tables import Bootstrap
from .clusters import Clusters, clusters_of
from .curvature import require_maximum
from .fitted_rows import observations, require_one_share
from .parametric_bootstrap import threads_of, whole_number
from .refits import INSIDE
from .resampling import by_part, resampled
from .simulated_tables import Simulation
from .standard_errors import standard_errors

__all__ = ["KINDS", "bootstrap"]

KINDS = ("nonparametric", "parametric")
"""Kinds of bootstraps."""
Watch = Callable[[Progress], None] | None


def bootstrap(
    fit: Fit,
    profiles: Profiles | Traced,
    replicates: int = 1000,
    kind: str = "nonparametric",
    cluster: Any = None,
    *,
    seed: int = 0,
    jobs: int | None = None,
    checkpoint: Checkpointed = None,
    every: float = EVERY,
    watch: Watch = None,
    engine: Engine | None = None,
) -> Bootstrap:
    """Return standard errors and percentile intervals of a fit from replicates of its data.

    Parameters
    ----------
    fit : Fit
        A fit by maximum likelihood.
    profiles : Profiles or coded ballots
        The data that were fitted.
    replicates : int
        Number of replicates B.
    kind : str
        "nonparametric": observations are drawn from the data with replacement. "parametric": they are drawn from the
        fit, with the menus and missing items of the data; for items of categories.
    cluster : str or (N,) array, optional
        As in `standard_errors`: whole clusters are drawn with replacement.
    seed : int
        Replicate number b of a seed is always the same.
    jobs : int, optional
        Number of threads; all processors by default. Results are the same bits for any number.
    checkpoint : str or Path, optional
        A file in which finished replicates are kept; where it is there already, the bootstrap goes on from it.
    every : float
        Seconds between two times that the checkpoint is written, at least.
    watch : callable, optional
        Called with a `Progress` as they are fitted, some at a time; they are its starts.
    engine : Engine, optional
        Where the sums over the rows are computed, as for `fit`, and the replicates drawn; by default here.

    Returns
    -------
    Bootstrap
        `shares()`, `table()`, `parameters()` as `standard_errors` gives them, with covariates also `coefficients()`,
        `wald(term)` and `margins()`, with groups `shares_by_group()`; `notes`. `Fit.summary` takes it.

    Raises
    ------
    InputError
        For kinds that are not known, less than two replicates, and as `standard_errors` for clusters.
    MismatchError
        If the profiles are not those that were fitted.
    UnsupportedError
        For fits with a prior, fits by group, and counts that are not whole; a parametric bootstrap also with
        covariates, shares by group, sampling weights, counts and measurements; on an engine, of clusters, shares by
        group and a parametric one.

    See Also
    --------
    blocs.standard_errors

    Notes
    -----
    Replicates are weights of the profiles (a multinomial of the counts); sampling weights multiply the counts that are
    drawn. Each is fitted from the estimates, and its types are put in the order of those of the fit, so that as many
    observations as possible keep their type (`docs/formulas_fit.md`, "Bootstrap"). Covariates are drawn with the rows:
    shares of a fit with covariates vary with them, too. Ctrl-C ends the bootstrap with the
    replicates so far.

    Examples
    --------
    >>> import blocs
    >>> answers = {"a": [0, 0, 0, 1], "b": [0, 0, 1, 1], "n": [40, 10, 20, 30]}
    >>> profiles = blocs.Profiles.from_table(answers, weights="n")
    >>> boot = blocs.bootstrap(blocs.fit(profiles, types=1), profiles, replicates=2000)
    >>> boot.table().query("outcome == 1").round(2)[["item", "probability", "se", "low", "high"]]
      item  probability    se   low  high
    1    a          0.3  0.04  0.22  0.39
    3    b          0.5  0.05  0.40  0.60
    """
    named(dict.fromkeys(KINDS), kind, "kind", "kind of bootstrap", "kinds of bootstraps")
    number, threads = whole_number("replicates", replicates, 2), threads_of(jobs)
    seed = whole_number("seed", seed, 0)
    if kind == "parametric" and cluster is not None:
        raise InputError(Fault("clusters have no meaning for 'parametric'", argument="cluster",
                               rule="Observations are drawn from the fit, one by one",
                               remedy="Give kind='nonparametric', or leave it out"))  # fmt: skip
    require_maximum(fit, "A bootstrap is")
    if kind == "parametric":
        require_one_share(fit, "A parametric bootstrap")
    if engine is not None and (kind == "parametric" or cluster is not None or fit.groups is not None):
        other = "A bootstrap of clusters" if cluster is not None else "A bootstrap of shares by group"
        which = "A parametric bootstrap" if kind == "parametric" else other
        raise UnsupportedError(f"{which} is not available on an engine. Leave out engine=.")
    of = observations(fit, profiles)
    clusters = None if cluster is None else clusters_of(of, cluster)
    errors = standard_errors(fit, of, "observed", engine=engine)
    rows = of.recoded(fit.schema)
    mixture = fit.mixture.bind(rows.schema)
    start = mixture.toward(fit.params, mixture.overall(rows), INSIDE)
    settings = {"replicates": number, "kind": kind, "seed": seed, "fit": init_digest(fit),
                "clusters": None if clusters is None else clusters.digest}  # fmt: skip
    with interruptible() as interrupt, opened(checkpoint, of, "bootstrap", settings, every) as work:
        finished, watch = None if work is None else Finished(work, interrupt), keeping(watch)
        if kind == "parametric":
            parts = _simulated(mixture, fit.params, rows, start, number, seed, threads, watch, interrupt, finished)
        else:
            parts = _resampled(mixture, rows, clusters, start, number, seed, threads, watch, interrupt, finished,
                               engine)  # fmt: skip
        ends = EMResult.stack(list(parts))
    done = [b for b, status in enumerate(ends.status) if status != "interrupted"]
    if len(done) < 2:
        raise InputError(Fault("the bootstrap was interrupted before two replicates were done", remedy="Run it again"))
    params, relabelled = aligned(mixture, fit.params, ends.params.take(done), rows, engine)
    words = ", ".join([f"{kind} bootstrap", *([clusters.words] if clusters else [])])
    limited = sum(ends.status[b] != "converged" for b in done)
    return Bootstrap(errors, params, ends.loglik[done], words, number, int(relabelled.sum()), limited)


def _resampled(
    mixture: Mixture, rows: Profiles, clusters: Clusters | None, start: Params, number: int, seed: int, jobs: int,
    watch: Watch, interrupt: Event, finished: Finished | None, engine: Engine | None,
) -> Iterator[EMResult]:  # fmt: skip
    """Give where the fits of the replicates of a nonparametric bootstrap ended."""
    weights: Weights | DrawnThere
    shards: list[Any]
    if engine is None:
        drawn, placed = resampled(rows, clusters, seed), _order(mixture, rows)
        weights, shards = lambda which: drawn(which)[placed], [mixture.place(part)[0] for part in rows.parts]
    else:
        weights = DrawnThere(by_part(rows, seed), mixture.membership, addresses(rows))
        shards = list(stored_shards(mixture, rows)) or [mixture.place(part)[0] for part in rows.parts]
    yield fit_many(mixture, shards, weights, start, fits=number, jobs=jobs, watch=watch, interrupt=interrupt,
                   finished=finished, engine=engine)  # fmt: skip


def _order(mixture: Mixture, rows: Profiles) -> NDArray[np.int64]:
    """Return (U,) the numbers of the rows in the order in which the parts, one by one, are placed."""
    orders, begin = [np.zeros(0, dtype=np.int64)], 0
    for part in rows.parts:
        order = mixture.membership.order(part)
        orders.append(begin + (np.arange(len(part)) if order is None else order))
        begin += len(part)
    return np.concatenate(orders)


def _simulated(
    mixture: Mixture, params: Params, rows: Profiles, start: Params, number: int, seed: int, jobs: int, watch: Watch,
    interrupt: Event, finished: Finished | None,
) -> Iterator[EMResult]:  # fmt: skip
    """Give where the fits of the replicates of a parametric bootstrap ended, some replicates at a time."""
    simulation = Simulation.of(mixture, params, rows, "A parametric bootstrap", seed)
    for cut, drawn, weights in simulation.tables(number):
        shards = mixture.place(drawn, -(-len(drawn) // ROWS_PER_SHARD))
        watched = watch and _from(watch, cut.start)
        yield fit_many(mixture, shards, weights, start, fits=len(cut), jobs=jobs, watch=watched, interrupt=interrupt,
                       finished=finished)  # fmt: skip
        if interrupt.is_set():
            return


def _from(watch: Callable[[Progress], None], first: int) -> Callable[[Progress], None]:
    """Return `watch` with the numbers of the fits counted from `first`."""
    return lambda progress: watch(replace(progress, numbers=tuple(first + number for number in progress.numbers)))
