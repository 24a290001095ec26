"""Rows that say "All", "Countywide" or nothing where others have a precinct: ballots, or sums of all precincts."""

from __future__ import annotations

from collections.abc import Mapping

from ...core.errors import counted

__all__ = ["of_all_precincts"]


def of_all_precincts(cells: Mapping[str, int], total: int, unit: str, column: str) -> tuple[str, ...]:
    """Return a remark on such rows, none where no row has a precinct.

    cells: what stands in place of a precinct -> how many rows say so; total: all rows; unit: what a row is called.
    """
    if not cells or sum(cells.values()) == total:
        return ()
    parts = [f"{counted(n, unit)} {'says' if n == 1 else 'say'} {cell.strip()!r}" if cell.strip() else
             f"{counted(n, unit)} {'has' if n == 1 else 'have'} none" for cell, n in cells.items()]  # fmt: skip
    return (f"In column {column!r}, {' and '.join(parts)}, where others have a precinct: they were read as ballots. If "
            "they are sums of all precincts, take them out.",)  # fmt: skip
