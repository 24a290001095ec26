"""What the shares of the types depend on, as tables for a paper: those of each group, and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import counted
from ..presentation import Column, Table
from ..results.fit_result import Fit
from ..results.paper_tables import NO_ERROR, type_headings

if TYPE_CHECKING:
    from ..inference.bootstrap_tables import Bootstrap
    from ..inference.error_tables import StandardErrors
    from ..inference.shares_test import SharesTest

__all__ = ["group_shares", "share_tests"]


def group_shares(fit: Fit, errors: StandardErrors | Bootstrap | None = None, *, minimum: int = 1) -> Table:
    """Return the shares of the types in each group of a fit, with standard errors where they are given.

    Parameters
    ----------
    fit : Fit
        A fit whose groups have shares of their own: with `groups=`, or `by=`.
    errors : StandardErrors or Bootstrap, optional
        Of the fit; adds standard errors.
    minimum : int
        Groups of fewer observations are withheld, as in `Fit.shares_by_group`.

    Returns
    -------
    Table
        A row for each group: its labels, observations, and the share of each type; — where it is withheld.

    Raises
    ------
    InputError
        For a minimum below 1.
    UnsupportedError
        If groups have no shares of their own.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 0, 1, 1, 1], "b": [0, 0, 1, 1, 1, 0], "precinct": ["N", "N", "N", "S", "S", "S"]}
    >>> profiles = blocs.Profiles.from_table({**table, "c": table["a"]}, covariates="precinct")
    >>> group_shares(blocs.fit(profiles, types=1, groups="precinct")).printed()
    [['N', '3', '100.0'], ['S', '3', '100.0']]
    """
    table = fit.shares_by_group(minimum) if errors is None else errors.shares_by_group(minimum)
    assert fit.groups is not None
    names, values = fit.groups.names, ("share",) if errors is None else ("share", "se")
    rows: list[tuple[Any, ...]] = []
    records = table.to_dict("records")
    for first in range(0, len(records), fit.types):
        own = records[first : first + fit.types]
        labels = (str(own[0][name]) for name in names)
        rows.append((*labels, own[0]["n"], *(row[value] for row in own for value in values)))
    headings = type_headings(fit)
    of_types = [Column(heading, "share") for heading in headings] if errors is None else [
        Column(name, "share", spanner=heading) for heading in headings for name in ("Estimate", "SE")
    ]  # fmt: skip
    no_error = errors is not None and bool((table["se"].isna() & table["share"].notna()).any())
    notes = (
        "Per cent.",
        *([] if errors is None else [f"SE: standard error ({errors.kind})."]),
        *([NO_ERROR] if no_error else []),
        *([f"Groups without numbers are withheld, so that none stands for fewer than {minimum} observations."]
          if table["share"].isna().any() else []),
        *([] if errors is None else errors.notes),
    )  # fmt: skip
    columns = (*(Column(str(name)) for name in names), Column("n", "count"), *of_types)
    caption = f"Shares of {counted(fit.types, 'type')} by {', '.join(map(str, names))} (N = {fit.n:,.0f})."
    return Table(columns, tuple(rows), caption, notes, len(names), name="group shares")


def share_tests(test: SharesTest) -> Table:
    """Return the likelihood-ratio tests of what the shares of the types depend on.

    Parameters
    ----------
    test : SharesTest
        What `blocs.shares_test` returned.

    Returns
    -------
    Table
        A row for each term that is left out: likelihood ratio, degrees of freedom, p, and how far the types moved.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 0, 1, 1, 1], "b": [0, 0, 0, 1, 1, 1], "c": [0, 0, 1, 1, 1, 0], "area": list("NNNSSS")}
    >>> profiles = blocs.Profiles.from_table(table, covariates="area")
    >>> fit = blocs.fit(profiles, types=2, groups="area", starts=5, seed=1)
    >>> share_tests(blocs.shares_test(fit, profiles)).printed()[0][:3]
    ['area', '8.32', '1']
    """
    columns = (Column("Without"), Column("LR", "number"), Column("df", "count"), Column("p", "p"),
               Column("Types moved", "share"))  # fmt: skip
    rows = tuple(tuple(row) for row in test.table().itertuples(index=False, name=None))
    notes = ("LR: likelihood ratio against a fit without the term. Types moved: per cent of answers that would have to "
             "differ from that fit.", *test.notes)  # fmt: skip
    return Table(columns, rows, "Same shares of the types: likelihood-ratio tests.", notes, name="share tests")
