"""What the types did in each office, as printed: as cast first, and the probabilities of the model on request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .printer import Printer
from .show import BALLOT_OUTCOMES, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["show_as_cast", "show_model"]

FEWEST = 5
"""Expected voters with all outcomes on their menu, below which a probability of the model is marked."""
LEAST = 0.5
"""Expected voters below which a row of shares stays blank."""
HEADINGS = {
    "both": "where both parties stood",
    "one": "where only one party stood",
}
PARTY = {"own": "own party", "other": "other party", "neither": "neither"}


def show_as_cast(printer: Printer, cast: pd.DataFrame, names: Sequence[str], labels: Mapping[str, str]) -> None:
    """Print for each type how its voters voted, on the menus they had, in percent.

    cast: what `ballots.reports.as_cast` returned; names: of the types; labels: of the offices.
    """
    for k, name in enumerate(names, start=1):
        of_type = cast[cast["type"] == k]
        both = of_type["stood"] == "both"
        for part, rows in (("both", of_type[both]), ("one", of_type[~both])):
            if len(rows):
                printer.title(f"{name}: votes cast {HEADINGS[part]}, %")
                _show_rows(printer, rows, part == "one", labels)
                printer.text()


def _show_rows(printer: Printer, rows: pd.DataFrame, one: bool, labels: Mapping[str, str]) -> None:
    outcomes = [o for o in BALLOT_OUTCOMES if rows[o].notna().any() or o in ("straight", "split", "abstain")]
    cells = [
        [row["top"], labels[row["office"]], *([PARTY[row["stood"]]] if one else []), f"{row['voters']:,.0f}",
         *(percent(row[o] if row["voters"] >= LEAST else None) for o in outcomes)]
        for row in rows.sort_values("top", kind="stable").to_dict("records")
    ]  # fmt: skip
    header = ["top", "office", *(["stood"] if one else []), "voters", *outcomes]
    printer.table(header, cells, left=3 if one else 2)


def show_model(printer: Printer, table: pd.DataFrame, names: Sequence[str], labels: Mapping[str, str]) -> None:
    """Print for each type the probabilities of the model, those that few voters could act on marked with a dagger.

    table: what `Fit.table(profiles)` returned; `top` beside the types where each party has its own.
    """
    from ..ballots.reports.as_cast import of_both_parties  # loads numpy

    table = table.assign(few=~of_both_parties(table) | (table["observed"] < FEWEST))
    parties = [None] if "top" not in table else list(dict.fromkeys(table["top"]))
    marked = False
    for k, name in enumerate(names, start=1):
        of_type = table[table["type"] == k]
        for party in parties:
            rows = of_type if party is None else of_type[of_type["top"] == party]
            cells = []
            for office, of_office in rows.groupby("item", sort=False):
                probability = of_office.set_index("outcome")["probability"].to_dict()
                few = bool(of_office["few"].any())
                marked = marked or few
                cells.append([f"{labels[str(office)]}{' †' if few else ''}",
                              *(percent(probability.get(o)) for o in BALLOT_OUTCOMES)])  # fmt: skip
            printer.title(f"{name}: the model's probabilities of all outcomes{f', {party}' if party else ''}, %")
            printer.table(["office", *BALLOT_OUTCOMES], cells)
            printer.text()
    if marked:
        printer.text(f"† Fewer than {FEWEST} voters of the type could choose among all these outcomes: the numbers "
                     "rest on the assumption that outcomes keep their ratios when one is off the ballot.")  # fmt: skip
        printer.text()
