"""Blank cells of an ES&S table: a write-in, or a contest that the row does not show, by the pattern of blanks.

A contest is blank where it is not on the ballot style, where it is on another sheet of the ballot, which is a row of
its own under the same style, and where the cell held the image of a write-in. Of the rows of one style with the same
contests blank, a blank contest is taken as shown if it is seldom blank beside each contest that they do show: on one
sheet nearly all cells are filled (an undervote is a word), and on different sheets none are filled together. A contest
that no row of a precinct fills is a local one of other precincts, unless these rows are few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pattern", "Patterns", "Shown", "pattern_of", "shown_columns"]

TOGETHER = 0.05
"""Share of the rows that fill one column below which another column is not on the same sheet."""

SMALL = 20
"""Rows of a precinct below which a contest that none of them fills may be blank by chance."""

Group = tuple[str, str]
"""The style and the precinct of a row."""
Pattern = tuple[Group, bytes]
"""The group of a row, and which of its columns are filled, packed to bits."""
Patterns = Counter[Pattern]
"""How many rows have each pattern."""


@dataclass(frozen=True)
class Shown:
    """Which columns the rows of each pattern show.

    columns: pattern -> which columns are shown, filled or blank; blanks: cells that are blank in a column that their
    row shows; sheets: rows that lack contests of their style, since these are on another sheet; elsewhere: cells that
    are blank since the contest is one of other precincts.
    """

    columns: Mapping[Pattern, NDArray[np.bool_]] = field(repr=False)
    blanks: int
    sheets: int
    elsewhere: int


def pattern_of(group: Group, filled: NDArray[np.bool_]) -> Pattern:
    """Return the pattern of a row."""
    return group, np.packbits(filled).tobytes()


def shown_columns(patterns: Patterns, width: int) -> Shown:
    """Return which columns the rows of each pattern show; width: how many columns there are."""
    columns: dict[Pattern, NDArray[np.bool_]] = {}
    blanks = sheets = elsewhere = 0
    of_style: dict[str, list[Pattern]] = {}
    for pattern in patterns:
        of_style.setdefault(pattern[0][0], []).append(pattern)
    for own in of_style.values():
        rows = np.array([patterns[pattern] for pattern in own])
        filled = np.array([np.unpackbits(np.frombuffer(bits, np.uint8), count=width) for _, bits in own], bool)
        shown = _shown(filled, rows)
        lacking = (filled.any(axis=0) & ~shown).any(axis=1) & filled.any(axis=1)
        sheets += int(rows[lacking].sum())
        local = _of_other_precincts(filled, rows, shown, [precinct for (_, precinct), _ in own])
        elsewhere += int((rows @ local).sum())
        shown &= ~local
        columns |= dict(zip(own, shown, strict=True))
        blanks += int((rows @ (shown & ~filled)).sum())
    return Shown(columns, blanks, sheets, elsewhere)


def _of_other_precincts(
    filled: NDArray[np.bool_], rows: NDArray[np.int64], shown: NDArray[np.bool_], precincts: list[str]
) -> NDArray[np.bool_]:
    """Return (patterns, columns), whether a column that seems to be shown is filled in none of SMALL rows or more."""
    local, (names, number) = np.zeros_like(shown), np.unique(precincts, return_inverse=True)
    for precinct in range(len(names)):
        of = np.flatnonzero(number == precinct)
        never = ~filled[of].any(axis=0) & (rows[of] @ shown[of] >= SMALL)
        local[of] = shown[of] & never
    return local


def _shown(filled: NDArray[np.bool_], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return (patterns, columns), whether each pattern of a style shows a column; rows: how many have each pattern."""
    together = (filled * rows[:, None]).T.astype(float) @ filled  # rows that fill both columns
    beside = together > TOGETHER * np.diag(together)  # [c, d]: column c is filled in some of the rows that fill d
    shown = np.array([beside[:, of].all(axis=1) for of in filled]) & filled.any(axis=0)
    nothing = ~filled.any(axis=1)
    if filled.any(axis=0).sum() > 1:  # a row that fills no column may be any sheet; with one column it must be that
        shown[nothing] = False
    return shown | filled
