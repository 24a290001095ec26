"""split: the profiles of each group of observations by themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..core.errors import InputError, missing_columns
from ..core.top_party import TOP
from .menus import answered
from .profiles import Profiles, require_profiles

__all__ = ["split"]


def split(profiles: Profiles, by: str) -> dict[Any, Profiles]:
    """Return the profiles of each group of observations by themselves.

    Parameters
    ----------
    profiles : Profiles
        Profiles with groups.
    by : str
        A group column, such as "top".

    Returns
    -------
    dict
        Label of the column -> profiles of its observations, in the order of the labels. Items have the outcomes and
        menus that the group had; what nobody of it could choose, or answered where there are no menus, is named in
        the notes. Ballots were offered the options of an office, whether anybody of the group chose them or not. Other
        group columns stay.

    Raises
    ------
    InputError
        When there is no such group column, and as `Profiles.from_codes`.

    Examples
    --------
    >>> import blocs
    >>> table = {"vote": ["A", "B", "A"], "region": ["N", "S", "S"]}
    >>> parts = split(blocs.Profiles.from_table(table, groups="region"), "region")
    >>> {region: part.n for region, part in parts.items()}
    {'N': 1.0, 'S': 2.0}
    """
    require_profiles(profiles)
    cells = profiles.cells
    columns = () if cells is None else tuple(map(str, cells.table.columns))
    faults = missing_columns([by], "by", columns)
    if faults:
        raise InputError(*faults)
    assert cells is not None
    group, table = cells.by([by])
    parts = {}
    for g, label in enumerate(table[by].tolist()):
        of = np.flatnonzero(group == g)
        row = cells.row[of]
        schema, codes = profiles.schema, profiles.codes[row]
        notes: tuple[str, ...] = ()
        if TOP not in columns:  # no ballots
            schema, codes, notes = answered(schema, codes)
        made = Profiles.from_codes(
            schema,
            codes,
            cells.counts[of],
            design=cells.weights[of] / cells.counts[of] if profiles.design else None,
            squared=cells.squared[of] if profiles.design and cells.squared is not None else None,
            groups=cells.labels().iloc[of],
            covariates=None if profiles.covariates is None else profiles.covariates.take(row),
            values=None if profiles.values is None else profiles.values[row],
            account=profiles.account,
            notes=notes,
        )
        parts[label] = replace(made, cells=made.cells and replace(made.cells, outcomes=cells.outcomes))
    return parts
