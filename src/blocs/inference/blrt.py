"""blrt: the bootstrap likelihood-ratio test of K - 1 against K types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, counted
from ..core.interrupts import interruptible, something_to_keep
from ..core.summary import Summary
from ..em.fit import fit as fit_types
from ..em.given_values import init_digest
from ..files.checkpoint import EVERY, Checkpoint, Checkpointed, checkpoint_of, opened
from ..profiles import Profiles, Traced, profiles_of
from ..results.fit_result import Fit
from .fitted_rows import refuse_own_shares
from .parametric_bootstrap import threads_of, whole_number
from .replicate_ratios import SAME, RatioSimulation
from .simulated_tables import Simulation

__all__ = ["BLRT", "blrt", "blrt_of"]

Floats = NDArray[np.float64]

STOP = 20
"""Replicates as large as observed, after which no more are drawn (Besag and Clifford 1991)."""
STARTS = 24
"""Random starts of the fits of a replicate."""
SIGNIFICANT = 0.05
"""The p-value that most readers ask about."""
QUESTION = "The bootstrap likelihood-ratio test"
"""What is asked, for errors."""


@dataclass(frozen=True)
class BLRT:
    """A bootstrap likelihood-ratio test of K - 1 against K types.

    Attributes
    ----------
    types : int
        Number of types K.
    lr : float
        Twice the difference of the log-likelihoods of K and K - 1 types.
    p : float
        (exceed + 1) / (n + 1); exceed / n where the test stopped early.
    n : int
        Number of replicates.
    exceed : int
        How many of them have a likelihood ratio as large as observed, or nearly (0.01), or larger.
    low, high : float
        95 per cent interval (Clopper and Pearson 1934) of the share of all possible replicates that are as large.
    asked : int
        Number of replicates that were asked for.
    refitted : int
        Replicates that were fitted again because K types came out below K - 1.
    failed : int
        Replicates for which that did not help; they are not counted in `n`.
    mean, point_95 : float
        Mean and 95 per cent point of the likelihood ratios of the replicates.
    null, alternative : Fit
        The fits of K - 1 and K types.

    See Also
    --------
    blocs.blrt
    """

    types: int
    lr: float
    p: float
    n: int
    exceed: int
    low: float
    high: float
    asked: int
    refitted: int
    failed: int
    mean: float
    point_95: float
    null: Fit
    alternative: Fit

    @property
    def interrupted(self) -> bool:
        """Whether it ended with fewer replicates than it needed."""
        return self.exceed < STOP and self.n + self.failed < self.asked

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know before relying on the p-value."""
        notes = {
            f"Simulation stopped after {self.exceed} replicates as large as observed.": self.exceed >= STOP
            and self.n < self.asked,
            "The test was interrupted.": self.interrupted,
            f"The interval of p holds {SIGNIFICANT}: draw more replicates to tell on which side it is.":
                self.low < SIGNIFICANT < self.high,
            f"The best fit of {self.types} types was reached by one start only: more starts may find a better one.":
                self.alternative.hits < 2,
            f"{counted(self.failed, 'replicate')} could not be fitted and did not count.": self.failed > 0,
        }  # fmt: skip
        return tuple(note for note, holds in notes.items() if holds)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and notes as plain data for JSON."""
        names = ("types", "lr", "p", "n", "exceed", "low", "high", "asked", "refitted", "failed", "mean", "point_95")
        return {**{name: getattr(self, name) for name in names}, "notes": list(self.notes)}

    def __str__(self) -> str:
        return Summary(f"Bootstrap likelihood-ratio test of {self.types - 1} against {counted(self.types, 'type')}", [
            ("likelihood ratio", f"{self.lr:,.4f}"),
            ("replicates", f"{self.n:,}, mean {self.mean:,.2f}, 95 % point {self.point_95:,.2f}"),
            ("as large", f"{self.exceed:,}"),
            ("p", f"{self.p:.4f} (95 % interval of the simulation {self.low:.4f} to {self.high:.4f})"),
            *(("note", note) for note in self.notes),
        ]).text()  # fmt: skip


def blrt(
    profiles: Profiles | Traced,
    types: int,
    replicates: int = 999,
    *,
    seed: int = 0,
    jobs: int | None = None,
    checkpoint: Checkpointed = None,
    every: float = EVERY,
    each: Callable[[int], None] | None = None,
    **settings: Any,
) -> BLRT:
    """Test K - 1 against K types by the bootstrap likelihood-ratio test.

    Parameters
    ----------
    profiles : Profiles or coded ballots
        Items of categories.
    types : int
        Number of types K, 2 or more.
    replicates : int
        Number of replicates at most: fewer are drawn when 20 had a likelihood ratio as large as observed.
    seed : int
        Replicate number b of a seed is always the same; also the seed of the fits.
    jobs : int, optional
        Number of threads; all processors by default. Results are the same for any number.
    checkpoint : str or Path, optional
        A file in which finished starts and replicates are kept; where it is there already, the test goes on from it.
    every : float
        Seconds between two times that the checkpoint is written, at least.
    each : callable, optional
        Called with the number of replicates that are done, some at a time.
    **settings
        Further arguments of `blocs.fit` for the fits of the data, such as ``starts=50``.

    Returns
    -------
    BLRT
        lr, p, n, exceed, and the interval of p; printable.

    Raises
    ------
    InputError
        For less than 2 types, as `blocs.fit` does, and when K types fit worse than K - 1.
    UnsupportedError
        With sampling weights, counts that are not whole, a prior, covariates, shares by group, and for items of counts
        and measurements.

    Notes
    -----
    Tables are drawn from the fit of K - 1 types, each with as many observations of every pattern of menus and missing
    items as the data. Both numbers of types are fitted to each, from the estimates for the data and 24 random starts.
    Of B replicates b are as large as observed: p = (b + 1) / (B + 1), or b / n when b reached 20 after n (Besag and
    Clifford 1991). The statistic has no chi-square distribution (McLachlan 1987; `docs/how-to-choose.md`). Ctrl-C ends
    the test with the replicates so far.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "c": [0, 0, 1, 1], "n": [40, 10, 10, 90]}
    >>> test = blocs.blrt(blocs.Profiles.from_table(table, weights="n"), types=2, replicates=99)
    >>> test.p, test.n, test.exceed
    (0.01, 99, 0)
    """
    of, k = profiles_of(profiles), whole_number("types", types, 2)
    number, threads = whole_number("replicates", replicates, 1), threads_of(jobs)
    refuse_own_shares(QUESTION, settings)
    refuse_blrt(of, float(settings.get("prior", 0)), settings.get("constraints") is not None)
    with interruptible():
        kept = checkpoint_of(checkpoint, of, every)
        null, alternative = (fit_types(of, m, seed=seed, jobs=threads, checkpoint=kept, **settings) for m in (k - 1, k))
        return blrt_of(null, alternative, of, number, seed=seed, jobs=threads, checkpoint=kept, each=each)


def refuse_blrt(profiles: Profiles, prior: float, constraints: bool = False) -> None:
    """Raise UnsupportedError where there is no test, before anything is fitted."""
    if prior:
        raise UnsupportedError(
            "The bootstrap likelihood-ratio test is not available for fits with a prior: it compares likelihoods at "
            "their maxima. Leave out prior=."
        )
    if constraints:
        raise UnsupportedError(
            "The bootstrap likelihood-ratio test is not available with constraints: they say which type is which, and "
            "with one type less there are others. Leave out constraints=."
        )
    Simulation.refuse(profiles, QUESTION)


def blrt_of(
    null: Fit, alternative: Fit, profiles: Profiles, replicates: int, *, seed: int = 0, jobs: int | None = None,
    checkpoint: Checkpoint | None = None, each: Callable[[int], None] | None = None,
) -> BLRT:  # fmt: skip
    """Return the test of two fits of the same profiles, of K - 1 and K types; arguments as `blrt`."""
    fits = (null, alternative)
    pseudo, constraints = max(f.mixture.membership.pseudo for f in fits), any(f.mixture.constraints for f in fits)
    refuse_blrt(profiles, pseudo, constraints)
    lr = 2 * (alternative.loglik - null.loglik)
    if lr < -SAME:
        raise InputError(
            Fault(f"the fit of {counted(alternative.types, 'type')} has a lower log-likelihood than that of "
                  f"{null.types:,}", argument="starts", rule="One type more fits at least as well",
                  remedy="Give more starts")
        )  # fmt: skip
    rows = profiles.recoded(null.schema)
    mixture, other = (fit.mixture.bind(rows.schema) for fit in (null, alternative))
    simulation = Simulation.of(mixture, null.params, rows, QUESTION, seed)
    drawn: list[float] = []
    refitted = 0
    name = f"test of {null.types:,} against {counted(alternative.types, 'type')}"
    settings = {"replicates": replicates, "seed": seed, "null": init_digest(null), "fit": init_digest(alternative)}
    with interruptible() as interrupt, opened(checkpoint, profiles, name, settings, EVERY) as work:
        threads = threads_of(jobs)
        simulated = RatioSimulation(
            simulation, null.params, other, alternative.params, STARTS, threads, interrupt, work
        )
        for ratios in simulated.ratios(replicates):
            drawn += ratios.lr.tolist()
            something_to_keep()
            refitted += ratios.refitted
            if each is not None:
                each(len(drawn))
            if int((np.array(drawn) >= lr - SAME).sum()) >= STOP:
                break
    return _result(max(lr, 0.0), np.array(drawn), replicates, refitted, null, alternative)


def _result(lr: float, drawn: Floats, asked: int, refitted: int, null: Fit, alternative: Fit) -> BLRT:
    """Return the test by the replicates up to the one where it stops, whatever was drawn beside it."""
    from scipy.stats import beta

    large = np.cumsum(drawn >= lr - SAME)
    if large.max(initial=0) >= STOP:
        drawn = drawn[: int(np.argmax(large >= STOP)) + 1]
    used = drawn[~np.isnan(drawn)]
    n, b = len(used), int((used >= lr - SAME).sum())
    if not n:
        raise InputError(Fault("the test was interrupted before any replicate was done", remedy="Run it again"))
    p = b / n if b >= STOP and len(drawn) < asked else (b + 1) / (n + 1)
    low = float(beta.ppf(0.025, b, n - b + 1)) if b else 0.0
    high = float(beta.ppf(0.975, b + 1, n - b)) if b < n else 1.0
    return BLRT(alternative.types, lr, p, n, b, low, high, asked, refitted, len(drawn) - n, float(used.mean()),
                float(np.quantile(used, 0.95)), null, alternative)  # fmt: skip
