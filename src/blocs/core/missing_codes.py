"""Codes that stand for a missing answer, such as NA, a point or -9, as the user declares them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from .distinct import factorize

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MissingCodes", "looks_missing", "without_codes"]

_LIKE_MISSING = {"na", "n/a", "n.a.", "<na>", "#na", "#n/a", "nan", "-nan", "null", "none", "missing", ".", "-", "?"}
"""Words, in small letters, by which other programs mark a cell as missing."""


class MissingCodes:
    """A set of codes; a number is the same code as the text that writes it, and blanks around a text do not count.

    Parameters
    ----------
    codes : iterable, or one code
        Text and numbers.

    Examples
    --------
    >>> codes = MissingCodes(["NA", -9])
    >>> [value in codes for value in ("NA", "-9", -9.0, "9", "na")]
    [True, True, True, False, False]
    """

    def __init__(self, codes: Any = ()) -> None:
        listed = codes if isinstance(codes, Iterable) and not isinstance(codes, str) else [codes]
        self._codes = frozenset(map(_code, listed))

    def __contains__(self, value: object) -> bool:
        return _code(value) in self._codes

    def __bool__(self) -> bool:
        return bool(self._codes)


def without_codes(column: pd.Series[Any], codes: MissingCodes) -> pd.Series[Any]:
    """Return a column with a missing cell wherever one of the codes stands; the column itself where none does."""
    try:
        place, distinct = factorize(column)
    except TypeError:  # cells such as lists, which no code is equal to
        return column
    is_code = np.array([*(value in codes for value in distinct), False])
    return column.mask(is_code[place]) if is_code.any() else column


def looks_missing(word: str) -> bool:
    """Return whether other programs write a word for a missing cell."""
    return word.strip().casefold() in _LIKE_MISSING


def _code(value: object) -> object:
    """Return a number for what is one or writes one, else the text without blanks around."""
    if isinstance(value, Real) and not isinstance(value, bool):
        return float(value)
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text
