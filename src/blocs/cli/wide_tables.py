"""Wide tables of ballots on the command line: whether a file is one, and how its columns are to be read."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import Fault, InputError, missing_column, missing_columns, nearest, rules_once
from .column_patterns import matching_columns
from .options import DataOptions

if TYPE_CHECKING:
    from ..ballots import Ballots

__all__ = ["is_wide", "wide_arguments"]


def is_wide(ballots: Ballots) -> bool:
    """Say whether ballots were read from a wide table."""
    from ..ballots.pivot.wide import WideSource

    return isinstance(ballots.source, WideSource)


def wide_arguments(path: Path, options: DataOptions) -> dict[str, Any]:
    """Return what `read_cvr` needs for a wide table; nothing when the file is of another format."""
    hints = options.codes or options.weights or options.districts or options.offices
    if options.format not in (None, "wide") or not (hints or options.format):
        return {}
    from ..ballots.input.inner_tables import on_disk
    from ..ballots.input.recognise import recognise
    from ..ballots.input.wide_files import wide_table
    from ..tables.column_roles import has_roles
    from ..tables.relations import open_store
    from ..tables.table_files import columns_of

    store = open_store()
    if options.format is None and recognise(path, store, wide=True) != "wide":
        return {}
    with on_disk(wide_table(path)[0], store) as file:
        columns = columns_of(file, store)
    if options.format is None and has_roles(columns) and not options.codes:
        return {}
    leave = {options.top, options.weights, *(options.districts or {}).values()}
    argument = "offices" if options.offices else "codes"
    offices = options.offices or tuple(options.codes or ())
    if options.top not in columns:  # below, the top is one of the offices
        plain = [name for name in offices if "*" not in name and "?" not in name]
        faults = [
            missing_column(options.top, "top", columns),
            *missing_columns(plain, argument, columns),
            *missing_columns([options.weights] if options.weights else [], "weights", columns),
            *missing_columns((options.districts or {}).values(), "districts", columns),
        ]
        raise InputError(*rules_once(faults))
    offices = matching_columns(offices, columns, leave, argument)
    codes = _codes_by_office(options.top, offices, options.codes)
    return {"offices": [options.top, *(name for name in offices if name != options.top)], "weights": options.weights,
            "codes": codes, "districts": options.districts}  # fmt: skip


def _codes_by_office(
    top: str, offices: list[str], codes: dict[str, dict[str, str]] | None
) -> dict[str, dict[str, str] | None] | None:
    """Return office -> meaning of its cells; None for offices whose cells need no meaning.

    The first pattern that fits counts; the top of the ticket must be named in full. Raises InputError for a pattern
    that fits no office.
    """
    if codes is None:
        return None
    unused = [
        Fault(f"no office is called {pattern!r}", argument="codes", rule=f"The offices are {', '.join(map(repr, of))}",
              nearest=nearest(pattern, of), remedy="Give --codes once for each column or pattern" * ("," in pattern))
        for of in [list(dict.fromkeys([top, *offices]))]
        for pattern in codes if not any(fnmatchcase(office, pattern) for office in of)
    ]  # fmt: skip
    if unused:
        raise InputError(*unused)
    meaning = {
        office: next((cells for pattern, cells in codes.items() if fnmatchcase(office, pattern)), None)
        for office in offices
    }
    return {top: codes.get(top), **{office: cells for office, cells in meaning.items() if office != top}}
