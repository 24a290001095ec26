"""Formulas of covariates, such as "~ C(party) + age + party:age": their terms, each a product of columns."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..core.errors import Fault, InputError

__all__ = ["Factor", "Term", "parse_formula"]

_TOKENS = re.compile(r"\s*(?:(?P<quoted>`[^`]+`)|(?P<name>[^\W\d][\w.]*)|(?P<number>\d+(?:\.\d+)?)|(?P<sign>\S))")
_RULE = "A formula is '~' and terms with '+' between them: a column, C(column) for its levels, a:b or a*b"


class Factor(NamedTuple):
    """A column of a term; levels: whether C() stands around it, so that numbers are levels too."""

    name: str
    levels: bool

    @property
    def words(self) -> str:
        """The factor as it is written."""
        name = self.name if re.fullmatch(r"[^\W\d][\w.]*", self.name) else f"`{self.name}`"
        return f"C({name})" if self.levels else name


class Term(NamedTuple):
    """A product of one or more columns."""

    factors: tuple[Factor, ...]

    @property
    def words(self) -> str:
        """The term as it is written."""
        return ":".join(factor.words for factor in self.factors)


def parse_formula(text: str) -> tuple[Term, ...]:
    """Return the terms of a formula, each once, in their order; there is always an intercept, which is none of them.

    Raises InputError for anything else than names, C(), '+', ':' and '*', and for products without their parts.
    """
    if not isinstance(text, str) or not text.strip().startswith("~"):
        remedy = f"Write '~ {text.strip()}'" if isinstance(text, str) and text.strip() else ""
        raise _wrong(f"{text!r} does not begin with '~'", remedy)
    tokens = [(match.lastgroup or "", match.group().strip()) for match in _TOKENS.finditer(text.strip()[1:])]
    terms: dict[Term, None] = {}
    for part in _split(tokens, "+"):
        if part == [("number", "1")]:
            continue
        if part in ([("number", "0")], [("sign", "-"), ("number", "1")]):
            raise _wrong("a model without an intercept is not available", "Leave the 0 out")
        crossed = [_product(piece, text) for piece in _split(part, "*")]
        combined: list[tuple[Factor, ...]] = []
        for factors in crossed:
            combined += [factors, *(before + factors for before in combined)]
        terms |= dict.fromkeys(Term(tuple(dict.fromkeys(factors))) for factors in combined)
    if not terms:
        raise _wrong(f"{text!r} has no covariate", "Leave covariates out")
    listed = sorted(_once(terms), key=lambda term: len(term.factors))
    _refuse_products_alone(listed)
    return tuple(listed)


def _once(terms: dict[Term, None]) -> list[Term]:
    """Return the terms without products that are there with their factors in another order."""
    return list({frozenset(term.factors): term for term in reversed(terms)}.values())[::-1]


def _refuse_products_alone(terms: list[Term]) -> None:
    """Raise InputError for a product whose columns are not terms: its coefficients would depend on the reference."""
    singles = {term.factors[0] for term in terms if len(term.factors) == 1}
    names = [factor.name for factor in singles]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise _wrong(f"column {twice!r} is there as numbers and as levels", "Write it in one way")
    there = {frozenset(term.factors) for term in terms}
    for term in terms:
        for factor in term.factors:
            if len(term.factors) > 1 and not {frozenset({factor}), frozenset({*term.factors} - {factor})} <= there:
                raise _wrong(f"the product {term.words} is there without its parts",
                             f"Write {'*'.join(factor.words for factor in term.factors)}")  # fmt: skip


def _split(tokens: list[tuple[str, str]], sign: str) -> list[list[tuple[str, str]]]:
    parts: list[list[tuple[str, str]]] = [[]]
    for token in tokens:
        if token == ("sign", sign):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _product(tokens: list[tuple[str, str]], text: str) -> tuple[Factor, ...]:
    """Return the factors of tokens with ':' between them."""
    factors = []
    for part in _split(tokens, ":"):
        kinds, words = [kind for kind, _ in part], [word for _, word in part]
        if len(part) == 1 and kinds[0] in ("name", "quoted"):
            factors.append(Factor(words[0].strip("`"), False))
        elif len(part) == 4 and [words[0], words[1], words[3]] == ["C", "(", ")"] and kinds[2] in ("name", "quoted"):
            factors.append(Factor(words[2].strip("`"), True))
        else:
            written = " ".join(words)
            what = f"{text!r} has {written!r}" if written else f"{text!r} has a sign with nothing beside it"
            raise _wrong(what, "Compute other columns in the table; a name with spaces stands between backquotes")
    return tuple(factors)


def _wrong(what: str, remedy: str = "") -> InputError:
    return InputError(Fault(what, argument="covariates", rule=_RULE, remedy=remedy))
