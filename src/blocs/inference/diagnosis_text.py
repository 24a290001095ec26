"""A diagnosis as text of 80 columns."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import counted
from ..model.structural_rank import MOST as PARAMETERS
from .directions import SEEN
from .score_test import in_words

if TYPE_CHECKING:
    from .diagnosis import Diagnosis

__all__ = ["measures", "text_of"]

WIDTH = 80
MOST = 12
"""Parameters on the boundary that are listed."""
SMALL = 0.1
"""Share of the information of known types, above which a direction is printed only if it has the least."""


def _small(value: float, least: float) -> str:
    """Return a number in words where it is as good as 0: its digits are those of rounding."""
    return f"below {least:.0e}" if value < least else f"{value:.1e}"


def measures(found: Diagnosis) -> list[tuple[str, str]]:
    """Return what was found as names and values in words."""
    not_computed = f"not computed: more than {PARAMETERS:,}" if found.parameters > PARAMETERS else "not computed"
    rank = not_computed if found.structural_rank is None else f"{found.structural_rank} of {found.parameters}"
    reached = f"{found.hits} of {found.starts} by themselves" if found.starts else "not recorded"
    return [
        ("status", found.status),
        ("starts at this optimum", reached),
        *([("starts that moves of types led there", f"{found.moved}")] if found.moved else []),
        ("largest derivative per observation", _small(found.gradient, 1e-8)),
        ("distance to the maximum, in standard errors", _small(found.distance, 1e-4)),
        ("rank for any data (of parameters)", rank),
        ("rank at the estimates (off the boundary)", f"{found.local_rank} of {found.kept}"),
        ("parameters taken out", f"{len(found.boundary)}"),
        *_clarity(found),
        *_on_menus(found),
    ]


def _clarity(found: Diagnosis) -> list[tuple[str, str]]:
    """Return how clearly rows belong to types, by the measures that packages print."""
    values = {
        "relative entropy": found.relative_entropy, "entropy R2": found.entropy_r2, "Gini R2": found.gini_r2,
        "errors of classification taken away": found.reduction_of_errors,
    }  # fmt: skip
    return [(name, f"{value:.4f}") for name, value in values.items() if value is not None]


def _on_menus(found: Diagnosis) -> list[tuple[str, str]]:
    """Return the test of equal shares on all menus."""
    test = found.menu_shares
    if test is None:
        return []
    clusters = "" if test["clusters"] is None else f", {test['clusters']:,} clusters"
    words = in_words("score", np.nan if test["statistic"] is None else test["statistic"], test["df"], test["p"])
    return [("same shares on all menus", f"{words}{clusters}")]


def text_of(found: Diagnosis) -> str:
    """Return the verdict, then what it rests on."""
    lines = [line for sentence in found.verdict for line in wrap(sentence, WIDTH, initial_indent="* ",
                                                                 subsequent_indent="  ")]  # fmt: skip
    lines += ["", *_pairs(measures(found))]
    for number, direction in enumerate(found.directions):
        if number and direction.share > SMALL:
            break
        lines += ["", f"Direction with {direction.share:.2g} of the information of known types:"]
        lines += [f"  {loading:+.2f}  {name}"[:WIDTH] for name, loading in direction.parts if abs(loading) >= SEEN]
    if found.boundary:
        lines += ["", "Taken out:"]
        lines += [f"  {_place(of)} ({of['flag']})"[:WIDTH] for of in found.boundary[:MOST]]
        if len(found.boundary) > MOST:
            lines.append(f"  and {len(found.boundary) - MOST} more")
    if len(found.classification) > 1:
        lines += ["", f"Observations of each type (rows) by their most probable type; {found.error:.1%} go wrong:"]
        header = "".join(f"{k:>8}" for k in range(1, len(found.classification) + 1))
        lines.append(f"  type{header}")
        lines += [f"{k:>6}" + "".join(f"{share:8.3f}" for share in row)
                  for k, row in enumerate(found.classification, start=1)]  # fmt: skip
    return "\n".join([f"Diagnosis of {counted(len(found.classification), 'type')}, "
                      f"{counted(round(found.n), 'observation')}", "", *lines])  # fmt: skip


def _pairs(pairs: list[tuple[str, str]]) -> list[str]:
    width = max(len(name) for name, _ in pairs)
    return [f"{name:<{width}}  {value}" for name, value in pairs]


def _place(of: dict[str, object]) -> str:
    whose = f"type {of['type']}" if of["type"] else "all types"
    return f"{whose}, {of['item']}: {of['parameter']}" if of["item"] else str(of["parameter"])
