"""Words as the vendors write them: cleaned of what tools leave behind, and the few that mean something else."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["clean", "is_lever", "is_redaction", "write_in"]

_EXCEL_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]{2,}")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\xad\u200b-\u200f\ufeff\ufffd]")
_WRITE_IN = re.compile(r"^write[\s-]*ins?\b[\s:.-]*(?:\(\d+\)|\d+)?\s*(.*)$", re.IGNORECASE)
_LEVER = re.compile(r"\bstraight[\s-]*(party|ticket)|^party selector", re.IGNORECASE)
_REDACTED = re.compile(r"redact|suppress|withheld|confidential|^[*x-]+$|^n/?a$", re.IGNORECASE)


@lru_cache(maxsize=1 << 16)
def clean(text: str) -> str:
    """Return `text` without `="..."`, line breaks, invisible characters, double blanks and mojibake."""
    if text.isascii() and text.isalnum():
        return text
    wrapped = _EXCEL_TEXT.match(text)
    text = wrapped.group(1) if wrapped else text
    text = _NOT_ASCII.sub(lambda run: _unscrambled(run.group()), text)
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def write_in(name: str) -> str | None:
    """Return None for a printed name, "" for a write-in without a name, else the name written in."""
    found = _WRITE_IN.match(name)
    return found.group(1).strip(" ():") if found else None


def is_lever(contest: str) -> bool:
    """Say whether a contest is the straight-party device (rule S11: a covariate, never an office)."""
    return bool(_LEVER.search(contest))


def is_redaction(cell: str) -> bool:
    """Say whether a cell holds a word of redaction instead of a value."""
    return bool(_REDACTED.search(cell.strip()))


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
