"""Cells and names as the vendors write them, cleaned of what spreadsheets and wrong encodings leave behind."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import unescape
from html.entities import html5

from ..core.errors import Fault, InputError

__all__ = ["LONGEST", "LongCellError", "clean", "long_cell"]

LONGEST = 5_000
"""Characters of a name, or of the text of a measure that stands for one."""

_EXCEL_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
_ENTITY = re.compile(r"&(?:#\d{1,5}|#x[0-9a-f]{1,4}|[a-z]+);", re.IGNORECASE)
"""A letter as web pages write it, if it is one: "O&#39;Hara", "Mu&ntilde;oz"."""
_NOT_ASCII = re.compile(r"[^\x00-\x7f]{2,}")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\xad\u200b-\u200f\ufeff\ufffd]")


class LongCellError(InputError):
    """A text is too long for a name. text: the cell, or a part of it."""

    text: str = ""


def long_cell(text: str, where: str = "") -> LongCellError:
    """Return the fault of a cell that is too long for a name."""
    error = LongCellError(Fault(f"a cell that begins with {text[:20]!r} has {len(text):,} characters", where=where,
                                rule=f"Names have {LONGEST:,} at most", remedy="The file is damaged; export it again"))
    error.text = text
    return error


@lru_cache(maxsize=1 << 16)
def clean(text: str) -> str:
    """Return `text` without `="..."`, line breaks, invisible characters, double blanks, entities and mojibake.

    Raises LongCellError for a text that is too long for a name: patterns of names would take minutes.
    """
    if len(text) > LONGEST:
        raise long_cell(text)
    if text.isascii() and text.isalnum():
        return text
    wrapped = _EXCEL_TEXT.match(text)
    text = wrapped.group(1) if wrapped else text
    text = _ENTITY.sub(_letter, text)
    text = _NOT_ASCII.sub(lambda run: _unscrambled(run.group()), text)
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def _letter(entity: re.Match[str]) -> str:
    text = entity[0]
    return unescape(text) if text[1] == "#" else html5.get(text[1:], text)


def _unscrambled(run: str) -> str:
    """Undo UTF-8 that was once read as Latin-1 or Windows-1252, where the bytes say it was."""
    try:
        return b"".join(_byte(character) for character in run).decode("utf-8")
    except UnicodeError:
        return run


def _byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")
