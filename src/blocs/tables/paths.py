"""Paths in the form in which the database and Arrow take them for what they are, whatever letters they hold."""

from __future__ import annotations

from pathlib import Path

from ..files.regular import linked
from .sql_text import literal

__all__ = ["as_it_is", "in_query"]


def as_it_is(path: Path) -> str:
    """Return a path that no program takes for the home folder or an address.

    Examples
    --------
    >>> as_it_is(Path("x.parquet")), as_it_is(Path("/data/x.parquet"))
    ('./x.parquet', '/data/x.parquet')
    """
    if path.as_posix().startswith("~"):  # the database takes "./~" for the home folder, too
        path = path.absolute()
    return path.as_posix() if path.is_absolute() else f"./{path.as_posix()}"


def in_query(path: Path, inside: str = "") -> str:
    """Return a path as text of a query, in quotes, where its letters * ? [ and backslash stand for themselves.

    inside: a pattern of the files below the path, as it stands. In a pattern the database takes a backslash for a
    separator, so that such a path is read through a link.

    Examples
    --------
    >>> in_query(Path("cvr[1].parquet")), in_query(Path("it's"), "/*.csv")
    ("'./cvr[[]1].parquet'", "'./it''s/*.csv'")
    """
    pattern = inside or any(letter in as_it_is(path) for letter in "*?[")
    if pattern and "\\" in as_it_is(path):
        path = linked(path)
    as_letters = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in as_it_is(path))
    return literal(as_letters + inside)
