"""Cells of one digit or nothing at the ends of lines, read as bytes: the votes of a table with a column a choice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["EMPTY", "digit_cells"]

EMPTY = -1
"""Stands for an empty cell."""
_NO_DIGIT = -2
_QUOTE = ord('"')


def digit_cells(text: bytes, columns: int, delimiter: str) -> NDArray[np.int8] | None:
    r"""Return the last cells of each line, None where one of them is neither a digit nor empty.

    Parameters
    ----------
    text : bytes
        Whole lines that end with "\n", or all with "\r\n", the last one perhaps without its end. All of these cells or
        none of them are in quotes.
    columns : int
        How many cells, fewer than each line has.
    delimiter : str
        What stands between cells.

    Returns
    -------
    (columns, rows) int8 or None
        Digits, and EMPTY.

    Examples
    --------
    >>> digit_cells(b"a,1,\nb,0,7\n", 2, ",").tolist()
    [[1, 0], [-1, 7]]
    """
    if not text.endswith(b"\n"):
        text += b"\r\n" if b"\r" in text else b"\n"
    letters: NDArray[np.uint8] = np.frombuffer(text, np.uint8)
    end = ord("\r" if b"\r" in text else "\n")
    stops = np.flatnonzero((letters == ord(delimiter)) | (letters == end))
    of_line = np.searchsorted(stops, np.flatnonzero(letters == end))  # which of the stops end a line
    if not len(of_line) or np.diff(of_line, prepend=-1).min() <= columns:
        return None
    starts, lengths = stops[:-1] + 1, np.diff(stops) - 1  # of the cell behind each stop
    if letters[stops[of_line[0]] - 1] == _QUOTE:
        quoted = (letters[starts] == _QUOTE) & (letters[stops[1:] - 1] == _QUOTE) & (lengths > 1)
        starts, lengths = starts + quoted, lengths - 2 * quoted
    values = (letters[starts] - np.uint8(ord("0"))).view(np.int8)
    values[(lengths > 1) | (values < 0) | (values > 9)] = _NO_DIGIT
    values[lengths == 0] = EMPTY
    cells = values[of_line - np.arange(columns, 0, -1)[:, None]]
    return None if (cells == _NO_DIGIT).any() else cells
