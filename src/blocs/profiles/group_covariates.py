"""group_covariates: group columns of profiles, as ballots have them, as covariates that shares may depend on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..core.account import Account
from ..core.errors import Fault, InputError, counted, missing_columns
from .covariates import covariates_of, numbers_in, read_covariates
from .frames import Columns
from .profiles import Profiles, require_profiles

__all__ = ["covariates_by_cell", "crossed", "group_covariates"]


def group_covariates(profiles: Profiles, names: str | Sequence[str]) -> Profiles:
    """Return profiles that differ by some of their group columns too, which are then covariates.

    Parameters
    ----------
    profiles : Profiles
        Profiles with groups, such as those of ballots coded with `groups=`.
    names : str or sequence of str
        Group columns. Text that is a number in all rows becomes numbers; C(column) in a formula makes levels of them.

    Returns
    -------
    Profiles
        All group columns stay. Observations that lack one of the covariates are set aside, and named in the account.
        The way back to input rows is lost: profiles do not know the groups of single rows.

    Raises
    ------
    InputError
        When there is no such group column, or it is neither numbers nor text, or every observation lacks one.

    Examples
    --------
    >>> import blocs
    >>> table = {"vote": ["A", "B", "A"], "age": ["20", "30", "30"]}
    >>> profiles = group_covariates(blocs.Profiles.from_table(table, groups="age"), "age")
    >>> profiles.covariates, len(profiles)
    (<Covariates age: 2 distinct rows>, 3)
    """
    return covariates_by_cell(profiles, names)[0]


def crossed(profiles: Profiles, names: Sequence[str]) -> Profiles:
    """Return profiles that differ by group columns of these names too, and any others as they are."""
    known = () if profiles.cells is None else tuple(map(str, profiles.cells.table.columns))
    if profiles.covariates is not None or not names or any(name not in known for name in names):
        return profiles
    return group_covariates(profiles, names)


def covariates_by_cell(profiles: Profiles, names: str | Sequence[str]) -> tuple[Profiles, NDArray[np.int64]]:
    """Return what `group_covariates` does, and (C,) the profile there of each cell here, -1 where it is set aside."""
    require_profiles(profiles)
    listed = [names] if isinstance(names, str) else list(dict.fromkeys(names))
    cells = profiles.cells
    faults = missing_columns(listed, "names", () if cells is None else tuple(map(str, cells.table.columns)))
    if faults:
        raise InputError(*faults)
    assert cells is not None
    table = cells.table[listed]
    columns = Columns({name: numbers_in(table[name]) for name in listed}, {}, table.index)
    levels, values = read_covariates(columns, listed)
    lacking = np.isnan(values[cells.group])
    of = np.flatnonzero(~lacking.any(axis=1))
    if not len(of):
        raise InputError(Fault("every observation lacks one of them", argument="names",
                               rule="An observation is used where it has all covariates"))  # fmt: skip
    row, counts = cells.row[of], cells.counts[of]
    aside = [(name, round(float(cells.counts[lacking[:, v]].sum()))) for v, name in enumerate(listed)]
    remarks = tuple(
        f"Covariate {name!r} is missing for {counted(n, 'observation')}, which {'is' if n == 1 else 'are'} set aside."
        for name, n in aside if n
    )  # fmt: skip
    made = Profiles.from_codes(
        profiles.schema,
        profiles.codes[row],
        counts,
        design=cells.weights[of] / counts if profiles.design else None,
        squared=cells.squared[of] if profiles.design and cells.squared is not None else None,
        groups=cells.labels().iloc[of],
        covariates=covariates_of(listed, levels, values[cells.group[of]]),
        values=None if profiles.values is None else profiles.values[row],
        account=profiles.account + Account(remarks=remarks),
    )
    assert made.index is not None
    place = np.full(len(cells.row), -1, dtype=np.int64)
    place[of] = made.index
    kept = made.cells and replace(made.cells, outcomes=cells.outcomes)
    return replace(made, index=None, cells=kept, notes=tuple(dict.fromkeys(profiles.notes + made.notes))), place
