"""Design: from a formula and covariates to the columns x of the softmax, centred and scaled, and back to user's units.

A column of text or C(column) becomes one column of 0 and 1 for each level but the first, the reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, missing_columns
from ..core.schema import Label
from ..profiles import Covariates, Profiles
from ..profiles.covariates import words_among_numbers
from .formula import Term, parse_formula

__all__ = ["INTERCEPT", "Design", "columns_of"]

Floats = NDArray[np.float64]
INTERCEPT = "intercept"
DEPENDENT = 1e-10
"""Part of a column's variance that the columns before it leave, below which it is a combination of them."""


@dataclass(frozen=True)
class Design:
    """The columns x of a formula; the first is 1 for all rows.

    Parameters
    ----------
    formula : str
        The formula as it was given.
    levels : tuple of (str, tuple or None)
        Each column of the formula with its levels, None where it is a number.
    centre, scale, largest : tuple of float
        Of each column x: mean and standard deviation over the rows that were fitted, by which it is centred and scaled,
        and its largest absolute value after that.
    """

    formula: str
    levels: tuple[tuple[str, tuple[Label, ...] | None], ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    largest: tuple[float, ...]

    @classmethod
    def of(cls, formula: str, profiles: Profiles) -> Design:
        """Return the columns of a formula for the covariates of profiles.

        Raises InputError for formulas that are none, for columns that are not there, and for columns that are the same
        for all rows, or combinations of those before.
        """
        names = list(columns_of(formula))
        known = () if profiles.covariates is None else profiles.covariates.names
        if profiles.covariates is None or (absent := [name for name in names if name not in known]):
            remedy = "Name it among the covariates where the profiles are made"
            raise InputError(*missing_columns(absent if known else names, "covariates", known, remedy=remedy))
        return cls.of_rows(formula, profiles.covariates, profiles.weights)

    @classmethod
    def of_rows(cls, formula: str, covariates: Covariates, weights: Floats) -> Design:
        """Return the columns of a formula for covariates of (R,) weighted rows, which have all that it names.

        Raises InputError as `of`.
        """
        terms = parse_formula(formula)
        coded = {factor.name for term in terms for factor in term.factors if factor.levels}
        used, row = covariates.in_use()
        levels = tuple((name, _levels_of(used, name, name in coded)) for name in columns_of(formula))
        faults = [words_among_numbers(name, own, "covariates") for name, own in levels if name not in coded]
        if any(faults):
            raise InputError(*chain.from_iterable(faults))
        start = cls(formula, levels, (), (), ())
        x = start._raw(used)
        n = np.bincount(row, weights, len(x)).astype(np.float64)
        centre = (n[:, None] * x).sum(axis=0) / n.sum()
        away = x - centre
        scale = np.sqrt((n[:, None] * away**2).sum(axis=0) / n.sum())
        size = np.abs(x).max(axis=0)
        constant = scale <= 1e-12 * np.where(size > 0, size, 1.0)
        _refuse_dependent(start.columns[1:], constant, away / np.where(constant, 1.0, scale), n)
        largest = np.abs(away / scale).max(axis=0)
        numbers = [tuple(map(float, (first, *part))) for first, part in ((0, centre), (1, scale), (1, largest))]
        return cls(formula, levels, *numbers)

    @property
    def names(self) -> tuple[str, ...]:
        """The covariates of the formula."""
        return tuple(name for name, _ in self.levels)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """The terms of the formula."""
        return parse_formula(self.formula)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns: the intercept, then those of each term, such as age or party[REP]:age."""
        return (INTERCEPT, *(name for term in self.terms for name in self._names(term)))

    def of_term(self, term: str) -> list[int]:
        """Return the columns of a term, by the term as it is written or the column that it is of."""
        first, places = 1, dict[str, list[int]]()
        for of in self.terms:
            own = list(range(first, first + len(self._names(of))))
            places |= dict.fromkeys((of.words, ":".join(factor.name for factor in of.factors)), own)
            first += len(own)
        if term not in places:
            listed = ", ".join(dict.fromkeys(of.words for of in self.terms))
            raise InputError(Fault(f"there is no term {term!r}", argument="term", rule=f"The terms are {listed}"))
        return places[term]

    def matrix(self, covariates: Covariates | None) -> Floats:
        """Return (G, Q) the columns, centred and scaled, in the distinct rows of covariates.

        Raises InputError for covariates and levels that are not there.
        """
        if covariates is None:
            raise InputError(
                Fault(f"the profiles have no covariates, and the types depend on {', '.join(self.names)}",
                      argument="profiles", remedy="Name these columns as covariates where the profiles are made")
            )  # fmt: skip
        away = (self._raw(covariates) - self.centre[1:]) / self.scale[1:]
        return np.ascontiguousarray(np.concatenate([np.ones((len(away), 1)), away], axis=1))

    @cached_property
    def units(self) -> Floats:
        """(Q, Q) matrix that turns coefficients of the columns into those in the units of the covariates."""
        out = np.diag(1 / np.array(self.scale))
        out[0, 1:] = -np.array(self.centre[1:]) / self.scale[1:]
        return out

    def alike(self, other: object) -> bool:
        """Whether another has the same columns, whatever the rows that they are centred and scaled by."""
        return isinstance(other, Design) and (self.columns, self.levels) == (other.columns, other.levels)

    def to_plain(self) -> dict[str, Any]:
        """Return it as plain data for JSON."""
        levels = [{"name": name, "levels": None if own is None else list(own)} for name, own in self.levels]
        return {"formula": self.formula, "columns": levels, "centre": list(self.centre), "scale": list(self.scale),
                "largest": list(self.largest)}  # fmt: skip

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Design:
        """Return what `to_plain` described; ValueError, KeyError or TypeError where it is none."""
        levels = [(str(of["name"]), None if of["levels"] is None else tuple(of["levels"])) for of in data["columns"]]
        numbers = [tuple(map(float, data[name])) for name in ("centre", "scale", "largest")]
        out = cls(str(data["formula"]), tuple(levels), *numbers)
        wide = len(out.columns)
        if any(len(part) != wide or not np.isfinite(part).all() for part in numbers) or min(out.scale) <= 0:
            raise ValueError("the columns of the covariates do not fit their formula")
        return out

    def _names(self, term: Term) -> list[str]:
        """Return the names of the columns of a term."""
        own, parts = dict(self.levels), []
        for factor in term.factors:
            levels = own[factor.name]
            parts.append([factor.name] if levels is None else [f"{factor.name}[{level}]" for level in levels[1:]])
        return [":".join(names) for names in product(*parts)]

    def _raw(self, covariates: Covariates) -> Floats:
        """Return (G, Q - 1) the columns but the intercept, in the units of the covariates."""
        each = {name: _coded(covariates, name, levels) for name, levels in self.levels}
        out = []
        for term in self.terms:
            for columns in product(*(each[factor.name] for factor in term.factors)):
                value = columns[0]
                for column in columns[1:]:
                    value = value * column
                out.append(value)
        return np.array(out).reshape(len(out), len(covariates.values)).T


def columns_of(formula: str | None) -> tuple[str, ...]:
    """Return the columns that a formula names, none where there is no formula; InputError where it is none."""
    terms = () if formula is None else parse_formula(formula)
    return tuple(dict.fromkeys(factor.name for term in terms for factor in term.factors))


def _levels_of(covariates: Covariates, name: str, coded: bool) -> tuple[Label, ...] | None:
    """Return the levels of a column that rows have, None for a number."""
    v = covariates.names.index(name)
    own, used = covariates.levels[v], np.unique(covariates.values[:, v])
    if own is not None:
        return tuple(own[int(at)] for at in used)
    return tuple(_whole(value) for value in used.tolist()) if coded else None


def _whole(value: float) -> Label:
    return int(value) if value.is_integer() else value


def _coded(covariates: Covariates, name: str, levels: Sequence[Label] | None) -> list[Floats]:
    """Return the columns (G,) of a covariate: its numbers, or whether it is at each level but the first."""
    if name not in covariates.names:
        raise InputError(*missing_columns([name], "covariates", covariates.names))
    v = covariates.names.index(name)
    own, values = covariates.levels[v], covariates.values[:, v]
    if levels is None:
        if own is not None:
            raise InputError(Fault("it is a column of text here, and of numbers in the fit", argument="covariates",
                                   key=name))  # fmt: skip
        return [values]
    labels = [_whole(value) for value in values.tolist()] if own is None else [own[int(at)] for at in values]
    if unknown := [label for label in dict.fromkeys(labels) if label not in levels]:
        raise InputError(
            Fault(f"it has the levels {', '.join(map(repr, unknown))}, of which the fit knows nothing",
                  argument="covariates", key=name, rule=f"Its levels are {', '.join(map(repr, levels))}",
                  remedy="Leave these rows out")
        )  # fmt: skip
    return [np.array([label == level for label in labels], dtype=np.float64) for level in levels[1:]]


def _refuse_dependent(names: Sequence[str], constant: NDArray[np.bool_], x: Floats, n: Floats) -> None:
    """Raise InputError for columns that are the same for all rows, or combinations of those before them."""
    faults = [
        Fault(f"{name} is the same for all rows", argument="covariates", remedy="Leave it out")
        for name, same in zip(names, constant, strict=True) if same
    ]  # fmt: skip
    rest = x * np.sqrt(n / n.sum())[:, None]
    for q, name in enumerate(names):
        left = float((rest[:, q] ** 2).sum())
        if constant[q]:
            continue
        if left <= DEPENDENT:
            rule = "Each column says something that the others do not"
            what = f"{name} is a combination of the columns before it"
            faults.append(Fault(what, argument="covariates", rule=rule, remedy="Leave it out"))
            continue
        own = rest[:, q] / np.sqrt(left)
        for later in range(q + 1, len(names)):
            rest[:, later] -= own * (own * rest[:, later]).sum()
    if faults:
        raise InputError(*faults)
