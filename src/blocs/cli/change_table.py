"""How the shares of the types change with covariates, as printed: percentage points, as in papers and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .printer import Printer

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["show_changes"]


def show_changes(printer: Printer, margins: pd.DataFrame) -> None:
    """Print average changes of shares; margins: what the `margins` of standard errors or of a regression returned.

    A change with a flag has no value to print: the flag stands where its interval would.
    """
    from ..inference.margins import stated_effects

    cells = [
        [row["covariate"], row["change"], f"Type {row['type']}", _points(row["effect"]),
         *([f"{100 * row['se']:.2f}", f"{_points(row['low'])} to {_points(row['high'])}"]
           if not row["flag"] else ["-", row["flag"]])]
        for row in margins.assign(effect=stated_effects(margins)).to_dict("records")
    ]  # fmt: skip
    printer.title("Average change of the share of each type, percentage points")
    printer.table(["covariate", "change", "share of", "points", "se", "95 % interval"], cells, left=3)


def _points(change: float) -> str:
    """Return a change of a share in percentage points, with its sign; one that is rounded to 0 has none.

    Examples
    --------
    >>> _points(0.0123), _points(-0.00001), _points(float("nan"))
    ('+1.23', '0.00', '-')
    """
    if change != change:
        return "-"
    text = f"{100 * change:+.2f}"
    return text if text.strip("+-0.") else "0.00"
