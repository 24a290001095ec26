"""Columns by name or pattern, as --items, --offices and --codes give them."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from ..core.errors import Fault, InputError, describe_columns, nearest

__all__ = ["matching_columns"]


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
            continue
        matching = [name for name in columns if fnmatchcase(name, pattern)]
        matched.update((name, None) for name in matching if name not in leave)
        if leave.issuperset(matching):
            faults.append(_no_match(pattern, matching, columns, argument))
    if faults:
        raise InputError(*faults)
    return list(matched)


def _no_match(pattern: str, matching: list[str], columns: Sequence[str], argument: str) -> Fault:
    others = f" but {', '.join(map(repr, matching))} (used by another option)" if matching else ""
    return Fault(f"no column matches {pattern!r}{others}", argument=argument, rule=describe_columns(columns),
                 nearest="" if matching else nearest(pattern.strip("*?"), columns))  # fmt: skip
