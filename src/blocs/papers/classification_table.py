"""The table of classification: how clearly observations belong to the types."""

from __future__ import annotations

import numpy as np

from ..core.errors import counted
from ..inference.classification import by_most_probable
from ..presentation import Column, Table
from ..profiles import Profiles, Traced, profiles_of
from ..results.fit_result import Fit
from ..results.summary import ErrorTables

__all__ = ["classification"]


def classification(fit: Fit, profiles: Profiles | Traced, errors: ErrorTables | None = None) -> Table:
    """Return how clearly observations belong to each type.

    Parameters
    ----------
    fit : Fit
        The fit.
    profiles : Profiles or coded ballots
        The data that were fitted.
    errors : StandardErrors or Bootstrap, optional
        Gives the 95 per cent intervals of the shares.

    Returns
    -------
    Table
        One row for each type: share, its interval, McaP (share of those whose most probable type it is), AvePP (their
        mean posterior probability) and OCC.

    Raises
    ------
    InputError
        If there are items or outcomes that were not fitted.

    Notes
    -----
    OCC = (AvePP / (1 - AvePP)) / (share / (1 - share)) (Nagin 2005).

    Examples
    --------
    >>> import blocs
    >>> answers = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "c": [0, 0, 1, 1], "n": [90, 10, 10, 90]}
    >>> profiles = blocs.Profiles.from_table(answers, weights="n")
    >>> table = classification(blocs.fit(profiles, types=1), profiles)
    >>> table.to_frame()[["Type", "McaP", "AvePP"]].to_dict("list")
    {'Type': ['1'], 'McaP': [1.0], 'AvePP': [1.0]}
    """
    data = profiles_of(profiles)
    zeta, weights = fit.evaluate(data).posterior, data.weights
    found = by_most_probable(zeta, weights)
    shares, mean = fit.params.shares[0], found.of_assigned.diagonal()
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = (mean / (1 - mean)) / (shares / (1 - shares))
    intervals = np.full((fit.types, 2), np.nan)
    if errors is not None:
        intervals = errors.shares()[["low", "high"]].to_numpy(dtype=float)
    rows = tuple(
        (str(k + 1), float(shares[k]), *intervals[k].tolist(), float(found.assigned[k]), float(mean[k]),
         float(odds[k]))
        for k in range(fit.types)
    )  # fmt: skip
    ci = [Column(name, "share", spanner="95 % CI") for name in ("low", "high")]
    columns = (Column("Type"), Column("Share", "share"), *(ci if errors is not None else ()), Column("McaP", "share"),
               Column("AvePP", "number", 3), Column("OCC", "number"))  # fmt: skip
    if errors is None:
        rows = tuple((*row[:2], *row[4:]) for row in rows)
    notes = (
        "Shares and McaP in per cent. Share = estimated; McaP = modal class assignment proportion; AvePP = average "
        "posterior probability of those assigned; OCC = odds of correct classification, (AvePP / (1 − AvePP)) / (share "
        "/ (1 − share)).",
        *([f"95 % CI: {errors.kind}."] if errors is not None else []),
    )
    caption = f"Classification of observations into {counted(fit.types, 'type')} (N = {fit.n:,.0f})."
    return Table(columns, rows, caption, notes, name="classification")
