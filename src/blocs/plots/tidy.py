"""Tidy tables: what a picture needs of the table that it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..core.errors import Fault, InputError, missing_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["rows_to_draw"]


def rows_to_draw(data: Any, columns: Sequence[str], maker: str, argument: str = "data") -> pd.DataFrame:
    """Return a table after a check that it can be drawn.

    maker: the function that makes such tables; argument: the one that gave the table. Raises InputError where it is no
    table, lacks columns or has no rows.
    """
    if not hasattr(data, "columns"):
        raise InputError(Fault(f"it is a {type(data).__name__}", argument=argument,
                               rule=f"It is the table that {maker} returns"))  # fmt: skip
    faults = missing_columns(columns, argument, list(map(str, data.columns)), remedy=f"Give what {maker} returns")
    if faults:
        raise InputError(*faults)
    if not len(data):
        raise InputError(Fault("there are no rows to draw", argument=argument))
    table: pd.DataFrame = data
    return table
