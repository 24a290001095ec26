"""Clusters of observations: which profiles they have, and the outer product of the scores added within each."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, counted, missing_column
from ..core.lazy import lazy_import
from ..model.mixture import Mixture, Params
from ..model.score_sums import parts_of_bounded_size
from ..model.scores import complete_scores, mean_scores
from ..profiles import Cells, Covariates, Profiles
from ..profiles.cells import cross

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["Clusters", "cluster_product", "clusters_of", "grouped"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Clusters(NamedTuple):
    """Profiles by cluster, in order of cluster, then profile: row (C,), cluster (C,) and weight (C,) of each cell.

    name: of the column, "" where it has none; number: of clusters.
    """

    row: Ints
    cluster: Ints
    weights: Floats
    name: str
    number: int

    @property
    def words(self) -> str:
        """The clusters in words."""
        on = f" on {self.name}" if self.name else ""
        return f"clustered{on}, {counted(self.number, 'cluster')}"

    @property
    def digest(self) -> str:
        """A hash of which observations are in which cluster."""
        arrays = (self.row, self.cluster, self.weights)
        return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)).hexdigest()


def clusters_of(profiles: Profiles, cluster: Any) -> Clusters:
    """Return the clusters of a group column or covariate of the profiles, or of labels of the rows of their table.

    Raises InputError for other columns, for labels of another number of rows, and for observations without a label.
    """
    cells, group, number, name = grouped(profiles, cluster)
    if number < 2:
        raise InputError(Fault("all observations are in one cluster", argument="cluster",
                               rule="Variances between clusters need two or more"))  # fmt: skip
    order = np.lexsort((cells.row, group))
    return Clusters(cells.row[order], group[order], cells.weights[order], name, number)


def grouped(profiles: Profiles, cluster: Any) -> tuple[Cells, Ints, int, str]:
    """Return the cells of profiles and clusters, the cluster of each, the number of clusters and what they are called.

    Raises InputError as `clusters_of`, but for the number.
    """
    name = cluster if isinstance(cluster, str) else str(getattr(cluster, "name", None) or "")
    cells = _cells(profiles, name) if isinstance(cluster, str) else _crossed(profiles, cluster, name)
    group, table = cells.by([name])
    missing = table[name].isna().to_numpy(dtype=bool)[group]
    if missing.any():
        without = counted(round(float(cells.counts[missing].sum())), "observation has", "observations have")
        raise InputError(Fault(f"{without} no label", argument="cluster", rule="Every observation is in a cluster",
                               remedy="Leave these out, or give them a label"))  # fmt: skip
    return cells, group, len(table), name


def _cells(profiles: Profiles, name: str) -> Cells:
    """Return the cells of profiles that have a group column, or a covariate of whole values, of that name."""
    columns = () if profiles.cells is None else profiles.cells.names
    if profiles.cells is not None and name in profiles.cells.table:
        return profiles.cells
    whole = () if profiles.covariates is None else _whole(profiles.covariates)
    if profiles.covariates is None or name not in whole:
        remedy = "Name it as groups= where the profiles are made, or give the label of every row"
        if profiles.covariates is not None and name in profiles.covariates.names:
            raise InputError(Fault(f"covariate {name!r} has values that are not whole numbers", argument="cluster",
                                   rule="Clusters are labels or whole numbers", remedy=remedy))  # fmt: skip
        known = tuple(dict.fromkeys((*columns, *whole)))
        raise InputError(missing_column(name, "cluster", known, remedy=remedy))
    v = profiles.covariates.names.index(name)
    value = pd.DataFrame({name: profiles.covariates.values[profiles.covariates.row, v]})
    return cross(np.arange(len(profiles)), profiles.counts, profiles.weights, value)


def _whole(covariates: Covariates) -> tuple[str, ...]:
    """Return the covariates whose values are levels, or whole numbers."""
    each = zip(covariates.names, covariates.values.T, strict=True)  # levels are their numbers
    return tuple(name for name, values in each if (values == np.round(values)).all())


def _crossed(profiles: Profiles, labels: Any, name: str) -> Cells:
    """Return the cells of profiles and labels of the rows of their table, each of which counts once."""
    if np.ndim(labels) != 1:
        raise InputError(Fault(f"it is {labels!r}" if np.ndim(labels) == 0 else f"it has {np.ndim(labels)} dimensions",
                               argument="cluster", rule="It is the name of a group column, or the label of every row",
                               ))  # fmt: skip
    index = profiles.index
    if index is None:
        raise UnsupportedError("These profiles do not lead back to rows: name a group column of theirs as the cluster.")
    if len(labels) != len(index):
        raise InputError(
            Fault(f"it has {counted(len(labels), 'label')}", argument="cluster",
                  rule=f"The table has {counted(len(index), 'row')}, and every row one label")
        )  # fmt: skip
    used = index >= 0
    if profiles.design or not np.array_equal(np.bincount(index[used], minlength=len(profiles)), profiles.counts):
        raise UnsupportedError(
            "The rows of this table have weights, which profiles keep by group and not by row: name the column as "
            "groups= where the profiles are made, and as cluster= here."
        )
    ones = np.ones(int(used.sum()))
    return cross(index[used].astype(np.int64), ones, ones, pd.DataFrame({name: np.asarray(labels)[used]}))


def cluster_product(mixture: Mixture, params: Params, profiles: Profiles, clusters: Clusters) -> Floats:
    """Return the (P, P) sum over clusters of s_g s_g', s_g the weighted sum of the scores of its observations."""
    out, task, free = np.zeros((mixture.free, mixture.free)), mixture.task(params), mixture.free
    parts = len(parts_of_bounded_size(mixture, profiles))
    size = -(-len(profiles) // parts)
    open_sum, open_cluster = np.zeros(free), -1  # of the cluster that the cells before ended in
    for first in range(0, len(clusters.row), size):
        cells = slice(first, first + size)
        rows, place = np.unique(clusters.row[cells], return_inverse=True)
        scores = mean_scores(*complete_scores(mixture, params, profiles.take(rows), task), free)
        weighted = scores[place.ravel()] * clusters.weights[cells, None]
        begin = np.flatnonzero(np.diff(clusters.cluster[cells], prepend=-1))
        sums = np.add.reduceat(weighted, begin, axis=0)
        if clusters.cluster[first] == open_cluster:
            sums[0] += open_sum
        elif open_cluster >= 0:
            out += np.outer(open_sum, open_sum)
        open_sum, open_cluster = sums[-1], int(clusters.cluster[cells][-1])
        out += sums[:-1].T @ sums[:-1]
    return out + np.outer(open_sum, open_sum)
