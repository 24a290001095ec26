"""Expressions in formulas, such as np.log(income) or bs(age, df=4): what they may have, and the columns they name.

Only columns, numbers and the functions listed here may stand in one, with bounds on what makes numbers and columns
many.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from ..core.errors import Fault, InputError, nearest

__all__ = ["columns_in", "functions_in", "width_of", "wrong"]

FUNCTIONS = ("C", "I", "log", "log2", "log10", "exp", "bs", "cr", "cs", "cc", "poly", "center", "scale", "standardize",
             "Treatment", "Sum", "Helmert", "Diff", "Poly")  # fmt: skip
"""Functions of formulaic that a formula may call; those whose values depend on the order of rows are left out."""
INSIDE = {
    "np": ("log", "log2", "log10", "log1p", "exp", "expm1", "sqrt", "cbrt", "abs", "sign", "square", "power", "floor",
           "ceil", "clip", "minimum", "maximum", "where", "sin", "cos", "tanh", "arctan"),
    "contr": ("treatment", "SAS", "sum", "helmert", "diff", "poly"),
}  # fmt: skip
"""Functions that a formula may call by a name with a point: np.log, contr.sum."""
LEVELS_ELSEWHERE = ("factor", "as.factor", "i", "cat", "categorical", "Factor", "levels")
"""What other programs call C()."""
SIZED = {"bs": (1, 3), "cr": (1,), "cs": (1,), "cc": (1,), "poly": (1,)}
"""Places of the arguments df and degree of functions that make several columns."""
SIZE = 100
"""Largest df and degree, and longest list."""
_NODES = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.keyword, ast.Name,
          ast.Attribute, ast.Constant, ast.List, ast.Tuple, ast.Load, ast.operator, ast.unaryop, ast.boolop,
          ast.cmpop)  # fmt: skip
_RULE = "A formula is '~' and terms with '+' between them: a column, C(column) for its levels, a:b, a*b, np.log(column)"


def wrong(what: str, remedy: str = "") -> InputError:
    """Return the error of a formula that is none."""
    return InputError(Fault(what, argument="covariates", rule=_RULE, remedy=remedy))


def columns_in(tree: ast.Expression, text: str) -> Iterator[str]:
    """Yield the names in an expression that are columns; raise InputError for anything but what a formula may have."""
    nodes = list(ast.walk(tree))
    functions = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    inside = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        if isinstance(node, ast.Attribute):
            known = INSIDE.get(node.value.id, ()) if isinstance(node.value, ast.Name) else ()
            if node.attr not in known:
                raise _unknown(node, text, [f"{of}.{name}" for of, names in INSIDE.items() for name in names])
        elif isinstance(node, ast.Name):
            if id(node) in functions and node.id not in FUNCTIONS:
                raise _unknown(node, text, FUNCTIONS, "calls")
            if id(node) not in functions | inside:
                yield node.id
        elif not isinstance(node, _NODES) or _power_of_numbers(node) or (
            isinstance(node, ast.Call) and not isinstance(node.func, ast.Name | ast.Attribute)
        ):
            raise _unknown(node, text, FUNCTIONS)
    _refuse_lists(nodes, text)
    _refuse_arguments(nodes, text)


def functions_in(tree: ast.Expression) -> tuple[str, ...]:
    """Return the names that stand for functions in an expression, np and contr among them."""
    called = (node.func if isinstance(node, ast.Call) else node.value for node in ast.walk(tree)
              if isinstance(node, ast.Call | ast.Attribute))  # fmt: skip
    return tuple(sorted({of.id for of in called if isinstance(of, ast.Name)}))


def width_of(tree: ast.Expression) -> int:
    """Return about how many columns splines and polynomials in an expression have; 1 without them."""
    width = 1
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (sizes := _sizes(node)) is not None:
            lists = [len(of.elts) for of in ast.walk(node) if isinstance(of, ast.List | ast.Tuple)]
            numbers = [of.value for of in sizes if isinstance(of, ast.Constant) and isinstance(of.value, int)]
            width = max(width, sum(lists) + sum(numbers))
    return width


def _power_of_numbers(node: ast.AST) -> bool:
    """Whether it is a power without a column, which may be a number of any length."""
    of_names = any(isinstance(part, ast.Name) for part in ast.walk(node))
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.LShift) and not of_names


def _refuse_lists(nodes: Collection[ast.AST], text: str) -> None:
    """Raise InputError for long lists, and for lists and texts that are multiplied or stand where columns do."""
    placed = {id(part) for node in nodes for part in _lists_of(node)}
    for node in nodes:
        if isinstance(node, ast.List | ast.Tuple) and (id(node) not in placed or len(node.elts) > SIZE):
            what = f"{text!r} has a list that is long, or does not stand in an argument such as knots="
            raise wrong(what, f"Write lists of up to {SIZE} numbers as knots, scores and contrasts")
        if isinstance(node, ast.BinOp) and any(map(_is_text, (node.left, node.right))):
            raise wrong(f"{text!r} computes with text", "Compare text with == or !=")


def _lists_of(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a node that may be lists: arguments but the first, and the lists in a list."""
    if isinstance(node, ast.List | ast.Tuple):
        yield from node.elts
    elif isinstance(node, ast.Call):
        own = node.func.id if isinstance(node.func, ast.Name) else ""
        if own not in ("", "I"):
            yield from node.args[1:]
        of_numpy = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "np"
        if own != "I" and not of_numpy:
            yield from (of.value for of in node.keywords if of.arg not in ("data", "x"))


