"""Comparisons of numbers of types as tables: of all observations, or of each group by itself, one below the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import Fault, InputError, counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["comparisons_by", "group_of", "refuse_several"]


def group_of(table: pd.DataFrame) -> tuple[str, str] | None:
    """Return the column and the group that all rows of a comparison are of, None where they are of all observations.

    The group stands in a column of its own before the numbers of types.
    """
    column = _column(table)
    if column is None or table[column].nunique(dropna=False) != 1:
        return None
    return column, str(table[column].iloc[0])


def comparisons_by(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return group -> its rows of a comparison by group, in their order; {} where it is one of all observations."""
    column = _column(table)
    if column is None or (group_of(table) is None and not table["types"].duplicated().any()):
        return {}
    labels = table[column].map(str)
    return {label: table[labels == label] for label in dict.fromkeys(labels)}


def refuse_several(table: pd.DataFrame, argument: str) -> None:
    """Raise InputError where a comparison has rows of several groups, and one is needed."""
    groups = list(comparisons_by(table))
    if len(groups) > 1:
        column = str(table.columns[0])
        raise InputError(Fault(f"it has rows of {counted(len(groups), 'group')}, {', '.join(map(repr, groups))}",
                               argument=argument, rule="Numbers of types are compared within a group",
                               remedy=f"Give the rows of one, such as table[table[{column!r}] == {groups[0]!r}]",
                               ))  # fmt: skip


def _column(table: pd.DataFrame) -> str | None:
    """Return the only column before the numbers of types, None where there is none."""
    columns = [str(name) for name in table.columns]
    return columns[0] if columns[1:2] == ["types"] else None
