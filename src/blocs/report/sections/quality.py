"""How far the fit can be relied on: certainty, number of types, fit to the data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...papers import group_fits
from ...presentation import Column, Table, printed
from ...results.comparison_groups import comparisons_by
from ...results.fits_by_group import FitsByGroup
from ..figures import criteria_figure, kind_of, pair_figure, share_figure, start_figure
from ..markup import Part, listed, paragraph, plain_table
from ..material import Lacking, Material

__all__ = ["certainty", "fit_of_types", "number_of_types"]


def certainty(of: Material) -> Iterator[Part]:
    """Give the verdict of the diagnosis, entropy, standard errors, classification, and where the starts ended."""
    yield of.diagnosis.html if isinstance(of.diagnosis, Lacking) else listed(of.diagnosis.verdict)
    if isinstance(of.fit, FitsByGroup):
        yield plain_table(group_fits(of.fit))
        return
    if of.fit.relative_entropy is not None:
        yield paragraph(f"Relative entropy {of.fit.relative_entropy:.3f}; 1 would mean that the type of every "
                        f"{of.unit} is certain.")  # fmt: skip
    if isinstance(of.errors, Lacking):
        yield of.errors.html if of.errors != of.diagnosis else ""
    else:
        yield share_figure(of.errors.shares(), kind_of(of.errors))
    if of.clear is not None:
        yield plain_table(of.clear)
    if not isinstance(of.diagnosis, Lacking):
        yield plain_table(_classification(of.diagnosis.classification, of.diagnosis.error))
    if len(of.fit.ends):
        yield start_figure(of.fit)


def _classification(shares: tuple[tuple[float, ...], ...], error: float) -> Table:
    """Return where the observations of each type go by their most probable type."""
    types = [f"Type {k}" for k in range(1, len(shares) + 1)]
    columns = (Column("Of"), *(Column(f"to {name}, %", "share") for name in types))
    rows = tuple((name, *row) for name, row in zip(types, shares, strict=True))
    return Table(columns, rows, "Where each type's observations go by their most probable type.",
                 (f"In all {printed(error, 'share')} % go to another type.",))  # fmt: skip


def number_of_types(of: Material) -> Iterator[Part]:
    """Give the comparison of numbers of types, or that of each group."""
    if isinstance(of.comparison, Lacking):
        yield of.comparison.html
        return
    groups = comparisons_by(of.comparison)
    tables = {f"criteria-{number}": one for number, one in enumerate(groups.values(), start=1)}
    for name, table in (tables or {"criteria": of.comparison}).items():
        yield criteria_figure(table, name)


def fit_of_types(of: Material) -> Iterator[Part]:
    """Give the tests of the whole table and the residuals of pairs of items."""
    yield of.goodness.html if isinstance(of.goodness, Lacking) else plain_table(_goodness(str(of.goodness)))
    if isinstance(of.pairs, Lacking):
        yield of.pairs.html if of.pairs != of.goodness else ""
    elif len(of.pairs):
        yield pair_figure(of, of.pairs)


def _goodness(text: str) -> Table:
    """Return the lines of a test of fit, names and values, as a table."""
    title, *lines = text.splitlines()
    rows = tuple(tuple(re.split(r" {2,}", line.strip(), maxsplit=1)) for line in lines)
    return Table((Column("Statistic"), Column("Value")), rows, f"{title} of the whole table.")
