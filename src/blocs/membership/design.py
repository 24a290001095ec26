"""Design: from a formula and covariates to the columns x of the softmax, centred and scaled, and back to user's units.

A column of text or C(column) becomes one column of 0 and 1 for each level but the first, the reference, where the
formula does not ask for other contrasts.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, missing_columns
from ..core.lazy import lazy_import
from ..core.schema import Label
from ..profiles import Covariates, Profiles
from ..profiles.covariates import words_among_numbers
from .formula import Matrix, Term, computed, parse_formula, read_formula, read_state, unknown_levels
from .many_levels import ManyLevels, many_levels, with_levels, within
from .refused_columns import MOST, refuse_dependent, refuse_large, refuse_many, same_for_all

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["INTERCEPT", "Design", "columns_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Levels = Sequence[tuple[str, tuple[Label, ...] | None]]
INTERCEPT = "intercept"
CELLS = 100_000_000
"""Number of observations times columns up to which functions of all rows are computed, of one row for each."""


@dataclass(frozen=True)
class Design:
    """The columns x of a formula; the first is 1 for all rows.

    Parameters
    ----------
    formula : str
        The formula as it was given.
    levels : tuple of (str, tuple or None)
        Each column of the table that the formula names, with its levels, None where it is a number.
    columns : tuple of str
        Names of the columns x: the intercept, then those of each term, such as age or party[REP]:age.
    sizes : tuple of int
        Number of columns x of each term.
    state : str
        What functions such as bs() and center() took from the rows that were fitted, and the levels of what is computed
        in C(), as JSON.
    centre, scale, largest : tuple of float
        Of each column x: mean and standard deviation over the rows that were fitted, by which it is centred and scaled,
        and its largest absolute value after that.
    """

    formula: str
    levels: tuple[tuple[str, tuple[Label, ...] | None], ...]
    columns: tuple[str, ...]
    sizes: tuple[int, ...]
    state: str
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    largest: tuple[float, ...]

    @classmethod
    def of(cls, formula: str, profiles: Profiles) -> Design:
        """Return the columns of a formula for the covariates of profiles.

        Raises InputError for formulas that are none, for columns that are not there, and for columns that are the same
        for all rows, or combinations of those before.
        """
        terms, faults = read_formula(formula)
        known = () if profiles.covariates is None else profiles.covariates.names
        remedy = "Name it among the covariates where the profiles are made"
        faults += missing_columns((name for of in terms for name in of.columns), "covariates", known, remedy=remedy)
        if faults or profiles.covariates is None:
            raise InputError(*faults)
        return cls.of_rows(formula, profiles.covariates, profiles.counts, profiles.weights)

    @classmethod
    def of_rows(cls, formula: str, covariates: Covariates, counts: Floats, weights: Floats) -> Design:
        """Return the columns of a formula for covariates of (R,) rows, which have all that it names.

        counts, weights (R,): numbers of observations, and their weights.

        Raises InputError as `of`, UnsupportedError for functions of all rows where counts are no whole numbers.
        """
        coded = {name for term in parse_formula(formula) for factor in term.factors for name in factor.levels}
        used, row = covariates.in_use()
        levels = tuple((name, _levels_of(used, name, name in coded)) for name in columns_of(formula))
        faults = [words_among_numbers(name, own, "covariates") for name, own in levels if name not in coded]
        if any(faults):
            raise InputError(*chain.from_iterable(faults))
        counts_of, n = (np.bincount(row, of, len(used.values)).astype(np.float64) for of in (counts, weights))
        many = many_levels(parse_formula(formula), dict(levels))
        made = _first(*_rest(formula, levels, many), used, counts_of)
        if levels_of_one := [name for name, own in levels if own is not None and len(own) == 1]:
            raise InputError(*map(same_for_all, levels_of_one))  # some of its terms would have no columns
        refuse_many(formula, *made.values.shape)
        with np.errstate(over="ignore", invalid="ignore"):  # what becomes no number is refused
            centre = (n[:, None] * made.values).sum(axis=0) / n.sum()
            away = made.values - centre
            scale = np.sqrt((n[:, None] * away**2).sum(axis=0) / n.sum())
        refuse_large(made.names, scale)
        size = np.abs(made.values).max(axis=0)
        constant = scale <= 1e-12 * np.where(size > 0, size, 1.0)
        x = away / np.where(constant, 1.0, scale)
        numbers = np.array([centre, scale, np.abs(x).max(axis=0)])
        if many is None:
            refuse_dependent(made.names, constant, x, n)
        else:
            level = _levels_in(used, many)
            refuse_dependent(made.names, constant, within(x, level, n), n, f" and the levels of {many.name!r}")
            made, numbers = with_levels(made, numbers, many, np.bincount(level, n) / n.sum())
        each = [tuple(map(float, (of, *part))) for of, part in zip((0, 1, 1), numbers, strict=True)]
        return cls(formula, levels, (INTERCEPT, *made.names), made.sizes, made.state, *each)

    @property
    def names(self) -> tuple[str, ...]:
        """The covariates of the formula."""
        return tuple(name for name, _ in self.levels)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """The terms of the formula."""
        return parse_formula(self.formula)

    @cached_property
    def many(self) -> ManyLevels | None:
        """The column that gives each of its many levels an intercept, None where there is none."""
        return many_levels(self.terms, dict(self.levels))

    @cached_property
    def at_levels(self) -> Ints:
        """(G - 1,) the columns of the levels of `many` but its first, none without it."""
        if self.many is None:
            return np.zeros(0, dtype=np.int64)
        first = 1 + sum(self.sizes[: self.many.term])
        return np.arange(first, first + self.sizes[self.many.term])

    @cached_property
    def at_others(self) -> Ints:
        """(p,) the other columns but the intercept."""
        return np.setdiff1d(np.arange(1, len(self.columns)), self.at_levels)

    def of_term(self, term: str) -> list[int]:
        """Return the columns of a term, by the term as it is written or the column that it is of."""
        ends, places, asked = np.cumsum((1, *self.sizes)).tolist(), dict[str, list[int]](), _written(term)
        for of, (first, end) in zip(self.terms, pairwise(ends), strict=True):
            for name in (of.words, ":".join(factor.short for factor in of.factors)):
                places[_written(name)] = list(range(first, end))
        if asked not in places:
            listed = ", ".join(dict.fromkeys(of.words for of in self.terms))
            raise InputError(Fault(f"there is no term {term!r}", argument="term", rule=f"The terms are {listed}"))
        return places[asked]

    @cached_property
    def references(self) -> dict[str, Label]:
        """The level of each column that its others are compared with; of contrasts such as sums there is none."""
        out = {}
        for name, levels in self.levels:
            without = [level for level in levels or () if f"{name}[{level}]" not in self.columns]
            if len(without) == 1:
                out[name] = without[0]
        return out

    def straight(self, name: str) -> bool:
        """Whether all columns x are linear in a column of numbers."""
        return all(
            factor.plain or name not in factor.columns for term in self.terms for factor in term.factors
        )

    def stepped(self, name: str) -> bool:
        """Whether some column x may jump where a column of numbers moves: there is no derivative."""
        return any(factor.stepped and name in factor.columns for term in self.terms for factor in term.factors)

    def matrix(self, covariates: Covariates | None) -> Floats:
        """Return (G, Q) the columns, centred and scaled, in the distinct rows of covariates.

        Raises InputError for covariates and levels that are not there.
        """
        others, level = self.parts(covariates)
        out = np.ones((len(others), len(self.columns)))
        out[:, self.at_others] = others
        if self.many is not None:
            each, g = np.eye(len(self.many.labels))[1:], self.at_levels
            out[:, g] = ((each - np.array(self.centre)[g, None]) / np.array(self.scale)[g, None]).T[level]
        return out

    def parts(self, covariates: Covariates | None) -> tuple[Floats, Ints]:
        """Return (G, p) the columns `at_others`, centred and scaled, and (G,) the level of `many` of each row.

        Without `many` all levels are 0. Raises InputError as `matrix`.
        """
        if covariates is None:
            raise InputError(
                Fault(f"the profiles have no covariates, and the types depend on {', '.join(self.names)}",
                      argument="profiles", remedy="Name these columns as covariates where the profiles are made")
            )  # fmt: skip
        formula, levels = _rest(self.formula, self.levels, self.many)
        raw, at = _computed(formula, _table(covariates, levels), self.state), self.at_others
        if raw.names != tuple(self.columns[q] for q in at):
            raise InputError(Fault(f"{formula!r} has other columns in these rows: {', '.join(raw.names)}",
                                   argument="covariates", rule=f"Fitted are {', '.join(self.columns[1:])}"))
        x = (raw.values - np.array(self.centre)[at]) / np.array(self.scale)[at]
        if self.many is None:
            return np.ascontiguousarray(x), np.zeros(len(x), dtype=np.int64)
        return np.ascontiguousarray(x), _levels_in(covariates, self.many)

    def crossed(self, covariates: Covariates) -> tuple[Ints, ...]:
        """Return of each term with levels (G,) the number, from 0, of its levels in the distinct rows of covariates.

        That of a product is of its levels taken together; numbers in it have none.
        """
        levels = {name: own for name, own in self.levels if own is not None}
        named = dict.fromkeys(tuple(name for name in term.columns if name in levels) for term in self.terms)
        code = {name: np.asarray(_column(covariates, name, own).codes) for name, own in levels.items()}
        return tuple(
            np.unique(np.stack([code[name] for name in names]), axis=1, return_inverse=True)[1].ravel()
            for names in named if names
        )  # fmt: skip

    @cached_property
    def units(self) -> Floats:
        """(Q, Q) matrix that turns coefficients of the columns into those in the units of the covariates."""
        out = np.diag(1 / np.array(self.scale))
        out[0, 1:] = -np.array(self.centre[1:]) / self.scale[1:]
        return out

    def alike(self, other: object) -> bool:
        """Whether another has the same columns, whatever the rows that they are centred and scaled by."""
        return isinstance(other, Design) and _alike(self) == _alike(other)

    def to_plain(self) -> dict[str, Any]:
        """Return it as plain data for JSON."""
        levels = [{"name": name, "levels": None if own is None else list(own)} for name, own in self.levels]
        return {"formula": self.formula, "columns": levels, "names": list(self.columns), "sizes": list(self.sizes),
                "state": self.state, "centre": list(self.centre), "scale": list(self.scale),
                "largest": list(self.largest)}  # fmt: skip

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Design:
        """Return what `to_plain` described; ValueError, KeyError or TypeError where it is none."""
        each = [(str(of["name"]), of["levels"]) for of in data["columns"]]
        levels = tuple((name, None if own is None else tuple(own)) for name, own in each)
        numbers = [tuple(map(float, data[name])) for name in ("centre", "scale", "largest")]
        if "names" not in data:  # saved before formulas had functions
            data = {**data, **_as_before(str(data["formula"]), levels)}
        columns, sizes = tuple(map(str, data["names"])), tuple(map(int, data["sizes"]))
        out = cls(str(data["formula"]), levels, columns, sizes, str(data["state"]), *numbers)
        wide = len(columns)
        whole = out.names == columns_of(out.formula) and wide == 1 + sum(sizes) and len(sizes) == len(out.terms)
        finite = all(len(part) == wide and np.isfinite(part).all() for part in numbers)
        if not (whole and finite and min(out.scale) > 0):
            raise ValueError("the columns of the covariates do not fit their formula")
        coded = {**{name: own for name, own in levels if own is not None}, **read_state(out.state)[1]}
        most = [math.prod(max(len(coded.get(factor.short, ())) - 1, 1) for factor in of.factors) for of in out.terms]
        if sum(most) > max(wide, MOST):
            raise ValueError("the levels of the covariates do not fit their columns")
        return out


def _alike(design: Design) -> tuple[Any, ...]:
    return design.columns, design.levels, design.state


def columns_of(formula: str | None, known: Collection[str] | None = None) -> tuple[str, ...]:
    """Return the columns that a formula names, none where there is no formula; InputError where it is none.

    known: the columns that there are, where they are known: of a formula that has faults, others are named with these.
    """
    terms, faults = ((), []) if formula is None else read_formula(formula)
    if faults:
        named = [name for term in terms for name in term.columns]
        raise InputError(*faults, *(missing_columns(named, "covariates", known) if known is not None else ()))
    return tuple(dict.fromkeys(name for term in terms for name in term.columns))


def _written(term: str) -> str:
    """Return a term without blanks and backquotes, which names may have or not."""
    return term.replace(" ", "").replace("`", "")


def _rest(formula: str, levels: Levels, many: ManyLevels | None) -> tuple[str, Levels]:
    """Return the formula without the column of many levels, "" where there is nothing else, and its columns."""
    return (formula, levels) if many is None else (many.rest, tuple(of for of in levels if of[0] != many.name))


def _levels_in(covariates: Covariates, many: ManyLevels) -> Ints:
    """Return (G,) the level of each row of covariates."""
    return np.asarray(_column(covariates, many.name, many.labels).codes, dtype=np.int64)


def _computed(formula: str, table: pd.DataFrame, state: str = "") -> Matrix:
    """Return the columns of a formula in the rows of a table, none for ""."""
    return computed(formula, table, state) if formula else Matrix(np.zeros((len(table), 0)), (), (), "{}")


def _first(formula: str, levels: Levels, covariates: Covariates, counts: Floats) -> Matrix:
    """Return the columns of a formula for G distinct rows of covariates, of which (G,) observations there are.

    Functions such as center() and bs() take means and quantiles of all observations, not of the distinct rows.
    """
    table = _table(covariates, levels)
    made = _computed(formula, table)
    if not read_state(made.state)[0] or (counts == 1).all():
        return made
    if (counts != np.round(counts)).any():
        raise UnsupportedError(f"{formula!r} has functions of all rows, such as center() and bs(), which are not "
                               "available where numbers of observations are no whole numbers. Compute these columns in "
                               "the table.")  # fmt: skip
    most, n = CELLS // max(len(made.names), 5), counts.sum()
    if n > most:
        raise UnsupportedError(f"{formula!r} has functions of all rows, such as center() and bs(), which are available "
                               f"for up to {most:,} observations, and there are {n:,.0f}. Compute these columns in the "
                               "table.")  # fmt: skip
    state = computed(formula, table.loc[np.repeat(np.arange(len(table)), counts.astype(np.int64))]).state
    return computed(formula, table, state)


def _as_before(
    formula: str, levels: Levels
) -> dict[str, Any]:
    """Return names, sizes and state of the columns of a formula that was saved without them.

    Raises ValueError where its columns were in another order: products of several columns of more than two levels.
    """
    many = {name for name, own in levels if own is not None and len(own) > 2}
    if any(len(many.intersection(term.columns)) > 1 for term in parse_formula(formula)):
        raise ValueError("products of columns of more than two levels were saved in another order")
    row = {name: [1.0] if own is None else pd.Categorical(own[:1], list(own)) for name, own in levels}
    made = computed(formula, pd.DataFrame(row))
    return {"names": (INTERCEPT, *made.names), "sizes": made.sizes, "state": made.state}


def _table(covariates: Covariates, levels: Levels) -> pd.DataFrame:
    """Return (G,) rows of covariates as columns of numbers, or of the levels that were fitted.

    Raises InputError for covariates and levels that are not there.
    """
    index = pd.RangeIndex(len(covariates.values))
    return pd.DataFrame({name: _column(covariates, name, own) for name, own in levels}, index=index)


def _levels_of(covariates: Covariates, name: str, coded: bool) -> tuple[Label, ...] | None:
    """Return the levels of a column that rows have, None for a number."""
    v = covariates.names.index(name)
    own, used = covariates.levels[v], np.unique(covariates.values[:, v])
    if own is not None:
        return tuple(own[int(at)] for at in used)
    return tuple(_whole(value) for value in used.tolist()) if coded else None


def _whole(value: float) -> Label:
    return int(value) if value.is_integer() else value


def _column(covariates: Covariates, name: str, levels: Sequence[Label] | None) -> Any:
    """Return the (G,) numbers of a covariate, or its labels as a categorical of the levels that were fitted."""
    if name not in covariates.names:
        raise InputError(*missing_columns([name], "covariates", covariates.names))
    v = covariates.names.index(name)
    own, values = covariates.levels[v], covariates.values[:, v]
    if levels is None:
        if own is not None:
            raise InputError(Fault("it is a column of text here, and of numbers in the fit", argument="covariates",
                                   key=name))  # fmt: skip
        return values
    labels = [_whole(value) for value in values.tolist()] if own is None else [own[int(at)] for at in values]
    place = {level: at for at, level in enumerate(levels)}
    if unknown := [label for label in dict.fromkeys(labels) if label not in place]:
        raise InputError(unknown_levels(unknown, levels, name))
    return pd.Categorical.from_codes([place[label] for label in labels], pd.Index(list(levels)))
