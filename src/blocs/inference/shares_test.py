"""shares_test: whether the shares of the types depend on groups, or on each term of a formula, by likelihood ratios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import UnsupportedError, counted
from ..core.interrupts import interruptible
from ..core.lazy import lazy_import
from ..core.summary import Summary, p_value
from ..em.fit import fit as fit_types
from ..membership.formula import Term
from ..model.mixture import Params
from ..profiles import Profiles, Traced
from ..results.fit_result import Fit
from .curvature import require_maximum
from .fitted_rows import observations
from .matching import match

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["SharesTest", "TermTest", "shares_test"]

SETTINGS = ("starts", "finish", "most", "seed", "method", "gain", "change", "accelerate", "exchange", "kernel",
            "constraints")  # fmt: skip
"""Settings of a fit with which the fits without a term begin at random."""
HIGHER = 1e-4
"""Log-likelihood by which a fit without a term may be higher: less is what stopping rules leave."""
FEW = 10
"""Observations for each type, below which a group makes the chi-squared distribution rough."""


class TermTest(NamedTuple):
    """A fit without a term beside the fit.

    Attributes
    ----------
    term : str
        The term that is left out, with the products that it is part of; or the columns of the groups.
    statistic : float
        Likelihood ratio, 2 (loglik - loglik without).
    df : int
        Parameters that are left out.
    p : float
        Probability of a chi-squared statistic as large as this.
    moved : float
        How far the types are from those without the term: the share of answers that would have to differ, on average
        (`blocs.match`).
    without : Fit
        The fit without it.
    """

    term: str
    statistic: float
    df: int
    p: float
    moved: float
    without: Fit


@dataclass(frozen=True, repr=False)
class SharesTest:
    """Likelihood-ratio tests of what the shares depend on; made by `blocs.shares_test`.

    Attributes
    ----------
    tests : tuple of TermTest
        One for each term, and the last for all of them where there are several.
    notes : tuple of str
        What a reader should know.
    complete : bool
        Whether all tests were made; False after Ctrl-C.
    """

    tests: tuple[TermTest, ...]
    notes: tuple[str, ...] = ()
    complete: bool = True

    def table(self) -> pd.DataFrame:
        """Return the tests: term, statistic, df, p, moved."""
        names = ["term", "statistic", "df", "p", "moved"]
        return pd.DataFrame([test[: len(names)] for test in self.tests], columns=names)

    def __str__(self) -> str:
        rows = [
            (test.term, f"LR {test.statistic:,.2f}, {counted(test.df, 'degree')} of freedom, {p_value(test.p)}; "
                        f"types moved by {test.moved:.4f}")
            for test in self.tests
        ]  # fmt: skip
        return "\n".join([Summary("Same shares of the types without", rows).text(), *self.notes])

    __repr__ = __str__


def shares_test(fit: Fit, profiles: Profiles | Traced, *, jobs: int | None = None) -> SharesTest:
    """Test what the shares of the types depend on, by the likelihood ratio against fits without it.

    Parameters
    ----------
    fit : Fit
        A fit by maximum likelihood with `groups=` or `covariates=`.
    profiles : Profiles or coded ballots
        The data that were fitted.
    jobs : int, optional
        Number of threads; all processors by default.

    Returns
    -------
    SharesTest
        `table()`; for each term also `tests[i].without`, the fit without it, and how far the types moved.

    Raises
    ------
    MismatchError
        If the profiles are not those that were fitted.
    UnsupportedError
        For fits with the same shares for all rows, with one type or one group, with a prior, or with sampling weights;
        and where a fit without a term has a higher likelihood, so that the fit is no maximum.

    Notes
    -----
    A term is left out together with the products that it is part of. Each fit without begins at the types of the fit
    and at random, with the starts of the fit, and the better end counts. Twice the difference of the log-likelihoods is
    chi-squared with as many degrees of freedom as parameters are left out, where every group has many observations.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 0, 1, 1, 1], "b": [0, 0, 0, 1, 1, 1], "c": [0, 0, 1, 1, 1, 0], "area": list("NNNSSS")}
    >>> profiles = blocs.Profiles.from_table(table, covariates="area")
    >>> fit = blocs.fit(profiles, types=2, groups="area", starts=5, seed=1)
    >>> blocs.shares_test(fit, profiles).table()[["term", "df"]].values.tolist()
    [['area', 1]]
    """
    require_maximum(fit, "Tests of shares are")
    of = observations(fit, profiles)
    if any(item.within for item in fit.schema.items):  # fits without groups have these items too
        of = of.recoded(fit.schema)
    _refuse(fit, of)
    fit.check(of)
    asked, tests = _without(fit), list[TermTest]()
    with interruptible() as interrupt:
        for term, formula in asked.items():
            test = _test(fit, of, term, formula, jobs)
            if interrupt.is_set():  # a fit without that has not ended makes the ratio too large
                break
            tests.append(test)
    left = [f"Interrupted: {len(tests)} of {counted(len(asked), 'test')} done."] if len(tests) < len(asked) else []
    return SharesTest(tuple(tests), (*_notes(fit), *left), complete=not left)


def _refuse(fit: Fit, profiles: Profiles) -> None:
    why = {
        "a fit with the same shares for all rows: fit with groups= or covariates= first": fit.mixture.membership.common,
        "a fit of one type": fit.types == 1,
        "a fit of one group": fit.groups is not None and len(fit.groups) == 1,
        "sampling weights, whose likelihood is none of the rows: use the Wald tests of `blocs.standard_errors`":
            profiles.design,
    }  # fmt: skip
    for words in (words for words, true in why.items() if true):
        raise UnsupportedError(f"A likelihood-ratio test of shares is not available for {words}.")


def _without(fit: Fit) -> Mapping[str, str | None]:
    """Return what is left out -> the formula of the rest, None for the same shares for all rows."""
    if fit.groups is not None:
        return {", ".join(fit.groups.names): None}
    assert fit.design is not None
    terms, out = fit.design.terms, dict[str, str | None]()
    for term in terms:
        gone = [other for other in terms if {*term.factors} <= {*other.factors}]
        out[_words(gone)] = _formula([other for other in terms if other not in gone])
    return out | {_words(terms): None}


def _words(terms: Any) -> str:
    return " + ".join(term.words for term in terms)


def _formula(terms: list[Term]) -> str | None:
    return f"~ {_words(terms)}" if terms else None


def _test(fit: Fit, profiles: Profiles, term: str, formula: str | None, jobs: int | None) -> TermTest:
    from scipy.special import chdtrc  # scipy takes long to load, and tests are seldom asked for

    given = {name: fit.settings[name] for name in SETTINGS if name in fit.settings}
    alike = Params.of(fit.params.shares, fit.params.families)
    begun = fit_types(profiles, fit.types, **{**given, "init": alike}, covariates=formula, jobs=jobs)
    random = fit_types(profiles, fit.types, **given, covariates=formula, jobs=jobs)
    without = max(begun, random, key=lambda end: end.loglik)
    gain = fit.loglik - without.loglik
    if gain < -HIGHER:
        raise UnsupportedError(
            f"Without {term} the log-likelihood is {-gain:.4f} higher than that of the fit, which is no maximum. Fit "
            "again with more starts."
        )
    statistic, df = 2 * max(gain, 0.0), fit.n_parameters - without.n_parameters
    return TermTest(term, statistic, df, float(chdtrc(df, statistic)), match(fit, without).distance, without)


def _notes(fit: Fit) -> tuple[str, ...]:
    groups = fit.groups
    few = 0 if groups is None else sum(n < FEW * fit.types for n in groups.counts)
    if groups is None or not few:
        return ()
    of = f"{few:,} of {counted(len(groups), 'group')}"
    return (f"{of} have fewer than {FEW * fit.types} observations: the chi-squared distribution is rough there.",)
