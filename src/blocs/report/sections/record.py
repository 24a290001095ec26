"""What was done: the account of what was read, the methods in words, settings, versions and commands."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ... import __version__
from ...core.errors import counted
from ...presentation import Column, Table, printed
from ...results.fits_by_group import FitsByGroup
from ...results.summary import of_constraints
from ..figures import kind_of
from ..markup import Part, listed, paragraph, plain_table
from ..material import Lacking, Material, counts_of

__all__ = ["account", "methods", "settings"]


def account(of: Material) -> Iterator[Part]:
    """Give the steps from the file to the analysis as boxes, one below the other; parts that are 0 are not drawn."""
    steps: list[Mapping[str, Any]] = of.first.account.get("steps", [])
    if steps:
        yield f'<ol class="flow">{"".join(map(_box, steps))}</ol>'
        yield paragraph("From the file to the analysis. Set aside means not used in any number of this report.", "note")
    remarks = of.first.account.get("remarks", [])
    yield from map(paragraph, remarks)
    if not steps and not remarks:
        yield paragraph("The fit has no account of what was read.", "note")
    counts = counts_of(of)
    if not of.ballots and counts is not None and (rows := tuple(_answers(of, counts))):
        columns = (Column("Item"), Column("Answer"), Column("n", "count"), Column("Of those who answered, %", "share"))
        notes = ("Counts are weighted.",) if of.weighted else ()
        yield plain_table(Table(columns, rows, "The answers, before any model.", notes, labels=2))


def _answers(of: Material, counts: Sequence[NDArray[np.float64]]) -> Iterator[tuple[str, str, float, float | None]]:
    """Give item, answer, observations and share of every category, and those without an answer."""
    for item, codes in zip(of.first.schema.items, counts, strict=True):
        if item.kind is not None:
            continue
        n = np.zeros(len(item.outcomes))
        np.add.at(n, [option for _, option in item.codes], codes)
        for outcome, number in zip(item.outcomes, n, strict=True):
            yield of.labels[item.name], str(outcome), float(number), float(number / n.sum()) if n.sum() else None
        yield of.labels[item.name], "(no answer)", max(of.fit.n - float(n.sum()), 0.0), None


def _box(step: Mapping[str, Any]) -> str:
    parts = sorted(step["parts"].items(), key=lambda part: -part[1])
    whole = f"{step['name']}: {step['total']:,} {step['unit']}"
    return f"<li><b>{escape(whole)}</b>{listed(f'{n:,} {part}' for part, n in parts if n)}</li>"


def methods(of: Material) -> Iterator[Part]:
    """Give the methods in words, and how to cite the program."""
    fit, chosen = of.first, of.first.settings
    by = ", one model for the voters of each party at the top of the ticket" if isinstance(of.fit, FitsByGroup) else ""
    words = [
        f"A mixture model of {counted(of.fit.types, 'type')} was fitted to {len(fit.schema.names)} "
        f"{'offices' if of.ballots else 'items'} of {of.fit.n:,.0f} {of.unit}s by the EM algorithm{by}.",
        _starts(of),
        f"The log-likelihood is {printed(of.fit.loglik, 'number', 4)} with {of.fit.n_parameters:,} parameters, "
        f"BIC {printed(of.fit.bic, 'number')}.",
    ]
    words += _shares(of)
    if chosen.get("prior"):
        words.append(f"A prior of {chosen['prior']} pseudo-observations keeps probabilities off 0 and 1.")
    if any(len(item.menus) > 1 for item in fit.schema.items):
        words.append("An item counts with the probabilities of the choices that were on offer (independence of "
                     "irrelevant alternatives).")  # fmt: skip
    if not isinstance(of.errors, Lacking):
        words.append(f"Standard errors are from the {kind_of(of.errors)}.")
    yield paragraph(" ".join([*words, f"Computed with blocs {__version__}."]))
    yield paragraph(f"Cite: The blocs developers. blocs: voter types from cast vote records, version {__version__}.")


def _shares(of: Material) -> Iterator[str]:
    """Give what the shares of the types depend on, and whether rows have sampling weights."""
    groups, design = of.first.groups, of.first.design
    if groups is not None:
        of_groups = f"{counted(len(groups), 'group')} by {', '.join(groups.names)}"
        yield f"Each of {of_groups} has shares of the types of its own."
    if design is not None:
        yield f"The shares of the types depend on covariates by a multinomial logit, {design.formula}."
    yield from of_constraints(of.first)
    if of.weighted:
        yield ("Rows are weighted by sampling weights, scaled to the number of observations: the log-likelihood is a "
               "pseudo-log-likelihood.")  # fmt: skip


def _starts(of: Material) -> str:
    """Return how many starts there were, and how many of them reached the best value."""
    fits = list(of.fit.fits.items()) if isinstance(of.fit, FitsByGroup) else [("", of.fit)]
    seed = of.first.settings.get("seed")
    reached = "; ".join(f"{f'{label}: ' if label else ''}{fit.hits} of {counted(len(fit.ends), 'start')}"
                        for label, fit in fits)  # fmt: skip
    return f"Starts that reached the best log-likelihood by their own iterations: {reached} (seed {seed})."


def settings(of: Material) -> Iterator[Part]:
    """Give the settings of the fit, the versions, and the commands that make the page again."""
    chosen = dict(of.first.settings)
    chosen |= chosen.pop("data", None) or {}
    rows = [(name, _plain(value)) for name, value in chosen.items() if value is not None and value is not False]
    rows += [("hash of the data", of.first.data), ("blocs", __version__), ("Python", platform.python_version()),
             ("NumPy", np.__version__), ("pandas", pd.__version__)]  # fmt: skip
    yield plain_table(Table((Column("Setting"), Column("Value")), tuple(rows), "Settings of the fit, and versions."))
    if of.repeat:
        yield paragraph("These commands repeat it:")
        yield f'<pre tabindex="0">{escape(chr(10).join(of.repeat))}</pre>'


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
