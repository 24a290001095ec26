"""Formulas of covariates, such as "~ C(party) * age + np.log(income)": formulaic reads and computes them.

Only columns, numbers and the functions named here may stand in a formula: a saved fit has its formula, and a file that
is loaded must not be able to run code.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, nearest
from ..core.lazy import lazy_import

if TYPE_CHECKING:
    import formulaic
    import pandas as pd
else:
    formulaic = lazy_import("formulaic")

__all__ = ["NONE", "Factor", "Matrix", "Term", "computed", "parse_formula"]

FUNCTIONS = ("C", "I", "log", "log2", "log10", "exp", "bs", "cr", "cs", "cc", "poly", "center", "scale", "standardize",
             "Treatment", "Sum", "Helmert", "Diff", "Poly")  # fmt: skip
"""Functions of formulaic that a formula may call; those whose values depend on the order of rows are left out."""
INSIDE = {
    "np": ("log", "log2", "log10", "log1p", "exp", "expm1", "sqrt", "cbrt", "abs", "sign", "square", "power", "floor",
           "ceil", "clip", "minimum", "maximum", "where", "sin", "cos", "tanh", "arctan"),
    "contr": ("treatment", "SAS", "sum", "helmert", "diff", "poly"),
}  # fmt: skip
"""Functions that a formula may call by a name with a point: np.log, contr.sum."""
_NODES = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.keyword, ast.Name,
          ast.Attribute, ast.Constant, ast.List, ast.Tuple, ast.Load, ast.operator, ast.unaryop, ast.boolop,
          ast.cmpop)  # fmt: skip
_PLAIN = re.compile(r"[^\W\d][\w.]*")
_QUOTED = re.compile(r"`([^`]+)`")
NONE = "{}"
"""State of a formula whose columns depend on single rows alone."""
_RULE = "A formula is '~' and terms with '+' between them: a column, C(column) for its levels, a:b, a*b, np.log(column)"


class Factor(NamedTuple):
    """A part of a term: a column, or a function of columns.

    words: as it is written; columns: that it is computed from; levels: those inside C(), whose numbers are levels too.
    """

    words: str
    columns: tuple[str, ...]
    levels: tuple[str, ...]

    @property
    def plain(self) -> bool:
        """Whether it is a column as it stands."""
        return self.words.strip("`") == self.columns[0]

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
    functions such as bs() and center() took from these rows, as JSON, to compute other rows in the same way.
    """

    values: NDArray[np.float64]
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    state: str


def parse_formula(text: str) -> tuple[Term, ...]:
    """Return the terms of a formula, each once, those of fewer factors first; the intercept is none of them.

    Raises InputError for what is no formula, has no covariate or no intercept, or calls other functions.
    """
    if not isinstance(text, str) or not text.strip().startswith("~"):
        remedy = f"Write '~ {text.strip()}'" if isinstance(text, str) and text.strip() else ""
        raise _wrong(f"{text!r} does not begin with '~'", remedy)
    return _parsed(text)


@lru_cache(maxsize=64)
def _parsed(text: str) -> tuple[Term, ...]:
    listed = list(_read(text))
    terms = tuple(Term(tuple(_factor(factor, text) for factor in term.factors)) for term in listed if str(term) != "1")
    if len(terms) == len(listed):
        raise _wrong("a model without an intercept is not available", "Leave out the 0, or -1")
    if not terms:
        raise _wrong(f"{text!r} has no covariate", "Leave covariates out")
    _refuse_both(terms)
    return terms


