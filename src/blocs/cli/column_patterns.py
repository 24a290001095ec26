"""Columns by name or pattern, as --items, --offices and --codes give them."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from ..core.errors import Fault, InputError, describe_columns, nearest

__all__ = ["matching_columns"]

MOST = 5
"""Columns that the remedy for a range names."""


def matching_columns(
    patterns: Sequence[str], columns: Sequence[str], leave: set[str | None], argument: str
) -> list[str]:
    """Return the columns that match the patterns, in their order; names without * or ? stay as they are.

    leave: columns with another role, which no pattern matches; argument: the one that holds the patterns. Raises
    InputError for patterns that match no column.
    """
    matched: dict[str, None] = {}
    faults = []
    for pattern in patterns:
        if "*" not in pattern and "?" not in pattern:
            matched[pattern] = None
            faults += _no_range(pattern, columns, argument)
            continue
        matching = [name for name in columns if fnmatchcase(name, pattern)]
        matched.update((name, None) for name in matching if name not in leave)
        if leave.issuperset(matching):
            faults.append(_no_match(pattern, matching, columns, argument))
    if faults:
        raise InputError(*faults)
    return list(matched)


def _no_range(name: str, columns: Sequence[str], argument: str) -> list[Fault]:
    """Return the fault of "Q1-Q5", where there are such columns and none of that name."""
    first, dash, last = name.partition("-")
    if name in columns or not dash or not {first, last} <= set(columns):
        return []
    between = columns[columns.index(first) : columns.index(last) + 1] or [first, last]
    some = [*between[:MOST], "...", between[-1]] if len(between) > MOST + 1 else between
    same = first.rstrip("0123456789")
    pattern = f", or use a pattern, such as '{same}*'" if same and last.startswith(same) else ""
    return [Fault(f"there is no column {name!r}", argument=argument, rule="Ranges of columns are not read",
                  remedy=f"Name each column, as in {','.join(some)}{pattern}")]  # fmt: skip


def _no_match(pattern: str, matching: list[str], columns: Sequence[str], argument: str) -> Fault:
    others = f" but {', '.join(map(repr, matching))} (used by another option)" if matching else ""
    return Fault(f"no column matches {pattern!r}{others}", argument=argument, rule=describe_columns(columns),
                 nearest="" if matching else nearest(pattern.strip("*?"), columns))  # fmt: skip
