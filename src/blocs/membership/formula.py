"""Formulas of covariates, such as "~ C(party) * age + np.log(income)": formulaic reads and computes them.

A saved fit has its formula, and a file that is loaded must not be able to run code, nor to fill the memory: formulas
have bounds, and expressions in them only what `expressions` lists.
"""

from __future__ import annotations

import ast
import json
import keyword
import math
import re
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted, nearest
from ..core.lazy import lazy_import
from .expressions import columns_in, functions_in, width_of, wrong

if TYPE_CHECKING:
    import formulaic
    import pandas as pd
else:
    formulaic, pd = lazy_import("formulaic"), lazy_import("pandas")

__all__ = ["Factor", "Matrix", "Term", "computed", "in_formula", "parse_formula", "read_formula", "read_state",
           "unknown_levels"]  # fmt: skip

_PLAIN = re.compile(r"[^\W\d][\w.]*")
_QUOTED = re.compile(r"`([^`]+)`")
LETTERS = 10_000
"""Letters of a formula that is read."""
TERMS = 1_000
"""Terms of a formula before equal ones are one."""
POWER = 10
"""Largest power of a sum of terms."""
COLUMNS = 2_000
"""Columns of the splines and polynomials of a formula, with their products."""


QUOTED = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"")
STEPS = re.compile(r"[<>%]|[=!]=|//|\b(?:floor|ceil|sign|where)\s*\(|\bnot\b")
"""Names in quotes; what makes steps of a number: comparisons, whole parts, remainders, signs. Columns may have the
names of functions, which stand before a bracket."""


class Factor(NamedTuple):
    """A part of a term: a column, or a function of columns.

    words: as it is written; columns: that it is computed from; levels: those inside C(), whose numbers are levels too;
    functions: names that it calls; width: about as many columns as its splines and polynomials have.
    """

    words: str
    columns: tuple[str, ...]
    levels: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    width: int = 1

    @property
    def plain(self) -> bool:
        """Whether it is a column as it stands."""
        return self.words.strip("`") == self.columns[0]

    @property
    def stepped(self) -> bool:
        """Whether it may jump from one number of its columns to the next, as a comparison does."""
        return not self.plain and STEPS.search(QUOTED.sub("", self.words)) is not None

    @property
    def short(self) -> str:
        """The column of which it has the numbers or the levels, or else the factor as it is written."""
        levels = self.words.startswith("C(") and self.levels == self.columns
        return self.columns[0] if self.plain or levels else self.words


