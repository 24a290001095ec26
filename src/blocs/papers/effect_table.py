"""Average effects of covariates on the shares of the types, in percentage points, as a table for a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import Fault, InputError, missing_columns
from ..inference.margins import stated_effects
from ..presentation import Column, Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["effects"]

NEEDED = ("covariate", "change", "type", "effect", "low", "high")


def effects(table: pd.DataFrame, method: str = "") -> Table:
    """Return average changes of the shares of the types, one block of columns a type.

    Parameters
    ----------
    table : DataFrame
        One row for each covariate, change of it, and type: covariate, change (what the covariate moves by, or the level
        that it is compared with), type (from 1), effect (of a share, in parts of 1), and its 95 per cent interval low,
        high; flag, where there is one, is "" for changes that have a value to print.
    method : str
        How types and covariates were brought together, and of what kind the errors are, for the note.

    Returns
    -------
    Table
        One row for each covariate and change; effects in percentage points, "—" for those with a flag. The effects of
        a row add to 0.

    Raises
    ------
    InputError
        For columns that are not there, and effects of a change that do not add to 0 over the types.

    Examples
    --------
    >>> import pandas as pd
    >>> moved = pd.DataFrame({"covariate": "age", "change": "one more unit", "type": [1, 2], "effect": [0.012, -0.012],
    ...                       "low": [0.004, -0.02], "high": [0.02, -0.004]})
    >>> effects(moved).printed()
    [['age', 'one more unit', '+1.2', '+0.4', '+2.0', '−1.2', '−2.0', '−0.4']]
    """
    columns = [str(name) for name in getattr(table, "columns", ())]
    faults = missing_columns(NEEDED, "", columns, where="table")
    if faults:
        raise InputError(*faults)
    types = sorted(table["type"].unique().tolist())
    _refuse_part(table)
    cells: dict[tuple[str, str], dict[int, list[Any]]] = {}
    stated = stated_effects(table)
    for row in table.assign(effect=stated).to_dict("records"):
        of = cells.setdefault((str(row["covariate"]), str(row["change"])), {})
        of[row["type"]] = [row["effect"], row["low"], row["high"]]
    none = [None] * 3
    rows = tuple((*labels, *(x for k in types for x in by_type.get(k, none))) for labels, by_type in cells.items())
    blocks = [
        Column(name, "points", spanner=f"Type {k}", flat=f"Type {k}{more}")
        for k in types
        for name, more in (("Change", ""), ("low", " low"), ("high", " high"))
    ]
    notes = (
        "Percentage points; low, high: 95 % CI. The changes of a row add to 0.",
        *(["—: no value; a type is on the boundary, or the data do not say."] if stated.isna().any() else []),
        *([method] if method else []),
    )  # fmt: skip
    caption = "Average change of the share of each type."
    return Table((Column("Covariate"), Column("Change"), *blocks), rows, caption, notes, 2, name="effects")


def _refuse_part(table: pd.DataFrame) -> None:
    """Refuse effects of which types are left out: what one type gains the others lose."""
    of_row = table["covariate"].astype(str) + " " + table["change"].astype(str)
    totals = table.groupby(of_row, sort=False)["effect"].agg(lambda of: of.sum(skipna=False))
    faults = [
        Fault(f"the effects of {label!r} add to {total:.3g}", where="table",
              rule="Over all types they add to 0", remedy="Give the rows of all types")
        for label, total in totals.items()
        if abs(total) > 1e-6
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
