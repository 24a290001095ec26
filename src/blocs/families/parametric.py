"""Families of numbers behind codes: a code's probability is that of its value under each type.

A family of one's own derives from `Parametric` and writes five small methods for one item: `values`, `names`,
`log_prob`, `guess`, and `solve` (or `bounds`, for the numerical M-step). All that the package asks of a family
(families/protocol.py) follows from them. See docs/extend.md.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, UnsupportedError
from ..core.schema import Item, Label, plain_label
from .coded import Coded
from .free_parameters import Unbounded, derivatives, from_log_odds, log_odds, log_odds_of
from .numerical import maximise
from .protocol import Description, Edge, FreeParameter, Part
from .user_parameters import CLOSE, matrix

__all__ = ["Parametric"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEAR = 1e-6
"""Parameters nearer to a bound are on the edge."""
FAR = 700.0
"""Logit beyond which a free parameter leads no nearer to a bound."""
SECOND = 1e-4
"""Step of the differences of scores, in free parameters."""


@dataclass(frozen=True)
class Parametric(Coded):
    """Items of one kind, each with m parameters a type, theta (m, W): W columns are the types of all starts.

    Derive from it to write a family of your own; `docs/extend.md` lists what to write.

    Parameters
    ----------
    items : tuple of Item
        The items; the outcomes are the labels of the values behind their codes.
    pseudo : float
        Pseudo-count of a prior, 0 for maximum likelihood.

    Raises
    ------
    UnsupportedError
        If there is a pseudo-count and the family has no prior.

    Notes
    -----
    Derivatives by the free parameters are central differences of `log_prob`, and those of `score` where it is written;
    second derivatives are differences of these. `blocs.testing.check_family` checks all of it.

    Examples
    --------
    >>> import numpy as np
    >>> from blocs.core.schema import Item, Kind
    >>> from blocs.families import Poisson
    >>> family = Poisson((Item.full("visits", (0, 1, 2), Kind("poisson")),))
    >>> family.table(np.array([[1.0, 3.0]])).round(3).tolist()
    [[1.0, 1.0], [0.368, 0.05], [0.368, 0.149], [0.184, 0.224]]
    """

    has_prior = False
    underflows = True

    def __post_init__(self) -> None:
        if self.pseudo and not self.has_prior:
            name = self.items[0].kind.family if self.items[0].kind else type(self).__name__
            raise UnsupportedError(
                f"A prior is not available for the {name} family (item {self.items[0].name!r}). "
                "Fit with prior=0, or leave the item out."
            )

    @abstractmethod
    def values(self, item: Item) -> Floats:
        """Return (L, ...) the values behind codes 1, 2, ... of one item."""

    @abstractmethod
    def names(self, item: Item) -> tuple[str, ...]:
        """Return the names of the m parameters of one item."""

    @abstractmethod
    def log_prob(self, x: Floats, theta: Floats) -> Floats:
        """Return (L, W) log-probability of the values x (L, ...) under theta (m, W)."""

    @abstractmethod
    def guess(self, x: Floats, counts: Floats, rng: np.random.Generator, width: int) -> Floats:
        """Return (m, width) random parameters; counts (L,) are the data's own."""

    def bounds(self, item: Item) -> tuple[tuple[float, float], ...]:
        """Return (low, high) of every parameter, for the numerical M-step; infinities where there is none."""
        return ((-np.inf, np.inf),) * len(self.names(item))

    def score(self, x: Floats, theta: Floats) -> Floats | None:
        """Return (m, L, W) derivatives of log_prob by the parameters, or None: then differences are used."""
        return None

    def solve(self, item: Item, x: Floats, counts: Floats, theta: Floats) -> Floats:
        """Return the (m, W) parameters that maximise sum_l counts_lw log_prob(x_l, theta_w): 001 eq. 6.5.

        This default maximises numerically, one column at a time, and never lowers it.
        """
        return maximise(self.log_prob, self.score, x, counts, theta, self.bounds(item))

    def free_of(self, item: Item) -> int:
        """Return the number of free parameters of one item and type."""
        return len(self.names(item))

    def coordinates(self, item: Item) -> Floats:
        """Return (L, q) numbers that tell values apart, for starts."""
        x = self.values(item)
        return x.reshape(len(x), math.prod(x.shape[1:]))  # -1 would not do where no value was seen

    def sample(self, item: Item, x: Floats, theta: Floats, rng: np.random.Generator) -> Sequence[Label] | None:
        """Return (n,) labels of new values for rows with the values x (n, ...) under theta (m, n).

        None, the default: values are drawn from those in the code book, which is right where it has all that can occur.
        """
        return None

    def statistics(self, item: Item) -> tuple[str, ...]:
        """Return the names of the sums of the columns of the values, for a step laid open."""
        return tuple(f"sum of {name}" for name in self.names(item))

    # What the package asks of a family (families/protocol.py), for all items at once

    @cached_property
    def _x(self) -> tuple[Floats, ...]:
        return tuple(self.values(item) for item in self.items)

    @cached_property
    def _parts(self) -> tuple[tuple[Item, Floats, slice, slice], ...]:
        """(item, values, rows of its codes without MISSING, rows of its parameters)."""
        parts, code, row = [], 0, 0
        for item, x in zip(self.items, self._x, strict=True):
            m = len(self.names(item))
            parts.append((item, x, slice(code + 1, code + item.size), slice(row, row + m)))
            code, row = code + item.size, row + m
        return tuple(parts)

    def log_table(self, theta: Floats) -> Floats:
        """Return (C, W) log-probability of every code, 0 for MISSING."""
        table = np.zeros((sum(item.size for item in self.items), theta.shape[1]))
        for _, x, codes, rows in self._parts:
            if len(x):
                table[codes] = self.log_prob(x, theta[rows])
        return table

    def table(self, theta: Floats) -> Floats:
        """Return (C, W) probability of every code under every type."""
        return np.asarray(np.exp(self.log_table(theta)))

    def mstep(self, theta: Floats, counts: Floats) -> Floats:
        """Return the parameters that maximise the expected log-likelihood of (C, W) expected counts.

        Where a type expects no value of an item, its parameters stay as they are.
        """
        out = theta.copy()
        for item, x, codes, rows in self._parts:
            here = counts[codes]
            some = here.sum(axis=0) + self.pseudo > 0
            if len(x) and some.any():
                out[rows] = np.where(some, self.solve(item, x, here, theta[rows]), theta[rows])
        return out

    def start(self, stats: Floats, rng: np.random.Generator, width: int, centres: Part | None = None) -> Floats:
        """Return (M, width) random parameters; stats (C, 1) are the data's own counts.

        Of an item that is missing in all rows, as a rare one may be in some of the data, any value will do.
        """
        seen = [stats[codes, 0] for _, _, codes, _ in self._parts]
        out = [
            self.guess(x, here if here.any() else np.ones(len(x)), rng, width)
            for (_, x, _, _), here in zip(self._parts, seen, strict=True)
        ]
        return np.concatenate(out) if out else np.zeros((0, width))

    def flat(self, types: int) -> Floats:
        """Return (M, types) parameters that M-steps can begin from."""
        rng = np.random.default_rng(0)
        return np.concatenate([self.guess(x, np.ones(len(x)), rng, types) for _, x, _, _ in self._parts])

    def log_prior(self, theta: Floats) -> Floats:
        """Return (W,) log prior density, 0 without a prior."""
        return np.zeros(theta.shape[1])

    def features(self, part: Part, weights: Floats) -> tuple[NDArray[Any], Floats]:
        """Return points (n, Q): the coordinates of each item with mean 0 and variance 1 over the rows."""
        points = [_scaled(self.coordinates(item), part.codes[:, j], weights) for j, item in enumerate(self.items)]
        return part.codes[:, :0], np.hstack([np.zeros((len(part.codes), 0)), *points])

    def edges(self, theta: Floats) -> list[Edge]:
        """Return the parameters on a bound."""
        low, high = np.array([edge for item in self.items for edge in self.bounds(item)]).reshape(-1, 2).T[:, :, None]
        near = (("lower", theta <= low + NEAR), ("upper", theta >= high - NEAR))
        return [Edge(int(m), int(w), kind) for kind, which in near for m, w in np.argwhere(which)]

    def describe(self, theta: Floats) -> list[Description]:
        """Return the parameters by name."""
        names = [(item.name, name) for item in self.items for name in self.names(item)]
        return [Description(item, value, parameter=name) for (item, name), value in zip(names, theta, strict=True)]

    def describe_statistics(self, theta: Floats, counts: Floats) -> list[Description]:
        """Return the expected sums of the columns of the values."""
        out = []
        for item, x, codes, _ in self._parts:
            sums = x.reshape(len(x), math.prod(x.shape[1:])).T @ counts[codes]
            named = zip(self.statistics(item), sums, strict=False)
            out += [Description(item.name, row, parameter=name) for name, row in named]
        return out

    def read(self, item: Item, written: Any, types: int) -> Floats:
        """Return the (m, K) parameters of one item, a row each."""
        return matrix(item, written, len(self.names(item)), types)

    def faults(self, theta: Floats) -> list[Fault]:
        """Return the parameters out of their bounds, and probabilities that do not sum to 1."""
        out = []
        for item, _, _, rows in self._parts:
            for name, values, (low, high) in zip(self.names(item), theta[rows], self.bounds(item), strict=True):
                if (values < low - CLOSE).any() or (values > high + CLOSE).any():
                    wrong = float(values[(values < low - CLOSE) | (values > high + CLOSE)][0])
                    out.append(Fault(f"the {name} of item {item.name!r} is {wrong:.6g}",
                                     rule=f"It is between {low:g} and {high:g}"))  # fmt: skip
            if self._sums_to_one(item) and (np.abs(theta[rows].sum(axis=0) - 1) > CLOSE).any():
                out.append(Fault(f"the probabilities of item {item.name!r} do not sum to 1"))
        return out

    # Free parameters and derivatives

    def _sums_to_one(self, item: Item) -> bool:
        """Whether the parameters of an item are probabilities that sum to 1: there is one free parameter less."""
        return 0 < self.free_of(item) == len(self.names(item)) - 1

    def free_parameters(self) -> list[FreeParameter]:
        """Return what they are: log-odds of probabilities, logs and logits of parameters that have bounds."""
        out: list[FreeParameter] = []
        for item in self.items:
            free, names = self.estimated(item), self.names(item)
            words = Unbounded(self.bounds(item)).words()
            if free and self._sums_to_one(item):
                out += log_odds_of(item.name, names)
            elif free == len(names):
                out += [FreeParameter(item.name, word + name) for word, name in zip(words, names, strict=True)]
            else:
                out += [FreeParameter(item.name, f"free parameter {i}") for i in range(1, free + 1)]
        return out

    def to_free(self, theta: Floats) -> Floats:
        """Return (F, W): log-odds of probabilities, numbers without bounds for parameters that have some."""
        none = np.zeros((0, theta.shape[1]))
        some = [(item, theta[rows]) for item, _, _, rows in self._parts if self.estimated(item)]
        return np.concatenate([none, *(self._to_free(item, own) for item, own in some)])

    def from_free(self, free: Floats) -> Floats:
        """Return (M, W) parameters; those of an item where nothing is free are as `flat` has them."""
        out, first = [np.zeros((0, free.shape[1]))], 0
        for item, _, _, rows in self._parts:
            last = first + self.estimated(item)
            out.append(self._from_free(item, free[first:last]) if last > first else self.flat(free.shape[1])[rows])
            first = last
        return np.concatenate(out)

    def _to_free(self, item: Item, theta: Floats) -> Floats:
        if self._sums_to_one(item):
            return log_odds(theta)
        free = self.free_of(item)
        if free not in (0, len(theta)):
            raise UnsupportedError(
                f"The free parameters of item {item.name!r} are not known: {type(self).__name__} has {len(theta)} "
                f"parameters and says that {free} are free. Write to_free and from_free for it."
            )
        return Unbounded(self.bounds(item)).out(theta)[:free]

    def _from_free(self, item: Item, free: Floats) -> Floats:
        return from_log_odds(free) if self._sums_to_one(item) else Unbounded(self.bounds(item)).back(free, FAR)

    def code_scores(self, position: int, theta: Floats) -> Floats:
        """Return (L, f, W) derivatives of log_prob by the free parameters: those of `score`, else differences."""
        item, x, _, rows = self._parts[position]
        if not self.free_of(item):
            return np.zeros((len(x), 0, theta.shape[1]))
        at = self._to_free(item, theta[rows])
        given = self.score(x, theta[rows])
        if given is None:
            return derivatives(lambda free: self.log_prob(x, self._from_free(item, free)), at)
        if not self._sums_to_one(item):
            slope = Unbounded(self.bounds(item)).slope(theta[rows])
            return np.asarray((given * slope[:, None])[: len(at)].swapaxes(0, 1))
        p = theta[rows]
        mean = np.einsum("mlw,mw->lw", given, p)
        return np.asarray(((given - mean) * p[:, None])[1:].swapaxes(0, 1))

    def code_information(self, position: int, theta: Floats, counts: Floats) -> Floats:
        """Return (f, f, W): differences of the scores, summed over the codes."""
        item, _, _, rows = self._parts[position]
        other = [slice(0, rows.start), slice(rows.stop, None)]

        def total(free: Floats) -> Floats:
            there = np.concatenate([theta[other[0]], self._from_free(item, free), theta[other[1]]])
            return np.asarray(np.einsum("lfw,lw->fw", self.code_scores(position, there), counts))

        second = derivatives(total, self._to_free(item, theta[rows]), SECOND)
        return -0.5 * (second + second.swapaxes(0, 1))

    def _drawn(
        self, position: int, theta: Floats, codes: NDArray[Any], types: Ints, rng: np.random.Generator
    ) -> tuple[Item, Ints]:
        """Return one item with the values that `sample` drew among its outcomes, and codes for its rows."""
        item, x, _, place = self._parts[position]
        rows = np.flatnonzero(codes)
        labels = self.sample(item, x[codes[rows].astype(np.int64) - 1], theta[place][:, types[rows]], rng)
        if labels is None:
            return super()._drawn(position, theta, codes, types, rng)
        outcomes = tuple(dict.fromkeys([*item.outcomes, *map(plain_label, labels)]))
        code_of = {label: code for code, label in enumerate(outcomes, start=1)}
        out = np.zeros(len(codes), dtype=np.int64)
        out[rows] = [code_of[plain_label(label)] for label in labels]
        return (item if outcomes == item.outcomes else Item.full(item.name, outcomes, item.kind)), out


def _scaled(coordinates: Floats, codes: NDArray[Any], weights: Floats) -> Floats:
    """Return (n, q) coordinates with mean 0 and total variance 1 over the rows; 0 where missing."""
    rows = np.vstack([np.full(coordinates.shape[1], np.nan), coordinates])[codes.astype(np.int64)]
    known = ~np.isnan(rows[:, 0])
    if not known.any():
        return np.zeros_like(rows)
    mean = np.average(rows[known], axis=0, weights=weights[known])
    variance = np.average((rows[known] - mean) ** 2, axis=0, weights=weights[known]).sum()
    return np.asarray(np.where(known[:, None], rows - mean, 0.0) / np.sqrt(variance if variance > 0 else 1.0))
