"""lr_test: the likelihood ratio of a fit with constraints, or any other that is a special case, against a free one."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..core.errors import Fault, InputError, UnsupportedError, counted
from ..core.summary import p_value
from ..profiles import Profiles, Traced, profiles_of
from ..results.fit_result import Fit
from .curvature import require_maximum
from .fitted_rows import require_fit

__all__ = ["LRTest", "lr_test"]

MOST_SHOWN = 3
"""Items that a note names."""
SAME = 1e-4
"""Log-likelihood by which the free fit may be lower: less is what stopping rules leave."""


class LRTest(NamedTuple):
    """A likelihood-ratio test.

    Attributes
    ----------
    lr : float
        Twice the difference of the log-likelihoods.
    df : int
        Difference of the numbers of free parameters.
    p : float
        Of the chi-squared distribution.
    notes : tuple of str
        What a reader should know before relying on the p-value.
    """

    lr: float
    df: int
    p: float
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and notes as plain data for JSON."""
        return {**self._asdict(), "notes": list(self.notes)}

    def __str__(self) -> str:
        numbers = f"LR {self.lr:,.2f}, {counted(self.df, 'degree')} of freedom, {p_value(self.p)}"
        return "\n".join([numbers, *self.notes])


def lr_test(restricted: Fit, free: Fit, profiles: Profiles | Traced) -> LRTest:
    """Test a fit against one of which it is a special case, such as one with constraints against one without.

    Parameters
    ----------
    restricted : Fit
        The special case, by maximum likelihood.
    free : Fit
        The more general fit of the same number of types to the same data, by maximum likelihood.
    profiles : Profiles or coded ballots
        The data that both were fitted to.

    Returns
    -------
    LRTest
        lr, df, p, notes.

    Raises
    ------
    InputError
        For what is not a fit, and for fits whose numbers of parameters, or of types, or log-likelihoods, are not those
        of a special case and the general one.
    MismatchError
        If the profiles are not those that were fitted.
    UnsupportedError
        For fits with a prior, and sampling weights.

    Notes
    -----
    Twice the difference of the log-likelihoods is chi-squared in large samples where the constraints hold inside the
    range of the parameters. It is not where they put a probability at 0 or 1, which a note says, nor for numbers of
    types: `blocs.blrt` tests these. That one fit is a special case of the other is for the caller to know.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "n": [30, 10, 20, 40]}
    >>> profiles = blocs.Profiles.from_table(table, weights="n")
    >>> even = [{"item": "a", "type": 1, "outcome": 0, "equals": 0.5}]
    >>> print(blocs.lr_test(blocs.fit(profiles, 1, constraints=even), blocs.fit(profiles, 1), profiles))
    LR 4.03, 1 degree of freedom, p = 0.0448
    """
    for name, fit in (("restricted", restricted), ("free", free)):
        require_fit(fit, name)
        require_maximum(fit, "A likelihood-ratio test is")
    of = profiles_of(profiles)
    if of.design:
        raise UnsupportedError("A likelihood-ratio test is not available with sampling weights: it takes rows as "
                               "independent observations of weight 1.")  # fmt: skip
    restricted.check(of)
    free.check(of)
    if restricted.types != free.types:
        raise InputError(Fault(f"it has {counted(free.types, 'type')}, and the other fit {restricted.types:,}",
                               argument="free", rule="Numbers of types have no chi-squared distribution",
                               remedy="Test them with `blocs.blrt`"))  # fmt: skip
    df, gain = free.n_parameters - restricted.n_parameters, free.loglik - restricted.loglik
    if df <= 0:
        raise InputError(Fault(f"it has {counted(free.n_parameters, 'parameter')}, and the special case "
                               f"{restricted.n_parameters:,}", argument="free",
                               rule="The general fit has more"))  # fmt: skip
    if gain < -SAME:
        raise InputError(Fault(f"its log-likelihood is {-gain:.4f} lower than that of the special case",
                               argument="free", rule="The general fit describes the data at least as well",
                               remedy="Fit it with more starts, or from the special case with `init=`"))  # fmt: skip
    from scipy.special import chdtrc  # scipy takes long to load, and tests are seldom asked for

    lr = 2 * max(gain, 0.0)
    return LRTest(lr, df, float(chdtrc(df, lr)), _notes(restricted, free))


def _notes(restricted: Fit, free: Fit) -> tuple[str, ...]:
    """Return what is to be known where the special case puts probabilities at 0 or 1 and the free fit does not."""
    more = set(restricted.mixture.constraints) - set(free.mixture.constraints)
    ends = list(dict.fromkeys((c.item, c.type) for c in restricted.mixture.constraints
                              if c in more and c.equals in (0.0, 1.0)))  # fmt: skip
    if not ends:
        return ()
    named = " and ".join(f"item {item!r} under type {k}" for item, k in ends[:MOST_SHOWN])
    others = f" and {len(ends) - MOST_SHOWN} more" if len(ends) > MOST_SHOWN else ""
    return (f"The special case puts probabilities at 0 or 1 ({named}{others}): there the likelihood ratio is not "
            "chi-squared, and p is as a rule too large.",)  # fmt: skip
