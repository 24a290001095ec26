"""Files of cast vote records to coded ballots.

Where to look:

- `read`: `read_cvr`, which finds out the format of a file and reads it.
- `vendors/`: one vendor's format a file; a new one is a file there and a line in `vendors/__init__.py`.
- `mark_words`: what decides that a cell is a write-in, an undervote, an overvote, or not on the ballot.
- `office_names/`: names of contests as counties write them, to office, district, seat and term.
- `input/`: long and wide tables, and vendors' records, to `Ballots`.
- `catalogue`, `ballots`: contests, candidates and marks, as all readers deliver them.
- `pivot/`, `coding/`, `reports/`: one row for each voter; the coding rules; totals, party loyalty, disclosure control.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "FORMATS": "read",
    "Ballots": "ballots",
    "Coded": "coding.code",
    "CodingRules": "coding.rules",
    "candidate_table": "coding.candidate_table",
    "code": "coding.code",
    "code_by_rules": "coding.code",
    "code_rows": "coding.code",
    "follow": "coding.trace",
    "office_bars": "reports.party_loyalty",
    "read_cvr": "read",
    "solid_partisans": "reports.party_loyalty",
}
__all__ = ["FORMATS", "Ballots", "Coded", "CodingRules", "candidate_table", "code", "code_by_rules", "code_rows",
           "follow", "office_bars", "read_cvr", "solid_partisans"]  # fmt: skip

if TYPE_CHECKING:
    from .ballots import Ballots
    from .coding.candidate_table import candidate_table
    from .coding.code import Coded, code, code_by_rules, code_rows
    from .coding.rules import CodingRules
    from .coding.trace import follow
    from .read import FORMATS, read_cvr
    from .reports.party_loyalty import office_bars, solid_partisans


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the help of a command needs the coding rules alone."""
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
