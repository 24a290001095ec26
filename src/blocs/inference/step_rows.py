"""What is known of observations beside their answers: covariates and outcomes, with their weights and clusters.

Columns are covariates of the profiles, group columns of theirs, or those of a table in the order of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, counted, missing_columns
from ..core.lazy import lazy_import
from ..core.schema import Label
from ..profiles import Covariates, Profiles
from ..profiles.covariates import covariates_of, numbers_in, read_covariates
from ..profiles.frames import Columns, read_columns
from ..profiles.rows import sum_by, unique_rows

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["StepRows", "cluster_in", "step_rows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class StepRows(NamedTuple):
    """R distinct rows of profile, columns and cluster, in this order: the same for any order of the observations.

    profile (R,), rising; columns: what is known of each row; counts, weights, squares (R,): as those of `Profiles`;
    cluster (R,): numbers from 0, or None; without: columns, and the observations left out because they lack it.
    """

    profile: Ints
    columns: Covariates
    counts: Floats
    weights: Floats
    squares: Floats
    cluster: Ints | None
    without: tuple[tuple[str, int], ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, in words."""
        return tuple(
            f"{name!r} is missing for {counted(n, 'observation')}, which "
            f"{'is' if n == 1 else 'are'} left out of this step, but not of the types."
            for name, n in self.without
        )


class _Source(NamedTuple):
    """Rows before they are made distinct: profile, counts, weights, squares (R,), and columns of theirs by name."""

    profile: Ints
    counts: Floats
    weights: Floats
    squares: Floats
    columns: Columns


def cluster_in(data: Any, cluster: Any) -> Any:
    """Return a cluster that is a column of `data` as labels of its rows, with their name, and any other as it is."""
    if data is None or not isinstance(cluster, str):
        return cluster
    columns = read_columns(data)
    if faults := missing_columns([cluster], "cluster", columns.data, remedy="Clusters are a column of `data=` too"):
        raise InputError(*faults)
    return pd.Series(columns.data[cluster].to_numpy(), name=cluster)


def step_rows(profiles: Profiles, names: Mapping[str, str], data: Any, cluster: Any) -> StepRows:
    """Return the observations that have all of some columns.

    names: of the columns, and the arguments that name them; data: a table of them in the order of the rows that
    the profiles were made from; cluster: a group column of the profiles, labels of the rows, or None.

    Raises InputError for columns that are not there, that are neither numbers nor text, or that every observation
    lacks; UnsupportedError for a table beside profiles that do not know the weight of each row.
    """
    by_row = data is not None or (cluster is not None and not isinstance(cluster, str))
    wanted = [*names, *([cluster] if isinstance(cluster, str) else [])]
    source = _of_rows(profiles, data) if by_row else _of_profiles(profiles, wanted)
    faults = [
        fault for name, argument in names.items()
        for fault in missing_columns([name], argument, source.columns.data, remedy=_remedy(data))
    ]  # fmt: skip
    outcomes = () if profiles.cells is None or data is not None else profiles.cells.outcomes
    if absent := [name for name in wanted[len(names) :] if name not in source.columns.data]:  # outcomes are no clusters
        faults += missing_columns(absent, "cluster", [name for name in source.columns.data if name not in outcomes])
    if faults:
        raise InputError(*faults)
    levels, cells = read_covariates(source.columns, list(names), names)
    lacking = np.isnan(cells)
    kept: NDArray[np.bool_] = ~np.asarray(lacking.any(axis=1))
    if not kept.any():
        raise InputError(Fault("every observation lacks one of them", argument=next(iter(names.values())),
                               rule="An observation is used where it has all columns"))  # fmt: skip
    labels: pd.Series[Any] | None = None
    if cluster is not None:
        labels = source.columns.data[cluster] if isinstance(cluster, str) else pd.Series(_used(profiles, cluster))
    without = [(name, round(float(source.counts[lacking[:, v]].sum()))) for v, name in enumerate(names)]
    columns = covariates_of(list(names), levels, cells[kept])
    return _distinct(source, kept, columns, labels, tuple((name, n) for name, n in without if n))


def _distinct(
    source: _Source, kept: NDArray[np.bool_], columns: Covariates, labels: pd.Series[Any] | None,
    without: tuple[tuple[str, int], ...],
) -> StepRows:  # fmt: skip
    """Merge the rows that are alike."""
    profile = source.profile[kept]
    own = np.zeros(len(profile), dtype=np.int64)
    if labels is not None:
        own = pd.factorize(labels.to_numpy()[kept], sort=True)[0].astype(np.int64)
    keys = np.column_stack([profile, columns.row, own])
    rows, place = unique_rows(keys, [int(key.max()) + 1 for key in keys.T])
    counts, weights, squares = (
        sum_by(place, part[kept], len(rows)) for part in (source.counts, source.weights, source.squares)
    )
    columns = Covariates(columns.names, columns.levels, columns.values, rows[:, 1].astype(np.int32))
    return StepRows(rows[:, 0], columns, counts, weights, squares, None if labels is None else rows[:, 2], without)


