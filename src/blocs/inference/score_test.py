"""Score tests: whether parameters that a fit does not have would raise its likelihood; over rows or over clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError, counted, missing_columns
from ..core.summary import p_value
from ..profiles import Profiles
from .clusters import grouped

__all__ = ["ROWS_AT_A_TIME", "Clusters", "NetScores", "clusters_of", "in_words", "net_scores", "notes_on_clusters",
           "score_test", "some_rows"]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ROWS_AT_A_TIME = 16_384
ENOUGH_CLUSTERS = 40
"""Clusters, below which a clustered test is not to be relied on."""
LEAST = 0.5
"""Information on a parameter, in observations, below which it is on an edge and left out."""
RELATIVE = 1e-8
"""Share of the information on a direction that must be left when what is fitted is taken out."""


class Clusters(NamedTuple):
    """Units within which rows depend on each other. number: how many, None where rows are independent; row, group, n:
    profile, cluster and observations of each cell, in the order of the profiles."""

    number: int | None
    row: Ints
    group: Ints
    n: Floats


class NetScores(NamedTuple):
    """Scores of Q parameters that a fit does not have, net of those that it has.

    total: (Q,) sums; raw: (Q,) variances of the scores as they are; variance: (Q, Q) of the net scores, over rows;
    clustered: (Q, Q) over clusters, where there are some.
    """

    total: Floats
    raw: Floats
    variance: Floats
    clustered: Floats | None
    clusters: int | None


def clusters_of(profiles: Profiles, name: Any) -> Clusters:
    """Return the clusters of a group column or of labels of the rows of the table, none without a name.

    Raises InputError where there is no such column, and for labels as `clusters.clusters_of`.
    """
    if name is None:
        rows = np.arange(len(profiles))
        return Clusters(None, rows, np.zeros_like(rows), profiles.counts)
    if not isinstance(name, str):
        cells, cluster, of_labels, _ = grouped(profiles, name)
        return Clusters(of_labels, cells.row, cluster, cells.counts)
    columns = () if profiles.cells is None else tuple(map(str, profiles.cells.table.columns))
    faults = missing_columns([name], "cluster", columns)
    if faults:
        raise InputError(*faults)
    assert profiles.cells is not None
    number, table = profiles.cells.by([name])
    return Clusters(len(table), profiles.cells.row, number, profiles.cells.counts)


def net_scores(
    scores: Callable[[slice], tuple[Floats, Floats]], profiles: Profiles, clusters: Clusters
) -> NetScores:
    """Return the scores of new parameters, from which a regression on those of the fitted ones is taken out.

    Parameters
    ----------
    scores : callable
        Gives for some profiles the (n, P) scores of a row by the fitted parameters and the (n, Q) scores by the new
        ones.
    profiles : Profiles
        U profiles; they are worked off part by part.
    clusters : Clusters
        Over what the scores are summed before their products.
    """
    products, sums, fitted = np.zeros((0, 0)), np.zeros((0, 0)), 0
    for first in range(0, len(profiles), ROWS_AT_A_TIME):
        some = slice(first, min(first + ROWS_AT_A_TIME, len(profiles)))
        old, new = scores(some)
        both, fitted = np.concatenate([old, new], axis=1), old.shape[1]
        if not products.size:
            products, sums = np.zeros((both.shape[1],) * 2), np.zeros((clusters.number or 1, both.shape[1]))
        products += (both * profiles.counts[some, None]).T @ both
        a, b = np.searchsorted(clusters.row, [some.start, some.stop])
        np.add.at(sums, clusters.group[a:b], both[clusters.row[a:b] - first] * clusters.n[a:b, None])
    fit, add = slice(None, fitted), slice(fitted, None)
    explained = np.linalg.pinv(products[fit, fit], rcond=1e-12, hermitian=True) @ products[fit, add]
    net = sums[:, add] - sums[:, fit] @ explained
    variance = products[add, add] - products[add, fit] @ explained
    clustered = None if clusters.number is None else net.T @ net
    return NetScores(net.sum(axis=0), np.diag(products)[add].copy(), variance, clustered, clusters.number)


def score_test(net: NetScores, which: slice | Ints = slice(None)) -> tuple[float, int, float | None]:
    """Return the score statistic of some of the parameters, its degrees of freedom and p.

    Degrees of freedom are the directions of which the rows have information. With as many of them as clusters, or more,
    there is no test: statistic NaN, p None.
    """
    from scipy.stats import chi2

    at = np.arange(len(net.total))[which]
    at = at[net.raw[at] >= LEAST]
    if not len(at):
        return 0.0, 0, None
    size, square = np.sqrt(net.raw[at]), np.ix_(at, at)
    values, vectors = np.linalg.eigh(net.variance[square] / np.outer(size, size))
    kept = values > RELATIVE
    white = vectors[:, kept] / np.sqrt(values[kept]) / size[:, None]
    z, df = white.T @ net.total[at], int(kept.sum())
    if net.clustered is None:
        statistic = float(z @ z)
    elif net.clusters is not None and df < net.clusters:
        statistic = float(z @ np.linalg.pinv(white.T @ net.clustered[square] @ white, hermitian=True) @ z)
    else:
        return np.nan, df, None
    return statistic, df, float(chi2.sf(statistic, df)) if df else None


def notes_on_clusters(clusters: int | None, p: Iterable[float | None]) -> tuple[str, ...]:
    """Return what to know of tests with so many clusters and these p-values."""
    if clusters is None:
        return ()
    few = f"There are {clusters} clusters: with fewer than {ENOUGH_CLUSTERS} p is not to be relied on."
    none = "There is no test with as many degrees of freedom as clusters, or more."
    without = any(value is None or value != value for value in p)
    return (*((few,) if clusters < ENOUGH_CLUSTERS else ()), *((none,) if without else ()))


def in_words(name: str, statistic: float, df: int, p: float | None) -> str:
    """Return a test in words: score 3.21, 2 degrees of freedom, p = 0.2009."""
    value = "no test" if statistic != statistic else f"{name} {statistic:,.2f}".strip()
    return ", ".join(filter(None, (value, f"{counted(df, 'degree')} of freedom", p_value(p))))


def some_rows(profiles: Profiles, some: slice) -> Profiles:
    """Return some of the rows."""
    counts, values = profiles.counts[some], profiles.values
    return Profiles(profiles.schema, profiles.codes[some], counts, counts,
                    values=None if values is None else values[some])  # fmt: skip
