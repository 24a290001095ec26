"""fit: from profiles to a Fit. Arguments are checked, starts are drawn and run, and the best is kept."""

from __future__ import annotations

import logging
import operator
import os
from collections.abc import Callable, Sequence
from functools import partial
from threading import Event
from typing import Any

import numpy as np

from ..core.blas import one_blas_thread
from ..core.errors import Fault, InputError, UnsupportedError, counted
from ..core.interrupts import interruptible, keeping
from ..core.limits import MOST_THREADS
from ..engines import Engine
from ..files.checkpoint import EVERY, Checkpointed, opened
from ..kernels.jit import compiling
from ..membership import Design, Groups, columns_of, in_formula, with_groups
from ..model.constraint_table import constraints_of
from ..model.mixture import Mixture, Params
from ..profiles import Profiles, require_profiles
from ..results.fit_result import Fit
from .best_fit import best_fit, compile_the_rest
from .distances import subsample
from .finished import Finished
from .given_values import given_params, init_digest
from .growth import growth_of
from .initialization import DistinctStarts
from .kept import mixture_of
from .loop import Progress, StoppingRule
from .multi_group import fit_multi_group, free_items
from .multistart import Multistart, finish_by_size

__all__ = ["cpus", "fit", "refuse_types"]

FIRST = 10_000
"""Rows among which there are mostly as many distinct ones as types."""
LEAST = {"types": 1, "starts": 1, "finish": 1, "most": 1, "seed": 0, "jobs": 1, "steps": 0}
"""Whole numbers among the arguments of `fit`, and the least each may be."""
MOST = {"types": 100_000, "starts": 1_000_000, "finish": 1_000_000, "most": 4_000_000, "jobs": MOST_THREADS,
        "prior": 10**15}  # fmt: skip
"""The most that some may be: more is a slip, and would not fit into memory or into the range of numbers."""


