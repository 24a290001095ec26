"""Which mixtures consist of simplices alone: the same shares for everybody, and categories with any menus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..families import all_simplices
from ..kernels.simplices import Simplices
from ..membership import Shares

if TYPE_CHECKING:
    from .mixture import Mixture

__all__ = ["simplices_of"]


def simplices_of(mixture: Mixture) -> Simplices | None:
    """Return the table of the simplices of a mixture, None where a part of it is something else."""
    if type(mixture.membership) is not Shares or not all_simplices(mixture.families):
        return None
    first, menus, bounds = [1], [0], [0]
    option: list[int] = []
    code: list[int] = []
    pseudo: list[float] = []
    plain: list[bool] = []
    for family, positions in zip(mixture.families, mixture.where, strict=True):
        for item, position in zip(family.items, positions, strict=True):
            offered = int(mixture.schema.offsets[position]) + 1  # MISSING comes before the codes of the menus
            for menu in item.menus:
                option += menu
                code += range(offered, offered + len(menu))
                offered += len(menu)
                bounds.append(len(option))
            everything = tuple(range(len(item.outcomes)))
            if family.pseudo and item.menus not in ((), (everything,)):  # a prior is about the menu of all outcomes
                option += everything
                code += [-1] * len(everything)
                bounds.append(len(option))
            first.append(first[-1] + len(item.outcomes))
            menus.append(len(bounds) - 1)
            pseudo.append(family.pseudo)
            plain.append(item.menus == (everything,))
    tables = [np.array(rows, dtype=np.int64) for rows in (first, menus, bounds, option, code)]
    pseudo.append(mixture.membership.pseudo)
    return Simplices(
        tables[0], tables[1], tables[2], tables[3], tables[4], np.array(pseudo), int(mixture.schema.offsets[-1]),
        np.flatnonzero(plain), np.flatnonzero(~np.array(plain, dtype=bool)),
    )  # fmt: skip
