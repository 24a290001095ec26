"""Text from files and the command line in the form in which a terminal shows it and does nothing else."""

from __future__ import annotations

import re

__all__ = ["ACTING", "brief", "printable"]

ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\udc80-\udc9f]")
"""Control characters but for the end of a line, those that change the direction of writing, and the same as bytes that
are no UTF-8 in the name of a file."""
_WORD = re.compile(r"\S{1200,}")
_BEGIN, _END, _LINE = 200, 100, 8_000
"""Letters that are shown of the beginning and of the end of a long word, and letters of a line at most."""


def printable(text: str) -> str:
    r"""Return a text in which every character that would act on a terminal is written as its number.

    A name in a file of ballots could otherwise clear the screen, set the title of the window, or show itself backwards.

    Examples
    --------
    >>> print(printable("ANN\x1b[2J LIMA"))
    ANN\x1b[2J LIMA
    """
    return ACTING.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def brief(message: str) -> str:
    """Return a message in which what a file or the command line made very long is shown by its beginning and its end.

    The name of a column may have a million letters. A path, which may have 4,096 with few of them in one folder, and
    lists of twenty names stay whole.

    Examples
    --------
    >>> len(brief("'" + "x" * 100_000 + "' is not in the fit"))
    350
    >>> brief("there is no column 'x'")
    "there is no column 'x'"
    """
    words = _WORD.sub(lambda found: _ends(found.group()), message)
    return "\n".join(_ends(line, _LINE - _END) if len(line) > _LINE else line for line in words.split("\n"))


def _ends(text: str, begin: int = _BEGIN) -> str:
    left_out = len(text) - begin - _END
    return f"{text[:begin]} ... ({left_out:,} letters) ... {text[-_END:]}"
