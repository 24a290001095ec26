"""A fit as text of 80 columns, with standard errors where they are given."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.errors import counted

if TYPE_CHECKING:
    import pandas as pd

    from .fit_result import Fit

__all__ = ["ErrorTables", "Errors", "Summary", "of_constraints", "reached_by", "summary_text"]

WIDTH = 80
LONG = 10**15
"""Degrees of freedom from which on they are rounded."""
WORDS = {
    "boundary": "at 0 or 1, or at the end of its range: no standard error",
    "fixed": "nothing is estimated",
    "unknown": "the type says nothing of it",
    "not_identified": "the data cannot tell it apart from other parameters",
    "floor": "a covariance at its floor",
    "singular": "a covariance that would be singular",
}
"""What the flags of estimates without a standard error mean."""
TESTED = {"coefficient": 9, "se": 8, "z": 9, "p": 7, "odds_ratio": 11, "low": 9, "high": 9}
"""Columns of coefficients that are tested, and their widths."""
SHORT = {"coefficient": "coef.", "odds_ratio": "odds ratio"}
"""Headings of those that are not their names."""
LOG_ODDS = "Shares are means over the rows; coefficients are log-odds against type 1."
EFFECTS = "Effects are average changes of shares, in parts of 1."


class Assigned(Protocol):
    """How clearly observations belong to the types, by their most probable type."""

    @property
    def of_assigned(self) -> NDArray[np.float64]:
        """(K, K) mean posteriors of those whose most probable type is that of the row."""
        ...

    @property
    def assigned(self) -> NDArray[np.float64]:
        """(K,) share of the observations with each type as the most probable one."""
        ...

    @property
    def error(self) -> float:
        """Share of the observations that the most probable type is expected to get wrong."""
        ...


class ErrorTables(Protocol):
    """Tables with standard errors, of whatever kind."""

    @property
    def kind(self) -> str:
        """What they are, in words."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What a reader should know."""
        ...

    def shares(self) -> pd.DataFrame:
        """type, share, se, low, high, flag."""
        ...

    def table(self) -> pd.DataFrame:
        """type, item, outcome, probability, se, low, high, flag."""
        ...

    def parameters(self) -> pd.DataFrame:
        """type, item, parameter, value, se, low, high, flag."""
        ...


class Errors(ErrorTables, Protocol):
    """Standard errors as `blocs.standard_errors` gives them."""

    @property
    def at_boundary(self) -> int:
        """Number of parameters that are taken out."""
        ...

    @property
    def df(self) -> int | None:
        """Degrees of freedom of the fit, None where it is not one of counts of rows."""
        ...

    @property
    def classification(self) -> Assigned | None:
        """How clearly observations belong to the types."""
        ...

    @property
    def least_information(self) -> float:
        """Share of the information of known types in the direction that has the least."""
        ...

    def coefficients(self) -> pd.DataFrame:
        """type, term, coefficient, se, z, p, odds_ratio, low, high, flag."""
        ...

    def margins(self) -> pd.DataFrame:
        """covariate, change, type, effect, se, z, p, low, high, flag."""
        ...

    def wald_tests(self) -> Sequence[object]:
        """Tests of the terms of the formula, each a line."""
        ...


