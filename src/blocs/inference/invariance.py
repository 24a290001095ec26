"""invariance_test: whether the types' probabilities are equal in all groups, item by item and of all items together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, counted, taken_columns
from ..core.interrupts import interruptible
from ..core.lazy import lazy_import
from ..core.summary import Summary, p_value
from ..em.fit import fit as fit_types
from ..em.multi_group import freed_fit
from ..membership import Groups
from ..profiles import Profiles, require_profiles
from ..profiles.group_items import group_item
from ..results.fit_result import Fit
from .fitted_rows import require_categories

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["InvarianceTest", "ItemTest", "invariance_test"]

Floats = NDArray[np.float64]
OWN = ("item", "outcome", "equal", "own", "difference")
"""Columns of the table by group, beside type."""


class ItemTest(NamedTuple):
    """A fit in which an item, or all items, may differ by group, beside the fit in which all are equal.

    item: its name, None for all; statistic: likelihood ratio; df; p of the chi-squared distribution; free: the fit.
    """

    item: str | None
    statistic: float
    df: int
    p: float
    free: Fit


@dataclass(frozen=True, repr=False)
class InvarianceTest:
    """Likelihood-ratio tests of equal probabilities in all groups; made by `blocs.invariance_test`.

    Attributes
    ----------
    equal : Fit
        The fit in which all items are equal; groups have shares of their own.
    tests : tuple of ItemTest
        One for each item tested, whose types go with those of `equal`.
    together : ItemTest
        Of all items tested, together.
    """

    equal: Fit
    tests: tuple[ItemTest, ...]
    together: ItemTest

    @property
    def items(self) -> pd.DataFrame:
        """The tests: item, statistic, df, p."""
        return pd.DataFrame([test[:4] for test in self.tests], columns=["item", "statistic", "df", "p"])

    def table(self) -> pd.DataFrame:
        """Return the probabilities by group of each item tested.

        Returns
        -------
        DataFrame
            One row for each group, type, item and outcome: the columns of the groups, type, item, outcome, equal (its
            probability where all items are equal), own (where this item differs by group), difference. NaN where a
            group could not choose the outcome, or a type says nothing of it.
        """
        groups, equal, parts = _groups(self.equal), self.equal.table(), list[pd.DataFrame]()
        for test in self.tests:
            own, at = test.free.table(), equal[equal["item"] == test.item]
            for g, label in enumerate(groups.labels):
                of_group = own[own["item"] == group_item(str(test.item), groups.pairs(g))]
                both = at.rename(columns={"probability": "equal"}).merge(
                    of_group.rename(columns={"probability": "own"}).drop(columns="item"), "left", ["type", "outcome"]
                )
                parts.append(both.assign(**dict(zip(groups.names, label, strict=True))))
        table = pd.concat(parts, ignore_index=True)
        names = [*groups.names, "type", *OWN[:-1]]
        return table[names].assign(difference=table["own"] - table["equal"])

    def __str__(self) -> str:
        every = len(self.tests) == len(self.equal.schema.items)
        words = [(str(test.item), _words(test)) for test in self.tests]
        together = "all items" if every else f"these {counted(len(words), 'item')}"
        rows = words if len(words) == 1 else [(together, _words(self.together)), *words]
        title = f"Equal probabilities by {', '.join(_groups(self.equal).names)}, {counted(self.equal.types, 'type')}"
        return Summary(title, rows).text()

    __repr__ = __str__


def invariance_test(
    profiles: Profiles, types: int, groups: str | Sequence[str], items: str | Sequence[str] | None = None,
    **settings: Any,
) -> InvarianceTest:
    """Test whether the types answer alike in all groups: measurement invariance.

    Parameters
    ----------
    profiles : Profiles
        Profiles of items of categories, with covariates.
    types : int
        Number of types K.
    groups : str or sequence of str
        Column(s) of their covariates, such as the party; each group has shares of its own in every fit.
    items : str or sequence of str, optional
        Items that are tested; all by default.
    **settings
        Arguments of `blocs.fit`, without `checkpoint`.

    Returns
    -------
    InvarianceTest
        To be printed; `items`, `together`, `table()`, and the fits.

    Raises
    ------
    InputError
        As `blocs.fit`; for items that are not there, a single group, and a column of groups that has the name of a
        column of `table()`.
    UnsupportedError
        For counts and measurements, a prior, sampling weights, and `checkpoint=`.

    Notes
    -----
    Each test frees one item, which then is one item for each group (`blocs.items_by_group`), and keeps the others
    equal. Its fit begins at the types of the equal fit, and at random. Twice the difference of the log-likelihoods is
    chi-squared with K (sum over groups of outcomes less 1, minus outcomes less 1) degrees of freedom. With all items
    free the fit is one of each group by itself, whose types do not go together.

    Examples
    --------
    >>> import blocs, numpy as np
    >>> rng = np.random.default_rng(1)
    >>> kind, party = rng.integers(2, size=400), rng.integers(2, size=400)
    >>> table = {name: (rng.random(400) < np.where(kind, 0.9, 0.2)).astype(int) for name in "abcd"}
    >>> table["d"] = (rng.random(400) < np.where(kind == party, 0.9, 0.2)).astype(int)  # of two parties, not alike
    >>> profiles = blocs.Profiles.from_table({**table, "party": party}, covariates="party")
    >>> test = blocs.invariance_test(profiles, 2, "party", starts=5, seed=1)
    >>> test.items.set_index("item")["p"].lt(0.001).to_dict(), test.together.df
    ({'a': False, 'b': False, 'c': False, 'd': True}, 8)
    """
    require_profiles(profiles)
    of = Groups.of(groups, profiles)
    names = _refuse(profiles, of, items, settings)
    with interruptible():
        equal = fit_types(profiles, types, **settings, groups=of.names)
        zeta = equal.mixture.posterior(equal.params, profiles)[1]
        tests = tuple(_test(profiles, of, [name], equal, zeta, settings) for name in names)
        together = tests[0] if len(names) == 1 else _test(profiles, of, names, equal, zeta, settings)
    return InvarianceTest(equal, tests, together._replace(item=None))


def _refuse(
    profiles: Profiles, groups: Groups, items: str | Sequence[str] | None, settings: dict[str, Any]
) -> list[str]:
    """Return the items to be tested; raise for what is not available."""
    require_categories(profiles.schema, "A test of equal probabilities")
    if settings.get("prior") or profiles.design:
        what = "a prior" if settings.get("prior") else "sampling weights"
        raise UnsupportedError(f"A test of equal probabilities is not available with {what}: it compares maxima of the "
                               "likelihood of the rows.")  # fmt: skip
    if settings.get("constraints") is not None:
        raise UnsupportedError("A test of equal probabilities is not available with constraints. Leave out "
                               "`constraints=`, or fit `blocs.items_by_group` with them and compare with "
                               "blocs.lr_test.")  # fmt: skip
    if settings.get("checkpoint") is not None:
        raise UnsupportedError("A test of equal probabilities is not available with `checkpoint=`: a checkpoint is "
                               "that of one fit, and the test makes several. Leave it out.")  # fmt: skip
    if len(groups) < 2:
        raise InputError(Fault(f"there is one group, {groups.word(0)}", argument="groups", rule="Two or more are "
                               "compared"))  # fmt: skip
    if taken := taken_columns(groups.names, "groups", OWN):
        raise InputError(*taken)
    known = profiles.schema.names
    names = list(dict.fromkeys(known if items is None else [items] if isinstance(items, str) else items))
    faults = [Fault(f"there is no item {name!r}", argument="items", rule=f"The items are {', '.join(map(repr, known))}")
              for name in names if name not in known]  # fmt: skip
    if faults or not names:
        raise InputError(*(faults or [Fault("there are none", argument="items", rule="Name one or more")]))
    return names


def _test(
    profiles: Profiles, groups: Groups, names: list[str], equal: Fit, zeta: Floats, settings: dict[str, Any]
) -> ItemTest:
    """Return the test that frees items, from the posteriors (U, K) of the fit in which all are equal."""
    from scipy.special import chdtrc  # scipy takes long to load, and tests are seldom asked for

    free = freed_fit(fit_types, profiles, groups, names, equal, zeta, settings)
    statistic, df = max(2 * (free.loglik - equal.loglik), 0.0), free.n_parameters - equal.n_parameters
    return ItemTest(names[0], statistic, df, float(chdtrc(df, statistic)) if df else 1.0, free)


def _groups(fit: Fit) -> Groups:
    assert fit.groups is not None, "the fit was made with groups"
    return fit.groups


def _words(test: ItemTest) -> str:
    return f"LR {test.statistic:,.2f}, {counted(test.df, 'degree')} of freedom, {p_value(test.p)}"
