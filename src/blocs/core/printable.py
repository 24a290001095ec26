"""Text from files and the command line in the form in which a terminal shows it and does nothing else."""

from __future__ import annotations

import re

__all__ = ["ACTING", "printable"]

ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters but for the end of a line, and those that change the direction of writing."""


def printable(text: str) -> str:
    r"""Return a text in which every character that would act on a terminal is written as its number.

    A name in a file of ballots could otherwise clear the screen, set the title of the window, or show itself backwards.

    Examples
    --------
    >>> print(printable("ANN\x1b[2J LIMA"))
    ANN\x1b[2J LIMA
    """
    return ACTING.sub(lambda found: found.group().encode("unicode_escape").decode(), text)
