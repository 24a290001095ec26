"""menu_shares_test: whether the types have the same shares whatever was on the ballot, as the model says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError
from ..core.lazy import lazy_import
from ..core.schema import Item
from ..core.summary import Summary
from ..model.scores import row_scores
from ..profiles import Profiles, Traced, profiles_of
from ..results.fit_result import Fit
from .fitted_rows import FittedRows, require_fit, require_one_share, rows_of
from .score_test import (
    ROWS_AT_A_TIME,
    clusters_of,
    in_words,
    net_scores,
    notes_on_clusters,
    score_test,
    some_rows,
)

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["ENOUGH_ROWS", "MenuSharesTest", "menu_shares_test", "menus_differ"]

Floats = NDArray[np.float64]
Levels = list[tuple[Item, NDArray[np.int32]]]
ENOUGH_ROWS = 30
"""Observations with a menu, below which their scores say nothing of their variance."""
MISSING_MENU = "missing"


@dataclass(frozen=True)
class MenuSharesTest:
    """A score test of equal shares of the types over the menus of the items.

    Attributes
    ----------
    statistic : float
        Score statistic of all items together; NaN where there is no test.
    df : int
        Degrees of freedom.
    p : float or None
        By the chi-square distribution; None with fewer clusters than degrees of freedom.
    items : DataFrame
        One row for each item with several menus (or missing in some rows), by itself: item, menus (those tested),
        statistic, df, p.
    shares : DataFrame
        One row for each item, menu and type: item, menu ("missing" where the item is), n (observations), type, share
        (mean posterior of these observations), all (that of all observations).
    clusters : int or None
        Number of clusters.

    See Also
    --------
    blocs.menu_shares_test
    """

    statistic: float
    df: int
    p: float | None
    items: pd.DataFrame
    shares: pd.DataFrame
    clusters: int | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know before relying on the p-values."""
        return notes_on_clusters(self.clusters, (self.p, *self.items["p"]))

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, tables and notes as plain data for JSON."""
        return {"statistic": self.statistic, "df": self.df, "p": self.p, "clusters": self.clusters,
                "items": self.items.to_dict("records"), "shares": self.shares.to_dict("records"),
                "notes": list(self.notes)}  # fmt: skip

    def __str__(self) -> str:
        items = [(r["item"], in_words("", r["statistic"], r["df"], r["p"])) for r in self.items.to_dict("records")]
        together = ("all items", in_words("", self.statistic, self.df, self.p))
        rows = [together, *items, *(("note", note) for note in self.notes)]
        return Summary(self.title, rows).text()

    @property
    def title(self) -> str:
        """What was tested, in words."""
        by = "" if self.clusters is None else f", {self.clusters:,} clusters"
        return f"Same shares of types on all menus: score test{by}"


def menu_shares_test(fit: Fit, profiles: Profiles | Traced, cluster: Any = None) -> MenuSharesTest:
    """Test whether the types have the same shares among rows with different menus, as the model says.

    Where types live in other districts than those in which races were contested, one set of shares for all menus makes
    shares and probabilities wrong, and no other number says so.

    Parameters
    ----------
    fit : Fit
        A fit of two or more types.
    profiles : Profiles or coded ballots
        The data that were fitted.
    cluster : str or (N,) array, optional
        Group column of the units to which menus belong, such as the district, or the label of every row: voters of one
        district resemble each other for other reasons, too. Without it rows are taken to be independent.

    Returns
    -------
    MenuSharesTest
        Overall and item by item, with the shares of the types on every menu. Printable.

    Raises
    ------
    InputError
        For one type, data without several menus, and a group column that is not there.
    MismatchError
        If the profiles are not those that were fitted.
    UnsupportedError
        With a prior, and with sampling weights.

    Notes
    -----
    The alternative adds a log-odds of type k for the rows with menu m of item j. Its score is the sum over these rows
    of n_u (zeta_uk - pi_k). What the fitted parameters explain of the row scores is taken out by regression, and the
    variance is the sum of their outer products, over rows or over sums within clusters (`docs/formulas_fit.md`). An
    item missing in some rows counts as another menu; menus of fewer than 30 observations are put together with the most
    common one.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 1, 1, 0, 1], "b": [0, 0, 1, 1, None, None], "c": [0, 1, 0, 1, 0, 1],
    ...          "n": [400, 100, 100, 400, 300, 100]}
    >>> profiles = blocs.Profiles.from_table(table, weights="n")
    >>> print(blocs.menu_shares_test(blocs.fit(profiles, types=2), profiles).items.round(3).to_string(index=False))
    item  menus  statistic  df   p
       b      2     83.294   1 0.0
    """
    require_fit(fit)
    require_one_share(fit, "The test of shares by menu")
    data = profiles_of(profiles)
    if fit.types == 1:
        raise InputError(Fault("the fit has 1 type", rule="Shares are compared of two or more types"))
    if fit.mixture.membership.pseudo:
        raise UnsupportedError("The test of shares by menu is not available for fits with a prior: it needs the "
                               "maximum of the likelihood.")  # fmt: skip
    if data.design:
        raise UnsupportedError("The test of shares by menu is not available with sampling weights: it needs numbers of "
                               "observations.")  # fmt: skip
    rows, clusters = rows_of(fit, data, fitted=True), clusters_of(data, cluster)
    levels = _levels(rows.profiles)
    if not levels:
        raise InputError(Fault("all rows have the same menus", argument="profiles",
                               rule="Shares are compared between menus of 30 observations or more"))  # fmt: skip
    net = net_scores(lambda some: _scores(rows, levels, some), rows.profiles, clusters)
    items, first = [], 0
    for item, level in levels:
        more = int(level.max())
        statistic, df, p = score_test(net, slice(first, first + more * (fit.types - 1)))
        items.append({"item": item.name, "menus": more + 1, "statistic": statistic, "df": df, "p": p})
        first += more * (fit.types - 1)
    frame = pd.DataFrame(items).astype({"p": float})
    return MenuSharesTest(*score_test(net), frame, _shares(rows, levels), clusters.number)


def menus_differ(profiles: Profiles) -> bool:
    """Whether there are menus of one item, or of the item missing, that enough rows have to compare their shares."""
    return bool(_levels(profiles))


def _levels(profiles: Profiles) -> Levels:
    """Return the items whose menus differ between rows, with (U,) the level of each.

    Level 0 is the most common menu, with all those of a few observations.
    """
    out = []
    for item, codes in zip(profiles.schema.items, profiles.codes.T, strict=True):
        if item.kind is not None or not item.outcomes:
            continue
        menus = _menus(item, codes)
        n = np.bincount(menus + 1, profiles.counts, len(item.menus) + 1)
        order = [m for m in np.argsort(-n, kind="stable").tolist() if n[m] >= ENOUGH_ROWS]
        if len(order) > 1:
            level = np.zeros(len(n), dtype=np.int32)
            level[order] = np.arange(len(order))
            out.append((item, level[menus + 1]))
    return out


def _menus(item: Item, codes: NDArray[Any]) -> NDArray[np.int32]:
    """Return (U,) the menu of an item in each profile, -1 where it is missing."""
    return np.asarray(np.array([-1, *(menu for menu, _ in item.codes)], dtype=np.int32)[codes])


def _scores(rows: FittedRows, levels: Levels, some: slice) -> tuple[Floats, Floats]:
    """Return (n, P) scores of rows by the fitted parameters, and (n, Q) by the log-odds of each type, item and menu."""
    part = some_rows(rows.profiles, some)
    away = rows.mixture.posterior(rows.params, part)[1][:, 1:] - rows.params.shares[0, 1:]
    added = [away * (level[some] == m)[:, None] for _, level in levels for m in range(1, int(level.max()) + 1)]
    return row_scores(rows.mixture, rows.params, part), np.concatenate(added, axis=1)


def _shares(rows: FittedRows, levels: Levels) -> pd.DataFrame:
    """Return the mean posteriors of the rows with each menu."""
    profiles, overall = rows.profiles, rows.params.shares[0]
    columns = [profiles.schema.names.index(item.name) for item, _ in levels]
    observed = [np.zeros(len(item.menus) + 1) for item, _ in levels]
    totals = [np.zeros((len(item.menus) + 1, rows.mixture.types)) for item, _ in levels]
    for first in range(0, len(profiles), ROWS_AT_A_TIME):
        part = some_rows(profiles, slice(first, first + ROWS_AT_A_TIME))
        expected = part.counts[:, None] * rows.mixture.posterior(rows.params, part)[1]
        for (item, _), j, numbers, total in zip(levels, columns, observed, totals, strict=True):
            menus = _menus(item, part.codes[:, j])  # missing, -1, is the last row
            np.add.at(numbers, menus, part.counts)
            np.add.at(total, menus, expected)
    parts = []
    for (item, _), numbers, total in zip(levels, observed, totals, strict=True):
        for m in [*sorted(range(len(item.menus)), key=lambda m: -len(item.menus[m])), -1]:
            n = float(numbers[m])
            if n:
                menu = MISSING_MENU if m < 0 else "|".join(map(str, item.menu_labels(m)))
                parts += [{"item": item.name, "menu": menu, "n": n, "type": k + 1, "share": expected / n,
                           "all": overall[k]} for k, expected in enumerate(total[m])]  # fmt: skip
    return pd.DataFrame(parts)
