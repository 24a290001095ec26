"""How numbers are printed: one rule for each kind of column."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..core.errors import named

__all__ = ["IN_A_BAR", "KINDS", "MINUS", "NOTHING", "in_a_bar", "is_missing", "printed", "whole_per_cent"]

MINUS, NOTHING = "\N{MINUS SIGN}", "\N{EM DASH}"
"""What stands before negative numbers, and in place of a number that is not there."""
LEAST_SHARE = 0.0005
"""Share below which "<0.1" is printed, and from which on to 1 ">99.9"."""
NONE_SHARE = 1e-9
"""Share below which "0.0" is printed, and above 1 less it "100.0": a remainder of numerical work."""
IN_A_BAR = 10
"""Per cent, after rounding, from which on a number is printed in a bar."""
LEAST_P = 0.001
"""p-value below which "<.001" is printed."""


def printed(value: Any, kind: str, digits: int = 2) -> str:
    """Return a value as it is printed in a table.

    Parameters
    ----------
    value : object
        A number or a text; None and NaN are not there.
    kind : str
        "text"; "share" (0 to 1, printed in per cent with one decimal); "points" (a difference of shares, in percentage
        points with its sign); "number" (with `digits` decimals); "count" (whole, with thousands); "expected" (a count
        that is a sum of probabilities); "p" (a p-value).
    digits : int
        Decimals of a "number".

    Returns
    -------
    str
        A minus is U+2212; what is not there is an em dash.

    Raises
    ------
    InputError
        For a kind that is not known.

    Examples
    --------
    >>> [printed(p, "share") for p in (1e-15, 0.0004, 0.123, 0.9996, 1.0)]
    ['0.0', '<0.1', '12.3', '>99.9', '100.0']
    >>> printed(-1234.5, "number"), printed(0.0312, "p"), printed(0.0001, "p"), printed(None, "count")
    ('−1,234.50', '.031', '<.001', '—')
    """
    rule = named(KINDS, kind, "kind", "kind of column", "kinds of columns")
    return NOTHING if is_missing(value) else rule(value, digits)


def is_missing(value: Any) -> bool:
    """Return whether there is no value: None, NaN, or what pandas has in their place."""
    of_pandas = type(value).__name__ in ("NAType", "NaTType")  # which are not imported here, and compare to neither
    return value is None or of_pandas or bool(value != value)


def whole_per_cent(share: float) -> str:
    """Return a share in whole per cent, rounded once, for pictures: in them, 0.8146 is 81.

    Examples
    --------
    >>> whole_per_cent(0.8146), whole_per_cent(0.8154)
    ('81', '82')
    """
    return f"{100 * share:.0f}"


def in_a_bar(share: float) -> str:
    """Return the number that is printed in a bar, "" where the bar has no place for it.

    Examples
    --------
    >>> in_a_bar(0.8146), in_a_bar(0.0951), in_a_bar(0.0949)
    ('81', '10', '')
    """
    text = whole_per_cent(share)
    return text if int(text) >= IN_A_BAR else ""


def _number(value: float, digits: int) -> str:
    """Return a number with thousands; one that is rounded to 0 has no sign."""
    if math.isinf(value):
        return f"{MINUS if value < 0 else ''}∞"
    text = f"{abs(value):,.{digits}f}"
    return f"{MINUS}{text}" if value < 0 and text.strip("0.,") else text


def _share(value: float, digits: int) -> str:
    if NONE_SHARE <= value < LEAST_SHARE:
        return "<0.1"
    return ">99.9" if 1 - LEAST_SHARE < value <= 1 - NONE_SHARE else _number(100 * value, 1)


def _points(value: float, digits: int) -> str:
    text = _number(100 * value, 1)
    return text if text.startswith(MINUS) or not text.strip("0.") else f"+{text}"


def _count(value: float, digits: int) -> str:
    return _number(value, 0)


def _expected(value: float, digits: int) -> str:
    return f"≈ {_number(value, 0)}"


def _p(value: float, digits: int) -> str:
    if value < LEAST_P:
        return "<.001"
    text = f"{value:.3f}"
    return text.removeprefix("0")


def _text(value: Any, digits: int) -> str:
    return str(value)


KINDS: dict[str, Callable[[Any, int], str]] = {
    "text": _text, "share": _share, "points": _points, "number": _number, "count": _count, "expected": _expected,
    "p": _p,
}  # fmt: skip
"""Kind of a column -> its rule."""
