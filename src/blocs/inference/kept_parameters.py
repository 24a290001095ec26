"""Which free parameters the data speak of: those on the boundary of their range are found and taken out.

Log-odds of outcomes are found by the information that there would be if the types were known. For the outcomes l and m
of an item under one type it is minus w_lm = sum over menus S of C_S p(S, l) p(S, m), with the expected number C_S of
observations: the weights of a graph of the outcomes. Where they hang together, the odds have a score and a curvature on
some menu. Outcomes that do not hang together are infinitely far apart: their odds are on the boundary on every menu
that has both. Within every such part of an item the log-odds against its most probable outcome are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Item, Label
from ..families import Family, FreeParameter
from ..membership import Design, Membership
from ..membership.separation import LEAST, directions_away
from ..model.evidence import Evidence
from ..model.mixture import Params
from ..model.scores import parameter_positions, to_free_vector

__all__ = ["Kept", "MeanShares", "Odds", "Parameter", "kept_parameters"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Parameter(NamedTuple):
    """A free parameter in words.

    type: its number from 1, 0 where all types share it; item: None for the shares; outcome: of log-odds, whose they
    are; value: in the units of the data; scale: of a step of the free parameter in these units; column: its place among
    those that are kept, or -1; positive: whether it is, as a variance; flag: why it is not kept, or "".
    """

    type: int
    item: str | None
    outcome: Label | None
    name: str
    value: float
    scale: float
    column: int
    positive: bool
    flag: str

    @property
    def words(self) -> str:
        """The parameter in one line."""
        whose = f"type {self.type}" if self.type else "all types"
        return self.name if self.item is None else f"{whose}, {self.item}: {self.name}"


class Odds(NamedTuple):
    """Probabilities that sum to 1: of the outcomes of an item under one type, or of the types.

    at (L - 1,): places of their log-odds against the first in the vector of free parameters; p (L,); part (L,): the
    number of the part that an outcome hangs together with.
    """

    at: Ints
    p: Floats
    part: Ints

    def among(self, options: Sequence[int]) -> Floats:
        """Return the probabilities on a menu, 0 or 1 exactly where they are on the boundary."""
        listed = np.array(options)
        p, part = self.p[listed], self.part[listed]
        of_part = np.bincount(part, p)
        p = np.where(part == int(of_part.argmax()), p, 0.0)
        if np.count_nonzero(part == int(of_part.argmax())) == 1:
            return np.asarray((part == int(of_part.argmax())).astype(np.float64))
        return np.asarray(p / p.sum())

    def slope(self, options: Sequence[int], position: int) -> Floats:
        """Return the (L - 1,) derivatives of the probability of one option of a menu by the log-odds."""
        out, p = np.zeros(len(self.p)), self.among(options)
        out[list(options)] = -p[position] * p
        out[options[position]] += p[position]
        return out[1:]


class MeanShares(NamedTuple):
    """Means over the rows of shares that depend on covariates or groups.

    at (P,): places of the coefficients, or of the log-odds of all groups, in the vector of free parameters; p (K,);
    slopes (K, P): derivatives by them; away (P, m): directions in which the coefficients are infinite, as where a
    column separates types.
    """

    at: Ints
    p: Floats
    slopes: Floats
    away: Floats

    def among(self, options: Sequence[int]) -> Floats:
        """Return the shares."""
        return self.p[list(options)]

    def slope(self, options: Sequence[int], i: int) -> Floats:
        """Return the derivatives of a share."""
        return np.asarray(self.slopes[options[i]])


@dataclass(frozen=True)
class Kept:
    """The p parameters that are kept, as directions in the vector of the P free ones.

    basis (P, p): how the free parameters move with each; contrasts (p, P): each as a sum of free parameters;
    parameters: all, in the order of the vector; shares: those of the types; odds: of (type from 0, item), for the items
    of which outcomes have probabilities that sum to 1; groups: the shares of each group, where groups have their own.
    """

    basis: Floats
    contrasts: Floats
    parameters: tuple[Parameter, ...]
    shares: Odds | MeanShares
    odds: dict[tuple[int, str], Odds]
    groups: tuple[Odds, ...] = ()

    @property
    def kept(self) -> tuple[Parameter, ...]:
        """Those that are kept, in the order of their columns."""
        return tuple(parameter for parameter in self.parameters if parameter.column >= 0)

    @property
    def boundary(self) -> tuple[Parameter, ...]:
        """Those that are not."""
        return tuple(parameter for parameter in self.parameters if parameter.column < 0)


def kept_parameters(evidence: Evidence, params: Params, complete: Floats, n: float) -> Kept:
    """Return the parameters that are not on the boundary of their range, and of which each type says something.

    evidence: what the data say about each type's outcomes; complete (P, P): the information if the types were known; n:
    the number of observations.
    """
    mixture, types = evidence.mixture, evidence.mixture.types
    least = LEAST * min(1.0, evidence.observation)
    build = _Builder(to_free_vector(mixture, params)[0], complete, least)
    own, *others = parameter_positions(mixture)
    groups = _groups(build, mixture.membership, own)
    shares = _of_groups(groups, mixture.membership, params) or _shares(build, mixture.membership, own, params, n)
    odds, position = {}, {name: j for j, name in enumerate(mixture.schema.names)}
    for family, theta, at in zip(mixture.families, params.columns()[1:], others, strict=True):
        frees, fixed = family.free_parameters(), _fixed(family, theta)
        for rows in _runs(frees, at):
            first, item = rows.start, frees[rows.start].item
            known = _known(evidence, position[item])
            for k in range(types):
                if frees[first].against is not None:
                    if at[first, k] >= 0:  # under constraints a type may not have it
                        spoken = _spoken(mixture.schema.item(item), frees[rows], known[:, k])
                        odds[k, item] = build.odds(at[rows, k], frees[rows], item, k + 1, spoken)
                elif at[first, k] >= 0 and at[first, k] not in at[first, :k]:
                    shared = types > 1 and (at[first] == at[first, k]).all()
                    flag = next((kind for row, column, kind in fixed if first >= row and column == k), "")
                    flag = flag if shared or known[:, at[first] == at[first, k]].any() else "unknown"
                    build.single(int(at[first, k]), frees[first], 0 if shared else k + 1, flag, item)
    return replace(build.kept(shares, odds, position), groups=groups)


def _groups(build: _Builder, membership: Membership, at: Ints) -> tuple[Odds, ...]:
    """Add the log-odds of the shares of each group, where groups have their own."""
    groups = membership.groups
    if groups is None:
        return ()
    known, types = np.ones(membership.types, dtype=bool), range(2, membership.types + 1)
    names = [FreeParameter("", f"log-odds of type {k} against type 1", k, 1) for k in types]
    return tuple(build.odds(at[1 + g, 1:], names, None, 0, known, groups.word(g)) for g in range(len(groups)))


def _of_groups(groups: Sequence[Odds], membership: Membership, params: Params) -> MeanShares | None:
    """Return the mean shares over the groups by their parts of the observations; None without groups."""
    if membership.groups is None:
        return None
    options, parts = list(range(membership.types)), membership.groups.parts
    slopes = [
        np.concatenate([part * odds.slope(options, k) for part, odds in zip(parts, groups, strict=True)])
        for k in options
    ]
    at = np.concatenate([odds.at for odds in groups])
    return MeanShares(at, params.shares[0], np.array(slopes), np.zeros((len(at), 0)))


def _shares(build: _Builder, membership: Membership, at: Ints, params: Params, n: float) -> Odds | MeanShares:
    """Add the log-odds of the shares, or the coefficients that they depend on."""
    types, design = membership.types, membership.design
    if not isinstance(design, Design):
        names = [FreeParameter("", f"log-odds of type {k} against type 1", k, 1) for k in range(2, types + 1)]
        return build.odds(at[at >= 0], names, None, 0, np.ones(types, dtype=bool))
    places = np.sort(at[at >= 0])
    away = directions_away(build.complete[np.ix_(places, places)], build.least)
    without = set(places[_leading(away)].tolist())
    columns = [f"{name}, centred and scaled" for name in design.columns[1:]]
    for k in range(1, types):
        for q, name in enumerate(["intercept at the means", *columns]):
            place, words = int(at[1 + q, k]), f"log-odds of type {k + 1} against type 1: {name}"
            build.single(place, FreeParameter("", words), k + 1, "boundary" if place in without else "", None)
    slopes = build.complete[np.ix_(at[1, 1:], places)] / n  # x of the intercept is 1: these are the derivatives
    slopes = np.concatenate([-slopes.sum(axis=0, keepdims=True), slopes])
    return MeanShares(places, params.shares[0], slopes, away)


def _leading(directions: Floats) -> list[int]:
    """Return as many coordinates as there are (P, m) directions, without which no direction is left."""
    rest, out = directions.copy(), list[int]()
    for _ in range(directions.shape[1]):
        p, m = np.unravel_index(int(np.abs(rest).argmax()), rest.shape)
        rest = rest - np.outer(rest[:, m], rest[p] / rest[p, m])
        out.append(int(p))
    return out


def _known(evidence: Evidence, j: int) -> NDArray[np.bool_]:
    """Return (L, K) whether a type says something of each outcome of an item; one row for numbers."""
    if evidence.mixture.schema.items[j].kind is not None:
        return evidence.answers(j)[None]
    return evidence.known_outcomes(j)


def _fixed(family: Family, theta: Floats) -> list[tuple[int, int, str]]:
    """Return (row, type, kind) of covariances at a floor: nothing of them is estimated."""
    return [(edge.row, edge.column, edge.kind) for edge in family.edges(theta) if edge.kind in ("floor", "singular")]


def _spoken(item: Item, frees: Sequence[FreeParameter], known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whether a type says something of the outcomes that log-odds are of, known (L,) being of all outcomes."""
    if item.kind is not None:
        return known
    labels = [frees[0].against, *(free.outcome for free in frees)]
    return known[[item.outcomes.index(label) for label in labels if label is not None]]


