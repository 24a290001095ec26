"""The table of an outcome by type: means, proportions or categories, with errors and the test of no difference."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..inference.coefficient_tests import Wald
from ..presentation import Column, Table, printed

if TYPE_CHECKING:
    from ..inference.distal_outcome import DistalOutcome

__all__ = ["outcomes"]


def outcomes(found: DistalOutcome) -> Table:
    """Return an outcome by type.

    Parameters
    ----------
    found : DistalOutcome
        What `blocs.distal` returned.

    Returns
    -------
    Table
        A row for each type, and category if there are any: estimate (a mean, or a probability in parts of 1), standard
        error and 95 per cent interval; — where there is none.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 1] * 40, "b": [0, 1] * 38 + [1, 0] * 2, "c": [0, 1] * 40, "y": [1, 4, 2, 5] * 20}
    >>> profiles = blocs.Profiles.from_table(table, items=["a", "b", "c"], outcomes="y")
    >>> outcomes(blocs.distal(blocs.fit(profiles, types=2, seed=1), profiles, "y")).printed()
    [['Type 1 (50.0 %)', '1.500', '0.079', '1.345', '1.655'], ['Type 2 (50.0 %)', '4.500', '0.079', '4.345', '4.655']]
    """
    table, numbers = found.table(), ("estimate", "se", "low", "high")
    labels = () if found.categories is None else ("category",)
    rows = [
        (f"Type {row['type']} ({printed(found.fit.shares[row['type']], 'share')} %)",
         *(str(row[name]) for name in labels), *(row[name] for name in numbers))
        for row in table.to_dict("records")
    ]  # fmt: skip
    columns = (
        Column("Type"), *(Column("Category") for _ in labels),
        *(Column(name, "number", 3) for name in ("Estimate", "SE", "low", "high")),
    )  # fmt: skip
    test = found.tests().iloc[0]
    tested = str(Wald("no difference", test["statistic"], test["df"], test["p"]))
    without = "—: no standard error; the estimate is at its limit, or the data do not say."
    notes = (
        f"{found.method[:1].upper()}{found.method[1:]}. N = {found.n:,.0f}. Standard errors: {found.kind}; low, high: "
        "95 % CI.",
        *([] if math.isnan(test["p"]) else [tested]),
        *([found.free] if found.free else []),
        *([without] if table["flag"].any() else []),
        *found.notes,
    )  # fmt: skip
    return Table(columns, tuple(rows), f"{found.outcome} by type.", notes, 1 + len(labels), name="outcomes")
