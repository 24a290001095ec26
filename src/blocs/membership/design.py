"""Design: from a formula and covariates to the columns x of the softmax, centred and scaled, and back to user's units.

A column of text or C(column) becomes one column of 0 and 1 for each level but the first, the reference, where the
formula does not ask for other contrasts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
from .formula import Matrix, Term, computed, parse_formula, read_state, unknown_levels

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["INTERCEPT", "Design", "columns_of"]

Floats = NDArray[np.float64]
INTERCEPT = "intercept"
DEPENDENT = 1e-10
"""Part of a column's variance that the columns before it leave, below which it is a combination of them."""
CELLS = 100_000_000
"""Number of observations times columns up to which functions of all rows are computed, of one row for each."""
MOST = 2_000
"""Columns of a saved fit up to which contrasts of its own may have fewer than there are levels."""


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
        names = list(columns_of(formula))
        known = () if profiles.covariates is None else profiles.covariates.names
        if profiles.covariates is None or (absent := [name for name in names if name not in known]):
            remedy = "Name it among the covariates where the profiles are made"
            raise InputError(*missing_columns(absent if known else names, "covariates", known, remedy=remedy))
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
        made = _first(formula, used, levels, np.bincount(row, counts, len(used.values)).astype(np.float64))
        x, columns = made.values, (INTERCEPT, *made.names)
        if len(made.names) >= max(len(x), MOST):  # to name those that depend on others would take minutes
            raise InputError(Fault(f"{formula!r} has {len(made.names):,} columns, and {len(x):,} rows differ in them",
                                   argument="covariates", rule="There are fewer columns than different rows",
                                   remedy="Leave out terms, or make fewer levels"))  # fmt: skip
        n = np.bincount(row, weights, len(x)).astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):  # what becomes no number is refused below
            centre = (n[:, None] * x).sum(axis=0) / n.sum()
            away = x - centre
            scale = np.sqrt((n[:, None] * away**2).sum(axis=0) / n.sum())
        size = np.abs(x).max(axis=0)
        constant = scale <= 1e-12 * np.where(size > 0, size, 1.0)
        _refuse_words(parse_formula(formula), made.sizes, made.names, scale)
        _refuse_dependent(made.names, constant, away / np.where(constant, 1.0, scale), n)
        largest = np.abs(away / scale).max(axis=0)
        numbers = [tuple(map(float, (first, *part))) for first, part in ((0, centre), (1, scale), (1, largest))]
        return cls(formula, levels, columns, made.sizes, made.state, *numbers)

    @property
    def names(self) -> tuple[str, ...]:
        """The covariates of the formula."""
        return tuple(name for name, _ in self.levels)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """The terms of the formula."""
        return parse_formula(self.formula)

    def of_term(self, term: str) -> list[int]:
        """Return the columns of a term, by the term as it is written or the column that it is of."""
        ends, places = np.cumsum((1, *self.sizes)).tolist(), dict[str, list[int]]()
        for of, (first, end) in zip(self.terms, pairwise(ends), strict=True):
            for name in (of.words, ":".join(factor.short for factor in of.factors)):
                places[name.replace(" ", "")] = list(range(first, end))
        if term.replace(" ", "") not in places:
            listed = ", ".join(dict.fromkeys(of.words for of in self.terms))
            raise InputError(Fault(f"there is no term {term!r}", argument="term", rule=f"The terms are {listed}"))
        return places[term.replace(" ", "")]

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

    def matrix(self, covariates: Covariates | None) -> Floats:
        """Return (G, Q) the columns, centred and scaled, in the distinct rows of covariates.

        Raises InputError for covariates and levels that are not there.
        """
        if covariates is None:
            raise InputError(
                Fault(f"the profiles have no covariates, and the types depend on {', '.join(self.names)}",
                      argument="profiles", remedy="Name these columns as covariates where the profiles are made")
            )  # fmt: skip
        raw = computed(self.formula, _table(covariates, self.levels), self.state)
        if raw.names != self.columns[1:]:
            raise InputError(Fault(f"{self.formula!r} has other columns in these rows: {', '.join(raw.names)}",
                                   argument="covariates", rule=f"Fitted are {', '.join(self.columns[1:])}"))
        away = (raw.values - self.centre[1:]) / self.scale[1:]
        return np.ascontiguousarray(np.concatenate([np.ones((len(away), 1)), away], axis=1))

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


def columns_of(formula: str | None) -> tuple[str, ...]:
    """Return the columns that a formula names, none where there is no formula; InputError where it is none."""
    terms = () if formula is None else parse_formula(formula)
    return tuple(dict.fromkeys(name for term in terms for name in term.columns))


def _first(
    formula: str, covariates: Covariates, levels: Sequence[tuple[str, tuple[Label, ...] | None]], counts: Floats
) -> Matrix:
    """Return the columns of a formula for G distinct rows of covariates, of which (G,) observations there are.

    Functions such as center() and bs() take means and quantiles of all observations, not of the distinct rows.
    """
    table = _table(covariates, levels)
    made = computed(formula, table)
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
    formula: str, levels: Sequence[tuple[str, tuple[Label, ...] | None]]
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


def _table(covariates: Covariates, levels: Sequence[tuple[str, tuple[Label, ...] | None]]) -> pd.DataFrame:
    """Return (G,) rows of covariates as columns of numbers, or of the levels that were fitted.

    Raises InputError for covariates and levels that are not there.
    """
    return pd.DataFrame({name: _column(covariates, name, own) for name, own in levels})


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


def _refuse_words(terms: Sequence[Term], sizes: Sequence[int], names: Sequence[str], scale: Floats) -> None:
    """Raise InputError for terms of words that are the same for all rows, and for numbers too large."""
    faults = [
        Fault(f"{term.words} is the same for all rows", argument="covariates", remedy="Leave it out")
        for term, size in zip(terms, sizes, strict=True) if not size
    ]  # fmt: skip
    faults += [
        Fault(f"{name} has numbers too large to be squared", argument="covariates", remedy="Write them in another unit")
        for name, of in zip(names, scale, strict=True) if not np.isfinite(of)
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)


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
