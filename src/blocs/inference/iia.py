"""iia_test: whether the odds between outcomes are the same on every menu, within the types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, counted, named, nearest
from ..core.interrupts import interruptible
from ..core.lazy import lazy_import
from ..core.schema import Item
from ..core.summary import Summary, listed, p_value
from ..em.fit import fit as fit_types
from ..files.checkpoint import EVERY, Checkpointed
from ..profiles import Profiles, Traced, profiles_of
from ..results.fit_result import Fit
from .drawn_statistics import Drawing, require_replicates
from .fitted_rows import refuse_own_shares, rows_of
from .iia_bootstrap import QUESTION, simulated_ratios, simulated_scores
from .iia_score import iia_scores
from .iia_tables import over_types, table_of_fits, table_of_posteriors
from .menu_items import with_menu_items
from .parametric_bootstrap import bootstrap_p, threads_of, whole_number
from .score_test import Clusters, clusters_of, in_words, notes_on_clusters, score_test
from .simulated_tables import Simulation

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["IIATest", "iia_test", "menus_compare"]

Floats = NDArray[np.float64]
TESTS = {"lr": "likelihood-ratio test", "wald": "score test at the pooled fit"}
"""Kinds of test, in words."""
FEW = 5.0
"""Expected observations of a type with a menu, below which its odds there are hardly known."""


FLAGS = {
    "step_limit": "not converged within the limit of iterations",
    "interrupted": "interrupted; this is the best solution so far",
    "empty_type": "a type has less than half an observation",
    "not_identified": "the data do not determine all parameters",
    "best_once": "fewer than two starts reached the best log-likelihood by their own iterations, and there may be a "
                 "better one; use more starts",
}  # fmt: skip
"""Flags of a fit that a reader of the test should know, in words."""


@dataclass(frozen=True)
class IIATest:
    """A test of IIA: one set of odds for all menus against odds of their own on each.

    Attributes
    ----------
    kind : str
        "lr", the likelihood-ratio test, or "wald", the score test at the pooled fit.
    types : int
        Number of types K.
    statistic : float
        Twice the difference of the log-likelihoods, or the score statistic; NaN where there is no test.
    df : int
        Degrees of freedom, K (sum over menus (outcomes - 1) - (L - 1)), summed over the items; of the score test those
        of which the data have information.
    p : float or None
        By the chi-square distribution; None with as many degrees of freedom as clusters.
    loglik_pooled : float
        Log-likelihood with IIA.
    loglik_menus : float or None
        Log-likelihood with probabilities of their own on every menu, where they were fitted.
    items : DataFrame
        One row for each item tested, freed alone: item, menus, statistic, df, p, untested (outcomes that are on one
        menu only, whose odds nothing else tells of).
    table : DataFrame
        One row for each type, item tested, menu and outcome: type, item, menu, outcome, full (whether all outcomes are
        on the menu), expected (observations of the type that had the menu), share (probability on this menu by itself;
        of the score test the share of the observations by the pooled posteriors) and iia (what one set of odds says).
    pooled : Fit
        The fit with IIA, whose types are those of the table.
    by_menu : Fit or None
        The fit without.
    clusters : int or None
        Number of clusters of the score test.
    bootstrap : int
        Number of replicates B of the parametric bootstrap; with some, `items` has the column bootstrap_p.
    bootstrap_p : float or None
        (b + 1) / (B + 1), b of B replicates having a statistic as large as observed.

    See Also
    --------
    blocs.iia_test
    """

    kind: str
    types: int
    statistic: float
    df: int
    p: float | None
    loglik_pooled: float
    loglik_menus: float | None
    items: pd.DataFrame
    table: pd.DataFrame
    pooled: Fit
    by_menu: Fit | None
    clusters: int | None
    bootstrap: int = 0
    bootstrap_p: float | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know before relying on the p-values."""
        few = self.table[self.table["expected"] < FEW].groupby(["type", "item", "menu"], sort=False).ngroups
        untested = self.items[self.items["untested"] != ""]
        fits = {"pooled fit": self.pooled, "fit menu by menu": self.by_menu}
        notes = [
            f"{', '.join(of['item'])}: not tested for {outcomes}, which stands on one menu only."
            for outcomes, of in untested.groupby("untested", sort=False)
        ]
        if few:
            notes.append(f"A type has fewer than {FEW:.0f} observations on {counted(few, 'menu')}: its odds there are "
                         "hardly known, and p is too large rather than too small.")  # fmt: skip
        for flag, words in FLAGS.items():
            if of := [name for name, fit in fits.items() if fit is not None and flag in fit.flags]:
                notes.append(f"The {' and the '.join(of)}: {words}.")
        if self.bootstrap and self.bootstrap_p is not None:
            large = round(self.bootstrap_p * (self.bootstrap + 1)) - 1
            notes.append(f"In {large:,} of {counted(self.bootstrap, 'replicate')} the statistic of all items was as "
                         f"large as here; the smallest p that so many can give is {1 / (self.bootstrap + 1):.4f}.")
        return (*notes, *notes_on_clusters(self.clusters, (self.p, *self.items["p"])))

    @property
    def overall(self) -> pd.DataFrame:
        """The table over all types: item, menu, outcome, full, observed (number), share, iia, difference."""
        return over_types(self.table)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, tables and notes as plain data for JSON."""
        names = ("kind", "types", "statistic", "df", "p", "loglik_pooled", "loglik_menus", "clusters", "bootstrap",
                 "bootstrap_p")  # fmt: skip
        numbers = {name: getattr(self, name) for name in names}
        tables = {name: getattr(self, name).to_dict("records") for name in ("items", "overall", "table")}
        return {**numbers, **tables, "notes": list(self.notes)}

    def __repr__(self) -> str:
        return f"<{self.title}: {in_words(self._statistic, self.statistic, self.df, self.p)}>"

    @property
    def _statistic(self) -> str:
        return "LR" if self.kind == "lr" else "score"

    def __str__(self) -> str:
        rows: list[dict[Any, Any]] = [
            {"item": "all items", "statistic": self.statistic, "df": self.df, "p": self.p,
             "bootstrap_p": self.bootstrap_p},
            *self.items.to_dict("records"),
        ]  # fmt: skip
        words = [(row["item"], self._in_words(row)) for row in rows]
        return Summary(self.title, [*words, *(("note", note) for note in self.notes)]).text()

    def _in_words(self, row: dict[Any, Any]) -> str:
        chi_square = in_words(self._statistic, row["statistic"], row["df"], row["p"])
        counted_p = f", {p_value(row['bootstrap_p'])} (bootstrap of {self.bootstrap:,})" if self.bootstrap else ""
        return f"{chi_square}{' (chi-square)' if self.bootstrap else ''}{counted_p}"

    @property
    def title(self) -> str:
        """What was tested, in words."""
        by = "" if self.clusters is None else f", {self.clusters:,} clusters"
        return f"IIA within {counted(self.types, 'type')}: {TESTS[self.kind]}{by}"


def iia_test(
    profiles: Profiles | Traced,
    types: int,
    items: Sequence[str] | None = None,
    kind: str = "lr",
    cluster: Any = None,
    *,
    bootstrap: int = 0,
    checkpoint: Checkpointed = None,
    every: float = EVERY,
    each: Callable[[int], None] | None = None,
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
        "lr": the likelihood-ratio test. "wald": the score test at the pooled fit, which needs no other fit and can be
        clustered.
    cluster : str or (N,) array, optional
        With kind="wald": group column of the units to which menus belong, such as the district, or the label of every
        row; rows of a unit depend on each other.
    bootstrap : int
        Number of replicates of a parametric bootstrap, such as 199, for p-values without chi-square; 0 for none. Of a
        few hundred observations of a type chi-square rejects a little too often.
    checkpoint : str or Path, optional
        A file in which finished replicates are kept, also when Ctrl-C ends the bootstrap; where it is there already, it
        goes on from it. The fits of the data are made anew.
    every : float
        Seconds between two times that the checkpoint is written, at least.
    each : callable, optional
        Called with the number of replicates that are done, some at a time.
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
        For a likelihood-ratio test with clusters, with a prior, and with sampling weights; for a bootstrap with
        clusters, covariates, shares by group, and items of counts and measurements.

    Notes
    -----
    Under the alternative every menu is an item of its own, missing where a row had another menu; its fit begins at the
    posteriors of the pooled one, then at random starts, and the best is kept (`docs/formulas_fit.md`). Replicates of a
    bootstrap are drawn from the pooled fit, as many of every pattern of menus and missing items as in the data.

    Examples
    --------
    >>> import blocs
    >>> table = {"house": ["D", "R", "none", "D", "none"], "stood": ["both", "both", "both", "one", "one"],
    ...          "n": [500, 400, 100, 85, 15]}
    >>> menus = {"house": ("stood", {"both": {"D", "R", "none"}, "one": {"D", "none"}})}
    >>> profiles = blocs.Profiles.from_table(table, items=["house"], menus=menus, weights="n")
    >>> print(blocs.iia_test(profiles, types=1))
    IIA within 1 type: likelihood-ratio test
      all items  LR 0.18, 1 degree of freedom, p = 0.6740
      house      LR 0.18, 1 degree of freedom, p = 0.6740
      note       house: not tested for R, which stands on one menu only.
    """
    data = profiles_of(profiles)
    _refuse(kind, cluster, data, settings)
    number = _replicates(bootstrap, cluster, data, settings)
    tested, clusters = _tested(data, items), clusters_of(data, cluster)
    drawing = Drawing(number, settings.get("seed", 0), threads_of(settings.get("jobs")), checkpoint, every, each)
    require_replicates(drawing)
    with interruptible():  # a Ctrl-C that ends one fit ends those behind it
        pooled = fit_types(data, types, **settings)
        if kind == "wald":
            return _by_scores(data, tested, pooled, clusters, drawing)
        return _by_fits(data, tested, pooled, drawing, settings)


