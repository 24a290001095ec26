"""recommend: which of the fitted numbers of types, with the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import Fault, InputError, counted, missing_columns
from ..core.summary import p_value
from ..results.comparison_groups import refuse_several

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Recommendation", "recommend"]

UNUSABLE = {
    "not_identified": "the data cannot tell its types apart",
    "empty_type": "one of its types has less than half an observation",
    "singular": "a covariance collapsed",
    "step_limit": "it did not converge",
    "interrupted": "it was interrupted",
}
"""Flags of fits that are not recommended -> why."""
UNFINISHED = {
    "held_out_interrupted": "the cross-validation",
    "blrt_interrupted": "the bootstrap likelihood-ratio test",
}
"""Flags of what was asked beside the fits and not finished -> what."""
SIGNIFICANT = 0.05
"""Largest p-value at which a test rejects."""
SLOW = 0.1
"""Part of the largest fall of BIC, below which it falls slowly."""


@dataclass(frozen=True)
class Recommendation:
    """A number of types, and why.

    Attributes
    ----------
    types : int
        The number of types K.
    reasons : tuple of str
        Sentences, the most important first.

    See Also
    --------
    blocs.recommend
    """

    types: int
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([f"Recommended: {counted(self.types, 'type')}", *(f"  - {r}" for r in self.reasons)])


def recommend(table: pd.DataFrame) -> Recommendation:
    """Recommend a number of types from the table of a comparison, with reasons.

    Parameters
    ----------
    table : DataFrame
        What `blocs.compare` returned.

    Returns
    -------
    Recommendation
        The number of types with the lowest BIC, of the fits that converged, whose types can be told apart and are not
        empty; what the held-out log-likelihood, the test, AIC and ICL say beside it, and what to be careful about.
        Printable.

    Raises
    ------
    InputError
        If the table has no rows, rows of several groups, or not the columns of a comparison.

    Notes
    -----
    ICL counts the overlap of types as an error and prefers few, separate types: it is shown as a measure of separation
    and decides nothing (`docs/how-to-choose.md`).

    Examples
    --------
    >>> import blocs
    >>> answers = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "c": [0, 0, 1, 1], "n": [90, 10, 10, 90]}
    >>> profiles = blocs.Profiles.from_table(answers, weights="n")
    >>> print(blocs.recommend(blocs.compare(profiles, types=[1, 2, 3], starts=5)))
    Recommended: 2 types
      - BIC is lowest at 2 types; 1 type has 403.29 more.
      - AIC and ICL are lowest at 2 types, too.
    """
    if not hasattr(table, "columns"):
        raise InputError(Fault(f"it is a {type(table).__name__}", where="table",
                               rule="It is the table that blocs.compare returns"))  # fmt: skip
    needed = ("types", "bic", "aic", "icl", "hits", "starts", "flags")
    faults = missing_columns(needed, "", list(table.columns), where="table")
    if faults:
        raise InputError(*faults)
    if not len(table):
        raise InputError(Fault("there are no rows", where="table", rule="At least one number of types is needed"))
    refuse_several(table, "table")
    rows: list[dict[Any, Any]] = table.sort_values("types").to_dict("records")
    usable = [row for row in rows if not _why_not(row)] or rows
    best = min(usable, key=lambda row: row["bic"])
    sentences = [_lowest(best, usable), *_passed_over(best, rows), _falling(best, usable, rows),
                 _held_out(best, usable), _blrt(best, rows), *_unfinished(rows), *_others(best, usable),
                 _hits(best)]  # fmt: skip
    return Recommendation(best["types"], tuple(filter(None, sentences)))


def _why_not(row: dict[Any, Any]) -> str:
    """Return why a fit is not recommended, "" where nothing speaks against it."""
    return next((why for flag, why in UNUSABLE.items() if flag in row["flags"].split(", ")), "")


def _types(number: int) -> str:
    return counted(number, "type")


def _lowest(best: dict[Any, Any], usable: list[dict[Any, Any]]) -> str:
    others = [row for row in usable if row is not best]
    if not others:
        return f"Only the fit of {_types(best['types'])} can be used."
    next_best = min(others, key=lambda row: row["bic"])
    verb = "has" if next_best["types"] == 1 else "have"
    return (f"BIC is lowest at {_types(best['types'])}; {_types(next_best['types'])} {verb} "
            f"{next_best['bic'] - best['bic']:,.2f} more.")  # fmt: skip


def _passed_over(best: dict[Any, Any], rows: list[dict[Any, Any]]) -> list[str]:
    """Return sentences about fits that have a lower BIC or none that counts."""
    lower = [row for row in rows if row["bic"] < best["bic"] and row is not best]
    out = [f"The fit of {_types(row['types'])} has a lower BIC, but {_why_not(row)}." for row in lower]
    return [*out, f"Caution: {_why_not(best)}."] if _why_not(best) else out


def _falling(best: dict[Any, Any], usable: list[dict[Any, Any]], rows: list[dict[Any, Any]]) -> str:
    """Return what to say where BIC is lowest at the largest number of types, so that it may fall further."""
    if len(usable) < 2 or best is not rows[-1]:
        return ""
    falls = [before["bic"] - after["bic"] for before, after in pairwise(usable)]
    slow = [row["types"] for row, fall in zip(usable[1:], falls, strict=True) if fall < SLOW * max(falls)]
    text = "It is the largest number that was fitted, and BIC may fall further: compare more types"
    return f"{text}, or look at {_types(slow[0] - 1)}, after which BIC falls slowly." if slow else f"{text}."


def _held_out(best: dict[Any, Any], usable: list[dict[Any, Any]]) -> str:
    known = [row for row in usable if np.isfinite(row.get("held_out", np.nan))]
    if not known:
        return ""
    top = max(known, key=lambda row: row["held_out"])
    too = ", too" if top is best else f" ({top['held_out']:.5f} an observation, against {best['held_out']:.5f})"
    return f"The held-out log-likelihood is highest at {_types(top['types'])}{too}."


def _blrt(best: dict[Any, Any], rows: list[dict[Any, Any]]) -> str:
    """Return what the bootstrap likelihood-ratio tests say, from few types to many, up to the first without effect."""
    tested = [row for row in rows if np.isfinite(row.get("blrt_p", np.nan))]
    if not tested:
        return ""
    kept = next((row for row in tested if row["blrt_p"] > SIGNIFICANT), None)
    test = "The bootstrap likelihood-ratio test"
    if kept is None:
        last = tested[-1]
        return f"{test} rejects {_types(last['types'] - 1)} against {last['types']} ({p_value(last['blrt_p'])})."
    too = ", too" if kept["types"] - 1 == best["types"] else ""
    against = f"{_types(kept['types'] - 1)} against {kept['types']} ({p_value(kept['blrt_p'])})"
    return f"{test} does not reject {against}{too}."


def _unfinished(rows: list[dict[Any, Any]]) -> list[str]:
    """Return a sentence for each question that Ctrl-C ended before all numbers of types had their answer."""
    out = []
    for flag, what in UNFINISHED.items():
        cut = [str(row["types"]) for row in rows if flag in row["flags"].split(", ")]
        if cut:
            of = ", ".join(cut) + (" type" if cut == ["1"] else " types")
            out.append(f"Caution: {what} was interrupted, and is not finished for {of}.")
    return out


def _others(best: dict[Any, Any], usable: list[dict[Any, Any]]) -> list[str]:
    aic, icl = (min(usable, key=lambda row: row[name])["types"] for name in ("aic", "icl"))
    if aic == icl == best["types"]:
        return [f"AIC and ICL are lowest at {_types(aic)}, too."] if len(usable) > 1 else []
    out = [] if aic == best["types"] else [f"AIC is lowest at {_types(aic)}; it counts parameters less."]
    if icl == best["types"]:
        return out
    return [*out, f"ICL is lowest at {_types(icl)}: it measures separation, and rejects types that overlap even where "
                  "they are real."]  # fmt: skip


def _hits(best: dict[Any, Any]) -> str:
    if best["types"] == 1 or best["hits"] >= 2:
        return ""
    return (f"Caution: {best['hits']} of {best['starts']} starts reached its best optimum by their own iterations; use "
            "more starts.")  # fmt: skip
