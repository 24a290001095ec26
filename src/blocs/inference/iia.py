"""iia_test: whether the odds between outcomes are the same on every menu, within the types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, counted, nearest
from ..core.lazy import lazy_import
from ..core.schema import Item
from ..core.summary import Summary, listed, p_value
from ..em.fit import fit as fit_types
from ..profiles import Profiles, Traced, profiles_of
from ..results.fit_result import Fit
from .matching import assigned
from .menu_items import menu_name, with_menu_items

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["IIATest", "iia_test"]

Floats = NDArray[np.float64]
FEW = 5.0
"""Expected observations of a type with a menu, below which its odds there are hardly known."""


@dataclass(frozen=True)
class IIATest:
    """A likelihood-ratio test of IIA: one set of odds for all menus against odds of their own on each.

    Attributes
    ----------
    types : int
        Number of types K.
    loglik_pooled, loglik_menus : float
        Log-likelihood with IIA, and with probabilities of their own on every menu.
    lr : float
        Twice the difference.
    df : int
        Degrees of freedom, K (sum over menus (outcomes - 1) - (L - 1)), summed over the items.
    p : float
        By the chi-square distribution.
    items : DataFrame
        One row for each item tested, freed alone: item, menus, lr, df, p, untested (outcomes that are on one menu only,
        whose odds nothing else tells of).
    table : DataFrame
        One row for each type, item tested, menu and outcome: type, item, menu, outcome, full (whether all outcomes are
        on the menu), expected (observations of the type that had the menu), share (probability on this menu by itself)
        and iia (what one set of odds says it is).
    pooled, by_menu : Fit
        The two fits. Types of the table are those of `pooled`.

    See Also
    --------
    blocs.iia_test
    """

    types: int
    loglik_pooled: float
    loglik_menus: float
    lr: float
    df: int
    p: float
    items: pd.DataFrame
    table: pd.DataFrame
    pooled: Fit
    by_menu: Fit

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know before relying on the p-values."""
        few = self.table[self.table["expected"] < FEW].groupby(["type", "item", "menu"], sort=False).ngroups
        untested = self.items[self.items["untested"] != ""]
        fits = (("pooled", self.pooled), ("menu by menu", self.by_menu))
        notes = [
            f"{row['item']}: not tested for {row['untested']}, which stands on one menu only."
            for row in untested.to_dict("records")
        ]
        if few:
            notes.append(f"A type has fewer than {FEW:.0f} observations on {counted(few, 'menu')}: its odds there are "
                         "hardly known, and p is too large rather than too small.")  # fmt: skip
        notes += [
            f"The {name} fit is flagged {flag!r}." for name, fit in fits for flag in fit.flags
            if flag in ("step_limit", "interrupted", "empty_type", "not_identified", "best_once")
        ]  # fmt: skip
        return tuple(notes)

    @property
    def overall(self) -> pd.DataFrame:
        """The table over all types: item, menu, outcome, full, observed (number), share, iia, difference."""
        rows = self.table.assign(own=self.table["expected"] * self.table["share"],
                                 pooled=self.table["expected"] * self.table["iia"])  # fmt: skip
        keys = ["item", "menu", "outcome", "full"]
        sums = rows.groupby(keys, sort=False)[["expected", "own", "pooled"]].sum().reset_index()
        share, iia = sums["own"] / sums["expected"], sums["pooled"] / sums["expected"]
        return sums[keys].assign(observed=sums["own"], share=share, iia=iia, difference=share - iia)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, tables and notes as plain data for JSON."""
        numbers = {name: getattr(self, name) for name in ("types", "loglik_pooled", "loglik_menus", "lr", "df", "p")}
        tables = {name: getattr(self, name).to_dict("records") for name in ("items", "overall", "table")}
        return {**numbers, **tables, "notes": list(self.notes)}

    def __str__(self) -> str:
        words = [(row["item"], _words(row["lr"], row["df"], row["p"])) for row in self.items.to_dict("records")]
        title = f"IIA within {counted(self.types, 'type')}: likelihood-ratio test"
        rows = [("all items", _words(self.lr, self.df, self.p)), *words, *(("note", note) for note in self.notes)]
        return Summary(title, rows).text()


def _words(lr: float, df: int, p: float) -> str:
    return f"LR {lr:,.4f}, {counted(df, 'degree')} of freedom, {p_value(p)}"


def iia_test(
    profiles: Profiles | Traced,
    types: int,
    items: Sequence[str] | None = None,
    kind: str = "lr",
    cluster: str | None = None,
    **settings: Any,
) -> IIATest:
    """Test whether the odds between outcomes are the same on every menu (independence of irrelevant alternatives).

    Parameters
    ----------
    profiles : Profiles or coded ballots
        Data in which menus vary.
    types : int
        Number of types K: the one that is used. With too few types IIA seems to fail where it holds within types.
    items : sequence of str, optional
        Items to be tested; by default all with more than one menu.
    kind : str
        "lr": the likelihood-ratio test. "wald" is not available yet.
    cluster : str, optional
        Not available yet: it belongs to kind="wald".
    **settings
        Arguments of `blocs.fit`, such as `starts` and `seed`.

    Returns
    -------
    IIATest
        Overall and item by item, with the shares on every menu beside those that IIA says. Printable.

    Raises
    ------
    InputError
        As `blocs.fit`; if no item has two outcomes on several menus, or an item that is named has not.
    UnsupportedError
        For other kinds of test, and with sampling weights.

    Notes
    -----
    Under the alternative every menu is an item of its own, missing where a row had another menu; its fit begins at the
    posteriors of the pooled one, then at random starts, and the best is kept (`docs/formulas_fit.md`).

    Examples
    --------
    >>> import blocs
    >>> table = {"house": ["D", "R", "none", "D", "none"], "stood": ["both", "both", "both", "one", "one"],
    ...          "n": [500, 400, 100, 85, 15]}
    >>> menus = {"house": ("stood", {"both": {"D", "R", "none"}, "one": {"D", "none"}})}
    >>> profiles = blocs.Profiles.from_table(table, items=["house"], menus=menus, weights="n")
    >>> print(blocs.iia_test(profiles, types=1))
    IIA within 1 type: likelihood-ratio test
      all items  LR 0.1770, 1 degree of freedom, p = 0.6740
      house      LR 0.1770, 1 degree of freedom, p = 0.6740
      note       house: not tested for R, which stands on one menu only.
    """
    from scipy.stats import chi2

    data = profiles_of(profiles)
    _refuse(kind, cluster, data)
    tested = _tested(data, items)
    pooled = fit_types(data, types, **settings)
    zeta = pooled.evaluate(data).posterior
    by_menu = _freed(data, [item.name for item in tested], zeta, types, settings)
    rows = []
    for item in tested:
        alone = by_menu if len(tested) == 1 else _freed(data, [item.name], zeta, types, settings)
        lr, df = max(2 * (alone.loglik - pooled.loglik), 0.0), types * _freedom(item)
        rows.append({"item": item.name, "menus": len(item.menus), "lr": lr, "df": df, "p": float(chi2.sf(lr, df)),
                     "untested": ", ".join(map(str, _on_one_menu(item)))})  # fmt: skip
    lr, df = max(2 * (by_menu.loglik - pooled.loglik), 0.0), types * sum(map(_freedom, tested))
    table = _menu_table(data, tested, pooled, by_menu, zeta)
    return IIATest(types, pooled.loglik, by_menu.loglik, lr, df, float(chi2.sf(lr, df)), pd.DataFrame(rows), table,
                   pooled, by_menu)  # fmt: skip


def _refuse(kind: str, cluster: str | None, profiles: Profiles) -> None:
    if kind == "wald":
        raise UnsupportedError("The test of IIA with kind='wald' is not available yet. Use kind='lr'.")
    if kind != "lr":
        raise InputError(Fault(f"there is no test {kind!r}", argument="kind", rule="The tests are 'lr', 'wald'",
                               nearest=nearest(kind, ("lr", "wald"))))  # fmt: skip
    if cluster is not None:
        raise UnsupportedError("A test of IIA clustered on a group is not available yet: the likelihood-ratio test has "
                               "none. Leave out `cluster=`.")  # fmt: skip
    if profiles.design:
        raise UnsupportedError("The test of IIA is not available with sampling weights: a likelihood ratio needs "
                               "numbers of observations.")  # fmt: skip


def _tested(profiles: Profiles, names: Sequence[str] | None) -> list[Item]:
    """Return the items to be tested; refuse those that have no menus to compare."""
    several = {item.name: item for item in profiles.schema.items if item.kind is None and _freedom(item) > 0}
    if names is None:
        if not several:
            raise InputError(Fault("no item has menus that can be compared", argument="profiles",
                                   rule="IIA says something where two outcomes stand on several menus"))  # fmt: skip
        return list(several.values())
    faults = [
        Fault(f"{name!r} has no menus that can be compared", argument="items",
              rule=f"Items that have are {listed(list(map(repr, several)), 20) or 'none'}",
              nearest=nearest(name, several))
        for name in names if name not in several
    ]  # fmt: skip
    if faults or not names:
        raise InputError(*(faults or [Fault("there are none", argument="items", rule="Name one or more")]))
    return [several[name] for name in dict.fromkeys(names)]


def _freedom(item: Item) -> int:
    """Return how many more parameters of a type an item has when every menu has its own."""
    return sum(len(menu) - 1 for menu in item.menus) - (len(item.outcomes) - 1)


def _on_one_menu(item: Item) -> list[object]:
    """Return the outcomes that are on one menu only."""
    on = [sum(option in menu for menu in item.menus) for option in range(len(item.outcomes))]
    return [label for label, number in zip(item.outcomes, on, strict=True) if number == 1]


def _freed(profiles: Profiles, names: list[str], zeta: Floats, types: int, settings: dict[str, Any]) -> Fit:
    """Return the best fit with probabilities of their own on every menu of some items.

    An M-step from the pooled posteriors (U, K) is where the first begins: it has at least the pooled log-likelihood.
    """
    freed = with_menu_items(profiles, names)
    random = fit_types(freed, types, **settings)
    if types == 1:
        return random
    start = random.mixture.from_posteriors(freed, zeta)
    warm = fit_types(freed, types, **{**settings, "init": start})
    return warm if warm.loglik > random.loglik else random


def _menu_table(profiles: Profiles, tested: list[Item], pooled: Fit, by_menu: Fit, zeta: Floats) -> pd.DataFrame:
    """Return the shares of every type on every menu, by both fits; types of the second matched by posteriors."""
    freed = with_menu_items(profiles, [item.name for item in tested])
    again = by_menu.evaluate(freed).posterior
    order = [column for _, column in assigned(-(zeta * profiles.weights[:, None]).T @ again)]
    tables, offsets = pooled.mixture.table(pooled.params), profiles.schema.offsets
    own, own_offsets = by_menu.mixture.table(by_menu.params)[:, order], freed.schema.offsets
    of_types = again[:, order] * profiles.weights[:, None]
    places, new_places = ({name: j for j, name in enumerate(p.schema.names)} for p in (profiles, freed))
    parts = []
    for item in tested:
        first = int(offsets[places[item.name]]) + 1
        starts = np.cumsum([first, *map(len, item.menus)])
        for m in sorted(range(len(item.menus)), key=lambda m: -len(item.menus[m])):
            menu, first = item.menus[m], int(starts[m])
            new = new_places[menu_name(item, m)]
            expected = of_types[freed.codes[:, new] > 0].sum(axis=0)
            at = int(own_offsets[new]) + 1
            parts += [
                {"type": k + 1, "item": item.name, "menu": "|".join(map(str, item.menu_labels(m))),
                 "outcome": item.outcomes[option], "full": len(menu) == len(item.outcomes),
                 "expected": expected[k], "share": own[at + i, k], "iia": tables[first + i, k]}
                for i, option in enumerate(menu) for k in range(pooled.types)
            ]  # fmt: skip
    return pd.DataFrame(parts).sort_values("type", kind="stable", ignore_index=True)