def _by_fits(
    profiles: Profiles, tested: list[Item], pooled: Fit, drawing: Drawing, settings: dict[str, Any]
) -> IIATest:
    """Return the likelihood-ratio test."""
    from scipy.stats import chi2

    data, types, observed = profiles, pooled.types, rows_of(pooled, profiles)
    zeta = observed.zeta
    by_menu = _freed(data, [item.name for item in tested], zeta, types, settings)
    rows, freed = [], [(tested, by_menu)]
    for item in tested:
        alone = by_menu if len(tested) == 1 else _freed(data, [item.name], zeta, types, settings)
        freed.append(([item], alone))
        lr, df = max(2 * (alone.loglik - pooled.loglik), 0.0), types * _freedom(item)
        rows.append(_row(item, lr, df, float(chi2.sf(lr, df))))
    lr, df = max(2 * (by_menu.loglik - pooled.loglik), 0.0), types * sum(map(_freedom, tested))
    table = table_of_fits(data, tested, pooled, by_menu, zeta)
    test = IIATest("lr", types, lr, df, float(chi2.sf(lr, df)), pooled.loglik, by_menu.loglik, pd.DataFrame(rows),
                   table, pooled, by_menu, None)  # fmt: skip
    if not drawing.replicates:
        return test
    freed, again = (freed[1:], [0, 0]) if len(tested) == 1 else (freed, list(range(len(freed))))
    return _counted(test, simulated_ratios(observed, pooled, freed, drawing)[:, again])


