"""profile_interval: the values of a probability that the likelihood does not speak against, also at 0 and 1."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.errors import Fault, InputError, UnsupportedError, counted, named, nearest
from ..core.lazy import lazy_import
from ..em.loop import StoppingRule, run_em
from ..em.quasi_newton import stepper
from ..engines import Serial
from ..model.mixture import Params
from ..profiles import Profiles, Traced
from ..results.fit_result import Fit
from .fitted_rows import observations

if TYPE_CHECKING:
    from scipy import optimize, stats
else:
    optimize, stats = lazy_import("scipy.optimize"), lazy_import("scipy.stats")

__all__ = ["ProfileInterval", "profile_interval"]

EDGE, OF_ONE = 1e-9, 1e-5
"""Probability at which an interval that has not ended reaches 0 or 1; and observations expected there, at most."""
NEAR = 1e-3
"""Distance from 0 or 1 from which on an estimate is not on the boundary."""
NOTHING = 1e-3
"""Twice the log-likelihood that is lost on the way from an estimate on the boundary to 0 or 1, at most."""
SIDES = {"both": "an interval with two ends", "one": "a bound on the side away from the nearer of 0 and 1"}
CLOSE = 1e-4
"""How exactly the ends are found, in log-odds."""
FIRST, FARTHEST = 0.5, 4.0
"""First step away from the estimate, and the longest, in log-odds."""
ITERATIONS = 1_000
"""Iterations with one probability held, at most: far from the estimates it is enough that the likelihood is low."""
BETTER = 1e-3
"""Rise of the log-likelihood from which on the fit was not the best optimum."""


class ProfileInterval(NamedTuple):
    """The interval of a probability by the profile likelihood.

    Attributes
    ----------
    probability : float
        The estimate.
    low, high : float
        Ends of the interval.
    level : float
        Its confidence.
    """

    probability: float
    low: float
    high: float
    level: float


def profile_interval(
    fit: Fit, profiles: Profiles | Traced, *, item: str, outcome: Any, type: int, level: float = 0.95,
    side: str = "both",
) -> ProfileInterval:  # fmt: skip
    """Return the values of an outcome's probability that the likelihood ratio does not reject.

    Parameters
    ----------
    fit : Fit
        A fit by maximum likelihood.
    profiles : Profiles or coded ballots
        The data that were fitted.
    item : str
        An item of categories.
    outcome : label
        One of its outcomes.
    type : int
        Number of the type, from 1.
    level : float
        Confidence.
    side : str
        "both": an interval with two ends. "one": a bound on the side away from the nearer of 0 and 1, where the
        interval begins. An estimate at 0 or 1 has such a bound in any case.

    Returns
    -------
    ProfileInterval
        probability, low, high, level. An interval that does not end before 0 or 1 ends there.

    Raises
    ------
    InputError
        For items, outcomes, types and sides that are not there.
    MismatchError
        If the profiles are not those that were fitted.
    UnsupportedError
        For items of numbers, fits with a prior, sampling weights, and where a better optimum is found on the way.

    Notes
    -----
    With L(p) the log-likelihood at its maximum over all other parameters, the interval holds the p for which
    2 (L - L(p)) is at most the quantile of chi-square with one degree of freedom (Venzon and Moolgavkar 1988;
    `docs/formulas.md`, "Standard errors"), for a bound on one side that of twice the error allowed. From an estimate on
    the boundary the bound is where the likelihood is 1 - level of its maximum: of n observations that are known to be
    of the type it is 1 - (1 - level)^(1/n), about 3/n for 95 per cent (the rule of three). Chi-square would allow too
    little there. Each L(p) is a fit that begins at the estimates, so that large data take a while.

    Examples
    --------
    >>> import blocs
    >>> profiles = blocs.Profiles.from_table({"a": ["x", "y"], "n": [97, 3]}, weights="n")
    >>> interval = blocs.profile_interval(blocs.fit(profiles, types=1), profiles, item="a", outcome="y", type=1)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.0075, 0.0759)
    """
    of = observations(fit, profiles)
    where = _position(fit, item, outcome, type)
    named(SIDES, side, "side", "side of an interval", "sides of an interval")
    _check_level(level, side)
    if of.design:
        raise UnsupportedError(
            "A profile interval is not available with sampling weights, under which likelihood ratios have no "
            "chi-square distribution. Use blocs.standard_errors, whose robust errors hold."
        )
    fit.check(of)
    rows = of.recoded(fit.schema)
    profile = _Profile(fit, rows, where, item, outcome, type - 1)
    p = profile.estimate
    if profile.on_boundary():
        quantile = -2 * float(np.log1p(-level))
    else:
        quantile = float(stats.chi2.ppf(level if side == "both" else max(2 * level - 1, 0.0), 1))
    low = 0.0 if side == "one" and p < 0.5 else profile.end(quantile, profile.edge)
    high = 1.0 if side == "one" and p >= 0.5 else profile.end(quantile, 1 - profile.edge)
    return ProfileInterval(p, low, high, level)


class _Profile:
    """The log-likelihood at its maximum where one probability is held at a value."""

    def __init__(self, fit: Fit, rows: Profiles, where: int, item: str, outcome: Any, column: int) -> None:
        self.mixture = fit.mixture.bind(rows.schema)
        family, theta = self.mixture.families[where], fit.params.families[where][:, 0]
        self.held = (item, outcome, column)
        lines = [line for line in family.describe(theta) if (line.item, line.outcome) == (item, outcome)]
        self.family, self.where, self.loglik = family, where, fit.loglik
        self.placed, self.start = self.mixture.place(rows), fit.params
        self.estimate = float(lines[0].value[column])
        self.edge = min(EDGE, OF_ONE / max(fit.n, 1.0))  # so near that the likelihood is that of 0, however large n is
        self.words = f"{outcome!r} of item {item!r}, type {column + 1},"

    def on_boundary(self) -> bool:
        """Whether the log-likelihood is as high at the nearer of 0 and 1 as at the estimate."""
        p = self.estimate
        edge = self.edge if p < 0.5 else 1 - self.edge
        return min(p, 1 - p) < NEAR and self._ratio(float(np.log(edge) - np.log1p(-edge)), self.start)[0] < NOTHING

    def end(self, quantile: float, edge: float) -> float:
        """Return where the interval ends on the way from the estimate to the edge, 0 or 1 where it does not.

        Steps double until one goes too far; then the end is searched for. Each fit begins where the last one inside
        the interval ended, so that all follow the optimum of the estimates.
        """
        within = min(max(self.estimate, self.edge), 1 - self.edge)
        inside, last = (float(np.log(p) - np.log1p(-p)) for p in (within, edge))
        way, step, params = float(np.sign(last - inside)), FIRST, self.start
        while inside != last:
            there = inside + way * step if abs(last - inside) > step else last
            ratio, reached = self._ratio(there, params)
            if ratio > quantile:
                return _probability(self._between(inside, there, quantile, params))
            inside, step, params = there, min(2 * step, FARTHEST), reached
        return float(round(edge))

    def _between(self, inside: float, outside: float, quantile: float, params: Params) -> float:
        """Return the log-odds between two at which the likelihood ratio is the quantile."""
        nearest_inside = [params]

        def above(logit: float) -> float:
            ratio, reached = self._ratio(logit, nearest_inside[0])
            if ratio <= quantile:
                nearest_inside[0] = reached
            return ratio - quantile

        return float(optimize.brentq(above, inside, outside, xtol=CLOSE))

    def _ratio(self, logit: float, params: Params) -> tuple[float, Params]:
        """Return twice the log-likelihood that is lost with the probability at a value, and the parameters there."""
        p = _probability(logit)
        family = self.family.holding(*self.held, p)
        families = [*self.mixture.families]
        families[self.where] = family
        mixture = replace(self.mixture, families=tuple(families))
        blocks, charted = [*params.blocks], family.charted
        assert charted is not None, "a family that holds a probability has coordinates"
        mu = blocks[self.where + 1][:, 0]
        blocks[self.where + 1] = charted.unchart(charted.chart(mu))[:, None]  # there and back puts the value in place
        start = Params(tuple(blocks))
        ended = run_em(mixture, Serial(), self.placed, start, StoppingRule(steps=ITERATIONS), stepper("auto", mixture))
        lost = self.loglik - float(ended.loglik[0])
        if lost < -BETTER:
            raise UnsupportedError(
                f"With the probability of {self.words} at {p:.6g} the log-likelihood is {-lost:.4f} higher "
                "than that of the fit, which is no maximum. Fit again with more starts."
            )
        return 2 * max(lost, 0.0), ended.params


def _probability(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))


def _check_level(level: float, side: str) -> None:
    if not 0 < level < 1:
        raise InputError(Fault(f"it is {level!r}", argument="level", rule="A confidence is between 0 and 1"))
    if side == "one" and level <= 0.5:
        rule = "The confidence of a bound on one side is above 0.5"
        raise InputError(Fault(f"it is {level!r}", argument="level", rule=rule))


def _position(fit: Any, item: str, outcome: Any, number: int) -> int:
    """Return the position of the item's family among the families of the fit."""
    if not isinstance(fit, Fit):
        raise UnsupportedError(f"A profile interval is of one Fit, not of {fit.__class__.__name__}.")
    if fit.mixture.membership.pseudo:
        raise UnsupportedError("A profile interval is not available for a fit with a prior. Fit with prior=0.")
    names = fit.schema.names
    if item not in names:
        raise InputError(Fault(f"there is no item {item!r}", argument="item", rule=f"The items are {_listed(names)}",
                               nearest=nearest(item, names)))  # fmt: skip
    own = fit.schema.item(item)
    if own.kind is not None:
        raise UnsupportedError(f"A profile interval is for items of categories; item {item!r} is {own.kind.family}.")
    faults = []
    if outcome not in own.outcomes:
        faults.append(Fault(f"item {item!r} has no outcome {outcome!r}", argument="outcome",
                            rule=f"Its outcomes are {_listed(own.outcomes)}",
                            nearest=nearest(outcome, own.outcomes)))  # fmt: skip
    elif len(own.outcomes) < 2:
        faults.append(Fault(f"item {item!r} has one outcome", argument="item", rule="Its probability is 1"))
    if number not in range(1, fit.types + 1):
        faults.append(Fault(f"there is no type {number!r}", argument="type",
                            rule=f"The fit has {counted(fit.types, 'type')}, numbered from 1"))  # fmt: skip
    if faults:
        raise InputError(*faults)
    position = names.index(item)
    return next(i for i, positions in enumerate(fit.mixture.where) if position in positions)


def _listed(names: Any) -> str:
    return ", ".join(map(repr, names))