def fit(
    profiles: Profiles,
    types: int,
    *,
    starts: int = 20,
    finish: int | None = None,
    most: int | None = None,
    seed: int = 0,
    jobs: int | None = None,
    method: str = "mixed",
    init: Fit | Params | None = None,
    fewer: Fit | None = None,
    covariates: str | None = None,
    membership: str | None = None,
    groups: str | Sequence[str] | None = None,
    by: str | Sequence[str] | None = None,
    equal: str | Sequence[str] | None = None,
    constraints: Any = None,
    prior: float = 0.0,
    gain: float = 1e-6,
    change: float = 1e-4,
    steps: int = 10_000,
    accelerate: str = "auto",
    exchange: bool = True,
    kernel: str = "compiled",
    engine: Engine | None = None,
    checkpoint: Checkpointed = None,
    every: float = EVERY,
    watch: Callable[[Progress], None] | None = None,
) -> Fit:
    """Fit a mixture of `types` types by EM from several starts, and return the best.

    Parameters
    ----------
    profiles : Profiles
        The data: U distinct rows with their counts and weights.
    types : int
        Number of types K.
    starts : int
        Number of random starts.
    finish : int, optional
        How many of the starts, the best after a short run, are run until they converge. By default all, or half where
        data are large. Where there are more than 20,000 distinct rows, starts first use a subsample of 20,000, and
        those that are duplicate solutions there go on as one.
    most : int, optional
        While fewer than two starts reached the best optimum by their own iterations, the number of starts is doubled,
        up to this many. By default twice `starts`; 4 times where they use a subsample (there, starts that moves led to
        the optimum count too); 8 times on small tables, while fewer than three starts came to the best optimum, by
        moves or without. The same as `starts` turns this off.
    seed : int
        Start number i of a seed is always the same.
    jobs : int, optional
        Number of threads; all processors by default. Results are the same bits for any number.
    method : str
        How starts are drawn: a name in `initialization.METHODS`.
    init : Fit or Params, optional
        Starting values instead of random starts: a fit (of another run or of other data), or what `blocs.given`
        returns.
    fewer : Fit, optional
        A fit of the same items with one type less: its types and one more, split off or begun elsewhere, are tried as
        well, and count as a move does. `blocs.compare` gives each fit the one before.
    covariates : str, optional
        What the shares of the types depend on, as a formula: "~ age + C(party)". Terms are columns of the profiles'
        covariates, C(column) for the levels of a column of numbers, products a:b, and a*b for a + b + a:b; columns of
        text are levels as they are. By default the shares are the same for all rows.
    membership : str, optional
        "by_group": each group of the profiles has shares of its own, and the types are common to all.
        `Fit.shares_by_group` has them.
    groups : str or sequence of str, optional
        Column(s) of these groups, such as the precinct: covariates of the profiles or columns of their groups. By
        default, with `membership="by_group"`, the one that there is; given alone they mean that membership. Beside
        `covariates` each has an intercept of its own, C(column) in the formula.
    by : str or sequence of str, optional
        Column(s) of groups, such as the party, that have shares of their own and may answer differently. Beside
        `covariates` a group, of one column, has an intercept of its own.
    equal : str or sequence of str, optional
        With `by`: which items have the same probabilities in all groups, "all" (default), "none", or those named here.
        The others are one item for each group, "a [party REP]"; types have the numbers of those that they resemble
        where all items are equal. `blocs.lr_test` compares such fits, `blocs.invariance_test` all items one by one.
    constraints : table, optional
        Probabilities with a given value, and probabilities that are equal: a row for each, in the columns item, type,
        outcome, equals (a number, or a label that other rows have too; or, with an empty outcome, "independent" for a
        joint item). The types keep the numbers that they have here; those that the table does not tell apart are
        ordered by share. `docs/constraints.md` says which are available.
    prior : float
        Dirichlet pseudo-count of every share and outcome; 0 is maximum likelihood. With covariates the pseudo-counts of
        shares are observations of every type at the means of the columns.
    gain : float
        A start has converged when its projected remaining gain in log-likelihood is at most this, and
    change : float
        an EM step changes no parameter by more than this (and, with acceleration, the norm of the gradient per
        observation is at most 1e-8).
    steps : int
        Iterations of a start at most; a move of types begins another count.
    accelerate : str
        How EM is accelerated: a name in `quasi_newton.STEPPERS`.
    exchange : bool
        Whether moves are tried where a random start converges: one type is dissolved, another is split in two or
        begins elsewhere, and the start goes on where the likelihood gets higher. It is then counted as moved
        (`Fit.moved`), not as a start that reached the optimum (`Fit.hits`).
    kernel : str
        What computes the E-step: a name in `estep.KERNELS`.
    engine : Engine, optional
        Where the sums over all rows are computed, such as `blocs.engines.dask.Dask(client)`; by default on the threads
        of this machine, from disk where the profiles were opened from shards. Results are the same bits on any.
    checkpoint : str or Path, optional
        A file in which finished batches of starts are kept. Where it is there already the fit goes on from it, and ends
        with the bits of an undisturbed run.
    every : float
        Seconds between two times that the checkpoint is written, at least; it is also written when the fit ends, and
        when it is interrupted.
    watch : callable, optional
        Called with a `Progress` after every iteration, or after up to 50 where data are small.

    Returns
    -------
    Fit
        The best solution, with a report of where every start ended. Its types are ordered by share, largest first: all,
        or those that constraints do not tell apart.

    Raises
    ------
    InputError
        If arguments are out of range or contradict one another, there are more types than distinct rows, the formula or
        the groups are none of the covariates, constraints are of what is not there or contradict one another, or the
        checkpoint is damaged, or of other data, settings or versions.
    UnsupportedError
        For covariates with several columns of groups, or with starting values that have other ones; for constraints
        that have no solution in closed form; for items of counts and measurements that are free by group.

    Notes
    -----
    Each iteration computes the posteriors zeta_uk, proportional to pi_k prod_j p_kj(x_uj) (000 eq. 2.8), and from them
    the next shares (eq. 2.9) and probabilities (eq. 2.10); `docs/formulas.md` has the equations, the stopping rule, the
    acceleration and the moves of types. Ctrl-C ends the fit with the best solution so far, and its status is
    "interrupted".

    Examples
    --------
    >>> import blocs
    >>> answers = {"a": [0, 0, 0, 1, 1, 1], "b": [0, 0, 0, 1, 1, 1], "c": [0, 0, 1, 1, 1, 0]}
    >>> blocs.fit(blocs.Profiles.from_table(answers), types=2, starts=5, seed=1).shares.round(2).tolist()
    [0.5, 0.5]
    """
    # all arguments, for the fits of which one with items that are free by group is made
    settings = {name: value for name, value in locals().items() if name not in ("profiles", "types", "by", "equal")}
    require_profiles(profiles)
    if by is not None:
        return _multi_group(profiles, types, by, equal, settings)
    if equal is not None:
        raise InputError(Fault(f"it is {equal!r}, and there are no groups", argument="equal",
                               rule="It says which items are equal in all groups",
                               remedy="Name the column of these with `by=`"))  # fmt: skip
    profiles, groups = with_groups(profiles, membership, groups)
    whole = _whole_numbers(types=types, starts=starts, finish=finish, most=most, seed=seed, jobs=jobs, steps=steps)
    prior, gain, change, every = _numbers(prior=prior, gain=gain, change=change, every=every)
    rule = StoppingRule(gain, change, steps=whole["steps"])
    refuse_types(profiles, whole["types"])
    design = _design(covariates, groups, profiles)
    rows = () if constraints is None else constraints_of(constraints, profiles.schema, whole["types"])
    mixture = mixture_of(profiles, whole["types"], prior, kernel) if design is None and not rows else Mixture.of(
        profiles.schema, whole["types"], prior, kernel, design, rows
    )
    settings = {
        **{name: value for name, value in whole.items() if name != "jobs"}, "method": method, "prior": prior,
        "gain": gain, "change": change, "accelerate": accelerate, "exchange": exchange, "kernel": kernel,
        "init": init is not None, **({} if covariates is None else {"covariates": covariates}),
        **({} if groups is None else {"groups": list(groups)}),
        **({} if fewer is None else {"fewer": True}),
        **({"constraints": [row._asdict() for row in rows]} if rows else {}),
    }  # fmt: skip
    random = init is None and mixture.types > 1
    some = subsample(mixture, profiles, whole["seed"]) if random else profiles
    draw, count = _starting_values(init, mixture, some, method, whole)
    most = whole["most"] and max(count, whole["most"]) if random else count
    finished = min(count, whole["finish"] or finish_by_size(len(profiles), mixture.types, count))
    threads = whole["jobs"] or cpus()
    moves_seed = whole["seed"] if exchange and init is None and not rows else None  # moves make types of other types
    growth = growth_of(fewer, mixture, moves_seed is not None)
    name, own = f"fit of {counted(whole['types'], 'type')}", {
        **settings, "init": init_digest(init), **({} if fewer is None else {"fewer": init_digest(fewer)})
    }  # fmt: skip
    compiled = Event()
    with (
        one_blas_thread(), interruptible() as interrupt, compiling(partial(_compiling, compiled)),
        opened(checkpoint, profiles, name, own, every) as work,
    ):  # fmt: skip

        def prepare() -> None:
            if compiled.is_set():
                compile_the_rest(mixture, profiles, accelerate, draw(range(1)))

        search = Multistart(
            mixture, profiles, some, rule, accelerate, threads, draw, count, finished, most, moves_seed,
            keeping(watch, prepare), interrupt, engine, None if work is None else Finished(work, interrupt), growth,
        )  # fmt: skip
        return best_fit(search, search.run(), settings)


