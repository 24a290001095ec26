"""Free cells: the number of parameters of the saturated model, a multinomial for each pattern of menus."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from ..core.schema import Schema
from ..profiles import Profiles
from .fitted_rows import patterns_of

__all__ = ["MenuPatterns", "menu_patterns"]


@dataclass(frozen=True)
class MenuPatterns:
    """The patterns of menus and missing items that occur: rows of the number of each item's menu, -1 where missing."""

    rows: frozenset[tuple[int, ...]]

    def __add__(self, other: MenuPatterns) -> MenuPatterns:
        return MenuPatterns(self.rows | other.rows)

    def free_cells(self, schema: Schema) -> int:
        """Return the sum over patterns of the number of possible rows less one."""
        return sum(
            prod(len(item.menus[m]) for item, m in zip(schema.items, row, strict=True) if m >= 0) - 1
            for row in self.rows
        )


def menu_patterns(part: Profiles) -> MenuPatterns:
    """Return the patterns of a part of the rows, which add."""
    return MenuPatterns(frozenset(map(tuple, patterns_of(part).menus.tolist())))
