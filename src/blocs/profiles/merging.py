"""merged: profiles whose codes have changed, in the order of their codes and with equal rows as one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .covariates import merged_rows
from .rows import compact, sum_by

if TYPE_CHECKING:
    from .profiles import Profiles

__all__ = ["merged"]


def merged(profiles: Profiles) -> Profiles:
    """Return profiles without measurements in lexicographic order of their codes; equal rows are one."""
    sizes = [item.size for item in profiles.schema.items]
    codes, new, covariates = merged_rows(profiles.codes, sizes, profiles.covariates)
    index, squared = profiles.index, profiles.squared
    counts = sum_by(new, profiles.counts, len(codes))
    return replace(
        profiles,
        codes=compact(codes, sizes),
        counts=counts,
        weights=sum_by(new, profiles.weights, len(codes)) if profiles.design else counts,
        squared=None if squared is None else sum_by(new, squared, len(codes)),
        index=None if index is None else np.where(index < 0, index, new[index]),
        cells=None if profiles.cells is None else profiles.cells.renumber(new),
        covariates=covariates,
    )