class Term(NamedTuple):
    """A product of one or more factors."""

    factors: tuple[Factor, ...]

    @property
    def words(self) -> str:
        """The term as it is written."""
        return ":".join(factor.words for factor in self.factors)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it is computed from, each once."""
        return tuple(dict.fromkeys(column for factor in self.factors for column in factor.columns))


class Matrix(NamedTuple):
    """Columns of a formula in some rows.

    values (R, Q - 1), without the intercept; names: of each column; sizes: number of columns of each term; state: what
    functions such as bs() and center() took from these rows, and the levels of what was computed, as JSON, to compute
    other rows in the same way.
    """

    values: NDArray[np.float64]
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    state: str


def in_formula(name: str) -> str:
    """Return a column as it is written in functions of a formula, between backquotes where it is no plain name."""
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"`{name}`"


def parse_formula(text: str) -> tuple[Term, ...]:
    """Return the terms of a formula, each once, those of fewer factors first; the intercept is none of them.

    Raises InputError for what is no formula, has no covariate or no intercept, calls other functions, or is too large.
    """
    terms, faults = read_formula(text)
    if faults:
        raise InputError(*faults)
    return terms


def read_formula(text: str) -> tuple[tuple[Term, ...], list[Fault]]:
    """Return the terms of a formula that can be read, and all that is wrong with it; see `parse_formula`."""
    terms = text.rpartition("~")[2].strip() if isinstance(text, str) else ""
    faults: list[Fault] = []
    if not isinstance(text, str) or not text.strip().startswith("~"):
        faults += wrong(f"{text!r} does not begin with '~'", f"Write '~ {terms}'" if terms else "").faults
        if not terms:
            return (), faults
        text = f"~ {terms}"
    if len(text) > LETTERS:
        return (), [*faults, *wrong(f"a formula of {len(text):,} letters is too long",
                                    f"Write up to {LETTERS:,} letters").faults]  # fmt: skip
    try:
        parsed, more = _parsed(text)
    except RecursionError:
        return (), [*faults, *wrong("the formula cannot be read: its parts stand too deep in each other").faults]
    return parsed, [*faults, *more]


@lru_cache(maxsize=64)
def _parsed(text: str) -> tuple[tuple[Term, ...], tuple[Fault, ...]]:
    """Return the terms that can be read, and the faults of the others and of all of them."""
    faults: list[Fault] = []
    terms: list[Term] = []
    try:
        listed = list(_read(text))
    except InputError as error:
        return (), error.faults
    named = [term for term in listed if str(term) != "1"]
    if len(named) == len(listed):
        faults += wrong("a model without an intercept is not available", "Leave out the 0, or -1").faults
    elif not named:
        faults += wrong(f"{text!r} has no covariate", "Leave covariates out").faults
    for term in named:
        factors = list[Factor]()
        for factor in term.factors:
            try:
                factors.append(_factor(factor, text))
            except InputError as error:
                faults += [fault for fault in error.faults if fault not in faults]
        if factors:
            terms.append(Term(tuple(factors)))
    try:
        _refuse_both(tuple(terms))
    except InputError as error:
        faults += error.faults
    if sum(math.prod(factor.width for factor in term.factors) for term in terms) > COLUMNS:
        faults += wrong("the splines and polynomials of the formula have too many columns",
                        f"Have up to {COLUMNS:,} columns").faults  # fmt: skip
    return tuple(terms), tuple(faults)


def _read(text: str) -> Any:
    """Return the terms as formulaic reads them."""
    from formulaic.errors import FormulaicError

    try:
        _refuse_many(formulaic.parser.DefaultFormulaParser().get_ast(text.strip(), context={}))
        read = formulaic.Formula(text.strip())
    except InputError:
        raise
    except (FormulaicError, SyntaxError, ValueError, MemoryError) as error:
        opened, closed = text.count("("), text.count(")")
        brackets = opened != closed
        why = str(error).partition("\n")[0].partition(". ")[0].rstrip(".")
        why = f"it has {counted(opened, 'opening bracket')} and {closed} closing" if brackets else why
        remedy = "Close every bracket" if brackets else "A name with spaces stands between backquotes"
        raise wrong(f"{text!r} cannot be read: {why}", remedy) from None
    if not isinstance(read, formulaic.SimpleFormula):
        raise wrong(f"{text!r} has several parts", "Leave out '|' and what stands before '~'")
    return read


def _refuse_many(tree: Any) -> None:
    """Raise InputError for products and powers of more terms than a formula may have, before they are multiplied."""
    nodes, size = [tree], dict[int, int]()
    for node in nodes:
        nodes.extend(getattr(node, "args", ()))
    for node in reversed(nodes):
        if not hasattr(node, "operator"):
            size[id(node)] = 1
            continue
        of, sign = [size[id(part)] for part in node.args], node.operator.symbol
        if sign in ("**", "^"):
            written = str(node.args[1])
            if not (written.isdecimal() and len(written) < 3 and 1 <= int(written) <= POWER):
                raise wrong("a power of terms is no whole number, or large", f"Write whole numbers from 1 to {POWER}")
            if of[0] == 1 and int(written) > 1:  # as a set of terms it is the term itself
                raise wrong(f"a power of one term is that term, in {sign}{written}", f"Write I(column**{written})")
            size[id(node)] = of[0] ** int(written)
        else:
            size[id(node)] = math.prod(of) * (sign in (":", "*")) + sum(of) * (sign != ":")
        if size[id(node)] > TERMS:
            raise wrong(f"a formula has up to {TERMS:,} terms, products with their parts, and this one has more")


def _factor(factor: Any, text: str) -> Factor:
    """Return a factor; raise InputError for one that is neither a column nor a function that is known."""
    method = factor.eval_method.value
    if method == "lookup":
        name = str(factor.expr)
        return Factor(name if _PLAIN.fullmatch(name) else f"`{name}`", (name,))
    if method != "python":
        raise wrong(f"{text!r} has the number {factor.expr}", "Leave it out")
    quoted = list(dict.fromkeys(_QUOTED.findall(factor.expr)))
    standing = {f"__column_{i}": name for i, name in enumerate(quoted)}
    code = _QUOTED.sub(lambda found: f"__column_{quoted.index(found[1])}", factor.expr)
    tree = ast.parse(code, mode="eval")  # formulaic has read it
    names = [standing.get(name, name) for name in columns_in(tree, text)]
    if not names:
        raise wrong(f"{factor.expr!r} has no column")
    coded = [node.args[0].id for node in ast.walk(tree)
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "C"
             and node.args and isinstance(node.args[0], ast.Name)]  # fmt: skip
    words = factor.expr if isinstance(tree.body, ast.Call) else f"{{{factor.expr}}}"
    levels = tuple(standing.get(name, name) for name in dict.fromkeys(coded))
    return Factor(words, tuple(dict.fromkeys(names)), levels, functions_in(tree), width_of(tree))


def _refuse_both(terms: tuple[Term, ...]) -> None:
    """Raise InputError for a column that is there as numbers and as levels, or has the name of a function."""
    factors = [factor for term in terms for factor in term.factors]
    called = {name for factor in factors for name in factor.functions}
    if taken := [name for factor in factors for name in factor.columns if name in called]:
        raise wrong(f"{taken[0]!r} is a column and a function of the formula", "Give the column another name")
    coded = {name for factor in factors for name in factor.levels}
    if twice := [name for factor in factors for name in factor.columns if name in coded and name not in factor.levels]:
        raise wrong(f"column {twice[0]!r} is there as it is and as C({twice[0]})", "Write it in one way")


def computed(text: str, table: pd.DataFrame, state: str = "") -> Matrix:
    """Return the columns of a formula in the rows of a table; columns with levels are categoricals.

    state: of the rows that were fitted, "" for these.

    Raises InputError for what cannot be computed in these rows.
    """
    from formulaic.errors import DataMismatchWarning, FormulaicError

    terms, (taken, known) = parse_formula(text), read_state(state)
    kind = formulaic.parser.types.Factor.Kind.CATEGORICAL
    coded = {name: (kind, {"categories": own}) for name, own in known.items()}
    begun = formulaic.ModelSpec(_read(text), na_action="ignore", output="numpy", transform_state=taken,
                                encoder_state=coded)  # fmt: skip
    work = formulaic.materializers.PandasMaterializer(table)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            for of in (DataMismatchWarning, DeprecationWarning):  # levels that were not fitted are refused below
                warnings.simplefilter("ignore", of)
            made = work.get_model_matrix(begun)
    except (FormulaicError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        why = str(error).partition("\n")[0].rstrip(".")
        raise InputError(_not_computed(text, why, terms, table)) from None
    spec, values = made.model_spec, np.asarray(made, dtype=np.float64)
    levels = _levels(spec, work.factor_cache, known if state else None)
    names = tuple(_short(name, terms) for name in spec.column_names[1:])
    each = zip(names, values[:, 1:].T, strict=True)
    if faults := [_not_finite(name) for name, column in each if not np.isfinite(column).all()]:
        raise InputError(*faults)
    sizes = tuple(len(of.columns) for of in spec.structure if str(of.term) != "1")
    kept = {**_plain(spec.transform_state), **({"levels": levels} if levels else {})}
    return Matrix(values[:, 1:], names, sizes, json.dumps(kept, sort_keys=True))


def _levels(spec: Any, factors: Any, known: Mapping[str, list[Any]] | None) -> dict[str, list[Any]]:
    """Return the levels of each factor that is computed, such as C(np.floor(age)); those of columns the table has.

    known: those that were fitted, None where these rows are.

    Raises InputError for levels that were not fitted, and for rows without one.
    """
    out, faults = dict[str, list[Any]](), list[Fault]()
    for name, (_, state) in spec.encoder_state.items():
        if name not in factors or "categories" not in state:
            continue
        found = pd.Series(getattr(factors[name].values, "__wrapped__", factors[name].values))
        if isinstance(found.dtype, pd.CategoricalDtype):
            continue
        if found.isna().any():
            faults.append(_not_finite(name))
        own = _plain(list(state["categories"]))
        if known is not None and name not in known:
            faults.append(Fault("its levels are not in the fit", argument="covariates", key=name, remedy="Fit again"))
            continue
        out[name] = own if known is None else known[name]
        fitted = set(out[name])
        if others := [level for level in _plain(found.dropna().unique()) if level not in fitted]:
            faults.append(unknown_levels(others, out[name], name))
    if faults:
        raise InputError(*faults)
    return out


def unknown_levels(unknown: Sequence[Any], levels: Sequence[Any], name: str) -> Fault:
    """Return the fault of levels that were not fitted."""
    return Fault(f"it has the levels {', '.join(map(repr, unknown))}, of which the fit knows nothing",
                 argument="covariates", key=name, rule=f"Its levels are {', '.join(map(repr, levels))}",
                 remedy="Leave these rows out")  # fmt: skip


def _not_computed(text: str, why: str, terms: tuple[Term, ...], table: pd.DataFrame) -> Fault:
    """Return the fault of a formula that formulaic cannot compute; a level that is none comes with those there are."""
    absent = re.match(r"Value `'(.*)'` for `TreatmentContrasts.base`", why)
    if absent is None:
        return Fault(f"{text!r} cannot be computed: {why}", argument="covariates")
    coded = dict.fromkeys(name for term in terms for factor in term.factors for name in factor.levels)
    levels = sorted({str(level) for name in coded for level in table[name].unique()})
    return Fault(f"{text!r} has the reference level {absent[1]!r}, which is not there", argument="covariates",
                 rule=f"The levels are {', '.join(map(repr, levels))}", nearest=nearest(absent[1], levels))  # fmt: skip


def _not_finite(name: str) -> Fault:
    return Fault(f"{name} is no finite number in some rows", argument="covariates",
                 remedy="Leave out these rows, or compute another column in the table")  # fmt: skip


def _short(name: str, terms: tuple[Term, ...]) -> str:
    """Return the name of a column as party[REP], which formulaic calls C(party)[T.REP]."""
    for factor in dict.fromkeys(factor for term in terms for factor in term.factors):
        if factor.short != factor.words or factor.plain:
            written = factor.short if factor.plain else factor.words
            name = name.replace(f"{written}[T.", f"{factor.short}[")
            if "," not in factor.words:
                name = name.replace(f"{written}[", f"{factor.short}[")
    return name


def _plain(state: Any) -> Any:
    """Return a state as plain data for JSON."""
    if isinstance(state, Mapping):
        return {str(key): _plain(value) for key, value in state.items()}
    if isinstance(state, list | tuple | np.ndarray):
        return [_plain(value) for value in state]
    return state.item() if isinstance(state, np.generic) else state


def read_state(text: str) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Return what functions took from the rows that were fitted, and the levels of what was computed from them.

    Raises ValueError where a text is no state.
    """
    try:
        read = json.loads(text) if text else {}
    except RecursionError:
        read = None
    levels = read.pop("levels", {}) if isinstance(read, dict) else None
    if not (isinstance(read, dict) and isinstance(levels, dict) and all(map(_is_flat, levels.values()))):
        raise ValueError("the state of a formula is none")
    return {name: _back(value) for name, value in read.items()}, levels


def _is_flat(levels: Any) -> bool:
    return isinstance(levels, list) and not any(isinstance(level, list | dict) for level in levels)


def _back(value: Any) -> Any:
    """Inverse of `_plain`: the degrees of polynomials are numbers again."""
    if isinstance(value, dict):
        return {int(key) if key.isdecimal() else key: _back(part) for key, part in value.items()}
    return np.array(value) if isinstance(value, list) else value
