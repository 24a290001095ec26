"""How many voters of each party at the top are of each type: the number that pictures, tables and the page print."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..core.top_party import TOP
from ..profiles import Profiles
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup
from .assignment import posterior_of_cells

__all__ = ["voters_of_types"]


def voters_of_types(fit: Fit | FitsByGroup, data: Profiles) -> pd.DataFrame:
    """Return the expected voters of each type, by party at the top, in whatever office they had a choice.

    Parameters
    ----------
    fit : Fit or FitsByGroup
        Types of coded ballots; of all voters, or by the party at the top of the ticket.
    data : Profiles
        The ballots, with the group "top".

    Returns
    -------
    DataFrame
        One row for each type and top party, sorted by party: type, from 1; top; of_type, the sum of the weights times
        the posterior of the type over the voters of that party.

    Raises
    ------
    AssertionError
        For data without groups.
    """
    assert data.cells is not None
    number, table = data.cells.by([TOP])
    expected = data.cells.weights[:, None] * posterior_of_cells(fit, data)
    of_type = np.column_stack([np.bincount(number, column, len(table)) for column in expected.T])
    rows = [(k, top, of_type[g, k - 1]) for g, top in enumerate(table[TOP].tolist()) for k in range(1, fit.types + 1)]
    return pd.DataFrame(rows, columns=["type", TOP, "of_type"])