def _multi_group(
    profiles: Profiles, types: int, by: str | Sequence[str], equal: str | Sequence[str] | None, settings: dict[str, Any]
) -> Fit:
    """Return the fit whose items are equal in all groups of `by`, or free in some."""
    for name in ("membership", "groups"):
        if settings.pop(name) is not None:
            raise InputError(Fault("the groups of `by=` have shares of their own already", argument=name,
                                   rule="One of the two says what shares depend on",
                                   remedy="Leave it out"))  # fmt: skip
    profiles, names = with_groups(profiles, None, by, "by")
    if settings["covariates"] is not None:
        _refuse_beside(settings["covariates"], names or (), "by")
    groups, free = Groups.of(names or (), profiles, "by"), free_items(profiles, equal)
    if not free:
        return fit(profiles, types, groups=groups.names, **settings)
    return fit_multi_group(fit, profiles, types, groups, free, settings)


def _design(covariates: str | None, groups: Sequence[str] | None, profiles: Profiles) -> Design | Groups | None:
    """Return what the shares of the types depend on: groups beside covariates are levels in the formula."""
    if covariates is None:
        return None if groups is None else Groups.of(groups, profiles)
    if groups is None:
        return Design.of(covariates, profiles)
    if len(groups) > 1:
        raise UnsupportedError(
            "Groups by several columns are not available together with covariates. Make one column of them, or write "
            "products of C(column) in the formula."
        )
    _refuse_beside(covariates, groups, "groups")
    return Design.of(f"{covariates} + C({in_formula(groups[0])})", profiles)