class Summary(str):
    """Text that a notebook and the prompt show as it is printed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def summary_text(fit: Fit, errors: Errors | None, test: object = None) -> Summary:
    """Return the numbers of a fit, its shares, probabilities and other parameters, and what a reader should know.

    test: of what the shares depend on, in lines.
    """
    title = f"{counted(fit.types, 'type')}, {counted(round(fit.n), 'observation')}, {counted(fit.profiles, 'profile')}"
    lines = ["=" * WIDTH, title, "=" * WIDTH, *_numbers(fit, errors)]
    if errors is None:
        shares = fit.shares.rename_axis("type").reset_index()
        tables = [(shares, "share"), (fit.table(), "probability"), (fit.parameters(), "value")]
    else:
        outcomes, numbers = errors.table(), errors.parameters()
        numbers = numbers[~numbers["item"].isin(["", *outcomes["item"]])]
        numbers = numbers.assign(type=numbers["type"].replace({0: "all"}))
        tables = [(errors.shares(), "share"), (outcomes, "probability"), (numbers, "value")]
    if fit.design is not None:
        tables.insert(1, (fit.coefficients() if errors is None else errors.coefficients(), "coefficient"))
        if errors is not None and fit.types > 1:
            tables.insert(2, (errors.margins().drop(columns=["z", "p"]), "effect"))
    for table, value in tables:
        if len(table):
            lines += ["-" * WIDTH, *(_tested(table) if "z" in table else _table(table, value))]
        if value == "coefficient" and errors is not None:
            lines += [line for wald in errors.wald_tests() for line in wrap(str(wald), WIDTH)]
    if test is not None:
        lines += ["-" * WIDTH, *(part for line in str(test).splitlines()
                                 for part in wrap(line, WIDTH, subsequent_indent="    "))]  # fmt: skip
    if errors is not None and errors.classification is not None and fit.types > 1:
        lines += ["-" * WIDTH, *_classification(errors.classification)]
    lines.append("=" * WIDTH)
    flags = {flag for table, _ in tables if "flag" in table for flag in table["flag"] if flag}
    notes = [f"- ({flag}): {words}." for flag, words in WORDS.items() if flag in flags]
    notes += [LOG_ODDS, *([] if errors is None else [EFFECTS])] if fit.design else []
    if fit.groups is not None:
        groups = f"{counted(len(fit.groups), 'group')} by {', '.join(fit.groups.names)}"
        notes.append(f"Shares are means over the rows; those of {groups} are in shares_by_group.")
    notes += of_constraints(fit)
    notes += list(errors.notes) if errors is not None else []
    notes += [f"Flags of the fit: {', '.join(fit.flags)}."] if fit.flags else []
    return Summary("\n".join([*lines, *(line for note in notes for line in wrap(note, WIDTH))]))


def of_constraints(fit: Fit) -> list[str]:
    """Return what is to be known where probabilities are constrained, nothing elsewhere."""
    if not fit.mixture.constraints:
        return []
    number = len(fit.mixture.constraints)
    return [f"There {'is' if number == 1 else 'are'} {counted(number, 'constraint')} on probabilities: types have the "
            "numbers that constraints give them."]  # fmt: skip


def _classification(of: Assigned) -> list[str]:
    """Return the mean posteriors of the types, by the most probable type."""
    types = len(of.assigned)
    title = f"Mean posteriors by most probable type (rows); {of.error:.1%} of the observations go wrong"
    header = f"{'type':<6}{'assigned':>10}" + "".join(f"{k:>8}" for k in range(1, types + 1))
    rows = [
        f"{k:<6}{share:>10.4f}" + "".join(f"{mean:>8.3f}" if mean == mean else f"{'-':>8}" for mean in means)
        for k, (share, means) in enumerate(zip(of.assigned.tolist(), of.of_assigned.tolist(), strict=True), start=1)
    ]
    return [line[:WIDTH] for line in (title, header, *rows)]


def _numbers(fit: Fit, errors: Errors | None) -> list[str]:
    """Return the numbers of the fit in two columns."""
    out = f" ({errors.at_boundary} taken out)" if errors is not None and errors.at_boundary else ""
    pairs = [
        ("log-likelihood", f"{fit.loglik:,.4f}"), ("parameters", f"{fit.n_parameters:,}{out}"),
        ("AIC", f"{fit.aic:,.2f}"), ("BIC", f"{fit.bic:,.2f}"),
        ("status", fit.status), ("starts at the best", f"{fit.hits} of {len(fit.ends)}"),
    ]  # fmt: skip
    if fit.entropy_r2 is not None and fit.relative_entropy is not None:
        pairs += [("entropy R2", f"{fit.entropy_r2:.4f}"), ("relative entropy", f"{fit.relative_entropy:.4f}")]
    if fit.gradient is not None:
        pairs.append(("gradient", f"{fit.gradient:.1e}"))
    if errors is not None and errors.df is not None:
        pairs.append(("degrees of freedom", f"{errors.df:,}" if errors.df < LONG else f"{float(errors.df):.3g}"))
    if errors is not None:
        pairs.append(("least information", f"{errors.least_information:.2g} of known types"))
    cells = [f"{name:<19}{value}" for name, value in pairs]
    lines = [f"{a:<40}{b}".rstrip() for a, b in zip(cells[::2], [*cells[1::2], ""], strict=False)]
    kind = f"{'standard errors':<19}{errors.kind}" if errors is not None else ""
    return [*lines, *wrap(kind, WIDTH, subsequent_indent=" " * 19, drop_whitespace=True)]


def _table(table: pd.DataFrame, value: str) -> list[str]:
    """Return the lines of a table: labels on the left, then value, standard error, interval and odds ratio."""
    numbers = [name for name in (value, "se", "low", "high", "odds_ratio") if name in table]
    labels = [str(name) for name in table if name not in (*numbers, "flag")]
    text = {name: [str(cell) for cell in table[name]] for name in labels}
    rest = WIDTH - 11 * len(numbers)
    widths = {name: max(len(name), *map(len, text[name])) + 2 for name in labels}
    widest = max(widths, key=lambda name: widths[name])
    widths[widest] -= max(0, sum(widths.values()) - rest)
    lines = ["".join(f"{name:<{widths[name]}}" for name in labels) + "".join(f"{name:>11}" for name in numbers)]
    flags = table["flag"].tolist() if "flag" in table else [""] * len(table)
    for i, row in enumerate(table[numbers].to_numpy(dtype=float).tolist()):
        left = "".join(f"{text[name][i][: widths[name] - 1]:<{widths[name]}}" for name in labels)
        shown = [f"{number:>11.4f}" if number == number else f"{'-':>11}" for number in row]
        mark = f"{f'- ({flags[i]})':>22}" if flags[i] else ""
        lines.append(left + (shown[0] + mark if mark else "".join(shown)))
    return lines


def _tested(table: pd.DataFrame) -> list[str]:
    """Return the lines of a table of coefficients, with the test of each; a long term has a line of its own."""
    rest = WIDTH - len("type ") - sum(TESTED.values())
    heads = [(SHORT.get(name, name), width) for name, width in TESTED.items()]
    lines = [f"{'type':<5}{'term':<{rest}}" + "".join(f"{name:>{width}}" for name, width in heads)]
    for row in table.to_dict("records"):
        cells = [f"{'-' if row[name] != row[name] else _digits(row[name], width):>{width}}"
                 for name, width in TESTED.items()]  # fmt: skip
        numbers = cells[0] + f"{'- (' + row['flag'] + ')':>22}" if row["flag"] else "".join(cells)
        term = str(row["term"])
        if len(term) < rest:
            lines.append(f"{row['type']:<5}{term:<{rest}}{numbers}")
        else:
            lines += [f"{row['type']:<5}{term[: WIDTH - 5]}", " " * (5 + rest) + numbers]
    return lines


def _digits(value: float, width: int) -> str:
    """Return a number with four digits after the point, or as a power of ten where there is no place for that."""
    text = f"{value:.4f}"
    return text if len(text) < width else f"{value:.1e}"


def reached_by(fit: Fit) -> str:
    """Return how many starts reached the optimum of a fit, and where none did by itself, how many moves led there."""
    moved = f", by {fit.moved:,} after moves of types" if fit.moved and not fit.hits else ""
    return f"best optimum reached by {fit.hits:,} of {counted(len(fit.ends), 'start')}{moved}"