def _of_profiles(profiles: Profiles, names: Sequence[str]) -> _Source:
    """Return the profiles, or where a name is one of their group columns alone, the profiles by group."""
    own = profiles.covariates
    known, cells = () if own is None else own.names, profiles.cells
    groups = () if cells is None else tuple(map(str, cells.table.columns))
    if cells is None or all(name in known for name in names):
        at = np.arange(len(profiles))
        return _Source(at, profiles.counts, profiles.weights, profiles.squares, _columns(_labels(own), own, len(at)))
    if profiles.design and cells.squared is None:
        raise UnsupportedError("These profiles have sampling weights, but not the squares of those of single rows.")
    squares = cells.squared if profiles.design and cells.squared is not None else cells.weights
    columns = {name: numbers_in(cells.table[name]).iloc[cells.group].reset_index(drop=True) for name in groups}
    columns |= _labels(own, cells.row)
    return _Source(cells.row, cells.counts, cells.weights, squares, _columns(columns, own, len(cells.row)))


def _of_rows(profiles: Profiles, data: Any) -> _Source:
    """Return the rows of the table that the profiles were made from, with the columns of another one beside them."""
    index = profiles.index
    where = "Name the columns as covariates=, outcomes= or groups= where the profiles are made"
    if index is None:
        raise UnsupportedError(f"These profiles do not lead back to the rows of a table. {where}.")
    used = index >= 0
    if profiles.design or not np.array_equal(np.bincount(index[used], minlength=len(profiles)), profiles.counts):
        raise UnsupportedError(
            f"The rows of this table have weights, which profiles keep by group and not by row. {where}."
        )
    table = _columns({}, None, len(index)) if data is None else read_columns(data)
    if len(table) != len(index):
        raise InputError(
            Fault(f"it has {counted(len(table), 'row')}", argument="data",
                  rule=f"The table of the profiles has {counted(len(index), 'row')}, and `data=` the same in its order")
        )  # fmt: skip
    if table.labelled and not table.rows.equals(profiles.rows) and not table.rows.equals(pd.RangeIndex(len(table))):
        raise InputError(
            Fault("its index is not that of the table of the profiles", argument="data",
                  rule="Rows belong together by their labels", remedy="Reset its index if it is in the same order")
        )  # fmt: skip
    profile, ones = index[used].astype(np.int64), np.ones(int(used.sum()))
    columns = _labels(profiles.covariates, profile)
    columns |= {name: column[used].reset_index(drop=True) for name, column in table.data.items()}
    declared = _declared(profiles.covariates) | dict(table.declared)
    return _Source(profile, ones, ones, ones, Columns(columns, declared, pd.RangeIndex(len(ones))))


def _used(profiles: Profiles, labels: Any) -> NDArray[Any]:
    """Return the labels of the rows that are observations."""
    assert profiles.index is not None
    return np.asarray(np.asarray(labels)[profiles.index >= 0])


def _columns(data: dict[str, pd.Series[Any]], covariates: Covariates | None, rows: int) -> Columns:
    return Columns(data, _declared(covariates), pd.RangeIndex(rows))


def _declared(covariates: Covariates | None) -> dict[str, tuple[Label, ...]]:
    """Return the levels of covariates, in their order."""
    if covariates is None:
        return {}
    return {name: own for name, own in zip(covariates.names, covariates.levels, strict=True) if own is not None}


def _labels(covariates: Covariates | None, profile: Ints | None = None) -> dict[str, pd.Series[Any]]:
    """Return the covariates of profiles, by default of all in order, as columns of numbers and labels."""
    if covariates is None:
        return {}
    row = covariates.row if profile is None else covariates.row[profile]
    out = {}
    for v, (name, levels) in enumerate(zip(covariates.names, covariates.levels, strict=True)):
        value = covariates.values[row, v]
        listed = value if levels is None else np.array(levels, dtype=object)[value.astype(np.int64)]
        out[name] = pd.Series(listed)
    return out


def _remedy(data: Any) -> str:
    if data is not None:
        return ""
    return "Name it as covariates=, outcomes= or groups= where the profiles are made, or give `data=`"
