"""row_covariates: covariates of the rows that profiles were made from, put beside them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted
from .covariates import covariates_of, read_covariates
from .frames import Columns
from .profiles import Profiles

__all__ = ["row_covariates"]


def row_covariates(profiles: Profiles, columns: Columns, weights: NDArray[np.float64]) -> Profiles:
    """Return profiles of items with codes that differ by the covariates of their rows too.

    columns: a row for each of the N rows that the profiles were made from, none of which was set aside; weights (N,):
    how many observations each stands for. Raises InputError for cells that are missing.
    """
    names = list(columns.data)
    levels, cells = read_covariates(columns, names)
    missing = np.isnan(cells).sum(axis=0)
    faults = [Fault(f"{counted(int(n), 'cell')} of column {name!r} {'is' if n == 1 else 'are'} missing",
                    argument="covariates", rule="The share of each type depends on it",
                    remedy="Leave out the rows, or the column")
              for name, n in zip(names, missing, strict=True) if n]  # fmt: skip
    if faults:
        raise InputError(*faults)
    codes = profiles.codes[np.asarray(profiles.index)]
    return Profiles.from_codes(profiles.schema, codes, weights, covariates=covariates_of(names, levels, cells))