def _read(text: str) -> Any:
    """Return the terms as formulaic reads them."""
    from formulaic.errors import FormulaicError

    try:
        read = formulaic.Formula(text.strip())
    except (FormulaicError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = str(error).partition("\n")[0].partition(". ")[0].rstrip(".")
        raise _wrong(f"{text!r} cannot be read: {why}", "A name with spaces stands between backquotes") from None
    if not isinstance(read, formulaic.SimpleFormula):
        raise _wrong(f"{text!r} has several parts", "Leave out '|' and what stands before '~'")
    return read


def _factor(factor: Any, text: str) -> Factor:
    """Return a factor; raise InputError for one that is neither a column nor a function that is known."""
    method = factor.eval_method.value
    if method == "lookup":
        name = str(factor.expr)
        return Factor(name if _PLAIN.fullmatch(name) else f"`{name}`", (name,), ())
    if method != "python":
        raise _wrong(f"{text!r} has the number {factor.expr}", "Leave it out")
    quoted = list(dict.fromkeys(_QUOTED.findall(factor.expr)))
    standing = {f"__column_{i}": name for i, name in enumerate(quoted)}
    code = _QUOTED.sub(lambda found: f"__column_{quoted.index(found[1])}", factor.expr)
    tree = ast.parse(code, mode="eval")  # formulaic has read it
    names = [standing.get(name, name) for name in _columns(tree, text)]
    if not names:
        raise _wrong(f"{factor.expr!r} has no column")
    coded = [node.args[0].id for node in ast.walk(tree)
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "C"
             and node.args and isinstance(node.args[0], ast.Name)]  # fmt: skip
    words = factor.expr if isinstance(tree.body, ast.Call) else f"{{{factor.expr}}}"
    return Factor(words, tuple(dict.fromkeys(names)), tuple(standing.get(name, name) for name in dict.fromkeys(coded)))


def _columns(tree: ast.Expression, text: str) -> Iterator[str]:
    """Yield the names in an expression that are columns; raise InputError for anything but what a formula may have."""
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    inside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        written = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
        if isinstance(node, ast.Attribute):
            known = INSIDE.get(node.value.id, ()) if isinstance(node.value, ast.Name) else ()
            if node.attr not in known:
                listed = [f"{of}.{name}" for of, names in INSIDE.items() for name in names]
                raise _unknown(f"{text!r} has {written!r}", written, listed)
        elif isinstance(node, ast.Name):
            if id(node) in functions and node.id not in FUNCTIONS:
                raise _unknown(f"{text!r} calls {written!r}", written, FUNCTIONS)
            if not (id(node) in functions | inside or node.id in FUNCTIONS):
                yield node.id
        elif not isinstance(node, _NODES) or _power_of_numbers(node) or (
            isinstance(node, ast.Call) and not isinstance(node.func, ast.Name | ast.Attribute)
        ):
            raise _unknown(f"{text!r} has {written!r}", written, FUNCTIONS)


def _power_of_numbers(node: ast.AST) -> bool:
    """Whether it is a power without a column, which may be a number of any length."""
    of_names = any(isinstance(part, ast.Name) for part in ast.walk(node))
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.LShift) and not of_names


def _unknown(what: str, written: str, known: Any) -> InputError:
    rule = f"Functions of columns are {', '.join(FUNCTIONS[:-5])}, those of contrasts, and such as np.log"
    return InputError(Fault(what, argument="covariates", rule=rule, nearest=nearest(written, known),
                            remedy="Compute other columns in the table"))  # fmt: skip


def _refuse_both(terms: tuple[Term, ...]) -> None:
    """Raise InputError for a column that is there as numbers and as levels."""
    factors = [factor for term in terms for factor in term.factors]
    coded = {name for factor in factors for name in factor.levels}
    if twice := [name for factor in factors for name in factor.columns if name in coded and name not in factor.levels]:
        raise _wrong(f"column {twice[0]!r} is there as it is and as C({twice[0]})", "Write it in one way")


def computed(text: str, table: pd.DataFrame, state: str = "") -> Matrix:
    """Return the columns of a formula in the rows of a table; columns with levels are categoricals.

    state: of the rows that were fitted, "" for these.

    Raises InputError for what cannot be computed in these rows.
    """
    from formulaic.errors import FormulaicError

    terms = parse_formula(text)
    begun = formulaic.ModelSpec(_read(text), na_action="ignore", output="numpy", transform_state=_state(state))
    try:
        with np.errstate(all="ignore"):
            made = begun.get_model_matrix(table)
    except (FormulaicError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        why = str(error).partition("\n")[0].rstrip(".")
        raise InputError(Fault(f"{text!r} cannot be computed: {why}", argument="covariates")) from None
    spec, values = made.model_spec, np.asarray(made, dtype=np.float64)
    names = tuple(_short(name, terms) for name in spec.column_names[1:])
    each = zip(names, values[:, 1:].T, strict=True)
    if faults := [_not_finite(name) for name, column in each if not np.isfinite(column).all()]:
        raise InputError(*faults)
    sizes = tuple(len(of.columns) for of in spec.structure if str(of.term) != "1")
    return Matrix(values[:, 1:], names, sizes, json.dumps(_plain(spec.transform_state), sort_keys=True))


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


def _state(text: str) -> dict[str, Any]:
    """Inverse of `_plain`: the degrees of polynomials are numbers again."""

    def back(value: Any) -> Any:
        if isinstance(value, dict):
            return {int(key) if key.isdigit() else key: back(part) for key, part in value.items()}
        return np.array(value) if isinstance(value, list) else value

    out: dict[str, Any] = back(json.loads(text)) if text else {}
    return out


def _wrong(what: str, remedy: str = "") -> InputError:
    return InputError(Fault(what, argument="covariates", rule=_RULE, remedy=remedy))
