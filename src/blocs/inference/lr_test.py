"""lr_test: the likelihood ratio of a fit with constraints, or any other that is a special case, against a free one."""

from __future__ import annotations

from typing import NamedTuple

from ..core.errors import Fault, InputError, UnsupportedError, counted
from ..core.summary import p_value
from ..profiles import Profiles, Traced, profiles_of
from ..results.fit_result import Fit
from .curvature import require_maximum
from .fitted_rows import require_fit

__all__ = ["LRTest", "lr_test"]

SAME = 1e-4
"""Log-likelihood by which the free fit may be lower: less is what stopping rules leave."""


class LRTest(NamedTuple):
    """A likelihood-ratio test.

    Attributes
    ----------
    statistic : float
        Twice the difference of the log-likelihoods.
    df : int
        Difference of the numbers of free parameters.
    p : float
        Of the chi-squared distribution.
    """

    statistic: float
    df: int
    p: float

    def __str__(self) -> str:
        return f"LR {self.statistic:,.2f}, {counted(self.df, 'degree')} of freedom, {p_value(self.p)}"


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
        statistic, df, p.

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
    range of the parameters. It is not where they put a probability at 0 or 1, nor for numbers of types: `blocs.blrt`
    tests these. That one fit is a special case of the other is for the caller to know.

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

    statistic = 2 * max(gain, 0.0)
    return LRTest(statistic, df, float(chdtrc(df, statistic)))