def _is_text(node: ast.AST) -> bool:
    """Whether a value may be text: one, or a part of it, that is not compared with others."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes)
    return not isinstance(node, ast.Compare) and any(map(_is_text, ast.iter_child_nodes(node)))


def _refuse_arguments(nodes: Collection[ast.AST], text: str) -> None:
    """Raise InputError for large df and degree, and for levels that are listed: those left out would be the first."""
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        if any(of.arg == "levels" for of in node.keywords):
            raise wrong(f"{text!r} has 'levels='",
                        "Make the column a categorical in the table, with its levels in order")  # fmt: skip
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        if called == "C" and any(of.arg in ("ref", "base", "reference") for of in node.keywords):
            raise wrong(f"{text!r} names the reference level by an argument of C()",
                        'Write C(column, Treatment("level"))')  # fmt: skip
        if any(of.arg is None for of in node.keywords):
            raise wrong(f"{text!r} has '**'", "Write arguments with their names")
        for of in _sizes(node) or ():
            value = of.value if isinstance(of, ast.Constant) else ""
            if not (value is None or (isinstance(value, int) and value <= SIZE)):
                raise wrong(f"{text!r} has a df or degree that is no whole number, or large",
                            f"Write whole numbers up to {SIZE}")  # fmt: skip


def _sizes(node: ast.Call) -> list[ast.expr] | None:
    """Return df and degree as they are written in a call; None where its function has no such arguments."""
    places = SIZED.get(node.func.id) if isinstance(node.func, ast.Name) else None
    if places is None:
        return None
    own = [node.args[at] for at in places if at < len(node.args)]
    return own + [of.value for of in node.keywords if of.arg in ("df", "degree")]


def _unknown(node: ast.AST, text: str, known: Collection[str], verb: str = "has") -> InputError:
    written = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
    remedy = "Compute other columns in the table"
    if written in LEVELS_ELSEWHERE:
        remedy = "For the levels of a column write C(column)"
    rule = f"Functions of columns are {', '.join(FUNCTIONS[:-5])}, those of contrasts, and such as np.log"
    return InputError(Fault(f"{text!r} {verb} {written!r}", argument="covariates", rule=rule,
                            nearest=nearest(written, known), remedy=remedy))  # fmt: skip
