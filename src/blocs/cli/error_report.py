"""Standard errors of a fit as tables and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..core.errors import counted
from ..core.limits import LEAST_CELL
from ..core.summary import p_number
from .change_table import show_changes
from .group_table import groups_json, show_groups
from .printer import Printer
from .show import type_names

if TYPE_CHECKING:
    import pandas as pd

    from ..inference.bootstrap_tables import Bootstrap
    from ..inference.error_tables import StandardErrors

__all__ = ["errors_json", "show_errors"]


def errors_json(errors: StandardErrors | Bootstrap) -> dict[str, Any]:
    """Return standard errors as a document: null where there are none."""
    coefficients = None
    more: dict[str, Any] = {}
    if errors.fit.design is not None:
        coefficients = errors.coefficients().to_dict("records")
        more["wald"] = [test._asdict() for test in errors.wald_tests()]
        more["margins"] = errors.margins().to_dict("records")
    if errors.fit.groups is not None:
        more["shares_by_group"] = groups_json(errors.shares_by_group(LEAST_CELL))
    return {
        "kind": errors.kind,
        "shares": errors.shares().to_dict("records"),
        "table": errors.table().to_dict("records"),
        "coefficients": coefficients,
        **more,
        "parameters": errors.parameters().to_dict("records"),
        "notes": list(errors.notes),
    }


def show_errors(printer: Printer, errors: StandardErrors | Bootstrap, labels: Mapping[str, str]) -> None:
    """Print the shares with intervals, then probabilities and other parameters with standard errors in brackets."""
    printer.title(f"Standard errors: {errors.kind}")
    if errors.at_boundary:
        all_of_them = counted(errors.at_boundary + len(errors.names), "parameter")
        printer.text(f"Of {all_of_them}, {errors.at_boundary:,} are on the boundary and taken out.")
    rows = [[f"Type {row['type']}", _percent(row["share"]), _percent(row["se"]),
             f"{_percent(row['low'])} to {_percent(row['high'])}" if not row["flag"] else row["flag"]]
            for row in errors.shares().to_dict("records")]  # fmt: skip
    printer.table(["", "share, %", "se", "95 % interval"], rows)
    printer.text()
    _show_coefficients(printer, errors)
    if (groups := errors.fit.groups) is not None:
        show_groups(printer, errors.shares_by_group(LEAST_CELL), groups.names, type_names(errors.fit.shares))
    names = type_names(errors.fit.shares)
    table, parameters = errors.table(), errors.parameters()
    shown = table.assign(item=[labels.get(item, item) for item in table["item"]])
    _side_by_side(printer, shown, "outcome", "probability", 100.0, names)
    numbers = parameters[~parameters["item"].isin(["", *table["item"]])]
    _side_by_side(printer, numbers, "parameter", "value", 1.0, names)
    if (table["flag"] != "").any():
        given = "it is given by a constraint, " if errors.fit.mixture.constraints else ""
        printer.text(f"(-): no standard error. The estimate is at 0 or 1, {given}nothing is estimated, or the data do "
                     "not say; --json has the reason of each.")  # fmt: skip
        printer.text()
    for note in errors.notes:
        printer.text(f"Note: {note}")
        printer.text()


def _show_coefficients(printer: Printer, errors: StandardErrors | Bootstrap) -> None:
    """Print the coefficients of covariates, if there are any, and a Wald test of each term."""
    if errors.fit.design is None or errors.fit.types == 1:
        return
    table = errors.coefficients()
    rows = [[f"Type {row['type']}", row["term"], f"{row['coefficient']:.4f}",
             *([f"{row['se']:.4f}", f"{row['z']:.2f}", p_number(row["p"]), f"{row['low']:.4f} to {row['high']:.4f}"]
               if not row["flag"] else ["-", "", "", row["flag"]])]
            for row in table.to_dict("records")]  # fmt: skip
    printer.table(["", "term", "log-odds", "se", "z", "p", "95 % interval"], rows, left=2)
    for test in errors.wald_tests():
        printer.text(str(test))
    printer.text()
    show_changes(printer, errors.margins())
    printer.text()


def _side_by_side(
    printer: Printer, table: pd.DataFrame, label: str, value: str, scale: float, names: list[str]
) -> None:
    """Print values of all types side by side, each with its standard error in brackets."""
    if not len(table):
        return
    cells: dict[tuple[Any, Any], dict[int, str]] = {}
    for row in table.to_dict("records"):
        error = "-" if row["se"] != row["se"] else f"{scale * row['se']:.2f}"
        shown = "" if row[value] != row[value] else f"{scale * row[value]:.{1 if scale > 1 else 3}f} ({error})"
        cells.setdefault((row["item"], row[label]), {})[row["type"]] = shown
    rows = [[str(item), str(of), *(by_type.get(k, by_type.get(0, "")) for k in range(1, len(names) + 1))]
            for (item, of), by_type in cells.items()]  # fmt: skip
    if scale > 1:
        printer.text("Probabilities of a choice among all outcomes, % (standard error)")
    printer.table(["item", label, *names], rows, left=2)
    printer.text()


def _percent(value: float) -> str:
    return "-" if value != value else f"{100 * value:.2f}"
