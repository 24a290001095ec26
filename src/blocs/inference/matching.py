"""match and stability: which types of several fits are the same, and how far apart they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.assignment import assigned
from ..core.errors import Fault, InputError, UnsupportedError, counted
from ..core.lazy import lazy_import
from ..core.summary import Summary
from ..results.fit_result import Fit
from .fitted_rows import require_fit

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["Match", "distances", "match", "stability"]

Floats = NDArray[np.float64]
COMPARED = ("categories", "binomial", "multinomial", "poisson", "gaussian")
"""Families whose types can be compared."""


@dataclass(frozen=True)
class Match:
    """The types of one fit beside those of another.

    Attributes
    ----------
    mapping : dict
        Number of a type of the first fit -> number of the type of the other that it goes with, one to one. Where one
        fit has more types, some of them are in no pair.
    distances : dict
        Number of a type of the first fit -> distance from the type that it goes with, 0 (alike) to 1: the share of
        answers that would have to differ, on average over the items.
    distance : float
        Their mean, each type weighted by its mean share in the two fits.

    See Also
    --------
    blocs.match, blocs.Fit.relabel
    """

    mapping: dict[int, int]
    distances: dict[int, float]
    distance: float

    def __iter__(self) -> Iterator[Any]:
        """Yield the mapping and the distance: ``mapping, distance = blocs.match(fit, other)``."""
        yield from (self.mapping, self.distance)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return asdict(self)

    def __str__(self) -> str:
        rows = [(f"type {k}", f"type {other}, distance {self.distances[k]:.4f}") for k, other in self.mapping.items()]
        return Summary(f"Types matched, distance {self.distance:.4f}", rows).text()


def match(fit: Fit, other: Fit) -> Match:
    """Match the types of a fit one to one with those of another fit of the same items.

    Parameters
    ----------
    fit, other : Fit
        Two fits of the same items: of other seeds, elections, parties or numbers of types.

    Returns
    -------
    Match
        The mapping with the smallest sum of distances. ``fit.relabel(match.mapping)`` numbers the types as `other`
        does. Printable; ``mapping, distance = blocs.match(fit, other)`` takes it apart.

    Raises
    ------
    InputError
        If the fits have different items.
    UnsupportedError
        For items of a family of your own.

    Notes
    -----
    The distance of two types is the mean over items of the total variation distance 1/2 sum_l |mu_kjl - mu'_kjl|, of
    choices among all outcomes; for counts and for measurements, all those of one covariance together, of the Hellinger
    distance of their distributions. Items of which one of the types says nothing are left out (`docs/formulas_fit.md`).

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "c": [0, 0, 1, 1], "n": [40, 10, 10, 90]}
    >>> profiles = blocs.Profiles.from_table(table, weights="n")
    >>> fit = blocs.fit(profiles, types=2)
    >>> print(blocs.match(fit, fit.relabel({1: 2, 2: 1})))
    Types matched, distance 0.0000
      type 1  type 2, distance 0.0000
      type 2  type 1, distance 0.0000
    """
    require_fit(fit)
    require_fit(other, "other")
    _refuse_different(fit, other)
    distance = distances(fit, other)
    mapping = assigned(distance)
    own = {k + 1: float(distance[k, m]) for k, m in mapping}
    weights = [fit.params.shares[0, k] + other.params.shares[0, m] for k, m in mapping]
    mean = float(np.average(list(own.values()), weights=weights))
    return Match({k + 1: m + 1 for k, m in mapping}, own, mean)


def stability(fits: Sequence[Fit]) -> pd.DataFrame:
    """Say how alike the types of several fits of the same items are.

    Parameters
    ----------
    fits : sequence of Fit
        Two or more fits with the same number of types, such as those of several seeds, of samples or of elections. The
        types of all are matched with those of the first.

    Returns
    -------
    DataFrame
        One row for each type of the first fit: type, share, share_min, share_max (over all fits), distance and
        distance_max (mean and largest distance from the types of the other fits that go with it), nearest (distance
        from the nearest other type of the first fit; NaN for one type), and recovered: the share of the other fits in
        which the distance is less than half of that, so that no other type could be meant.

    Raises
    ------
    InputError
        For less than two fits, and fits with different items or numbers of types.
    UnsupportedError
        As `match`.

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "c": [0, 0, 1, 1], "n": [40, 10, 10, 90]}
    >>> profiles = blocs.Profiles.from_table(table, weights="n")
    >>> stable = blocs.stability([blocs.fit(profiles, types=2, seed=seed) for seed in (1, 2, 3)])
    >>> stable["recovered"].tolist()
    [1.0, 1.0]
    """
    fits = [fits] if isinstance(fits, Fit) else list(fits)
    for each in fits:
        require_fit(each, "fits")
    if len(fits) < 2:
        raise InputError(Fault(f"there {'is' if len(fits) == 1 else 'are'} {counted(len(fits), 'fit')}",
                               argument="fits", rule="Give two or more"))  # fmt: skip
    first, *others = fits
    for number, other in enumerate(others, start=2):
        _refuse_different(first, other, f"fit {number}", "fits")
        if other.types != first.types:
            raise InputError(Fault(f"fit {number} has {counted(other.types, 'type')}", argument="fits",
                                   rule=f"The first has {first.types}"))  # fmt: skip
    matches = [match(first, other) for other in others]
    numbers = range(1, first.types + 1)
    apart = np.array([[m.distances[k] for k in numbers] for m in matches])
    shares = np.array([[other.shares[m.mapping[k]] for k in numbers] for m, other in zip(matches, others, strict=True)])
    shares = np.vstack([first.params.shares[0], shares])
    own = distances(first, first)
    np.fill_diagonal(own, np.inf)
    nearest = np.where(np.isfinite(own.min(axis=1)), own.min(axis=1), np.nan)
    recovered = (apart < nearest / 2).mean(axis=0) if first.types > 1 else np.ones(1)
    return pd.DataFrame({
        "type": list(numbers), "share": shares[0], "share_min": shares.min(axis=0), "share_max": shares.max(axis=0),
        "distance": apart.mean(axis=0), "distance_max": apart.max(axis=0), "nearest": nearest, "recovered": recovered,
    })  # fmt: skip


def distances(fit: Fit, other: Fit) -> Floats:
    """Return (K, K') distances of the types of two fits, 0 to 1; 0 where nothing can be compared.

    Items count that have the same outcomes in both fits, where both could choose alike; if there are none, all outcomes
    that both have.
    """
    a, b = (one.table().pivot(index=["item", "outcome"], columns="type", values="probability") for one in (fit, other))
    both = a.index.intersection(b.index, sort=False)
    outcomes = [frame.index.to_frame(index=False).groupby("item")["outcome"].agg(set).to_dict() for frame in (a, b)]
    same = [key for key in both if outcomes[0][key[0]] == outcomes[1][key[0]]] or list(both)
    left, right = a.loc[same].to_numpy(dtype=np.float64), b.loc[same].to_numpy(dtype=np.float64)
    differences = np.abs(left[:, :, None] - right[:, None, :])
    items = list(dict.fromkeys(item for item, _ in same))
    total, known = np.zeros((fit.types, other.types)), np.zeros((fit.types, other.types))
    for item in items:
        of_item = differences[[i for i, (name, _) in enumerate(same) if name == item]]
        half = 1.0 if len(of_item) == 1 else 0.5  # a success has a failure beside it that is not listed
        total += half * np.nansum(of_item, axis=0)
        known += ~np.isnan(of_item).all(axis=0)
    laws = [dict(_laws(one)) for one in (fit, other)]
    for name in laws[0]:
        total += _hellinger(laws[0][name], laws[1][name])
        known += 1.0
    return np.asarray(np.divide(total, known, out=np.zeros_like(total), where=known > 0))


def _laws(fit: Fit) -> Iterator[tuple[str, Floats | tuple[Floats, Floats]]]:
    """Yield items of counts with the (K,) rates of the types, of measurements with their means and covariances."""
    rows = fit.parameters().groupby(["item", "parameter"], sort=False)["value"]
    values = {names: of_types.to_numpy(dtype=np.float64) for names, of_types in rows}
    for item in fit.schema.items:
        own = {str(name): of for (of_item, name), of in values.items() if of_item == item.name}
        if item.kind is not None and item.kind.family == "poisson":
            yield item.name, own["rate"]
        elif item.kind is not None and item.kind.family == "gaussian":
            yield item.name, _moments(own, item.kind.parts)


def _moments(values: Mapping[str, Floats], parts: Sequence[str]) -> tuple[Floats, Floats]:
    """Return (K, D) means and (K, D, D) covariances of the D measurements of an item, 0 where there is none."""
    means = np.column_stack([values[f"mean of {part}"] for part in parts])
    covariances = np.zeros((len(means), len(parts), len(parts)))
    for i, part in enumerate(parts):
        covariances[:, i, i] = values[f"variance of {part}"]
        for j, other in enumerate(parts[:i]):
            name = f"covariance of {other} and {part}"
            covariances[:, i, j] = covariances[:, j, i] = values.get(name, 0.0)
    return means, covariances


def _hellinger(own: Floats | tuple[Floats, Floats], other: Floats | tuple[Floats, Floats]) -> Floats:
    """Return (K, K') the Hellinger distances of distributions: of Poisson rates, or of normal means and covariances."""
    if isinstance(own, tuple) and isinstance(other, tuple):
        means, covariances = (a[:, None] - b[None] for a, b in ((own[0], other[0]), (own[1], -other[1])))
        middle = covariances / 2
        size = [np.linalg.slogdet(of)[1] for of in (own[1], other[1], middle)]
        far = (means * np.linalg.solve(middle, means[..., None])[..., 0]).sum(axis=-1)
        affinity = np.exp(size[0][:, None] / 4 + size[1] / 4 - size[2] / 2 - far / 8)
    else:
        affinity = np.exp(-((np.sqrt(own)[:, None] - np.sqrt(other)) ** 2) / 2)
    return np.asarray(np.sqrt(np.maximum(0.0, 1.0 - affinity)))


def _refuse_different(fit: Fit, other: Fit, which: str = "the other fit", argument: str = "other") -> None:
    """Raise InputError when fits have different items, UnsupportedError for those of a user's family."""
    kinds = {"categories" if item.kind is None else item.kind.family for item in fit.schema.items} - {"known"}
    for kind in sorted(kinds.difference(COMPARED)):
        raise UnsupportedError(f"Types of the {kind} family are not matched: blocs knows no distance of its "
                               "distributions.")  # fmt: skip
    names = fit.schema.names, other.schema.names
    missing = [sorted(set(names[i]) - set(names[1 - i])) for i in range(2)]
    faults = [
        Fault(f"{which} {verb} {', '.join(map(repr, differing))}", argument=argument,
              rule="Types are matched by the same items", remedy="Fit the items that both have")
        for verb, differing in (("lacks", missing[0]), ("also has", missing[1])) if differing
    ]  # fmt: skip
    kind_of = [{item.name: item.kind and (item.kind.family, item.kind.parts) for item in one.schema.items}
               for one in (fit, other)]  # fmt: skip
    faults += [
        Fault(f"item {name!r} holds something else in {which}", argument=argument,
              rule="Types are matched by the same items, of the same columns", remedy="Fit the items that both have")
        for name in names[0] if name in names[1] and kind_of[0][name] != kind_of[1][name]
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