def _refuse_beside(covariates: str, groups: Sequence[str], argument: str) -> None:
    """Raise InputError for columns of groups that cannot stand beside covariates; argument: that names them."""
    taken, faults = columns_of(covariates), list[Fault]()
    for name in groups:
        if name in taken:
            faults.append(Fault(f"{name!r} has intercepts of its own already", argument=argument,
                                rule=f"Beside covariates it stands for C({in_formula(name)}) in their formula",
                                remedy="Leave it out of `covariates=`"))  # fmt: skip
        elif "`" in name:
            faults.append(Fault(f"column {name!r} has a backquote", argument=argument,
                                rule="Beside covariates the name of a group stands between backquotes",
                                remedy="Give the column another name"))  # fmt: skip
    if faults:
        raise InputError(*faults)


def refuse_types(profiles: Profiles, types: int) -> None:
    """Raise InputError for more types than there are distinct rows."""
    large = len(profiles) > FIRST  # such tables are seldom looked through
    first = profiles.shards(-(-len(profiles) // FIRST))[0] if large else profiles
    if types > first.distinct and types > (most := profiles.distinct):
        rows = f"{'is' if most == 1 else 'are'} {counted(most, 'unique row')}"
        raise InputError(
            Fault(f"{types:,} types are asked for", argument="types", remedy=f"Give numbers up to {most:,}",
                  rule=f"There {rows}, which cannot tell more types apart than that")
        )  # fmt: skip


def _compiling(begun: Event) -> None:
    begun.set()
    logging.getLogger("blocs").warning("compiling kernels (once, a few seconds)")


def cpus() -> int:
    """Return the number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _starting_values(
    init: Fit | Params | None, mixture: Mixture, profiles: Profiles, method: str, whole: dict[str, Any]
) -> tuple[Callable[[range], Params], int]:
    """Return start numbers -> their parameters, and how many starts at first."""
    if init is not None or mixture.types == 1:  # one type has one optimum
        params = mixture.overall(profiles) if init is None else given_params(init, mixture)
        return (lambda numbers: params.take(slice(numbers.start, numbers.stop))), params.starts
    return DistinctStarts(method, mixture, profiles, whole["seed"]), whole["starts"]


def _whole_numbers(**given: Any) -> dict[str, Any]:
    """Return the arguments as plain int, None where they are not given; raise InputError with every fault."""
    whole: dict[str, Any] = {}
    faults = []
    for name, value in given.items():
        try:
            whole[name] = None if value is None and name in ("finish", "most", "jobs") else operator.index(value)
        except TypeError:
            whole[name] = -1
        if whole[name] is not None and whole[name] < LEAST[name]:
            faults.append(Fault(f"it is {value!r}", argument=name, rule=f"It is a whole number, {LEAST[name]} or more"))
        elif whole[name] is not None and whole[name] > MOST.get(name, np.inf):
            faults.append(Fault(f"it is {value!r}", argument=name, rule=f"It is at most {MOST[name]:,}"))
    if faults:
        raise InputError(*faults)
    return whole


def _numbers(**given: Any) -> tuple[float, ...]:
    """Return the arguments as plain float; raise InputError with every fault."""
    faults, numbers = [], []
    for name, value in given.items():
        try:
            numbers.append(float(value))
        except (TypeError, ValueError):
            numbers.append(np.nan)
        if not 0 <= numbers[-1] < np.inf:
            faults.append(Fault(f"it is {value!r}", argument=name, rule="It is a finite number, 0 or more"))
        elif numbers[-1] > MOST.get(name, np.inf):
            faults.append(Fault(f"it is {value!r}", argument=name, rule=f"It is at most {MOST[name]:,}"))
    if faults:
        raise InputError(*faults)
    return tuple(numbers)
