"""Text in the order in which people count: "Office 2" before "Office 10"."""

from __future__ import annotations

import re

__all__ = ["natural_order"]

_DIGITS = re.compile(r"([0-9]+)")


def natural_order(text: str) -> tuple[tuple[tuple[int, str], ...], str]:
    """Return what to sort a text by, so that numbers in it count as numbers; equal for equal texts alone.

    Examples
    --------
    >>> sorted(["Office 10", "Office 2", "Office 02", "Office"], key=natural_order)
    ['Office', 'Office 02', 'Office 2', 'Office 10']
    """
    parts = enumerate(_DIGITS.split(text))
    return tuple(_of_number(part.lstrip("0")) if i % 2 else (-1, part) for i, part in parts), text


def _of_number(digits: str) -> tuple[int, str]:
    return len(digits), digits  # however many they are
