"""Bivariate residuals: how well a fit describes each pair of items, from sums over profiles."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.lazy import lazy_import
from ..core.schema import Item
from ..files.checkpoint import EVERY, Checkpointed
from ..profiles import Profiles, Traced, profiles_of
from ..results.fit_result import Fit
from .drawn_statistics import Drawing, require_replicates
from .fitted_rows import FittedRows, merged, require_categories, require_fit, require_one_share, rows_of
from .parametric_bootstrap import bootstrap_p, parametric_bootstrap, threads_of, whole_number

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["bivariate_residuals"]

Floats = NDArray[np.float64]


def bivariate_residuals(
    fit: Fit,
    profiles: Profiles | Traced,
    bootstrap: int = 0,
    *,
    seed: int = 0,
    jobs: int | None = None,
    checkpoint: Checkpointed = None,
    every: float = EVERY,
    each: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Compare the two-way table of each pair of items with what a fit expects of it.

    Parameters
    ----------
    fit : Fit
        A fit of items of categories.
    profiles : Profiles or coded ballots
        Data with the items of the fit; with a bootstrap, the data that were fitted.
    bootstrap : int
        Number of replicates of a parametric bootstrap, such as 999, which gives p; 0 for none.
    seed : int
        Seed of the bootstrap: replicate number b of a seed is always the same.
    jobs : int, optional
        Number of threads of the bootstrap; all processors by default. Results are the same bits for any number.
    checkpoint : str or Path, optional
        A file in which finished replicates are kept, also when Ctrl-C ends the bootstrap; where it is there already, it
        goes on from it.
    every : float
        Seconds between two times that the checkpoint is written, at least.
    each : callable, optional
        Called with the number of replicates that are done, some at a time.

    Returns
    -------
    DataFrame
        One row for each pair of items, the worst first: item_a, item_b, x2 (Pearson), df = (L_a - 1)(L_b - 1), bvr =
        x2 / df (as in Latent GOLD), p by the bootstrap, NaN without one. The chi-square distribution does not hold for
        x2: its mean is far below df, since the parameters are fitted.

    Raises
    ------
    InputError
        If there are items or outcomes that were not fitted.
    MismatchError
        With a bootstrap, if the profiles are not those that were fitted.
    UnsupportedError
        For items of numbers; with a bootstrap also for sampling weights and counts that are not whole.

    Notes
    -----
    Of the rows that answered both items, with menus S and T, the number of type k is n_k(S, T) = sum w_u zeta_uk. The
    expected count of the outcomes l, m is the sum over S, T and k of n_k(S, T) p_ka(S, l) p_kb(T, m)
    (`docs/formulas_fit.md`). With complete rows and one menu it is N sum_k pi_k mu_kal mu_kbm.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "n": [30, 10, 10, 30]}
    >>> profiles = blocs.Profiles.from_table(table, weights="n")
    >>> blocs.bivariate_residuals(blocs.fit(profiles, types=1), profiles).round(4)
      item_a item_b    x2  df   bvr   p
    0      a      b  20.0   1  20.0 NaN
    """
    require_fit(fit)
    replicates = whole_number("bootstrap", bootstrap, 0)
    require_categories(fit.schema, "A bivariate residual")
    if replicates:
        require_one_share(fit, "A bootstrap of bivariate residuals")
    data = profiles_of(profiles)
    rows = rows_of(fit, data if not fit.mixture.membership.common else merged(data), fitted=replicates > 0)
    pairs = [
        (a, b) for a, b in combinations(range(len(rows.profiles.schema.items)), 2)
        if min(len(rows.profiles.schema.items[j].outcomes) for j in (a, b)) > 1
    ]  # fmt: skip
    x2 = _x2(rows, pairs)
    p = np.full(len(pairs), np.nan)
    drawing = Drawing(replicates, whole_number("seed", seed, 0), threads_of(jobs), checkpoint, every, each)
    require_replicates(drawing)
    if replicates:
        drawn = parametric_bootstrap(rows, fit, lambda of: _x2(of, pairs), drawing, "bootstrap of pairs of items")
        p = bootstrap_p(x2, drawn.statistics)
    names, sizes = rows.profiles.schema.names, [len(item.outcomes) for item in rows.profiles.schema.items]
    df = np.array([(sizes[a] - 1) * (sizes[b] - 1) for a, b in pairs], dtype=np.int64)
    columns = {"item_a": [names[a] for a, _ in pairs], "item_b": [names[b] for _, b in pairs]}
    table = pd.DataFrame({**columns, "x2": x2, "df": df, "bvr": x2 / df, "p": p})
    return table.sort_values("bvr", ascending=False, kind="stable", ignore_index=True)


class _Codes(NamedTuple):
    """The codes of an item but MISSING: their menus and outcomes (C,), and probabilities (C, K) given the menu."""

    menu: NDArray[np.int64]
    outcome: NDArray[np.int64]
    probability: Floats


def _x2(rows: FittedRows, pairs: list[tuple[int, int]]) -> Floats:
    """Return the Pearson statistic of each pair of items; infinite where the model calls an observed pair impossible.

    Types are counted by pattern of menus once; pairs of items add over patterns.
    """
    schema, patterns, weights = rows.profiles.schema, rows.patterns, rows.profiles.weights
    table, offsets = rows.mixture.table(rows.params), schema.offsets
    of_types = np.column_stack([
        np.bincount(patterns.number, weights * zeta, len(patterns.n)) for zeta in rows.zeta.T
    ])  # fmt: skip
    codes = [_codes(item, table[offsets[j] + 1 : offsets[j + 1]]) for j, item in enumerate(schema.items)]
    out = []
    for a, b in pairs:
        size = len(schema.items[a].outcomes), len(schema.items[b].outcomes)
        expected = np.zeros(size)
        menus = patterns.menus[:, [a, b]]
        both = (menus >= 0).all(axis=1)
        for s, t in np.unique(menus[both], axis=0):
            n_k = of_types[(menus == (s, t)).all(axis=1)].sum(axis=0)
            first, second = codes[a].menu == s, codes[b].menu == t
            here = (codes[a].probability[first] * n_k) @ codes[b].probability[second].T
            expected[np.ix_(codes[a].outcome[first], codes[b].outcome[second])] += here
        out.append(_pearson(_observed(rows.profiles, a, b, codes[a], codes[b], size), expected))
    return np.array(out, dtype=np.float64)


def _codes(item: Item, table: Floats) -> _Codes:
    pairs = np.array(item.codes, dtype=np.int64).reshape(-1, 2)
    return _Codes(pairs[:, 0], pairs[:, 1], table)


def _observed(profiles: Profiles, a: int, b: int, first: _Codes, second: _Codes, size: tuple[int, int]) -> Floats:
    """Return the observed two-way table of outcomes."""
    x, y = (profiles.codes[:, j].astype(np.int64) for j in (a, b))
    both = (x > 0) & (y > 0)
    cell = first.outcome[x[both] - 1] * size[1] + second.outcome[y[both] - 1]
    return np.bincount(cell, profiles.weights[both], size[0] * size[1]).astype(np.float64).reshape(size)


def _pearson(observed: Floats, expected: Floats) -> float:
    """Return the sum of (O - E)^2 / E; a cell with E = 0 adds nothing if O = 0, and infinity otherwise."""
    off = (observed - expected) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.where(off > 0, off / expected, 0.0).sum())
