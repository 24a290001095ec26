"""--constraints: the option of `blocs fit` and `blocs compare`, and the table in its file."""

from __future__ import annotations

from typing import Any

from .help_sections import Section, option

__all__ = ["constraints_option", "table_of_constraints"]

constraints_option = option(
    Section.SEARCH, "--constraints", metavar="CSV", show_default="none",
    help="Probabilities with a given value, and probabilities that are equal: a file with columns item, type, outcome, "
         "equals (a number, or a label that other rows have too; or, with an empty outcome, 'independent' for a joint "
         "item of --dependent).",
)  # fmt: skip


def table_of_constraints(path: str | None) -> Any:
    """Return the table in the file, None without one."""
    from ..tables.survey_table import text_table

    return None if path is None else text_table(path)
