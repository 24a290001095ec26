"""Shares in words: no more exact than what is known of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ..presentation import printed

__all__ = ["Share", "in_words", "per_cent", "span", "upper"]


class Share(NamedTuple):
    """A share, and its 95 per cent interval where it is known (NaN where not)."""

    value: float
    low: float = math.nan
    high: float = math.nan


_PHRASES = (
    (0.08, 0.12, "about one in ten"),
    (0.175, 0.225, "about one in five"),
    (0.225, 0.275, "about one in four"),
    (0.30, 0.367, "about one in three"),
    (0.375, 0.425, "about two in five"),
    (0.46, 0.54, "about half"),
    (0.575, 0.625, "about three in five"),
    (0.633, 0.70, "about two in three"),
    (0.725, 0.775, "about three in four"),
    (0.775, 0.825, "about four in five"),
    (0.88, 0.92, "about nine in ten"),
)
"""From, to, and words that are true of every share between them."""
_STEP = 5
"""Steps of a share without an interval, in per cent."""
_FEW = 10
"""Below this many per cent a step is too much of the share: only that it is below is stated."""


def in_words(share: Share) -> str:
    """Return words that are true of every share in the interval; without an interval, steps of 5 per cent.

    Without an interval a share below 10 per cent is few, and no number.

    Examples
    --------
    >>> in_words(Share(0.33, 0.31, 0.35)), in_words(Share(0.33, 0.25, 0.41)), in_words(Share(0.33))
    ('about one in three', 'between 25 and 41 per cent', 'roughly 35 per cent')
    """
    if math.isnan(share.low) or math.isnan(share.high):
        return _roughly(share.value)
    for low, high, words in _PHRASES:
        if low <= share.low and share.high <= high:
            return words
    low_percent, high_percent = math.floor(100 * share.low), math.ceil(100 * share.high)
    return f"between {low_percent} and {high_percent} per cent"


def _roughly(value: float) -> str:
    if 100 * value < _FEW:
        return f"few (under {_FEW} per cent)"
    percent = _STEP * round(100 * value / _STEP)
    if percent == 100 and value < 1:
        return f"more than {100 - _STEP} per cent"
    return "all" if value == 1 else f"roughly {percent} per cent"


def per_cent(share: float) -> str:
    """Return a share that was counted, without its unit: 12.3, less than 0.1."""
    return printed(share, "share").replace("<", "less than ").replace(">", "more than ")


def span(shares: Sequence[float]) -> str:
    """Return the range of shares: 1.7 to 3.9 per cent; one number where they are printed alike.

    An end that is a bound itself, as less than 0.1, leaves the other end as the bound of all.

    Examples
    --------
    >>> span([0.017, 0.039]), span([0.0003, 0.001]), span([0.0001, 0.0003]), span([0.96, 0.9999])
    ('1.7 to 3.9 per cent', 'up to 0.1 per cent', 'less than 0.1 per cent', '96.0 per cent or more')
    """
    low, high = per_cent(min(shares)), per_cent(max(shares))
    if low != high and low.startswith("less than") and not high.startswith("more than"):
        return f"up to {high} per cent"
    if high.startswith("more than") and low[0].isdigit():
        return f"{low} per cent or more"
    return f"{low} per cent" if low == high else f"{low} to {high} per cent"


def upper(words: str) -> str:
    """Return words that begin a sentence."""
    return words[0].upper() + words[1:]
