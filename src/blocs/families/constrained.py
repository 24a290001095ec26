"""Categorical items with constraints: probabilities that have a given value, and probabilities that are equal.

Where menus vary the constraints are on the probabilities of a choice among all outcomes. The M-step then counts, for
each choice from a menu S, the choices of other outcomes that there would have been for it, mu_l / mu_S of outcome l: an
EM step itself, which never lowers the expected log-likelihood, and whose gradient is that of the menus.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, UnsupportedError
from ..core.schema import Item, Label
from .categorical import Categorical
from .constraints import Constraint, pattern_of
from .free_parameters import SMALLEST, from_log_odds, log_odds
from .pattern import Pattern, Simplex, margins
from .protocol import Edge, Family, FreeParameter, Part
from .user_parameters import CLOSE

__all__ = ["Constrained"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class _Free(NamedTuple):
    """A row of free parameters: what it is, and its place in the vector by type, -1 for types without it."""

    what: FreeParameter
    at: tuple[int, ...]


@dataclass(frozen=True)
class Constrained(Categorical):
    """As Categorical, with constraints on mu (M, W).

    constraints: all of them; types: number of types K, which have the numbers that the constraints give them.
    """

    constraints: tuple[Constraint, ...] = ()
    types: int = 1

    @property
    def words(self) -> str:
        """What its items are."""
        return "categories with constraints"

    @cached_property
    def pattern(self) -> Pattern:
        """Which probabilities have a value, and which are equal."""
        return pattern_of(self.items, self.types, self.constraints)

    def with_types(self, types: int) -> Constrained:
        """Return the family in a mixture of K types; raises as `pattern_of`."""
        pattern_of(self.items, types, self.constraints)
        return replace(self, types=types)

    def bind(self, items: tuple[Item, ...]) -> Constrained:
        """Return the same family for items with other menus."""
        return replace(self, items=items)

    def constrained(self, mu: Floats) -> Floats:
        """Return the probabilities under the constraints that are nearest to any mu, by relative entropy."""
        return self.pattern.maximum(mu, self.pattern.maximum(np.ones_like(mu), mu))

    def mstep(self, mu: Floats, counts: Floats) -> Floats:
        """Return the mu that maximise the expected log-likelihood of (C, W) expected counts under the constraints.

        Where menus vary they raise it.
        """
        return self.pattern.maximum(self._counts(mu, counts), mu)

    def _counts(self, mu: Floats, counts: Floats) -> Floats:
        """Return (M, W) counts by outcome of (C, W) counts, with those that menus leave out and those of the prior."""
        if self.offer.full:
            return np.asarray(self.offer.by_outcome(counts) + self.pseudo)
        begin, size = self.offer.menu_start[:-1], np.diff(self.offer.menu_start)
        own = counts[self.offer.chosen] * np.repeat(size > 1, size)[:, None]  # a menu of one outcome says nothing
        chosen, among = (np.add.reduceat(of, begin, axis=0) for of in (own, mu[self.offer.options]))
        each = chosen / np.where(among > 0, among, 1.0)  # choices of a menu, by its probability
        of_item, c, offered = np.zeros((len(self.items), mu.shape[1])), np.zeros(mu.shape), np.zeros(mu.shape)
        np.add.at(of_item, np.repeat(np.arange(len(self.items)), np.diff(self.offer.item_menu)), each)
        np.add.at(c, self.offer.options, own)
        np.add.at(offered, self.offer.options, np.repeat(each, size, axis=0))
        return np.asarray(c + mu * (self.offer.spread(of_item) - offered) + self.pseudo)

    def start(self, stats: Floats, rng: np.random.Generator, width: int, centres: Part | None = None) -> Floats:
        """Return (M, width) random probabilities under the constraints."""
        return self.constrained(super().start(stats, rng, width, centres))

    def flat(self, types: int) -> Floats:
        """Return (M, types) probabilities that are even as far as the constraints allow."""
        return self.constrained(super().flat(types))

    def edges(self, mu: Floats) -> list[Edge]:
        """Return the estimated probabilities that are 0 or 1, or nearly."""
        given = self.pattern.given
        return [edge for edge in super().edges(mu) if not given[edge.row, edge.column % self.types]]

    def log_prior(self, mu: Floats) -> Floats:
        """Return (W,) log Dirichlet density of the probabilities without a given value, up to a constant."""
        if not self.pseudo:
            return np.zeros(mu.shape[1])
        with np.errstate(divide="ignore"):
            return np.asarray(self.pseudo * np.log(np.where(self._fixed(mu), 1.0, mu)).sum(axis=0))

    def unchart(self, y: Floats) -> Floats:
        """Return the probabilities at any coordinates (M, W): the maximum for counts y^2."""
        return self.constrained(y * y)

    def slope(self, mu: Floats, counts: Floats) -> tuple[Floats, Floats]:
        """Return (M, W) gradient of the expected log-likelihood in the coordinates, and its complete-data curvature."""
        return self.pattern.slope(mu, np.where(self._fixed(mu), 0.0, self._counts(mu, counts)))

    def _fixed(self, mu: Floats) -> NDArray[np.bool_]:
        """(M, W) which probabilities have a given value."""
        return np.tile(self.pattern.fixed, mu.shape[1] // self.types)

    def faults(self, mu: Floats) -> list[Fault]:
        """Return what makes an array no probabilities, or none under the constraints."""
        faults = super().faults(mu)
        if not faults and (np.abs(self.constrained(mu) - mu) > CLOSE).any():
            faults.append(Fault("the probabilities do not satisfy the constraints"))
        return faults

    def holding(self, item: str, outcome: Label, column: int, value: float) -> Family:
        """Refuse: a constraint may say otherwise."""
        raise UnsupportedError(
            f"A probability is held for items without constraints; item {item!r} has some. Give the value as a "
            "constraint and compare the fits with blocs.lr_test."
        )

    # Free parameters: of each label the log-odds against the free cells of a simplex, then log-odds among these

    @cached_property
    def _free(self) -> tuple[_Free, ...]:
        """All rows of free parameters: labels first."""
        out, place = [], 0
        for label, simplices in self._simplices_of_labels:
            at, item = np.full(self.types, -1, dtype=np.int64), self.items[simplices[0].item]
            at[[simplex.type for simplex in simplices]] = place
            name = f"log-odds of {self.pattern.names[label]} against {self._against(simplices[0])}"
            out.append(_Free(FreeParameter(item.name, name), tuple(at.tolist())))
            place += 1
        for simplex in self._with_log_odds:
            for what in self._log_odds_of(simplex):
                at = np.where(np.arange(self.types) == simplex.type, place, -1)
                out.append(_Free(what, tuple(at.tolist())))
                place += 1
        return tuple(out)

    def _log_odds_of(self, simplex: Simplex) -> list[FreeParameter]:
        """Return what the log-odds of the free cells of a simplex are, or those of the two parts of a joint item."""
        item = self.items[simplex.item]
        if simplex.pair is None or item.halves is None:
            base, *others = (item.outcomes[i] for i in simplex.free)
            return [FreeParameter(item.name, f"log-odds of {o} against {base}", o, base) for o in others]
        return [
            FreeParameter(item.name, f"log-odds of {outcome} against {outcomes[0]} of {name}")
            for name, outcomes in item.halves for outcome in outcomes[1:]
        ]  # fmt: skip

    def _against(self, simplex: Simplex) -> str:
        if len(simplex.free):
            outcomes = self.items[simplex.item].outcomes
            return " and ".join(str(outcomes[i]) for i in simplex.free)
        return self.pattern.names[simplex.labels[0]]

    @cached_property
    def _simplices_of_labels(self) -> list[tuple[int, list[Simplex]]]:
        """The labels that have a free parameter, each with its simplices: all, or all but the first of a group."""
        out = []
        for label in range(len(self.pattern.names)):
            own = [simplex for simplex in self.pattern.simplices if label in simplex.labels]
            if len(own[0].free) or label != own[0].labels[0]:
                out.append((label, own))
        return out

    @cached_property
    def _with_log_odds(self) -> list[Simplex]:
        """The simplices with two or more free cells, type by type."""
        some = [simplex for simplex in self.pattern.simplices if len(simplex.free) > 1]
        return sorted(some, key=lambda simplex: simplex.type)

    def _places(self) -> Iterator[tuple[Simplex, dict[int, int], Ints]]:
        """Give each simplex with the rows of its labels (label -> row), and the rows of the log-odds of its cells."""
        rows = {label: f for f, (label, _) in enumerate(self._simplices_of_labels)}
        first, own = len(rows), dict[int, Ints]()
        for simplex in self._with_log_odds:
            number = len(self._log_odds_of(simplex))
            own[id(simplex)] = np.arange(first, first + number)
            first += number
        none = np.zeros(0, dtype=np.int64)
        for simplex in self.pattern.simplices:
            labels = {label: rows[label] for label in simplex.labels if label in rows}
            yield simplex, labels, own.get(id(simplex), none)

    def index(self, types: int) -> Ints:
        """Return (F, K) places: equal where types share a label, -1 where a type does not have it."""
        return np.array([free.at for free in self._free], dtype=np.int64).reshape(-1, types)

    def free_parameters(self) -> list[FreeParameter]:
        """Return what they are."""
        return [free.what for free in self._free]

    def to_free(self, mu: Floats) -> Floats:
        """Return (F, W) free parameters, 0 where a type does not have one."""
        out = np.zeros((len(self._free), mu.shape[1]))
        for simplex, labels, odds in self._places():
            columns = slice(simplex.type, None, self.types)
            p = mu[simplex.rows, columns]
            base = p[simplex.free].sum(axis=0)
            if not len(simplex.free) and labels:
                base = p[simplex.label == simplex.labels[0]][0]
            for label, row in labels.items():
                each = p[simplex.label == label][0]
                out[row, columns] = np.log(np.maximum(each, SMALLEST)) - np.log(np.maximum(base, SMALLEST))
            if simplex.pair is not None:
                out[odds, columns] = np.concatenate([log_odds(part) for part in margins(p, simplex)])
            elif len(odds):
                out[odds, columns] = log_odds(p[simplex.free])
        return out

    def from_free(self, free: Floats) -> Floats:
        """Return the (M, W) probabilities of free parameters."""
        out = np.zeros((int(self.offer.item_start[-1]), free.shape[1]))
        for simplex, labels, odds in self._places():
            columns = slice(simplex.type, None, self.types)
            if simplex.pair is not None:
                psi = np.split(free[odds, columns], [simplex.pair[0] - 1])
                a, b = (from_log_odds(part) for part in psi)
                out[simplex.rows, columns] = (a[:, None] * b).reshape(-1, a.shape[1])
                continue
            own = np.repeat(np.nan_to_num(simplex.value)[:, None], free.shape[1] // self.types, axis=1)
            eta = {label: free[labels[label], columns] if label in labels else 0.0 for label in simplex.labels}
            top = np.max([np.zeros(own.shape[1]), *(np.broadcast_to(e, own.shape[1]) for e in eta.values())], axis=0)
            weight = {label: np.exp(e - top) for label, e in eta.items()}
            rest = np.exp(-top) if len(simplex.free) else np.zeros_like(top)
            total = rest + sum(simplex.times(label) * w for label, w in weight.items())
            for label, w in weight.items():
                own[simplex.label == label] = simplex.mass * w / total
            if len(simplex.free):
                own[simplex.free] = simplex.mass * rest / total * from_log_odds(free[odds, columns])
            out[simplex.rows, columns] = own
        return out

    def scores(self, mu: Floats, part: Part) -> Floats:
        """Return (n, F, W) derivatives of the log-probability of each row by the free parameters."""
        out = np.zeros((len(part.codes), len(self._free), mu.shape[1]))
        for simplex, rows, each in self._scores(mu):
            if not len(rows):
                continue
            known = np.concatenate([np.zeros((1, *each.shape[1:])), self._on_menus(mu, simplex, each)[0]])
            columns = np.arange(simplex.type, mu.shape[1], self.types)
            out[:, rows[:, None], columns] += known[part.codes[:, simplex.item].astype(np.int64)]
        return out

    def information(self, mu: Floats, part: Part, zeta: Floats) -> Floats:
        """Return (F, F, W) minus the second derivatives of the log-probabilities, summed with weights zeta (n, W).

        A row in which the item has no given value informs about the labels as a multinomial does; one whose outcome is
        free, about the log-odds of the free cells. On a menu the second derivative of log mu_S is the mean of those of
        log mu_l, and the variance of their scores, over its outcomes.
        """
        size = len(self._free)
        out = np.zeros((size, size, mu.shape[1]))
        for (simplex, labels, odds), (_, own, each) in zip(self._places(), self._scores(mu), strict=True):
            columns = np.arange(simplex.type, mu.shape[1], self.types)
            p, codes = mu[simplex.rows, simplex.type :: self.types], part.codes[:, simplex.item].astype(np.int64)
            known, outcome = self._on_menus(mu, simplex, each)
            of_codes = [np.bincount(codes, zeta[:, w], len(known) + 1)[1:] for w in columns]
            n: Floats = np.stack(of_codes, axis=1).astype(np.float64)
            if not self.offer.full:
                expected = self._on_menu(mu, simplex) * _by_menu(n, self._codes(simplex.item)[0])
                spread = np.einsum("cs,cfs,cgs->fgs", expected, known, known)
                out[own[:, None, None], own[None, :, None], columns] += spread
                less, n = n - expected, np.zeros(p.shape)
                np.add.at(n, outcome, less)
            rows = np.array([*labels.values()], dtype=np.int64)
            if len(rows):
                q = self._weights(simplex, labels, p)
                out[rows[:, None, None], rows[None, :, None], columns] += n[np.isnan(simplex.value)].sum(0) * _spread(q)
            if simplex.pair is not None:
                cut = simplex.pair[0] - 1
                for among, some in zip(margins(p, simplex), (odds[:cut], odds[cut:]), strict=True):
                    spread = n.sum(axis=0) * _spread(among)[1:, 1:]
                    out[some[:, None, None], some[None, :, None], columns] += spread
            elif len(odds):
                among = p[simplex.free] / np.maximum(p[simplex.free].sum(axis=0), SMALLEST)
                spread = n[simplex.free].sum(axis=0) * _spread(among)[1:, 1:]
                out[odds[:, None, None], odds[None, :, None], columns] += spread
        return out

    def _weights(self, simplex: Simplex, labels: dict[int, int], p: Floats) -> Floats:
        """Return (labels, S) the parts of the mass that cells of each label have, of those with a free parameter."""
        each = [simplex.times(label) * p[simplex.label == label][0] for label in labels]
        return np.array(each).reshape(len(labels), p.shape[1]) / (simplex.mass or 1.0)

    def _scores(self, mu: Floats) -> Iterator[tuple[Simplex, Ints, Floats]]:
        """Give each simplex with its rows of free parameters and the (L, rows, S) derivatives of each outcome."""
        for simplex, labels, odds in self._places():
            p = mu[simplex.rows, simplex.type :: self.types]
            rows = np.array([*labels.values(), *odds], dtype=np.int64)
            out = np.zeros((len(p), len(rows), p.shape[1]))
            here = np.flatnonzero(np.isnan(simplex.value))
            if labels:
                out[here, : len(labels)] = -self._weights(simplex, labels, p)
                for f, label in enumerate(labels):
                    out[simplex.label == label, f] += 1.0
            if simplex.pair is not None:
                each = [np.eye(len(part))[:, :, None] - part[None] for part in margins(p, simplex)]
                first = np.repeat(each[0][:, 1:], simplex.pair[1], axis=0)
                out[:] = np.concatenate([first, np.tile(each[1][:, 1:], (simplex.pair[0], 1, 1))], axis=1)
            elif len(odds):
                among = p[simplex.free] / np.maximum(p[simplex.free].sum(axis=0), SMALLEST)
                own = np.eye(len(among))[:, :, None] - among[None]
                out[simplex.free, len(labels) :] = own[:, 1:]
            yield simplex, rows, out

    def _on_menus(self, mu: Floats, simplex: Simplex, each: Floats) -> tuple[Floats, Ints]:
        """Return the scores (codes, rows, S) of the codes of an item, and (codes,) the outcome of each.

        each (L, rows, S): derivatives of log mu_l; on a menu less their mean over its outcomes.
        """
        menu, outcome = self._codes(simplex.item)
        if self.offer.full:
            return each, outcome
        q = self._on_menu(mu, simplex)
        mean = np.zeros((int(menu.max(initial=-1)) + 1, *each.shape[1:]))
        np.add.at(mean, menu, q[:, None] * each[outcome])
        return each[outcome] - mean[menu], outcome

    def _on_menu(self, mu: Floats, simplex: Simplex) -> Floats:
        """Return (codes, S) the probability of each choice among the outcomes of its menu."""
        menu, outcome = self._codes(simplex.item)
        p = mu[simplex.rows, simplex.type :: self.types][outcome]
        return np.asarray(p / np.maximum(_by_menu(p, menu), SMALLEST))

    def _codes(self, item: int) -> tuple[Ints, Ints]:
        """Return (codes,) the number of the menu, and of the outcome, of each code of an item."""
        first, end = self.offer.item_menu[item : item + 2].tolist()
        begin = self.offer.menu_start[first : end + 1]
        menu = np.repeat(np.arange(end - first), np.diff(begin))
        return menu, self.offer.options[begin[0] : begin[-1]] - self.offer.item_start[item]


def _by_menu(n: Floats, menu: Ints) -> Floats:
    """Return (codes, S) of numbers n of each code their sum over its menu."""
    out = np.zeros((int(menu.max(initial=-1)) + 1, n.shape[1]))
    np.add.at(out, menu, n)
    return np.asarray(out[menu])


def _spread(p: Floats) -> Floats:
    """Return (L, L, S): diag(p) - p p'."""
    return np.asarray(np.eye(len(p))[:, :, None] * p - p[:, None] * p[None])
