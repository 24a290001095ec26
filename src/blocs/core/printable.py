"""Text from files and the command line in the form in which a terminal shows it and does nothing else."""

from __future__ import annotations

import json
import re

__all__ = ["brief", "printable", "printable_json"]

_ACTING = "\x00-\x09\x0b-\x1f\x7f-\x9f\udc80-\udc9f"
"""Control characters but for the end of a line, and the same as bytes that are no UTF-8 in the name of a file."""
_TURNING = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f"
"""What changes the direction of writing, or begins a line."""
_UNSEEN = ("\xad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u2800\u3164\ufeff\uffa0\ufff0-\ufffb"
           "\U000e0000-\U000e0fff")  # fmt: skip
"""What shows nothing, so that two names which differ in it look alike."""
_JOINING = "\u200c\u200d\ufe00-\ufe0f"
"""What shows nothing by itself, but gives letters of some scripts, and signs, their form: seen only behind those."""
_ESCAPED = re.compile(f"[{_ACTING}{_TURNING}{_UNSEEN}]|(?<![\u0590-\U0010ffff])[{_JOINING}]")
_WORD = re.compile(r"\S{1200,}")
_BEGIN, _END, _LINE = 200, 100, 8_000
"""Letters that are shown of the beginning and of the end of a long word, and letters of a line at most."""


def printable(text: str) -> str:
    r"""Return a text in which every character that would act on a terminal, or not be seen, is written as its number.

    A name in a file of ballots could otherwise clear the screen, set the title of the window, show itself backwards, or
    look like another name.

    Examples
    --------
    >>> print(printable("ANN\x1b[2J LIMA\u200b"))
    ANN\x1b[2J LIMA\u200b
    """
    return _ESCAPED.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def printable_json(document: str) -> str:
    r"""Return JSON in which these characters are written by the escapes of JSON, which programs read as themselves.

    Examples
    --------
    >>> print(printable_json('"ANN\u200b"'))
    "ANN\u200b"
    """
    return _ESCAPED.sub(lambda found: json.dumps(found.group())[1:-1], document)


def brief(message: str) -> str:
    """Return a message in which what a file or the command line made very long is shown by its beginning and its end.

    The name of a column may have a million letters. A path, which may have 4,096 with few of them in one folder, and
    lists of twenty names stay whole.

    Examples
    --------
    >>> len(brief("'" + "x" * 100_000 + "' is not in the fit"))
    344
    >>> brief("there is no column 'x'")
    "there is no column 'x'"
    """
    words = _WORD.sub(lambda found: _ends(found.group()), message)
    return "\n".join(_ends(line, _LINE - _END) if len(line) > _LINE else line for line in words.split("\n"))


def _ends(text: str, begin: int = _BEGIN) -> str:
    left_out = len(text) - begin - _END
    return f"{text[:begin]} ... ({left_out:,} letters) ... {text[-_END:]}"