def _runs(frees: Sequence[FreeParameter], at: Ints) -> list[slice]:
    """Return the log-odds of each item, and the types (K,) that have them, together; others each by itself."""
    own = [tuple((places >= 0).tolist()) for places in at]
    keys = [(free.item, own[f], -1 if free.against is not None else f) for f, free in enumerate(frees)]
    runs = [len(list(run)) for _, run in groupby(keys)]
    return [slice(end - run, end) for run, end in zip(runs, accumulate(runs), strict=True)]


class _Builder:
    """Gathers parameters and their directions."""

    def __init__(self, vector: Floats, complete: Floats, least: float) -> None:
        self.vector, self.complete, self.least = vector, complete, least
        self.columns: list[tuple[Ints, Floats, Floats]] = []
        self.parameters: list[Parameter] = []

    def single(self, at: int, free: FreeParameter, number: int, flag: str, item: str | None) -> None:
        """Add a parameter by itself, unless there is no information about it."""
        flag = flag or ("" if self.complete[at, at] >= self.least else "boundary")
        column = -1 if flag else len(self.columns)
        if not flag:
            self.columns.append((np.array([at]), np.ones(1), np.ones(1)))
        value = free.shift + free.scale * float(self.vector[at])
        self.parameters.append(
            Parameter(number, item, None, free.name, value, free.scale, column, free.positive, flag)
        )

    def odds(
        self, at: Ints, frees: Sequence[FreeParameter], item: str | None, number: int, known: NDArray[np.bool_],
        group: str = "",
    ) -> Odds:  # fmt: skip
        """Add the log-odds of probabilities, each against the most probable one of its part; group: whose shares."""
        labels: list[Label | None] = [frees[0].against if frees else 1, *(free.outcome for free in frees)]
        eta = np.concatenate([[0.0], self.vector[at]])
        p = np.exp(eta - eta.max())
        p /= p.sum()
        part, determined = _parts(self._weights(at), self.least), np.broadcast_to(known, p.shape)
        first = int(p.argmax())
        for c in range(int(part.max()) + 1):
            of_part = np.flatnonzero(part == c)
            base = int(of_part[p[of_part].argmax()])
            for m in of_part.tolist():
                if m == base == first:
                    continue
                against, column = (base, len(self.columns)) if m != base else (first, -1)
                if column >= 0:
                    unit = np.eye(len(p))[:, 1:]
                    moves = np.full(len(at), -1.0) if m == 0 else unit[m]
                    self.columns.append((at, moves, unit[m] - unit[base]))
                value = float(eta[m] - eta[against]) if column >= 0 else -np.inf
                name = _name(labels, m, against, item) + (f" in {group}" if group else "")
                flag = "" if column >= 0 else "boundary" if determined[m] else "unknown"
                whose = number or m + 1
                self.parameters.append(Parameter(whose, item, labels[m], name, value, 1.0, column, False, flag))
        return Odds(at, p, part)

    def _weights(self, at: Ints) -> Floats:
        """Return (L, L) weights w_lm of pairs of outcomes, from the information about log-odds against the first."""
        inner = self.complete[np.ix_(at, at)]
        whole = np.zeros((len(at) + 1, len(at) + 1))
        whole[1:, 1:] = inner
        whole[0, 1:] = whole[1:, 0] = -inner.sum(axis=0)
        return -whole

    def kept(self, shares: Odds | MeanShares, odds: dict[tuple[int, str], Odds], position: Mapping[str, int]) -> Kept:
        """Return what was gathered: the shares, then type by type the items in the order of the schema."""
        order = sorted(self.parameters, key=lambda of: (of.item is not None, of.type, position.get(of.item or "", 0)))
        basis = np.zeros((len(self.vector), len(self.columns)))
        contrasts = np.zeros((len(self.columns), len(self.vector)))
        parameters, column = [], 0
        for of in order:
            if of.column >= 0:
                at, moves, contrast = self.columns[of.column]
                basis[at, column], contrasts[column, at] = moves, contrast
                of, column = of._replace(column=column), column + 1
            parameters.append(of)
        return Kept(basis, contrasts, tuple(parameters), shares, odds)


def _parts(weights: Floats, least: float) -> Ints:
    """Return (L,) numbers of the parts that hang together by (L, L) weights of at least `least`."""
    part = np.arange(len(weights))
    for a, b in np.argwhere(weights >= least):
        part[part == part[b]] = part[a]
    return np.unique(part, return_inverse=True)[1].ravel()


def _name(labels: Sequence[Label | None], outcome: int, against: int, item: str | None) -> str:
    words = "type " if item is None else ""
    return f"log-odds of {words}{labels[outcome]} against {words}{labels[against]}"
