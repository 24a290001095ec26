"""Weights of rows, read from a column or an array and checked; and whether they can be numbers of observations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted, more
from ..core.lazy import lazy_import
from ..core.schema import plain_label
from .frames import Columns
from .rows import exact_sum

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["NOT_WHOLE", "Weighting", "may_be_sampling", "read_weights", "remedy_for", "weigh"]

NOT_WHOLE = ("The weights are no whole numbers, and their sum is not the number of rows: they are read as numbers of "
             "observations, which N and BIC count.")  # fmt: skip
"""The remark in the account on weights that may be sampling weights."""
FEWER = ", so that N and BIC count fewer observations than rows. "
MOST = 1e100
"""The largest number of observations of a row: sums and products of such numbers are finite."""
ALMOST = 1e-9
"""Share by which the sum of weights may miss a number and still be it."""
_THOUSANDS = re.compile(r"\d{1,3}([,. '\u00a0\u202f]\d{3})+")
_COMMA = re.compile(r"-?\d+,\d+")


def read_weights(given: Any, role: str, columns: Columns) -> NDArray[np.float64] | None:
    """Return (N,) float weights of the rows, None when none are given.

    given: name of a column, or N numbers. Raises InputError for weights that are not finite or are negative.
    """
    if given is None:
        return None
    given = columns.in_order(given, role)
    if isinstance(given, np.ma.MaskedArray):  # a masked weight is missing, whatever stands under the mask
        given = np.ma.filled(given.astype(np.float64), np.nan)
    column = columns.get(given, role) if isinstance(given, str) else pd.Series(np.asarray(given).ravel())
    if len(column) != len(columns):
        raise InputError(
            Fault(
                f"{counted(len(column), 'weight')} for {counted(len(columns), 'row')}",
                argument=role,
                rule="Give one weight for each row",
            )
        )
    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    values = np.asarray(numbers.to_numpy(na_value=np.nan), dtype=np.float64)
    wrong = ((~np.isfinite(values), "not a finite number"), (np.isfinite(values) & (values < 0), "negative"))
    faults = [_fault(np.flatnonzero(bad), what, role, column, columns) for bad, what in wrong if bad.any()]
    if faults:
        raise InputError(*faults)
    return values


def _fault(bad: NDArray[np.int64], what: str, role: str, column: pd.Series[Any], columns: Columns) -> Fault:
    row, value = plain_label(columns.rows[bad[0]]), column.iloc[bad[0]]
    cell = "missing" if pd.isna(value) else repr(plain_label(value))
    place = f"{columns.rows.name or 'row'} {row!r}"
    return Fault(
        f"the weight{'' if columns.source else f' of {place}'} is {cell}, which is {what}{more(len(bad) - 1)}",
        where=f"{columns.source}, {place}" if columns.source else role,
        rule="Weights are finite and not negative",
        remedy=remedy_for(value, "Give a weight of 0 to rows that should not count"),
    )


class Weighting(NamedTuple):
    """What weights say of N rows: counts (N,) of observations; design (N,) sampling weights or None; a remark.

    whole: whether the weights can be numbers of observations as they are, or sum to the number of rows.
    """

    counts: NDArray[np.float64]
    design: NDArray[np.float64] | None
    remark: str = ""
    whole: bool = True


def weigh(
    frequencies: NDArray[np.float64] | None, design: NDArray[np.float64] | None, rows: int, name: str = "weights"
) -> Weighting:
    """Return counts and sampling weights of the rows, with a remark on frequencies that sum to less than the rows.

    A row of positive frequency is an observation or more. Weights that sum to 1 or less cannot be numbers of
    observations (log N would be 0, and BIC would not count parameters): they are taken as sampling weights.
    name: of the argument that gave the frequencies.
    """
    if frequencies is None:
        return Weighting(np.ones(rows), design)
    if (largest := frequencies.max(initial=0.0)) > MOST:
        raise InputError(Fault(f"the largest is {largest:.6g}", argument=name, rule=f"It is at most {MOST:.0e}",
                               remedy="Sampling weights, of any size, are `design_weights=`"))  # fmt: skip
    total, used = exact_sum(frequencies), int((frequencies > 0).sum())
    if not 0 < total < used * (1 - ALMOST):
        whole = bool((frequencies == np.round(frequencies)).all())
        return Weighting(frequencies, design, whole=whole or abs(total - used) <= ALMOST * used)
    sums = f"The {name} sum to {total:.6g} over {counted(used, 'row')}"
    if total > 1 + ALMOST:
        remark = f"{sums}{FEWER}Sampling weights are given as "
        return Weighting(frequencies, design, f"{remark}design_weights, which are rescaled to the number of rows.")
    remark = f"{sums}: they are read as sampling weights (design_weights), rescaled to the number of rows."
    scaled = frequencies if design is None else frequencies * design
    return Weighting((frequencies > 0).astype(np.float64), scaled, remark)


def may_be_sampling(remarks: Iterable[str]) -> bool:
    """Whether the remarks of an account say that weights were read as numbers of observations and may be none."""
    return any(remark == NOT_WHOLE or FEWER in remark for remark in remarks)


def remedy_for(value: object, otherwise: str) -> str:
    """Return the remedy for a number that cannot be read: what `value` looks like, or else the one given."""
    text = str(value).strip()
    if _THOUSANDS.fullmatch(text):
        return "Take out the separators of thousands"
    return "Write a point before the decimals" if _COMMA.fullmatch(text) else otherwise
