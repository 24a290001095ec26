"""The summary of profiles: observations, distinct profiles, items with their outcomes and menus, groups, weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import counted
from ..core.schema import Item
from ..core.summary import Summary, listed

if TYPE_CHECKING:
    from .covariates import Covariates
    from .profiles import Profiles

__all__ = ["summary_of"]

MOST_ITEMS = 12
MOST_OUTCOMES = 8
"""Items, and outcomes of an item, that are shown."""


def summary_of(profiles: Profiles) -> Summary:
    """Return the summary that stands for profiles in a terminal or a notebook."""
    cells, items = profiles.cells, profiles.schema.items
    rows = [
        ("distinct profiles", f"{len(profiles):,}"),
        ("groups", "none" if cells is None else f"{len(cells.table):,} by {listed(list(cells.table.columns), 8)}"),
        *([] if profiles.covariates is None else [("covariates", _covariates(profiles.covariates))]),
        ("weights", "sampling weights" if profiles.design else "numbers of observations"),
        ("items", f"{len(items):,}"),
        *((f"- {item.name}", _item(item)) for item in items[:MOST_ITEMS]),
    ]
    rows += [("- ...", f"{len(items) - MOST_ITEMS:,} more")] if len(items) > MOST_ITEMS else []
    rows += [("note", note) for note in profiles.notes]
    return Summary(f"Profiles of {counted(round(profiles.n), 'observation')}", rows)


def _covariates(covariates: Covariates) -> str:
    """Say which covariates there are, and how many distinct rows of them."""
    return f"{listed(covariates.names, MOST_OUTCOMES)}; {counted(len(covariates.values), 'distinct row')}"


def _item(item: Item) -> str:
    """Say what an item holds: its outcomes and menus, or the family of its numbers."""
    if item.kind is None:
        menus = "" if item.plain else f"; {counted(len(item.menus), 'menu')}"
        return (listed(item.outcomes, MOST_OUTCOMES) or "no outcome") + menus
    parts = f" of {listed(item.kind.parts, MOST_OUTCOMES)}" if item.kind.parts else ""
    values = "" if item.measured else f", {counted(len(item.outcomes), 'value')}"
    return f"{item.kind.family}{parts}{values}"