def _by_scores(
    profiles: Profiles, tested: list[Item], pooled: Fit, clusters: Clusters, drawing: Drawing
) -> IIATest:
    """Return the score test."""
    rows = rows_of(pooled, profiles)
    net, places = iia_scores(rows, tested, clusters)
    items = pd.DataFrame([_row(item, *score_test(net, places[item.name])) for item in tested]).astype({"p": float})
    table = table_of_posteriors(rows, tested)
    test = IIATest("wald", pooled.types, *score_test(net), pooled.loglik, None, items, table, pooled, None,
                   clusters.number)  # fmt: skip
    if not drawing.replicates:
        return test
    return _counted(test, simulated_scores(rows, pooled, tested, drawing))


def _counted(test: IIATest, drawn: Floats) -> IIATest:
    """Return the test with p-values by (B, 1 + Q) statistics of replicates, overall and of each item."""
    p = bootstrap_p(np.array([test.statistic, *test.items["statistic"]]), drawn).tolist()
    return replace(test, items=test.items.assign(bootstrap_p=p[1:]), bootstrap=len(drawn), bootstrap_p=p[0])


def _replicates(bootstrap: int, cluster: Any, profiles: Profiles, settings: dict[str, Any]) -> int:
    """Return the number of replicates; refuse what no tables can be drawn for."""
    number = whole_number("bootstrap", bootstrap, 0)
    if number:
        if cluster is not None:
            raise UnsupportedError("A bootstrap of the test of IIA is not available with clusters: rows are drawn one "
                                   "by one. Leave out one of the two.")  # fmt: skip
        refuse_own_shares(QUESTION, settings)
        Simulation.refuse(profiles, QUESTION)
    return number


def _row(item: Item, statistic: float, df: int, p: float | None) -> dict[str, Any]:
    return {"item": item.name, "menus": len(item.menus), "statistic": statistic, "df": df, "p": p,
            "untested": ", ".join(map(str, _on_one_menu(item)))}  # fmt: skip


def _refuse(kind: str, cluster: Any, profiles: Profiles, settings: dict[str, Any]) -> None:
    named(TESTS, kind, "kind", "test", "tests")
    if settings.get("constraints") is not None:
        raise UnsupportedError("The test of IIA is not available with constraints. Leave out `constraints=`.")
    if settings.get("by") is not None:
        raise UnsupportedError("The test of IIA is not available with `by=`: it frees items by menu. Use `groups=`.")
    own = {"covariates": "covariates", "groups": "shares by group", "membership": "shares by group"}
    for words in (words for name, words in own.items() if kind == "wald" and settings.get(name) is not None):
        raise UnsupportedError(f"The score test of IIA is not available with {words}. Use kind='lr'.")
    if kind == "lr" and cluster is not None:
        raise UnsupportedError("A likelihood-ratio test of IIA cannot be clustered: it takes rows as independent. Use "
                               "kind='wald', or leave out the cluster.")  # fmt: skip
    if settings.get("prior", 0):
        raise UnsupportedError("The test of IIA is not available with a prior: it compares maxima of the likelihood. "
                               "Use prior=0.")  # fmt: skip
    if profiles.design:
        raise UnsupportedError("The test of IIA is not available with sampling weights: it needs numbers of "
                               "observations.")  # fmt: skip


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


def menus_compare(profiles: Profiles) -> bool:
    """Whether an item has outcomes on several menus, so that there is something to test."""
    return any(item.kind is None and _freedom(item) > 0 for item in profiles.schema.items)


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
